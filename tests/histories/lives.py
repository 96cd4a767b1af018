"""Lives that nobody of a rehearsal lives, told by hand."""

from __future__ import annotations

from datetime import timedelta

from coaching_client.schedules import INTRO_CALENDAR_WORKFLOW
from schemas.corrections import Correction
from schemas.engagement_facts import CoachLeft, PauseEnded, PauseReason, PauseStarted, SessionHeld, SessionNotHeld
from schemas.facts import AcademyClosed
from schemas.improvement_facts import MeasureDefined
from schemas.inputs import IntroCalendarInput
from schemas.intro_course_facts import (
    BookedBefore,
    BookingCancelled,
    CoachingWished,
    DelegateSeen,
    FeedbackGiven,
    HandedOnToCohort,
    IntroAttendanceTaken,
    IntroCourseMoved,
    OfferAccepted,
)
from schemas.words import BookingState, NotHeldReason
from tests.workflows.courses import Course, afternoon, course
from tests.workflows.subjects import COACH, COHORT, PROGRAMME, Academy, Engagement, now, one_more


async def introduced(academy: Academy) -> tuple[Course, Course]:
    """A full course with a line, freed places, a move and a closed week; and a later one that makes up a day."""
    first, later = await course(academy, places=2), await course(academy, places=2, weeks=12)
    await first.book(1, 2, 3, 4)
    await first.told(BookingCancelled, booking=f"{first.name}.B01")
    await first.becomes("B03", BookingState.OFFERED)
    await first.advance(await first.offered_until("B03"))
    await first.becomes("B04", BookingState.OFFERED)
    await first.told(OfferAccepted, booking=f"{first.name}.B04")
    days = [day + timedelta(weeks=1) for day in (first.opening.day_1, first.opening.day_2)]
    await first.told(IntroCourseMoved, day_1=days[0], day_2=days[1])
    closed = first.opening.day_1 - timedelta(weeks=2)
    await first.told(AcademyClosed, first_day=closed, last_day=closed + timedelta(days=4))
    here = tuple(f"{first.name}.B0{number}" for number in (2, 4))
    await first.advance(afternoon(days[0]))
    await first.told(DelegateSeen, booking=here[0], day=1)
    await first.told(IntroAttendanceTaken, day=1, attended=here)
    await first.advance(afternoon(days[1]))
    await first.told(IntroAttendanceTaken, day=2, attended=here[:1])
    await first.advance(afternoon(days[1]) + timedelta(days=6))
    await first.told(FeedbackGiven, booking=here[0])
    await first.told(CoachingWished, booking=here[0])
    await first.advance(afternoon(later.opening.day_2))
    await first.told(HandedOnToCohort, booking=here[0], cohort=COHORT)
    await later.advance(afternoon(later.opening.day_1) - timedelta(days=1))
    before = BookedBefore(course=first.name, booking=here[1])
    await later.book(4, days=(2,), rebooks=before)
    await later.advance(afternoon(later.opening.day_2))
    await later.told(IntroAttendanceTaken, day=2, attended=(f"{later.name}.B04",))
    await first.becomes("B04", BookingState.ATTENDED)
    await first.advance(afternoon(later.opening.day_2) + timedelta(weeks=9))
    return first, later


async def opened_by_calendar(academy: Academy) -> str:
    """A look at the calendar that starts courses; the workflow's id."""
    given = IntroCalendarInput(academy=one_more("calendar"), programme=PROGRAMME)
    workflow = f"intro-calendar:{given.academy}"
    await academy.client.execute_workflow(INTRO_CALENDAR_WORKFLOW, given, id=workflow, task_queue=academy.task_queue)
    return workflow


async def corrected(academy: Academy) -> Engagement:
    """Sessions told weeks late, reports put right, a fact that a later-told one makes impossible."""
    life = await academy.engagement(course_start=now().date() + timedelta(weeks=2))
    await life.agreed()
    await life.night_of(now().date() + timedelta(weeks=9))
    rows = await academy.pool.fetch("SELECT day FROM sessions WHERE engagement = $1 ORDER BY day", life.name)
    told = []
    for row in rows[:-2]:
        fact = life.says(SessionNotHeld, await life.clock(), day=row["day"], reason=NotHeldReason.STAFFING)
        await life.tell(fact)
        told.append(fact)
    for fact in told[:2]:
        held = SessionHeld(event_id=f"{fact.event_id}-held", occurred_at=fact.occurred_at, day=fact.day)
        await life.told(Correction, corrects=fact.event_id, replacement=held)
    left = life.says(CoachLeft, await life.clock(), person=COACH)
    await life.tell(left)
    await life.told(Correction, corrects=left.event_id)
    late = await life.clock() - timedelta(weeks=1)
    await life.told(PauseStarted, late + timedelta(days=3), reason=PauseReason.OTHER)
    await life.told(PauseStarted, late, reason=PauseReason.STAFFING)
    await life.told(PauseEnded, late + timedelta(days=5))
    await life.advance(await life.clock() + timedelta(weeks=3))
    return life


async def chain(academy: Academy) -> Engagement:
    """Many short runs, each handing over to the next, with asks and answers in between."""
    life = await academy.engagement(course_start=now().date() + timedelta(weeks=2), events_at_most=60)
    await life.agreed()
    for week in range(8):
        await life.night_of(now().date() + timedelta(weeks=3 + week))
        await life.told(MeasureDefined, measure=f"m{week}", better="higher")
    return life
