"""What people and programs read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, time

import pytest

from records import admitting, projections, views
from records.database import Connection, Pool
from schemas.cohort_facts import Coaching
from schemas.engagement_facts import CoachPart, EngagementProposed, People, Slot
from schemas.programme_file import shipped_programme
from schemas.rows import CohortRow, EngagementPersonRow, EnrolmentRow, Row
from schemas.words import CohortStage, EndReason, EnrolmentState, Health, Outcome, Phase, Role, Stage, Weekday
from tests.records.telling import (
    COACH,
    COHORT,
    ENGAGEMENT,
    START,
    assignment,
    at,
    changes,
    engagement,
    held,
    record,
    session,
    told,
)

SECOND = "sheffield.2026-autumn.P02"
CO_COACH = "per_c0c0c0c0c0c0"
NOBODY = "sheffield.2026-autumn.P99"


async def _write(conn: Connection, subject: str, *rows: Row) -> None:
    await projections.write(conn, subject, START, *changes(*rows))


@pytest.fixture
async def conn(pool: Pool) -> AsyncIterator[Connection]:
    """A connection to a cohort of two enrolments, of which the second co-coaches the first one's team."""
    async with pool.acquire() as connection:
        cohort = CohortRow(
            cohort=COHORT,
            academy="sheffield",
            stage=CohortStage.IN_TEACHING,
            course_start=START.date(),
            programme="sheffield-mca/1",
            calendar="uk-2026-11",
            zone="Europe/London",
            office="sheffield.office",
        )
        first = EnrolmentRow(enrolment=ENGAGEMENT, person=COACH, state=EnrolmentState.IN_TRAINING, attended=2)
        second = EnrolmentRow(enrolment=SECOND, person=CO_COACH, state=EnrolmentState.IN_TRAINING)
        await _write(connection, COHORT, cohort, first, second)
        yield connection


async def test_engagements_are_found_by_what_they_are(conn: Connection) -> None:
    """Academy, cohort, phase and health narrow the list; names come with it."""
    admitted = await admitting.admit(
        conn, "sheffield", START, admitting.Roster((admitting.Person("Coach Alder", "a@example.org"),), ("A ward",))
    )
    coach = EngagementPersonRow(role=Role.COACH, person=admitted.people["a@example.org"])
    office = EngagementPersonRow(role=Role.OFFICE, person="sheffield.office")
    row = engagement(microsystem=admitted.microsystems["A ward"], health=Health.AT_RISK)
    await _write(conn, ENGAGEMENT, row, coach, office)
    elsewhere = "leeds.2026-autumn.P01"
    row = engagement(engagement=elsewhere, enrolment=elsewhere, cohort="leeds.2026-autumn", phase=Phase.AFTERCARE)
    await _write(conn, elsewhere, row, office)

    (ours,) = await views.engagements(conn, academy="sheffield")
    assert (ours.engagement, ours.team, ours.coach, ours.turn) == (ENGAGEMENT, "A ward", "Coach Alder", Role.COACH)
    (theirs,) = await views.engagements(conn, phase=Phase.AFTERCARE)
    assert (theirs.engagement, theirs.team, theirs.coach) == (elsewhere, None, None)
    assert await views.engagements(conn, health=Health.AT_RISK, cohort=COHORT) == [ours]
    assert await views.engagements(conn) == [theirs, ours]
    assert await views.engagements(conn, page=views.Page(at_most=1)) == [theirs]
    assert await views.engagements(conn, page=views.Page(after=elsewhere, at_most=1)) == [ours]
    assert [(line.role, line.name) for line in await views.people(conn, ENGAGEMENT)] == [
        (Role.COACH, "Coach Alder"),
        (Role.OFFICE, None),
    ]


