"""Cohorts: they teach, they start engagements as peers, and they tell them what happened to their coaches."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from benchmarks.made_up import known
from coaching_client import handles
from coaching_client.attributes import ACADEMY, COACH, COHORT
from coaching_client.handles import FactRefusedError
from schemas import subjects
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.cohort_facts import (
    CohortCancelled,
    CohortConfirmed,
    CohortScheduled,
    ConditionalStartDecided,
    EnrolmentAccepted,
    EnrolmentCompleted,
    EnrolmentDeferred,
    EnrolmentWithdrawn,
    LearningSessionHeld,
    MicrosystemIdentified,
    Team,
)
from schemas.engagement_facts import EngagementProposed, SessionHeld, Slot
from schemas.inputs import SubjectInput
from schemas.words import CohortStage, EndReason, Stage, Weekday
from tests.workflows.subjects import PROGRAMME, Academy, Cohort, Engagement, now, one_more


def scheduled(weeks: int = 12) -> CohortScheduled:
    """A cohort scheduled now, whose course starts on a Monday in so many weeks."""
    start = (now() + timedelta(weeks=weeks)).date()
    return CohortScheduled(
        event_id=one_more("scheduled"),
        occurred_at=now(),
        academy="sheffield",
        programme=PROGRAMME,
        course_start=start + timedelta(days=-start.weekday() % 7),
        calendar=LATEST_HOLIDAY_TABLE,
    )


def team(number: int = 1) -> Team:
    """A team that meets on Tuesdays."""
    slot = Slot(day=Weekday.TUESDAY, at=time(9, 0))
    return Team(microsystem=one_more(f"ms_{number}"), team_lead="per_lead", slot=slot)


async def with_participants(academy: Academy, opening: CohortScheduled, *given: dict[str, Any]) -> Cohort:
    """A cohort and its participants P1, P2 and so on, as they are given, each accepted now."""
    cohort = await academy.cohort(opening)
    await cohort.begun()
    for number, said in enumerate(given, 1):
        enrolment = f"{cohort.name}.P{number}"
        await cohort.told(EnrolmentAccepted, enrolment=enrolment, person=f"per_{number}", faculty="per_faculty", **said)
    return cohort


async def started(life: Engagement) -> Engagement:
    """The engagement, once it runs and answers."""

    async def runs() -> bool:
        try:
            await life.handle.describe()
        except RPCError:
            return False
        return True

    await eventually(runs)
    await life.begun()
    return life


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds; what the engine does by itself takes a moment."""
    async with asyncio.timeout(20):
        while not await holds():  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.02)


async def stage(life: Engagement) -> Stage:
    """The stage of an engagement that may have closed."""
    return (await life.state()).stage


async def proposal(life: Engagement) -> EngagementProposed:
    """The first fact of an engagement, as it is recorded."""
    body = await life.academy.pool.fetchval("SELECT body FROM facts WHERE subject = $1 AND seq = 1", life.name)
    return EngagementProposed.model_validate(body)


async def test_a_cohort_starts_its_engagements_as_peers(academy: Academy) -> None:
    """Before the course starts, by id, with their people and attributes, and as nobody's children."""
    cohort = await with_participants(academy, scheduled(), {"team": team(), "sponsor": "per_sponsor"}, {})
    life = await started(cohort.engagement(f"{cohort.name}.P1"))
    found = await life.handle.describe()
    assert found.parent_id is None
    assert [found.typed_search_attributes[key] for key in (ACADEMY, COHORT, COACH)] == [
        "sheffield",
        cohort.name,
        "per_1",
    ]
    people = (await proposal(life)).people
    assert (people.coach, people.sponsor, people.team_lead) == (
        "per_1",
        "per_sponsor",
        "per_lead",
    )
    assert (await cohort.state()).enrolments == 2
    with pytest.raises(RPCError):
        await cohort.engagement(f"{cohort.name}.P2").handle.describe()


