"""The typed client: what a program outside can do with ids and a Temporal server alone."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from temporalio.client import Client, WorkflowExecution

from benchmarks.made_up import known
from coaching_client import handles
from coaching_client.client import CoachingClient, UnknownSubjectError
from coaching_client.handles import FactRefusedError
from records.database import Pool
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.cohort_facts import CohortConfirmed, CohortScheduled, EnrolmentAccepted
from schemas.engagement_facts import AgreementSigned, EndedEarly, HandedOff
from schemas.inputs import TakeOver
from schemas.intro_course_facts import IntroCourseScheduled, PlaceRequested
from schemas.subjects import COHORT, ENGAGEMENT, INTRO_COURSE
from schemas.words import CohortStage, Delegate, EndReason, IntroStage, Matter, Role, Stage
from tests.faults.waiting import eventually
from tests.workflows.subjects import PROGRAMME, one_more, opening_of

pytestmark = pytest.mark.filterwarnings("ignore:.*TMPRL1102.*")  # a workflow of an unknown id ends under its update


@pytest.fixture
async def cohort(pool: Pool, now: datetime) -> str:
    """A cohort of this test's own. Its participants are known."""
    found = one_more("sheffield.outside")
    await known(pool, found, *(accepted(found, number, now) for number in range(1, 10)))
    return found


@pytest.fixture
async def engagement(pool: Pool, now: datetime) -> str:
    """An engagement of this test's own. Whom its opening names is known."""
    found = f"{one_more('sheffield.outside')}.P01"
    await known(pool, found, opening_of(found, now))
    return found


def scheduled(cohort: str, now: datetime) -> CohortScheduled:
    """A cohort scheduled now, for a course in ten weeks."""
    return CohortScheduled(
        event_id=f"{cohort}:scheduled",
        occurred_at=now,
        academy="sheffield",
        programme=PROGRAMME,
        course_start=(now + timedelta(weeks=10)).date(),
        calendar=LATEST_HOLIDAY_TABLE,
    )


def accepted(cohort: str, number: int, now: datetime) -> EnrolmentAccepted:
    """A participant without a team yet."""
    enrolment = f"{cohort}.P{number:02}"
    return EnrolmentAccepted(
        event_id=f"{enrolment}:accepted", occurred_at=now, enrolment=enrolment, person=f"per_{number}"
    )


async def test_an_engagement_is_started_told_and_asked(
    coaching: CoachingClient, engagement: str, now: datetime
) -> None:
    """Each call is answered when it is recorded; a repeat gets the first answer."""
    opening = opening_of(engagement, now)
    started = await coaching.start(ENGAGEMENT, engagement, opening)
    assert started.event_id == f"{engagement}~{opening.event_id}"
    assert await coaching.start(ENGAGEMENT, engagement, opening) == started
    signed = AgreementSigned(event_id=f"{engagement}:signed", occurred_at=now, role=Role.COACH)
    told = await coaching.tell(ENGAGEMENT, engagement, signed)
    assert await coaching.tell(ENGAGEMENT, engagement, signed) == told
    standing = await coaching.state(ENGAGEMENT, engagement)
    assert (standing.stage, standing.next_due) == (Stage.PROPOSED, told.standing.next_due)
    ahead = await coaching.timeline(ENGAGEMENT, engagement)
    assert ahead[0] == standing.next_due
    reasons = await coaching.why(ENGAGEMENT, engagement, "next")
    assert reasons[0].due == ahead[0]
    assert all(one.due for one in await coaching.why(ENGAGEMENT, engagement, Matter.AGREEMENT) if not one.done_at)


async def test_an_engagement_that_began_otherwise_is_not_started_again(
    coaching: CoachingClient, engagement: str, now: datetime
) -> None:
    """The caller is told, instead of taking another life for its own."""
    await coaching.start(ENGAGEMENT, engagement, opening_of(engagement, now))
    with pytest.raises(FactRefusedError) as refused:
        await coaching.start(ENGAGEMENT, engagement, opening_of(engagement, now, microsystem="ms_2"))
    assert refused.value.refusal.code == "different_content"
    other = opening_of(engagement, now, event_id=f"{engagement}:again")
    with pytest.raises(FactRefusedError) as refused:
        await coaching.start(ENGAGEMENT, engagement, other)
    assert refused.value.refusal.code == "began_already"


async def test_a_cohort_is_started_with_whom_it_takes(
    coaching: CoachingClient, pool: Pool, cohort: str, now: datetime
) -> None:
    """All is recorded by the answer; the same again changes nothing, late ones are added, others are named."""
    opening, first = scheduled(cohort, now), accepted(cohort, 1, now)
    started = await coaching.start_cohort(cohort, opening, [first])
    assert (started.standing.enrolments, started.refused) == (1, ())
    other = first.model_copy(update={"person": "per_other"})
    again = await coaching.start_cohort(cohort, opening, [other, accepted(cohort, 2, now)])
    assert again.standing.enrolments == 2
    assert [(one.enrolment, one.refusal.code) for one in again.refused] == [(first.enrolment, "different_content")]
    assert await pool.fetchval("SELECT count(*) FROM facts WHERE subject = $1", cohort) == 3
    await coaching.tell(COHORT, cohort, CohortConfirmed(event_id=f"{cohort}:confirmed", occurred_at=now))
    standing = await coaching.state(COHORT, cohort)
    assert standing.stage is CohortStage.CONFIRMED
    assert (await coaching.timeline(COHORT, cohort))[0] == standing.next_due


