"""What has been kept for as long as it may be: found by kind of record, and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from records.database import Connection
from schemas.words import Code


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record. ``found`` answers its ``id``, ``academy`` and ``since``, the moment of its last use.

    ``gone`` is what happens to those of the ids $1; people are erased in a way of their own.
    """

    title: str
    found: str
    gone: str = ""


KINDS: Final[Mapping[str, Kind]] = {
    "people": Kind(
        "People with no part any more: erased",
        """
        WITH used (person, subject) AS (
            SELECT person, engagement FROM engagement_people
            UNION SELECT person, engagement FROM coach_assignments
            UNION SELECT person, cohort FROM enrolments
            UNION SELECT person, course FROM bookings
            UNION SELECT body ->> 'faculty', subject FROM facts WHERE kind = 'enrolment_accepted'
            UNION SELECT body ->> 'sponsor', subject FROM facts WHERE kind = 'enrolment_accepted'
            UNION SELECT body ->> 'person', subject FROM facts WHERE kind = 'role_changed'
        )
        SELECT people.person AS id, people.academy,
               greatest(people.changed_at, max(over_at), (
                   SELECT max(issued_at) FROM notices WHERE notices.person = people.person
               )) AS since
        FROM people LEFT JOIN used ON used.person = people.person LEFT JOIN lifecycles USING (subject)
        WHERE erased_at IS NULL AND merged_into IS NULL AND people.person <> people.academy || '.office'
          AND people.person NOT IN (SELECT person FROM academy_people)
        GROUP BY people.person HAVING count(used.subject) = count(over_at)
        """,
    ),
    "notes": Kind(
        "Notes, after their team, cohort or course has ended: deleted",
        """
        SELECT event_id AS id, split_part(notes.subject, '.', 1) AS academy,
               CASE WHEN lifecycles.subject IS NULL THEN kept_at ELSE over_at END AS since
        FROM notes LEFT JOIN lifecycles ON lifecycles.subject = notes.subject
        """,
        "DELETE FROM notes WHERE event_id = ANY ($1)",
    ),
    "feedback": Kind(
        "Comments on Introduction courses: blanked; the scores stay",
        "SELECT booking AS id, split_part(course, '.', 1) AS academy, given_at AS since FROM feedback "
        "WHERE comment IS NOT NULL",
        "UPDATE feedback SET comment = NULL WHERE booking = ANY ($1)",
    ),
    "events": Kind(
        "What other services handed in, once it is settled: blanked",
        "SELECT event_id AS id, academy, settled_at AS since FROM arrivals WHERE received <> '{}'",
        "UPDATE arrivals SET received = '{}' WHERE event_id = ANY ($1)",
    ),
    "snoozes": Kind(
        "Snoozes that are over, with their reasons: deleted",
        "SELECT academy || '/' || item AS id, academy, until::timestamp AT TIME ZONE 'UTC' AS since FROM snoozes",
        "DELETE FROM snoozes WHERE academy || '/' || item = ANY ($1)",
    ),
    "sign_ins": Kind(
        "Sign-ins that are over: deleted",
        "SELECT sign_in AS id, split_part(people.academy, '.', 1) AS academy, coalesce(ended_at, seen_at) AS since "
        "FROM sign_ins LEFT JOIN people USING (person)",
        "DELETE FROM sign_ins WHERE sign_in = ANY ($1)",
    ),
    "audit": Kind(
        "Lines of the audit: deleted",
        "SELECT number::text AS id, split_part(subject, '.', 1) AS academy, at AS since FROM audit",
        "DELETE FROM audit WHERE number::text = ANY ($1)",
    ),
}
"""Every kind that has a period. What holds ids, codes and dates alone, above all the ledger, stays."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A record, and the moment from which it is kept too long."""

    kind: str
    id: str
    academy: str | None
    until: datetime


async def kept_until(conn: Connection, kind: str, months: int, by: datetime, academy: Code | None = None) -> list[Kept]:
    """The records of a kind whose period is over by a moment, the first first; of one academy, or of all."""
    rows = await conn.fetch(
        f"""
        SELECT id, academy, since + make_interval(months => $1) AS until FROM ({KINDS[kind].found}) AS found
        WHERE since + make_interval(months => $1) <= $2 AND ($3::text IS NULL OR academy = $3) ORDER BY until, id
        """,  # noqa: S608 - a text of this module
        months,
        by,
        academy,
    )
    return [Kept(kind, **row) for row in rows]


async def let_go(conn: Connection, kind: str, ids: list[str]) -> None:
    """Delete or blank these records of a kind."""
    await conn.execute(KINDS[kind].gone, ids)


async def periods(conn: Connection, academy: Code) -> dict[str, int]:
    """For how many months an academy keeps what, by kind: only what it said."""
    rows = await conn.fetch("SELECT kind, months FROM retention_periods WHERE academy = $1", academy)
    return {row["kind"]: row["months"] for row in rows}


async def choose(conn: Connection, academy: Code, months: Mapping[str, int], at: datetime, by: str) -> None:
    """An academy keeps these kinds for so long from now on, and no other for a time only."""
    async with conn.transaction():
        await conn.execute(
            "DELETE FROM retention_periods WHERE academy = $1 AND kind <> ALL ($2::text[])", academy, list(months)
        )
        await conn.executemany(
            """
            INSERT INTO retention_periods (academy, kind, months, set_at, set_by) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (academy, kind) DO UPDATE
            SET months = EXCLUDED.months, set_at = EXCLUDED.set_at, set_by = EXCLUDED.set_by
            WHERE retention_periods.months <> EXCLUDED.months
            """,
            [(academy, kind, each, at, by) for kind, each in months.items()],
        )


async def academies(conn: Connection) -> list[Code]:
    """Those that keep something for a time only."""
    return [row["academy"] for row in await conn.fetch("SELECT DISTINCT academy FROM retention_periods ORDER BY 1")]


@dataclass(frozen=True, slots=True)
class Ran:
    """What went of a kind at a time, and how many it failed for."""

    kind: str
    ran_at: datetime
    gone: int
    failed: int


async def note_run(conn: Connection, academy: Code, ran: Ran) -> None:
    """Keep what was done."""
    await conn.execute(
        """
        INSERT INTO retention_runs (academy, kind, ran_at, gone, failed) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (academy, kind, ran_at) DO UPDATE
        SET gone = retention_runs.gone + EXCLUDED.gone, failed = EXCLUDED.failed
        """,
        academy, ran.kind, ran.ran_at, ran.gone, ran.failed,
    )  # fmt: skip


async def runs(conn: Connection, academy: Code, at_most: int) -> list[Ran]:
    """What was done lately, the last first."""
    rows = await conn.fetch(
        "SELECT kind, ran_at, gone, failed FROM retention_runs WHERE academy = $1 ORDER BY ran_at DESC, kind LIMIT $2",
        academy,
        at_most,
    )
    return [Ran(**row) for row in rows]