async def test_starting_a_cohort_twice_starts_nothing_twice(academy: Academy) -> None:
    """Neither the cohort nor its engagements, and no participant is accepted twice."""
    opening = scheduled()
    name = one_more("sheffield.c")
    given = tuple(
        EnrolmentAccepted(
            event_id=f"{name}.P{n}:accepted",
            occurred_at=opening.occurred_at,
            enrolment=f"{name}.P{n}",
            person=f"per_{n}",
            team=team(),
        )
        for n in (1, 2)
    )
    cohort = Cohort(academy, name)
    await known(academy.pool, name, *given)
    runs = []
    for _ in range(2):
        await handles.start(
            academy.client, subjects.COHORT, name, opening, given, scoped=True, task_queue=academy.task_queue
        )
        for n in (1, 2):
            life = await started(cohort.engagement(f"{name}.P{n}"))
            runs.append((await life.handle.describe()).run_id)
        runs.append((await cohort.handle.describe()).run_id)
    assert runs[:3] == runs[3:]
    assert len(await cohort.recorded()) == 3
    assert (await cohort.state()).enrolments == 2


async def test_a_late_participant_gets_an_engagement(academy: Academy) -> None:
    """Somebody accepted when the course is taught already; the engagement starts at once."""
    opening = scheduled(weeks=1)
    cohort = await with_participants(academy, opening, {"team": team()})
    await cohort.night_of(opening.course_start + timedelta(days=16))
    await cohort.told(EnrolmentAccepted, now(), enrolment=f"{cohort.name}.P9", person="per_9", team=team(9))
    await started(cohort.engagement(f"{cohort.name}.P9"))
    assert (await cohort.state()).stage is CohortStage.IN_TEACHING


async def test_a_course_that_starts_next_week_asks_for_teams_at_once(academy: Academy) -> None:
    """The questions of eight and four weeks before are not asked three times over."""
    opening = scheduled().model_copy(update={"course_start": now().date() + timedelta(days=6)})
    cohort = await with_participants(academy, opening, {})
    await cohort.night_of(opening.course_start)
    asked = [key for key in await cohort.done() if key.startswith("microsystem/")]
    assert asked == [f"microsystem/{cohort.name}.P1/0"]


async def test_who_defers_leaves_no_engagement_behind(academy: Academy) -> None:
    """It ends with that reason, told by the cohort; the enrolment is linked to the later one."""
    cohort = await with_participants(academy, scheduled(), {"team": team()}, {"team": team()})
    enrolment = f"{cohort.name}.P1"
    life = await started(cohort.engagement(enrolment))
    await cohort.told(EnrolmentDeferred, enrolment=enrolment, to_enrolment="sheffield.2027-spring.P01")
    await life.handle.result()
    assert (await life.state()).end_reason is EndReason.PARTICIPANT_DEFERRED
    row = (await cohort.rows_standing())["enrolments", enrolment]
    assert row._asdict()["deferred_to"] == "sheffield.2027-spring.P01"
    assert await stage(await started(cohort.engagement(f"{cohort.name}.P2"))) is Stage.PROPOSED


async def test_who_withdraws_leaves_a_team_without_a_coach_not_an_ended_one(academy: Academy) -> None:
    """The team is never silently closed: it is vacant, and somebody's turn it is."""
    cohort = await with_participants(academy, scheduled(), {"team": team()})
    enrolment = f"{cohort.name}.P1"
    life = await started(cohort.engagement(enrolment))
    await cohort.told(EnrolmentWithdrawn, enrolment=enrolment, reason="capacity")

    async def vacant() -> bool:
        return (await life.state()).coach_vacant

    await eventually(vacant)
    standing = await life.state()
    assert standing.next_due is not None
    assert standing.end_reason is None


@pytest.mark.parametrize("late", [timedelta(0), timedelta(minutes=30)])
async def test_a_second_participant_of_a_team_is_its_co_coach(academy: Academy, late: timedelta) -> None:
    """Also if that happened before the team was found and was told late; no second engagement is started."""
    cohort = await with_participants(academy, _an_hour_old(scheduled()), {"team": team()})
    life = await started(cohort.engagement(f"{cohort.name}.P1"))
    await cohort.told(EnrolmentAccepted, now() - late, enrolment=f"{cohort.name}.P2", person="per_2", joins=life.name)

    async def joined() -> bool:
        return ("engagement_people", "co_coach") in await life.rows_standing()

    await eventually(joined)
    with pytest.raises(RPCError):
        await cohort.engagement(f"{cohort.name}.P2").handle.describe()


