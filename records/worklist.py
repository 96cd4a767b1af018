"""What the worklist is made of: open questions, mail that comes back, events set aside, snoozes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import asyncpg

from lifecycle.worklist import Asked, Snooze
from records.database import Connection
from schemas.programme import DEFAULT_ZONE
from schemas.rows import QuestionRow
from schemas.words import COACHING, Matter, Role

FAILING_FOR: Final = timedelta(minutes=30)
"""A subscriber who was away for a moment is nobody's task."""

BOUNCES_WITHIN: Final = timedelta(days=6)
"""Mail servers try for five days before they send a mail back."""

_OF_A_TEAM: Final = [Role.FACULTY, *COACHING, Role.TEAM_LEAD]
"""Who sees what their team waits for. A sponsor sees what they are asked themselves."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Somebody whose mail comes back, since when, how often, and what the server says of it last."""

    person: str
    failure: str
    times: int
    since: datetime
    latest: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """An event that was handed in and cannot be told as it is."""

    event_id: str
    subject: str | None
    type: str
    code: str
    reason: str
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A subscription whose events were set aside, or have been failing for a while."""

    subscription: str
    times: int
    since: datetime
    failure: str
    latest: str
    given_up: bool


@dataclass(frozen=True, slots=True)
class Snoozed(Snooze):
    """A line somebody put off, and why. The reason is a sentence somebody wrote."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PutTo:
    """The latest notice of a line to somebody: how far it had come, and in which role they were asked.

    ``signed`` says that it was about a signature which that role has given since.
    """

    notice: str
    step: int
    role: Role
    signed: bool


@dataclass(frozen=True, slots=True)
class InHand:
    """Who has a line in hand, since when, and until which day."""

    person: str
    name: str | None
    taken_at: datetime
    until: date


_ASKED: Final = """
    SELECT open_questions.*, asked.notice, asked.at, asked.times,
           coalesce(lifecycles.zone, $1) AS zone
    FROM open_questions LEFT JOIN lifecycles ON lifecycles.subject = open_questions.subject
    CROSS JOIN LATERAL (
        SELECT count(*) AS times, min(issued_at) FILTER (WHERE notices.step = open_questions.step) AS at,
               (array_agg(notice ORDER BY (notices.role = open_questions.turn) DESC, issued_at, notice)
                   FILTER (WHERE notices.step = open_questions.step))[1] AS notice
        FROM notices
        WHERE notices.subject = open_questions.subject AND notices.matter = open_questions.matter
          AND notices."window" = open_questions."window" AND issued_at >= $2
    ) AS asked
    WHERE asked.notice IS NOT NULL AND (over_at IS NULL OR over_at >= $2 OR next_due IS NOT NULL)
    """


async def asked(
    conn: Connection, academy: str, since: datetime, person: str | None, turn: str | None, also: str | None
) -> list[Asked]:
    """The open questions of an academy that were asked since a time: all, one person's, or one role's.

    What ended before then is left out, and what is asked of delegates. ``also`` adds those of a person in any role.
    """
    rows = await conn.fetch(
        f"""
        {_ASKED}
          AND open_questions.academy = $3 AND ($4::text IS NULL OR person = $4 OR person = $6)
          AND ($5::text IS NULL OR open_questions.turn = $5 OR person = $6)
          AND open_questions.turn <> 'delegate'
        """,
        DEFAULT_ZONE,
        since,
        academy,
        person,
        turn,
        also,
    )
    return list(map(_asked, rows))


async def asked_around(conn: Connection, person: str, since: datetime) -> list[Asked]:
    """The open questions that concern somebody: asked of them, or of the teams that they support, coach or lead."""
    rows = await conn.fetch(
        f"""
        WITH theirs AS MATERIALIZED (
            SELECT subject, key FROM open_questions WHERE person = $3
            UNION SELECT subject, open_questions.key FROM open_questions
                  JOIN engagement_people AS part ON part.engagement = open_questions.subject
                  WHERE part.person = $3 AND part.role = ANY ($4::text[])
            UNION SELECT subject, key FROM open_questions JOIN notices USING (subject, matter, "window")
                  WHERE notices.person = $3 AND issued_at >= $2
        )
        {_ASKED} AND (open_questions.subject, open_questions.key) IN (SELECT subject, key FROM theirs)
        """,  # noqa: S608 - our own words
        DEFAULT_ZONE,
        since,
        person,
        _OF_A_TEAM,
    )
    return list(map(_asked, rows))


def _asked(row: asyncpg.Record) -> Asked:
    return Asked(row["subject"], _question(row), row["notice"], row["at"], row["times"], row["zone"])


def _question(row: asyncpg.Record) -> QuestionRow:
    said = {name: row[name] for name in QuestionRow._fields}
    return QuestionRow(
        **said | {"matter": Matter(row["matter"]), "turn": Role(row["turn"]), "facts": tuple(row["facts"])}
    )


