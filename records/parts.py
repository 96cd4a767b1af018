"""The roles that somebody has in what has not ended, and who is to leave on which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from records.database import Connection
from schemas.words import Code, PersonId, Role

Key: TypeAlias = tuple[Code, Role]
"""A role in a subject."""


@dataclass(frozen=True, slots=True)
class Part:
    """A role in a subject, which began at a moment; of a team with its name."""

    subject: Code
    role: Role
    began_at: datetime
    name: str | None = None

    @property
    def key(self) -> Key:
        """By which it is told from others of the same person."""
        return self.subject, self.role


async def parts_of(conn: Connection, person: PersonId) -> list[Part]:
    """Somebody's roles, by subject. Of a cohort every role that was ever theirs: its facts say which still are."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT part.subject, part.role, opening.occurred_at AS began_at, microsystems.name
        FROM (
            SELECT engagement AS subject, role
            FROM engagement_people JOIN engagements USING (engagement)
            WHERE person = $1 AND ended_at IS NULL AND role <> 'office'
            UNION ALL
            SELECT academy, CASE part WHEN 'member' THEN 'office' ELSE 'deputy' END
            FROM academy_people WHERE person = $1
            UNION ALL
            SELECT cohort, shared.role
            FROM people
            CROSS JOIN (VALUES ('faculty'), ('sponsor')) AS shared (role)
            JOIN facts AS named ON named.academy = people.academy AND (
                named.kind = 'enrolment_accepted' AND named.body ->> shared.role = $1
                OR named.kind = 'role_changed' AND named.body ->> 'role' = shared.role
                    AND named.body ->> 'person' = $1)
            JOIN cohorts ON cohort = named.subject AND stage <> 'cancelled'
            WHERE people.person = $1
        ) AS part
        JOIN facts AS opening ON opening.subject = part.subject AND opening.seq = 1
        LEFT JOIN engagements ON engagement = part.subject LEFT JOIN microsystems USING (microsystem)
        ORDER BY part.subject, part.role
        """,
        person,
    )
    return [Part(**dict(row) | {"role": Role(row["role"])}) for row in rows]


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody's last day, and when their roles were vacated; None until then."""

    person: PersonId
    last_day: date
    vacated_at: datetime | None


async def leaving(conn: Connection, people: list[PersonId]) -> dict[PersonId, Leaving]:
    """Which of these people are to leave, or have left."""
    rows = await conn.fetch("SELECT person, last_day, vacated_at FROM leavers WHERE person = ANY ($1::text[])", people)
    return {row["person"]: Leaving(**row) for row in rows}


async def keep_leaving(conn: Connection, academy: Code, person: PersonId, last_day: date, at: datetime) -> None:
    """Note somebody's last day, in place of another."""
    await conn.execute(
        """
        INSERT INTO leavers (person, academy, last_day, told_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (person) DO UPDATE
        SET last_day = EXCLUDED.last_day, told_at = EXCLUDED.told_at, vacated_at = NULL
        WHERE leavers.last_day <> EXCLUDED.last_day
        """,
        person,
        academy,
        last_day,
        at,
    )


async def vacated(conn: Connection, person: PersonId, at: datetime) -> None:
    """Note that a leaver's roles were vacated."""
    await conn.execute("UPDATE leavers SET vacated_at = $2 WHERE person = $1 AND vacated_at IS NULL", person, at)


async def leavers_due(conn: Connection, academy: Code, today: date) -> list[Leaving]:
    """Whose last day is over, and whose roles were not vacated yet."""
    rows = await conn.fetch(
        """
        SELECT person, last_day, vacated_at FROM leavers
        WHERE academy = $1 AND last_day < $2 AND vacated_at IS NULL ORDER BY person
        """,
        academy,
        today,
    )
    return [Leaving(**row) for row in rows]
