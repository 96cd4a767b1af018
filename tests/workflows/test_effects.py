"""What a cohort causes in its engagements: whatever is taken back, and whoever cannot answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from temporalio.client import Client, WorkflowQueryFailedError

from benchmarks.made_up import known
from coaching_client import handles
from lifecycle.worklist import Kind
from operations import effects
from operations.cohorts import CohortPlan, CourseOverError, start_cohort
from operations.effects import pass_on
from operations.worklist import worklist
from records import effects as held
from records import incidents
from schemas import subjects
from schemas.cohort_facts import (
    CohortCancelled,
    EnrolmentAccepted,
    EnrolmentDeferred,
    EnrolmentWithdrawn,
    MicrosystemIdentified,
)
from schemas.corrections import Correction
from schemas.due import Standing
from schemas.incidents import IncidentKind
from schemas.inputs import SubjectInput
from schemas.roster import Contact
from schemas.roster_check import check_roster
from schemas.words import EndReason, Stage
from tests.faults.waiting import nothing_due
from tests.workflows.subjects import PROGRAMME, TESTER, Academy, Cohort, Engagement, now, one_more
from tests.workflows.test_cohorts import eventually, proposal, scheduled, stage, started, team, with_participants

DAY = timedelta(days=1)
REPOSITORY: Final = Path(__file__).parents[2]


async def told(cohort: Cohort, kind: type, **said: Any) -> str:
    """Tell it; the event id."""
    await cohort.told(kind, **said)
    return (await cohort.recorded())[-1]


async def ended(life: Engagement, reason: EndReason | None) -> None:
    """Wait until it has ended for this reason; without one, until it lives."""
    await eventually(lambda: holds(life, lambda standing: standing.end_reason is reason))


async def holds(life: Engagement, wanted: Callable[[Standing], bool]) -> bool:
    """Whether it stands so; not while it wakes."""
    try:
        return wanted(await life.state())
    except WorkflowQueryFailedError:
        return False


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (CohortCancelled, EndReason.COHORT_CANCELLED),
        (EnrolmentDeferred, EndReason.PARTICIPANT_DEFERRED),
        (EnrolmentAccepted, EndReason.STARTED_IN_ERROR),
    ],
)
async def test_what_is_taken_back_lets_the_engagement_live_on(academy: Academy, kind: type, reason: EndReason) -> None:
    """A cancelled course, a deferral; and what was never meant ends, until it is meant again. Nobody is told twice."""
    cohort = await with_participants(academy, scheduled(), {"team": team()})
    life = await started(cohort.engagement(f"{cohort.name}.P1"))
    await nothing_due(life)
    notices = "SELECT count(*) FROM notices WHERE subject = $1"
    before = await academy.pool.fetchval(notices, life.name)
    if kind is EnrolmentAccepted:
        wrong = await told(cohort, Correction, corrects=(await cohort.recorded())[1])
    else:
        said = {"reason": "other"} if kind is CohortCancelled else {"enrolment": life.name}
        wrong = await told(cohort, kind, **said)
    await ended(life, reason)
    await told(cohort, Correction, corrects=wrong)
    await ended(life, None)
    assert await stage(life) is Stage.PROPOSED
    assert not (await life.state()).coach_vacant
    assert await academy.pool.fetchval(notices, life.name) == before
    assert await life.agrees()


async def test_a_withdrawal_taken_back_brings_the_coach_back(academy: Academy) -> None:
    """The team is vacant only as long as the cohort says so."""
    cohort = await with_participants(academy, scheduled(), {"team": team()})
    life = await started(cohort.engagement(f"{cohort.name}.P1"))
    wrong = await told(cohort, EnrolmentWithdrawn, enrolment=life.name, reason="time")

    await eventually(lambda: holds(life, lambda standing: standing.coach_vacant))
    await told(cohort, Correction, corrects=wrong)
    await eventually(lambda: holds(life, lambda standing: not standing.coach_vacant))


async def test_a_team_that_is_put_right_is_so_in_its_engagement(academy: Academy) -> None:
    """It is the same engagement, which began when it began."""
    cohort = await with_participants(academy, scheduled(), {})
    enrolment = f"{cohort.name}.P1"
    wrong = await told(cohort, MicrosystemIdentified, enrolment=enrolment, team=team())
    life = await started(cohort.engagement(enrolment))
    right = MicrosystemIdentified(
        event_id=one_more("right"), occurred_at=await cohort.clock(), enrolment=enrolment, team=team(2)
    )
    await told(cohort, Correction, corrects=wrong, replacement=right)

    async def is_right() -> bool:
        row = (await life.rows_standing())["engagements", ""]
        return bool(row._asdict()["microsystem"] == right.team.microsystem)

    await eventually(is_right)
    assert (await proposal(life)).microsystem != right.team.microsystem
    assert await life.agrees()


async def silent(temporal: Client, engagement: str) -> None:
    """Its workflow runs, and no worker ever takes it up."""
    await temporal.start_workflow(
        subjects.ENGAGEMENT.workflow,
        SubjectInput(subject=engagement),
        id=subjects.workflow_id(subjects.ENGAGEMENT, engagement),
        task_queue=one_more("nobody"),
    )


async def open_of(academy: Academy, cohort: Cohort) -> list[tuple[IncidentKind, str]]:
    """The open incidents about a cohort: their kind, and who it is about."""
    async with academy.pool.acquire() as conn:
        found = await incidents.open_of(conn, "sheffield")
    return [(each.finding.kind, each.finding.facts["peer"]) for each in found if each.finding.subject == cohort.name]


async def test_an_engagement_that_cannot_answer_stops_neither_its_cohorts_clock_nor_the_others(
    academy: Academy, temporal: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What falls due does, the others hear; after a working day it is a line of the worklist, until it answers."""
    monkeypatch.setattr(effects, "TELL_WITHIN", timedelta(milliseconds=300))
    opening, name = scheduled(weeks=2), one_more("sheffield.c")
    mute = f"{name}.P03"
    await silent(temporal, mute)
    given = [
        EnrolmentAccepted(
            event_id=f"{name}.P{n:02}:accepted",
            occurred_at=opening.occurred_at,
            enrolment=f"{name}.P{n:02}",
            person=f"per_{n}",
            team=team(n),
        )
        for n in range(1, 13)
    ]
    await known(academy.pool, name, *given)
    await handles.start(temporal, subjects.COHORT, name, opening, tuple(given), task_queue=academy.task_queue)
    cohort = Cohort(academy, name)
    for n in (1, 2, 12):
        await started(cohort.engagement(f"{name}.P{n:02}"))
    await cohort.night_of(opening.course_start + timedelta(days=2))
    assert {"learning_session/1.7/0", "learning_session/1.1/0", "attendance/1/0"} <= set(await cohort.done())
    assert await open_of(academy, cohort) == [(IncidentKind.EFFECT_UNREACHED, mute)]
    async with academy.pool.acquire() as conn:
        lines = await worklist(conn, "sheffield", now() + 30 * DAY)
    assert [line.subject for line in lines if line.kind is Kind.INCIDENT] == [name]
    stuck = temporal.get_workflow_handle(subjects.workflow_id(subjects.ENGAGEMENT, mute))
    await stuck.terminate()
    at = await cohort.clock()
    await pass_on(academy.engine, name, at)
    await started(cohort.engagement(mute))
    await pass_on(academy.engine, name, at)
    assert await open_of(academy, cohort) == []