async def test_a_co_coach_of_the_roster_is_named_from_the_beginning(academy: Academy) -> None:
    """Two participants on one team, both there when the cohort starts: the engagement is proposed with both."""
    opening, name = scheduled(), one_more("sheffield.c")
    given = tuple(
        EnrolmentAccepted.model_validate(
            {
                "event_id": f"{name}:accepted-{n}",
                "occurred_at": opening.occurred_at,
                "enrolment": f"{name}.P{n}",
                "person": f"per_{n}",
            }
            | place
        )
        for n, place in ((1, {"team": team()}), (2, {"joins": f"{name}.P1"}))
    )
    cohort = Cohort(academy, name)
    await known(academy.pool, name, *given)
    await handles.start(
        academy.client, subjects.COHORT, name, opening, given, scoped=True, task_queue=academy.task_queue
    )
    life = await started(cohort.engagement(f"{name}.P1"))
    assert (await proposal(life)).people.co_coach == "per_2"
    assert len(await life.recorded()) == 1
    await cohort.told(CohortConfirmed)
    assert (await cohort.activities()).count("tell_peers") == 1


def _an_hour_old(opening: CohortScheduled) -> CohortScheduled:
    return opening.model_copy(update={"occurred_at": opening.occurred_at - timedelta(hours=1)})


async def test_one_coach_may_have_two_teams(academy: Academy) -> None:
    """Each is an engagement of its own."""
    cohort = await with_participants(academy, scheduled(), {"team": team()})
    enrolment = f"{cohort.name}.P1"
    await cohort.told(MicrosystemIdentified, enrolment=enrolment, team=team(2))
    first, second = [await proposal(await started(cohort.engagement(enrolment, number))) for number in (1, 2)]
    assert first.people.coach == second.people.coach
    assert first.microsystem != second.microsystem
    assert second.enrolment == enrolment


async def test_without_a_team_the_office_decides_and_a_team_found_later_starts(academy: Academy) -> None:
    """Asked before the start and in grace; then the office decides on a conditional start; a team ends the question."""
    opening = scheduled(weeks=2)
    cohort = await with_participants(academy, opening, {})
    enrolment = f"{cohort.name}.P1"
    await cohort.night_of(opening.course_start + timedelta(days=30))
    assert f"conditional_start/{enrolment}.grace/0" in await cohort.done()
    until = opening.course_start + timedelta(weeks=9)
    await cohort.told(ConditionalStartDecided, enrolment=enrolment, allowed=True, until=until)
    state = (await cohort.rows_standing())["enrolments", enrolment]._asdict()["state"]
    assert state == "conditional_start"
    await cohort.told(MicrosystemIdentified, now(), enrolment=enrolment, team=team())
    await started(cohort.engagement(enrolment))
    assert not [due for due in await cohort.timeline() if due.matter == "conditional_start"]


async def test_learning_sessions_are_reminded_and_asked_about(academy: Academy) -> None:
    """A week and a day before, everybody who is there; afterwards the office is asked who attended."""
    opening = scheduled(weeks=2)
    cohort = await with_participants(academy, opening, {"team": team()}, {"team": team()}, {})
    await cohort.told(EnrolmentDeferred, enrolment=f"{cohort.name}.P3")
    await cohort.night_of(opening.course_start + timedelta(days=2))
    done = await cohort.done()
    assert {"learning_session/1.7/0", "learning_session/1.1/0", "attendance/1/0"} <= set(done)
    reminded = await academy.pool.fetch(
        "SELECT person, \"window\" FROM notices WHERE subject = $1 AND matter = 'learning_session' ORDER BY 1, 2",
        cohort.name,
    )
    assert [tuple(row) for row in reminded] == [(f"per_{n}", window) for n in (1, 2) for window in ("1.1", "1.7")]
    await cohort.told(LearningSessionHeld, number=1, attended=(f"{cohort.name}.P1",))
    assert (await cohort.rows_standing())["learning_sessions", "1"]._asdict()["attended"] == 1


