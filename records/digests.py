"""The weekly mail: what waits for it, and what became of each person's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Literal

from lifecycle.gathering import Gathered
from records import notices
from records.database import Connection


async def gathered(conn: Connection, academy: str, at: datetime) -> list[Gathered]:
    """The notices of an academy, or of one cohort of it, that wait for a weekly mail and were issued by `at`."""
    rows = await conn.fetch(
        """
        SELECT notices.*, coalesce(merged_into, person) AS reader FROM notices LEFT JOIN people USING (person)
        WHERE gathered AND status = 'waiting' AND issued_at <= $2
          AND (subject = $1 OR starts_with(subject, $1 || '.'))
        ORDER BY issued_at, notice
        """,
        academy,
        at,
    )
    return [
        Gathered(
            row["notice"],
            row["subject"],
            row["issued_at"],
            notices.said(row).model_copy(update={"person": row["reader"]}),
        )
        for row in rows
    ]


async def begin(  # whose mail, of which week, and what it says
    conn: Connection, academy: str, week: date, at: datetime, persons: Sequence[str], *, quiet: bool = False
) -> set[str]:
    """Of these people, those whose mail of the week is not settled yet: it is begun, or goes on.

    One of an earlier week that nobody could take is given up: what it had to say is judged for this one. A ``quiet``
    mail, which had nothing to say, is not in the way of one that has.
    """
    if not quiet:
        await conn.execute(
            """
            UPDATE digests SET status = 'waiting', settled_at = NULL, message_id = NULL
            WHERE week = $1 AND person = ANY ($2::text[]) AND status = 'sent' AND lines = 0 AND withheld = 0
            """,
            week,
            persons,
        )
    await conn.execute(
        """
        UPDATE digests SET status = 'failed', settled_at = $2, failure = 'given_up'
        WHERE status = 'waiting' AND week < $1 AND person = ANY ($3::text[])
        """,
        week,
        at,
        persons,
    )
    await conn.execute(
        """
        INSERT INTO digests (person, week, academy, made_at)
        SELECT person, $2, $1, $3 FROM unnest($4::text[]) AS given (person)
        ON CONFLICT ON CONSTRAINT digests_once_a_week DO NOTHING
        """,
        academy,
        week,
        at,
        persons,
    )
    rows = await conn.fetch(
        "SELECT person FROM digests WHERE week = $1 AND person = ANY ($2::text[]) AND status = 'waiting'", week, persons
    )
    return {row["person"] for row in rows}


async def anything_open(conn: Connection, scope: str, at: datetime) -> bool:
    """Whether anything of an academy, or of one cohort of it, had not ended by then."""
    found: bool = await conn.fetchval(
        """
        SELECT EXISTS (SELECT FROM lifecycles WHERE (subject = $1 OR starts_with(subject, $1 || '.'))
                       AND (next_due IS NOT NULL OR over_at > $2))
        """,
        scope,
        at,
    )
    return found


async def sent_at(conn: Connection, person: str) -> datetime | None:
    """When somebody's last weekly mail was sent; None for never."""
    found: datetime | None = await conn.fetchval(
        "SELECT max(coalesce(sent_at, settled_at)) FROM digests WHERE person = $1 AND message_id IS NOT NULL", person
    )
    return found


async def wanted(conn: Connection, persons: Collection[str]) -> set[str]:
    """Of these people, those who have not stopped their weekly mail."""
    rows = await conn.fetch(
        """
        SELECT person FROM unnest($1::text[]) AS asked (person) LEFT JOIN people USING (person)
        WHERE weekly_mail IS DISTINCT FROM false
        """,
        list(persons),
    )
    return {row["person"] for row in rows}


async def want(conn: Connection, person: str, *, wanted: bool) -> None:
    """Somebody wants the weekly mail, or wants it no more."""
    await conn.execute("UPDATE people SET weekly_mail = $2 WHERE person = $1", person, wanted)


async def settle(  # noqa: PLR0913 # a row in full
    conn: Connection,
    person: str,
    week: date,
    at: datetime,
    *,
    status: Literal["sent", "failed"],
    message_id: str | None,
    failure: str | None,
    lines: int,
    withheld: int,
) -> None:
    """What became of a person's mail of a week. The first word on it holds."""
    await conn.execute(
        """
        UPDATE digests SET status = $3, settled_at = $4, message_id = $5, failure = $6, lines = $7, withheld = $8
        WHERE person = $1 AND week = $2 AND status = 'waiting'
        """,
        person,
        week,
        status,
        at,
        message_id,
        failure,
        lines,
        withheld,
    )
