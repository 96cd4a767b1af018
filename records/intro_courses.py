"""Introduction courses and their bookings, and what of them only the database holds: texts and feedback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg

from lifecycle.dates import Clock, clock_of
from records.database import Connection
from records.lists import CohortsSought
from schemas.programme import Language
from schemas.words import BookingState, Delegate, IntroStage


@dataclass(frozen=True, slots=True)
class ListedCourse:
    """One course as it stands."""

    course: str
    academy: str
    stage: IntroStage
    day_1_starts_at: datetime
    day_1_ends_at: datetime
    day_2_starts_at: datetime
    day_2_ends_at: datetime
    opens_at: datetime
    places: int
    taken_1: int
    taken_2: int
    confirmed: int
    waiting: int
    office: str
    venue: str
    joining: str
    zone: str
    language: Language

    @property
    def clock(self) -> Clock:
        """Its clock."""
        return clock_of(self.zone)


@dataclass(frozen=True, slots=True)
class ListedBooking:
    """One booking as it stands, with the delegate's name and address, both None once erased. No access needs."""

    course: str
    booking: str
    person: str
    name: str | None
    address: str | None
    organisation: str | None
    delegate: Delegate
    state: BookingState
    days: tuple[int, ...]
    place: int | None
    attended_1: bool | None
    attended_2: bool | None
    wishes_coaching: bool
    handed_on_to: str | None


@dataclass(frozen=True, slots=True)
class FeedbackSum:
    """How many answered, the mean of each question from 1 to 5, and the comments, shuffled; None below the least."""

    answers: int
    useful: float | None = None
    confident: float | None = None
    recommends: float | None = None
    comments: tuple[str, ...] = ()


_BOOKINGS = """
        SELECT course, booking, bookings.person, name, address, organisation, delegate, state, days, place,
               attended_1, attended_2, wishes_coaching, handed_on_to"""

_COURSES = """
    SELECT course, academy, stage, day_1_starts_at, day_1_ends_at, day_2_starts_at, day_2_ends_at, opens_at, places,
           taken_1, taken_2, confirmed, waiting, office, zone, language, coalesce(venue, '') AS venue,
           coalesce(joining, '') AS joining
    FROM intro_courses LEFT JOIN intro_course_texts USING (course)
    """


async def courses(conn: Connection, sought: CohortsSought, after: str | None, at_most: int) -> list[ListedCourse]:
    """The courses after an id, in the order of their ids."""
    rows = await conn.fetch(
        f"""{_COURSES}
        WHERE ($1::text[] IS NULL OR course = ANY ($1) OR academy = ANY ($1))
          AND ($2::text IS NULL OR academy = $2) AND ($3::text IS NULL OR course > $3)
          AND ($5::text IS NULL OR stage = $5) AND ($6::text IS NULL OR turn = $6)
          AND ($7::timestamptz IS NULL OR intro_courses.changed_at >= $7)
        ORDER BY course LIMIT $4
        """,
        sought.within,
        sought.academy,
        after,
        at_most,
        sought.stage,
        sought.turn,
        sought.updated_since,
    )
    return [listed(row) for row in rows]