async def test_a_cohort_is_counted(conn: Connection) -> None:
    """A summary counts what runs and what needs a look, and lists the participants with their engagements."""
    await _write(conn, ENGAGEMENT, engagement(health=Health.STALLED))
    over = engagement(
        engagement=f"{ENGAGEMENT}-2", stage=Stage.ENDED_EARLY, ended_at=at(9), end_reason=EndReason.OTHER, turn=None
    )
    await _write(conn, f"{ENGAGEMENT}-2", over)
    summary = await views.cohort_summary(conn, COHORT)
    assert summary is not None
    line = summary.cohort
    assert (line.enrolments, line.engagements, line.running, line.stalled, line.at_risk) == (2, 2, 1, 1, 0)
    assert [one.engagements for one in summary.enrolments] == [(ENGAGEMENT, f"{ENGAGEMENT}-2"), ()]
    assert await views.cohorts(conn, "leeds") == []
    assert await views.cohort_summary(conn, "leeds.2026-autumn") is None


async def test_facts_are_listed_as_they_occurred(conn: Connection) -> None:
    """A late fact stands where it belongs."""
    await record(conn, told(held(2), 0))
    await record(conn, told(held(1), 1))
    assert await views.engagement_facts(conn, ENGAGEMENT) == [held(1), held(2)]


async def test_an_opening_comes_back_with_its_programme(conn: Connection) -> None:
    """The first fact holds all parameters the engagement began with; nobody proposed an unknown one."""
    proposed = EngagementProposed(
        event_id="proposed",
        occurred_at=START,
        programme=shipped_programme(),
        cohort=COHORT,
        enrolment=ENGAGEMENT,
        microsystem="ms_0123456789ab",
        course_start=START.date(),
        slot=Slot(day=Weekday.MONDAY, at=time(9, 0)),
        calendar="uk-2026-11",
        zone="Europe/London",
        people=People(coach=COACH),
        watched_from=START,
    )
    await record(conn, told(proposed, 0))
    assert await views.opening(conn, ENGAGEMENT) == proposed
    assert await views.opening(conn, NOBODY) is None


async def test_coaching_is_summed_by_enrolment(conn: Connection) -> None:
    """Own teams and co-coached ones count, while somebody was assigned; in the order asked."""
    await _write(
        conn,
        ENGAGEMENT,
        engagement(agreed_at=START),
        assignment(COACH, 0),
        assignment(CO_COACH, 10, part=CoachPart.CO),
        session(0, Outcome.HELD),
        session(1, Outcome.NOT_HELD, reason="staffing"),
        session(2, Outcome.HELD),
        session(3, Outcome.EXCUSED),
        session(4, Outcome.UNKNOWN),
        session(5, Outcome.EXPECTED),
        session(6, Outcome.HELD, counted=False),
    )
    co, main, nobody = await views.coaching(conn, COHORT, (SECOND, ENGAGEMENT, NOBODY))
    last = date(2026, 11, 16)
    assert main == Coaching(
        enrolment=ENGAGEMENT, agreed=True, sessions_expected=4, sessions_held=2, last_coached=last, running=True
    )
    assert co == Coaching(
        enrolment=SECOND, agreed=True, sessions_expected=2, sessions_held=1, last_coached=last, running=True
    )
    assert nobody == Coaching(enrolment=NOBODY)


async def test_who_no_longer_coaches_runs_nothing(conn: Connection) -> None:
    """After the coach left, or the team was handed off, nothing runs for them; a pause is theirs while it runs."""
    await _write(conn, ENGAGEMENT, engagement(paused=True), assignment(COACH, 0))
    (paused,) = await views.coaching(conn, COHORT, (ENGAGEMENT,))
    await _write(conn, ENGAGEMENT, assignment(COACH, 0, 5))
    (left,) = await views.coaching(conn, COHORT, (ENGAGEMENT,))
    await _write(conn, ENGAGEMENT, engagement(handed_off_at=at(9)), assignment(COACH, 0))
    (handed_off,) = await views.coaching(conn, COHORT, (ENGAGEMENT,))
    assert [(one.paused, one.running) for one in (paused, left, handed_off)] == [
        (True, True),
        (False, False),
        (False, False),
    ]
