"""The Introduction courses of an academy as its office sees them. Reads projections, never the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from records.certificates import Certificate, RevokedBecause
from records.database import Connection
from records.intro_courses import ListedCourse, listed
from schemas.words import BookingId, Code, IntroCourseId


@dataclass(frozen=True, slots=True)
class KeptCourse:
    """A course, and what of it waits for its office: days whose attendance is not told, bookings held back, wishes."""

    course: ListedCourse
    untold_1: int
    untold_2: int
    held_back: int
    wishes: int
    no_shows: int


async def courses(
    conn: Connection,
    academy: Code,
    at: datetime,
    held_since: datetime,
    *,
    past: bool,
    skipped: int,
    at_most: int | None,
) -> list[KeptCourse]:
    """The courses that have a day still to come, the next first; or those that are over, the latest first."""
    rows = await conn.fetch(
        f"""
        SELECT course, academy, stage, day_1_starts_at, day_1_ends_at, day_2_starts_at, day_2_ends_at, opens_at, places,
               taken_1, taken_2, confirmed, waiting, office, zone, language, coalesce(venue, '') AS venue,
               coalesce(joining, '') AS joining, coalesce(untold_1, 0) AS untold_1, coalesce(untold_2, 0) AS untold_2,
               coalesce(held_back, 0) AS held_back, coalesce(wishes, 0) AS wishes, coalesce(no_shows, 0) AS no_shows
        FROM intro_courses
        LEFT JOIN intro_course_texts USING (course)
        LEFT JOIN (
            SELECT course,
                   count(*) FILTER (WHERE state = 'confirmed' AND 1 = ANY (days) AND attended_1 IS NULL) AS untold_1,
                   count(*) FILTER (WHERE state = 'confirmed' AND 2 = ANY (days) AND attended_2 IS NULL) AS untold_2,
                   count(*) FILTER (WHERE wishes_coaching AND handed_on_to IS NULL) AS wishes,
                   count(*) FILTER (WHERE state = 'no_show') AS no_shows
            FROM bookings JOIN intro_courses USING (course) WHERE academy = $1 GROUP BY course
        ) AS counted USING (course)
        LEFT JOIN (
            SELECT course, count(*) AS held_back FROM held_bookings WHERE asked_at > $3 GROUP BY course
        ) AS waits USING (course)
        WHERE academy = $1 AND (day_2_ends_at <= $2 OR stage IN ('cancelled', 'closed')) = $4
        ORDER BY {"day_1_starts_at DESC" if past else "day_1_starts_at"}, course
        OFFSET $5 LIMIT $6
        """,  # noqa: S608 - our own words
        academy,
        at,
        held_since,
        past,
        skipped,
        at_most,
    )
    own = ("untold_1", "untold_2", "held_back", "wishes", "no_shows")
    return [
        KeptCourse(
            listed({name: row[name] for name in ListedCourse.__slots__}),
            **{name: row[name] for name in own},
        )
        for row in rows
    ]


async def counts(conn: Connection, academy: Code, at: datetime) -> tuple[int, int]:
    """How many courses are still to come, and how many are over."""
    row = await conn.fetchrow(
        """
        SELECT count(*) FILTER (WHERE NOT over) AS ahead, count(*) FILTER (WHERE over) AS past
        FROM (SELECT day_2_ends_at <= $2 OR stage IN ('cancelled', 'closed') AS over
              FROM intro_courses WHERE academy = $1) AS known
        """,
        academy,
        at,
    )
    return (row["ahead"], row["past"]) if row else (0, 0)


async def certificates(conn: Connection, course: IntroCourseId) -> dict[BookingId, Certificate]:
    """The certificates that somebody has looked at, by booking."""
    rows = await conn.fetch("SELECT * FROM certificates WHERE subject = $1", course)
    found = (
        Certificate(
            **{**row, "revoked_because": RevokedBecause(row["revoked_because"]) if row["revoked_because"] else None}
        )
        for row in rows
    )
    return {one.about: one for one in found}