async def unreachable(conn: Connection, academy: str, now: datetime) -> list[Unreachable]:
    """Those whose last mail could not be delivered for good, and whose address is still the same.

    Where it was refused for how we send it (``refused_…``), it says nothing of them.
    Whoever shares the mailbox is not reached either. Mail that comes back had been taken first: where some did, a later
    one counts as delivered after some days.
    """
    rows = await conn.fetch(
        """
        SELECT people.person, count(*) AS times, min(settled_at) AS since,
               (array_agg(failure ORDER BY settled_at DESC, notice))[1] AS failure,
               (array_agg(notice ORDER BY settled_at DESC, notice))[1] AS latest
        FROM notices
        JOIN people AS mailed USING (person)
        JOIN people ON people.academy = mailed.academy AND lower(people.address) = lower(mailed.address)
        WHERE people.academy = $1 AND people.merged_into IS NULL AND status = 'failed'
          AND NOT starts_with(failure, 'refused')
          AND coalesce(sent_at, settled_at) > greatest(mailed.changed_at, people.changed_at)
          AND NOT EXISTS (
              SELECT FROM notices AS later JOIN people AS theirs USING (person)
              WHERE theirs.academy = people.academy AND lower(theirs.address) = lower(people.address)
                AND later.status = 'sent'
                AND later.settled_at > coalesce(notices.sent_at, notices.settled_at)
                AND (notices.sent_at IS NULL OR later.settled_at < $2)
          )
        GROUP BY people.person ORDER BY people.person
        """,
        academy,
        now - BOUNCES_WITHIN,
    )
    return [Unreachable(**row) for row in rows]


async def set_aside(conn: Connection, academy: str) -> list[SetAside]:
    """The events of an academy that wait to be mended. What names none is on nobody's list."""
    rows = await conn.fetch(
        """
        SELECT event_id, subject, type, code, reason, arrived_at FROM arrivals
        WHERE status = 'set_aside' AND academy = $1
        ORDER BY arrived_at, event_id
        """,
        academy,
    )
    return [SetAside(**row) for row in rows]


async def undelivered(conn: Connection, academy: str, now: datetime) -> list[Undelivered]:
    """The subscriptions that were not sent all events of an academy: given up, or failing for half an hour."""
    rows = await conn.fetch(
        """
        SELECT subscription, count(*) AS times, min(coalesce(failing_since, settled_at)) AS since,
               (array_agg(failure ORDER BY event DESC) FILTER (WHERE failure IS NOT NULL))[1] AS failure,
               coalesce(max(event) FILTER (WHERE status = 'set_aside')::text, 'failing') AS latest,
               bool_or(status = 'set_aside') AS given_up
        FROM deliveries JOIN subscriptions USING (subscription)
        WHERE (status = 'set_aside' OR status = 'waiting' AND failing_since <= $2)
          AND ended_at IS NULL AND deliveries.academy = $1
        GROUP BY subscription HAVING count(failure) > 0 ORDER BY subscription
        """,
        academy,
        now - FAILING_FOR,
    )
    return [Undelivered(**row) for row in rows]


async def snoozes(conn: Connection, academy: str, items: Collection[str] | None = None) -> dict[str, Snoozed]:
    """What was put off at an academy, by item; of these ``items`` at any."""
    rows = await conn.fetch(
        "SELECT item, seen, until, reason, by, at FROM snoozes WHERE item = ANY ($2) OR ($2 IS NULL AND academy = $1)",
        academy,
        None if items is None else list(items),
    )
    return {row["item"]: Snoozed(**row) for row in rows}


async def snooze(conn: Connection, academy: str, snoozed: Snoozed) -> None:
    """Put a line off. The latest word holds."""
    await conn.execute(
        """
        INSERT INTO snoozes (academy, item, seen, until, reason, by, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT ON CONSTRAINT snoozes_once DO UPDATE
            SET seen = excluded.seen, until = excluded.until, reason = excluded.reason, by = excluded.by,
                at = excluded.at
        """,
        academy,
        snoozed.item,
        snoozed.seen,
        snoozed.until,
        snoozed.reason,
        snoozed.by,
        snoozed.at,
    )


async def put_to(conn: Connection, persons: Collection[str], since: datetime) -> dict[str, PutTo]:
    """How each line was put last to any of these people since a time, by the line's item."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT ON (subject, matter, "window")
               concat_ws('/', subject, matter, "window") AS item, notice, step, role,
               EXISTS (SELECT FROM sign_offs WHERE engagement = subject AND sign_offs.role = notices.role
                       AND document = CASE matter WHEN 'agreement' THEN 'agreement' WHEN 'sign_off' THEN 'readiness' END
               ) AS signed
        FROM notices WHERE person = ANY ($1::text[]) AND issued_at >= $2
        ORDER BY subject, matter, "window", step DESC, issued_at DESC, notice
        """,
        list(persons),
        since,
    )
    return {row["item"]: PutTo(row["notice"], row["step"], Role(row["role"]), row["signed"]) for row in rows}


async def in_hand(conn: Connection, academy: str, today: date) -> dict[str, InHand]:
    """Who of an academy's office has which line in hand on a day, by item."""
    rows = await conn.fetch(
        """
        SELECT item, person, people.name, taken_at, until FROM in_hand LEFT JOIN people USING (person)
        WHERE in_hand.academy = $1 AND until > $2
        """,
        academy,
        today,
    )
    return {row["item"]: InHand(row["person"], row["name"], row["taken_at"], row["until"]) for row in rows}


async def take_in_hand(conn: Connection, academy: str, item: str, taken: InHand, today: date) -> bool:
    """Note that somebody has a line in hand; False where somebody else has it still. What is over is forgotten."""
    await conn.execute("DELETE FROM in_hand WHERE academy = $1 AND until <= $2", academy, today)
    said = await conn.execute(
        """
        INSERT INTO in_hand (academy, item, person, taken_at, until) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT ON CONSTRAINT in_hand_once DO NOTHING
        """,
        academy,
        item,
        taken.person,
        taken.taken_at,
        taken.until,
    )
    return bool(said.endswith("1"))


async def release(conn: Connection, academy: str, item: str, person: str) -> None:
    """Somebody no longer has a line in hand."""
    await conn.execute("DELETE FROM in_hand WHERE academy = $1 AND item = $2 AND person = $3", academy, item, person)