async def test_an_introduction_course_is_started_told_and_asked(
    coaching: CoachingClient, pool: Pool, now: datetime
) -> None:
    """As an engagement: recorded when it is answered, a repeat with the first answer, a refusal with its reason."""
    course, day = one_more("sheffield.intro-"), (now + timedelta(weeks=9)).date()
    day += timedelta(days=(2 - day.weekday()) % 7)
    opening = IntroCourseScheduled(
        event_id=f"{course}:scheduled", occurred_at=now, academy="sheffield", programme=PROGRAMME, day_1=day,
        day_2=day + timedelta(days=1), places=1, calendar=LATEST_HOLIDAY_TABLE,
    )  # fmt: skip
    started = await coaching.start(INTRO_COURSE, course, opening)
    assert await coaching.start(INTRO_COURSE, course, opening) == started
    asked = PlaceRequested(
        event_id=f"{course}:1", occurred_at=now, booking=f"{course}.1", person="per_1", delegate=Delegate.EXTERNAL
    )
    await known(pool, course, asked)
    told = await coaching.tell(INTRO_COURSE, course, asked)
    assert (told.standing.stage, told.standing.confirmed) == (IntroStage.FULL, 1)
    again = asked.model_copy(update={"event_id": f"{course}:2", "booking": f"{course}.2"})
    with pytest.raises(FactRefusedError, match="already has a place on this course"):
        await coaching.tell(INTRO_COURSE, course, again)
    standing = await coaching.state(INTRO_COURSE, course)
    assert (standing.confirmed, standing.waiting) == (1, 0)

    async def agree() -> bool:
        ahead = await coaching.timeline(INTRO_COURSE, course)
        return ahead[0] == (await coaching.state(INTRO_COURSE, course)).next_due

    async with asyncio.timeout(20):
        # The receipt is sent meanwhile.
        while not await agree():  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.05)
    assert await pool.fetchval("SELECT count(*) FROM facts WHERE subject = $1", course) == 2
    with pytest.raises(UnknownSubjectError):
        await coaching.state(INTRO_COURSE, f"{course}-none")


async def test_a_refusal_says_why(coaching: CoachingClient, engagement: str, now: datetime) -> None:
    """In words for the teller, and as a code for programs."""
    await coaching.start(ENGAGEMENT, engagement, opening_of(engagement, now))
    with pytest.raises(FactRefusedError, match="agreement wasn't signed") as refused:
        await coaching.tell(ENGAGEMENT, engagement, HandedOff(event_id="h", occurred_at=now))
    assert (refused.value.refusal.when, refused.value.refusal.code) == ("not_yet", "handed_off_in_proposed")


async def test_an_id_that_nobody_knows_is_unknown(coaching: CoachingClient, engagement: str, now: datetime) -> None:
    """Asked, told, and asked again after it was told."""
    with pytest.raises(UnknownSubjectError, match=f"engagement:{engagement}"):
        await coaching.state(ENGAGEMENT, engagement)
    with pytest.raises(FactRefusedError) as refused:
        await coaching.tell(ENGAGEMENT, engagement, HandedOff(event_id="h", occurred_at=now))
    assert refused.value.refusal.code == "unknown"
    with pytest.raises(UnknownSubjectError):
        await coaching.timeline(ENGAGEMENT, engagement)
    with pytest.raises(UnknownSubjectError):
        await coaching.state(COHORT, engagement)


async def test_one_that_has_ended_still_answers(
    coaching: CoachingClient, temporal: Client, engagement: str, now: datetime
) -> None:
    """For as long as the namespace keeps it."""
    await coaching.start(ENGAGEMENT, engagement, opening_of(engagement, now))
    ended = EndedEarly(event_id=f"{engagement}:ended", occurred_at=now, reason=EndReason.SILENT)
    await coaching.tell(ENGAGEMENT, engagement, ended)
    await handles.handle(temporal, ENGAGEMENT, engagement).result()
    assert (await coaching.state(ENGAGEMENT, engagement)).end_reason is EndReason.SILENT


async def test_one_that_is_asked_while_it_begins_answers(
    coaching: CoachingClient, engagement: str, now: datetime
) -> None:
    """Whoever started it need not wait."""
    opening = opening_of(engagement, now + timedelta(seconds=1))
    starting = asyncio.create_task(coaching.start(ENGAGEMENT, engagement, opening))
    while True:
        try:
            standing = await coaching.state(ENGAGEMENT, engagement)
            break
        except UnknownSubjectError:
            continue
    assert standing.stage is Stage.PROPOSED
    await starting


async def test_a_taking_over_that_somebody_ended_by_hand_begins_again(
    temporal: Client, queue: str, now: datetime
) -> None:
    """Whoever asked for it waits for its end; no worker has come to it yet."""
    asked = TakeOver(cohort=one_more("sheffield.past"), at=now)
    waiting = asyncio.create_task(handles.take_over(temporal, asked, task_queue=queue))
    runs = list[WorkflowExecution]()

    async def another() -> bool:
        query = f"WorkflowId STARTS_WITH 'take-over:{asked.cohort}:' AND ExecutionStatus = 'Running'"
        found = [run async for run in temporal.list_workflows(query)]
        runs.extend(run for run in found if run.run_id not in {known.run_id for known in runs})
        return len(runs) > 1 if ended else bool(runs)

    ended = False
    await eventually(another)
    run = temporal.get_workflow_handle(runs[0].id)
    await run.terminate()
    ended = True
    await eventually(another)
    waiting.cancel()
    await run.terminate()