async def test_what_is_refused_for_a_working_day_is_heard_of_until_it_is_no_longer_meant(academy: Academy) -> None:
    """An engagement that somebody else began otherwise is not the one that the cohort means."""
    cohort = await with_participants(academy, scheduled())
    other = Engagement(academy, f"{cohort.name}.P1", (await academy.engagement()).opening)
    other.opening = other.opening.model_copy(update={"event_id": one_more("other")})
    await other.start()
    await other.begun()
    accepted = await told(cohort, EnrolmentAccepted, enrolment=other.name, person="per_1", team=team())
    await pass_on(academy.engine, cohort.name, now())
    assert await open_of(academy, cohort) == []
    heard = await pass_on(academy.engine, cohort.name, now() + 5 * DAY)
    assert [subject for subject, _ in heard.refused] == [other.name]
    assert await open_of(academy, cohort) == [(IncidentKind.EFFECT_REFUSED, other.name)]
    await told(cohort, Correction, corrects=accepted)
    await pass_on(academy.engine, cohort.name, now() + 6 * DAY)
    assert await open_of(academy, cohort) == []
    async with academy.pool.acquire() as conn:
        assert await held.held(conn, cohort.name) == []


async def test_participants_of_a_course_that_is_long_over_are_not_lost_silently(
    academy: Academy, temporal: Client
) -> None:
    """Whoever starts it so, by whatever program, is heard of: a line of the worklist each, until it is closed."""
    opening, name = scheduled().model_copy(update={"course_start": now().date() - 230 * DAY}), one_more("sheffield.c")
    given = [
        EnrolmentAccepted(
            event_id=f"{name}.P{n}:accepted",
            occurred_at=opening.occurred_at,
            enrolment=f"{name}.P{n}",
            person=f"per_{n}",
        )
        for n in (1, 2)
    ]
    await known(academy.pool, name, *given)
    await handles.start(temporal, subjects.COHORT, name, opening, tuple(given), task_queue=academy.task_queue)
    await Cohort(academy, name).handle.result()
    async with academy.pool.acquire() as conn:
        found = [each.finding for each in await incidents.open_of(conn, "sheffield") if each.finding.subject == name]
        lines = await worklist(conn, "sheffield", now())
    assert [(finding.kind, finding.key) for finding in found] == [
        (IncidentKind.START_REFUSED, accepted.event_id) for accepted in given
    ]
    evidence = [line.evidence[0] for line in lines if line.kind is Kind.INCIDENT]
    assert evidence[0].startswith(
        f"When {name} was set up, we left out one record, {name}.P1:accepted (enrolment accepted,"
    )