async def test_completion_is_refused_until_the_records_say_so(academy: Academy) -> None:
    """A participant who attended and met with the team completes the course, one whose team never met does not."""
    opening = scheduled(weeks=1)
    cohort = await with_participants(academy, opening, {"team": team()}, {"team": team()})
    ids = [f"{cohort.name}.P{n}" for n in (1, 2)]
    ends = opening.course_start + timedelta(weeks=28)
    for enrolment in ids:
        life = await started(cohort.engagement(enrolment))
        life.opening = await proposal(life)
        await life.agreed()
        await life.night_of(ends)
        if enrolment == ids[0]:
            await _held_every_week(life)
    await cohort.night_of(opening.course_start + timedelta(weeks=22))
    for number in range(1, 6):
        await cohort.told(LearningSessionHeld, number=number, attended=tuple(ids))
    with pytest.raises(FactRefusedError, match="team sessions held"):
        await cohort.told(EnrolmentCompleted, enrolment=ids[0], completed=True)
    await cohort.night_of(ends)
    await cohort.told(EnrolmentCompleted, enrolment=ids[0], completed=True)
    with pytest.raises(FactRefusedError, match="75% of team sessions held"):
        await cohort.told(EnrolmentCompleted, enrolment=ids[1], completed=True)
    told = await cohort.told(EnrolmentCompleted, enrolment=ids[1], completed=False)
    assert told.standing.stage is CohortStage.CLOSED
    rebuilt, _ = await cohort.rebuilt(told.recorded_at)
    assert told.standing == rebuilt


async def _held_every_week(life: Engagement) -> None:
    rows = await life.academy.pool.fetch("SELECT day FROM sessions WHERE engagement = $1 ORDER BY day", life.name)
    for row in rows[:24]:
        at = datetime.combine(row["day"], time(18), now().tzinfo)
        await life.told(SessionHeld, at, day=row["day"])


async def test_a_cohort_cancelled_before_teaching_ends_what_it_started(academy: Academy) -> None:
    """Its engagements end with that reason; then it closes, and starting it again changes nothing."""
    opening = scheduled()
    cohort = await with_participants(academy, opening, {"team": team()})
    life = await started(cohort.engagement(f"{cohort.name}.P1"))
    await cohort.told(CohortCancelled, reason="too_few_participants")
    await cohort.ended()
    await life.ended()
    assert (await life.state()).end_reason is EndReason.COHORT_CANCELLED
    await handles.start(
        academy.client, subjects.COHORT, cohort.name, opening, scoped=True, task_queue=academy.task_queue
    )
    assert (await cohort.handle.describe()).status is WorkflowExecutionStatus.COMPLETED


async def test_a_cohort_hands_over_to_its_next_run(academy: Academy) -> None:
    """What it knew goes along: the engagements run on, and nothing is told twice."""
    opening = scheduled()
    name = one_more("sheffield.c")
    await academy.client.start_workflow(
        subjects.COHORT.workflow,
        SubjectInput(subject=name, opening=opening, scoped=True, events_at_most=60),
        id=subjects.workflow_id(subjects.COHORT, name),
        task_queue=academy.task_queue,
    )
    cohort = Cohort(academy, name)
    await cohort.begun()
    for n in range(1, 9):
        await cohort.told(EnrolmentAccepted, enrolment=f"{name}.P{n}", person=f"per_{n}", team=team())
    await cohort.told(CohortConfirmed)
    assert len(await cohort.runs()) > 1
    for n in range(1, 9):
        await started(cohort.engagement(f"{name}.P{n}"))
    standing = await cohort.state()
    assert (standing.enrolments, standing.stage) == (8, CohortStage.CONFIRMED)
    assert standing == (await cohort.rebuilt(standing.as_of))[0]
    assert [len(await cohort.engagement(f"{name}.P{n}").recorded()) for n in range(1, 9)] == [1] * 8
