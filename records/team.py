"""One team's pages: what was asked of whom, what was carried out, and which messages went to whom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from records.database import Connection
from schemas.words import Act, EngagementId, Matter, PersonId, Role


@dataclass(frozen=True, slots=True)
class Put:
    """A question as it was put to somebody last, by the notice that did."""

    matter: Matter
    window: str
    role: Role
    person: PersonId
    notice: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Carried:
    """Something that was carried out at its time: who heard of it, or whose turn it was if nobody did.

    ``went`` is whether any of its notices was not taken out before it was sent.
    """

    key: str
    act: Act
    matter: Matter
    roles: tuple[Role, ...]
    rule: str
    done_at: datetime
    went: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A message to somebody, and what became of it. The name is None for who was erased."""

    notice: str
    role: Role
    name: str | None
    matter: Matter
    act: Act
    reason: str
    issued_at: datetime
    status: str
    settled_at: datetime | None
    sent_at: datetime | None
    gathered: bool
    because: str | None
    failure: str | None


async def put(conn: Connection, engagement: EngagementId, cases: Collection[str]) -> list[Put]:
    """How each of these cases (matter and window) was put last to each person in each part, the latest first."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT ON (matter, "window", role, person) matter, "window", role, person, notice, issued_at
        FROM notices WHERE subject = $1 AND concat_ws('/', matter, "window") = ANY ($2::text[])
        ORDER BY matter, "window", role, person, step DESC
        """,
        engagement,
        list(cases),
    )
    found = [
        Put(Matter(row["matter"]), row["window"], Role(row["role"]), row["person"], row["notice"], row["issued_at"])
        for row in rows
    ]
    return sorted(found, key=lambda put: put.issued_at, reverse=True)


async def carried_out(conn: Connection, engagement: EngagementId) -> list[Carried]:
    """Everything that was carried out of itself, the oldest first."""
    rows = await conn.fetch(
        """
        SELECT key, act, matter, coalesce(said.roles, ARRAY[turn]) AS roles, rule, done_at,
               coalesce(said.went, true) AS went
        FROM done_items LEFT JOIN (
            SELECT concat_ws('/', matter, "window", step) AS key, array_agg(DISTINCT role) AS roles,
                   bool_or(status NOT IN ('withdrawn', 'withheld')) AS went
            FROM notices WHERE subject = $1 GROUP BY 1
        ) AS said USING (key)
        WHERE subject = $1 ORDER BY done_at, key
        """,
        engagement,
    )
    return [
        Carried(
            row["key"], Act(row["act"]), Matter(row["matter"]), tuple(role for role in Role if role in row["roles"]),
            row["rule"], row["done_at"], row["went"],
        )
        for row in rows
    ]  # fmt: skip


async def notes(conn: Connection, engagement: EngagementId) -> dict[str, str]:
    """The notes beside all facts of a team, by event id."""
    rows = await conn.fetch(
        "SELECT event_id, text FROM notes JOIN facts USING (subject, event_id) WHERE subject = $1", engagement
    )
    return {row["event_id"]: row["text"] for row in rows}


_THEIRS: Final = "subject = $1 AND ($2::text IS NULL OR notices.person = $2)"


async def message_counts(conn: Connection, engagement: EngagementId, to: PersonId | None) -> dict[str, int]:
    """How many messages there are of each status: all of a team, or those to one person."""
    rows = await conn.fetch(
        f"SELECT status, count(*) AS messages FROM notices WHERE {_THEIRS} GROUP BY status",  # noqa: S608 - our own words
        engagement,
        to,
    )
    return {row["status"]: row["messages"] for row in rows}


async def messages(
    conn: Connection,
    engagement: EngagementId,
    to: PersonId | None,
    status: str | None,
    skipped: int,
    at_most: int | None,
) -> list[Message]:
    """The messages about a team, the latest first; all of them without ``at_most``."""
    rows = await conn.fetch(
        f"""
        SELECT notice, role, kept.name, matter, act, reason, issued_at, status, settled_at, sent_at, gathered,
               because, failure
        FROM notices LEFT JOIN people ON people.person = notices.person
        LEFT JOIN people AS kept ON kept.person = coalesce(people.merged_into, people.person)
        WHERE {_THEIRS} AND ($3::text IS NULL OR status = $3)
        ORDER BY issued_at DESC, notice OFFSET $4 LIMIT $5
        """,  # noqa: S608 - our own words
        engagement,
        to,
        status,
        skipped,
        at_most,
    )
    return [message_of(row) for row in rows]


def message_of(row: asyncpg.Record) -> Message:
    """A message from its row."""
    return Message(**dict(row) | {"role": Role(row["role"]), "matter": Matter(row["matter"]), "act": Act(row["act"])})
