"""What runs in an academy, by the programme it follows; and what its latest course began with."""

from __future__ import annotations

from dataclasses import dataclass

from records.database import Connection
from schemas.programme import Programme
from schemas.words import Code


@dataclass(frozen=True, slots=True)
class Following:
    """How much of an academy follows a version of a programme, as ``sheffield-mca@1``, and has not ended."""

    programme: str
    teams: int
    cohorts: int
    courses: int


async def known(conn: Connection) -> list[Code]:
    """Every academy that somebody is known at."""
    rows = await conn.fetch("SELECT DISTINCT academy FROM people ORDER BY academy")
    return [row["academy"] for row in rows]


async def following(conn: Connection, academy: Code) -> list[Following]:
    """What follows each version."""
    rows = await conn.fetch(
        """
        SELECT programme, count(*) FILTER (WHERE kept = 'engagements') AS teams,
               count(*) FILTER (WHERE kept = 'cohorts') AS cohorts,
               count(*) FILTER (WHERE kept = 'intro_courses') AS courses
        FROM lifecycles WHERE academy = $1 AND over_at IS NULL GROUP BY programme ORDER BY programme
        """,
        academy,
    )
    return [Following(**row) for row in rows]


async def last_programme(conn: Connection, academy: Code) -> Programme | None:
    """What the latest cohort or Introduction course was scheduled with; None where there is none."""
    body = await conn.fetchval(
        """
        SELECT body -> 'programme' FROM facts
        WHERE academy = $1 AND kind IN ('cohort_scheduled', 'intro_course_scheduled')
        ORDER BY occurred_at DESC, subject LIMIT 1
        """,
        academy,
    )
    return None if body is None else Programme.model_validate(body)