async def test_a_cohort_whose_course_is_over_is_not_started_from_a_roster(academy: Academy) -> None:
    """Nobody is admitted; the sentence says why, and what to do."""
    checked = check_roster((REPOSITORY / "examples" / "roster-2026-autumn.csv").read_bytes())
    assert checked.roster is not None
    office = Contact("Programme office", "office@example.org")
    plan = CohortPlan("sheffield", one_more("sheffield.c"), now().date() - 230 * DAY, PROGRAMME, office)
    with pytest.raises(CourseOverError, match=r"ran from .* import it with its past"):
        await start_cohort(academy.engine, TESTER, plan, checked.roster, at=now())
    assert await academy.pool.fetchval("SELECT count(*) FROM people") == 0


async def test_who_moves_has_a_place_in_the_later_cohort_until_that_is_taken_back(academy: Academy) -> None:
    """Told to one cohort alone; the other hears of it, and of its end."""
    cohort = await with_participants(academy, scheduled(), {})
    later = await with_participants(academy, scheduled())
    enrolment = f"{cohort.name}.P1"
    moved = await told(cohort, EnrolmentDeferred, enrolment=enrolment, to_cohort=later.name)
    to = (await cohort.rows_standing())["enrolments", enrolment]._asdict()["deferred_to"]
    assert to is not None

    async def has_a_place() -> bool:
        return ("enrolments", to) in await later.rows_standing()

    async def has_none() -> bool:
        return not await has_a_place()

    await eventually(has_a_place)
    await told(cohort, Correction, corrects=moved)
    await eventually(has_none)