async def days(conn: Connection, courses: Sequence[str]) -> dict[str, tuple[date, date]]:
    """The two days of each of these that is a course, where it is held."""
    rows = await conn.fetch(
        """
        SELECT course, (day_1_starts_at AT TIME ZONE zone)::date, (day_2_starts_at AT TIME ZONE zone)::date
        FROM intro_courses WHERE course = ANY ($1)
        """,
        courses,
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def course(conn: Connection, course: str) -> ListedCourse | None:
    """One course; None for none."""
    row = await conn.fetchrow(f"{_COURSES} WHERE course = $1", course)
    return listed(row) if row else None


async def ahead(conn: Connection, academy: str, at: datetime) -> list[ListedCourse]:
    """The courses of an academy that can be booked at a moment, the next first, the full ones among them."""
    rows = await conn.fetch(
        f"""{_COURSES}
        WHERE academy = $1 AND opens_at <= $2 AND day_1_starts_at > $2 AND stage <> 'cancelled'
        ORDER BY day_1_starts_at, course
        """,
        academy,
        at,
    )
    return [listed(row) for row in rows]


async def to_come(conn: Connection, academy: str, at: datetime, but: str) -> list[ListedCourse]:
    """The courses of an academy but one that have a day still to come, the next first, whether they are open or not."""
    rows = await conn.fetch(
        f"""{_COURSES}
        WHERE academy = $1 AND course <> $3 AND day_2_starts_at > $2 AND stage NOT IN ('cancelled', 'closed')
        ORDER BY day_1_starts_at, course
        """,
        academy,
        at,
        but,
    )
    return [listed(row) for row in rows]


async def cohorts_to_come(conn: Connection, academy: str) -> list[str]:
    """The cohorts of an academy that have not started, the next first."""
    rows = await conn.fetch(
        "SELECT cohort FROM cohorts WHERE academy = $1 AND stage IN ('planned', 'confirmed') ORDER BY course_start",
        academy,
    )
    return [row["cohort"] for row in rows]


async def of_offices(conn: Connection, offices: Sequence[str]) -> list[ListedCourse]:
    """The courses of these offices in which something is still due, the next first."""
    rows = await conn.fetch(
        f"{_COURSES} WHERE office = ANY ($1::text[]) AND next_due IS NOT NULL ORDER BY day_1_starts_at", offices
    )
    return [listed(row) for row in rows]


async def of_delegate(conn: Connection, person: str) -> list[tuple[str, str, datetime, Clock]]:
    """Somebody's bookings that stand, each with its course, when that begins, and by which clock."""
    rows = await conn.fetch(
        """
        SELECT course, booking, day_1_starts_at, zone FROM bookings JOIN intro_courses USING (course)
        WHERE person = $1 AND state NOT IN ('cancelled', 'offer_lapsed')
          AND (stage <> 'cancelled' OR next_due IS NOT NULL)
        ORDER BY day_1_starts_at DESC
        """,
        person,
    )
    return [(row["course"], row["booking"], row["day_1_starts_at"], clock_of(row["zone"])) for row in rows]


async def elsewhere(conn: Connection, person: str, but: str) -> dict[str, BookingState]:
    """How somebody's bookings of other courses stand."""
    rows = await conn.fetch("SELECT booking, state FROM bookings WHERE person = $1 AND course <> $2", person, but)
    return {row["booking"]: BookingState(row["state"]) for row in rows}


async def handed_on(conn: Connection, offices: Sequence[str]) -> list[tuple[str, str, str]]:
    """Who was handed on to a cohort of these offices that has not started: cohort, name and address."""
    rows = await conn.fetch(
        """
        SELECT cohort, name, address FROM bookings JOIN cohorts ON cohorts.cohort = handed_on_to
        JOIN people USING (person)
        WHERE cohorts.office = ANY ($1::text[]) AND stage IN ('planned', 'confirmed') AND name IS NOT NULL
        ORDER BY cohort, name
        """,
        offices,
    )
    return [(row["cohort"], row["name"], row["address"]) for row in rows]


def listed(row: Mapping[str, Any] | asyncpg.Record) -> ListedCourse:
    """A course from its columns."""
    return ListedCourse(**{**row, "stage": IntroStage(row["stage"]), "language": Language(row["language"])})


async def bookings(
    conn: Connection, course: str, after: str | None = None, at_most: int | None = None
) -> list[ListedBooking]:
    """The bookings of a course in the order of their ids, with names; all, or a page of them."""
    rows = await conn.fetch(
        f"""{_BOOKINGS}
        FROM bookings LEFT JOIN people USING (person)
        WHERE course = $1 AND ($2::text IS NULL OR booking > $2) ORDER BY booking LIMIT $3
        """,
        course,
        after,
        at_most,
    )
    return [_booking(row) for row in rows]


async def booking(conn: Connection, booking: str) -> ListedBooking | None:
    """One booking; None for none."""
    row = await conn.fetchrow(
        f"""{_BOOKINGS}
        FROM bookings LEFT JOIN people USING (person) WHERE booking = $1
        """,
        booking,
    )
    return _booking(row) if row else None


async def feedback_shown_from(conn: Connection, course: str) -> int | None:
    """From how many answers on they are shown, by the programme the course runs under."""
    found: int | None = await conn.fetchval(
        """
        SELECT (body #>> '{programme,intro_course,feedback_shown_from}')::integer
        FROM facts WHERE subject = $1 AND kind = 'intro_course_scheduled'
        """,
        course,
    )
    return found


async def would_be_coaches(
    conn: Connection, academy: str, after: str | None = None, at_most: int | None = None
) -> list[ListedBooking]:
    """Who wants to become a coach and stands on no cohort's list, or on that of one that is not held, by booking."""
    rows = await conn.fetch(
        f"""{_BOOKINGS}
        FROM bookings JOIN people USING (person) JOIN intro_courses USING (course)
        WHERE intro_courses.academy = $1 AND wishes_coaching AND name IS NOT NULL
          AND NOT EXISTS (SELECT FROM cohorts WHERE cohort = handed_on_to AND cohorts.stage <> 'cancelled')
          AND ($2::text IS NULL OR booking > $2)
        ORDER BY booking LIMIT $3
        """,
        academy,
        after,
        at_most,
    )
    return [_booking(row) for row in rows]


def _booking(row: asyncpg.Record) -> ListedBooking:
    told = {"delegate": Delegate(row["delegate"]), "state": BookingState(row["state"]), "days": tuple(row["days"])}
    return ListedBooking(**{**row, **told})


async def describe(conn: Connection, course: str, venue: str, joining: str, at: datetime) -> None:
    """Say where a course is and what its delegates should know; said again, the new words hold, and empty ones none."""
    await conn.execute(
        """
        INSERT INTO intro_course_texts (course, venue, joining, changed_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (course) DO UPDATE
        SET venue = coalesce(nullif(EXCLUDED.venue, ''), intro_course_texts.venue),
            joining = coalesce(nullif(EXCLUDED.joining, ''), intro_course_texts.joining),
            changed_at = EXCLUDED.changed_at
        """,
        course,
        venue,
        joining,
        at,
    )


async def keep_feedback(  # noqa: PLR0913 # a row in full
    conn: Connection,
    course: str,
    booking: str,
    at: datetime,
    *,
    useful: int,
    confident: int,
    recommends: int,
    comment: str,
) -> None:
    """Keep what somebody said after day 2. It cannot be changed once the fact that they said it is recorded."""
    await conn.execute(
        """
        INSERT INTO feedback (booking, course, useful, confident, recommends, comment, given_at)
        VALUES ($1, $2, $3, $4, $5, nullif($6, ''), $7)
        ON CONFLICT (booking) DO UPDATE
        SET useful = EXCLUDED.useful, confident = EXCLUDED.confident, recommends = EXCLUDED.recommends,
            comment = EXCLUDED.comment, given_at = EXCLUDED.given_at
        WHERE NOT EXISTS (SELECT FROM bookings WHERE booking = EXCLUDED.booking AND feedback)
        """,
        booking,
        course,
        useful,
        confident,
        recommends,
        comment.strip(),
        at,
    )


async def feedback(conn: Connection, course: str, at_least: int) -> FeedbackSum:
    """What was said, summed up. Of fewer answers than the least only their number is told: nobody is recognised."""
    row = await conn.fetchrow(
        """
        SELECT count(*) AS answers, avg(useful)::float AS useful, avg(confident)::float AS confident,
               avg(recommends)::float AS recommends,
               array_remove(array_agg(comment ORDER BY comment), NULL) AS comments
        FROM feedback JOIN bookings USING (booking) WHERE feedback.course = $1 AND bookings.feedback
        """,
        course,
    )
    if row is None or row["answers"] < at_least:
        return FeedbackSum(row["answers"] if row else 0)
    means = {name: round(row[name], 1) for name in ("useful", "confident", "recommends")}
    return FeedbackSum(row["answers"], **means, comments=tuple(row["comments"] or ()))
