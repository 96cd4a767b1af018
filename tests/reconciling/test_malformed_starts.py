"""A start that nobody can read fails at once, is an incident, and can be repeated as it was meant."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from benchmarks.made_up import known
from coaching_client import handles
from coaching_client.client import CoachingClient, UnknownSubjectError
from coaching_client.handles import FactRefusedError
from coaching_client.nexus import refusal_of
from coaching_client.schedules import INTRO_CALENDAR_WORKFLOW
from operations.reconciling import reconcile
from records import incidents
from schemas import subjects
from schemas.engagement_facts import CoachLeft
from schemas.incidents import IncidentKind
from tests.faults.waiting import eventually
from tests.workflows.subjects import COACH, COHORT, Academy, Engagement, now, one_more, opening_of

NO_OPENING = {"subject": "{name}", "opening": {"kind": "engagement_proposed"}}
ANOTHER = {"subject": "sheffield.2026-autumn.P999"}
BOUND = 20
AT = "2026-10-05T09:00:00Z"
OTHER_OPENING = NO_OPENING | {"opening": {"kind": "person_known", "event_id": "k", "occurred_at": AT, "person": COACH}}
HAPPENING = NO_OPENING | {"opening": {"kind": "handed_off", "event_id": "h", "occurred_at": AT}}
CARRIED = {"subject": "{name}", "carried": {"facts": []}}


def filled(given: Any, name: str) -> Any:
    """The input with the subject's name."""
    return given | {"subject": given["subject"].format(name=name)} if isinstance(given, dict) else given


@pytest.mark.parametrize(
    "given",
    [
        (NO_OPENING,),
        (ANOTHER,),
        ("a string",),
        (),
        (None,),
        ({"subject": "{name}", "more": 1},),
        (OTHER_OPENING,),
        (HAPPENING,),
        (CARRIED,),
    ],
    ids=[
        "no fields",
        "another's id",
        "a string",
        "nothing",
        "null",
        "more",
        "a person's opening",
        "no opening",
        "what no run before it knew",
    ],
)
async def test_a_start_that_nobody_can_read_fails_at_once(academy: Academy, given: tuple[Any, ...]) -> None:
    """It is an incident of the engagement that it would have been; the same start, put right, begins it."""
    life = Engagement(academy, name := f"{COHORT}.{one_more('M')}", opening_of(name, now()))
    args = [filled(part, name) for part in given]
    started = await academy.client.start_workflow(
        subjects.ENGAGEMENT.workflow, args=args, id=life.workflow_id, task_queue=academy.task_queue
    )
    with pytest.raises(WorkflowFailureError) as failed:
        await started.result()
    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.type == "MalformedStart"
    await eventually(lambda: _failing(academy, name))
    await known(academy.pool, name, life.opening)
    await handles.start(academy.client, subjects.ENGAGEMENT, name, life.opening, task_queue=academy.task_queue)
    await life.begun()
    await reconcile(academy.engine, now())
    async with academy.engine.connection() as conn:
        assert await incidents.open_of(conn) == []


async def _failing(academy: Academy, name: str) -> bool:
    await reconcile(academy.engine, now())
    async with academy.engine.connection() as conn:
        found = [kept.finding for kept in await incidents.open_of(conn)]
    return [(one.kind, one.subject) for one in found] == [(IncidentKind.OPENING_FAILED, name)]


@pytest.mark.parametrize(("type_", "elsewhere"), [("Unknown", False), ("Unknown", True), ("EngagementWorkflow", True)])
async def test_whatever_takes_a_subjects_id_is_an_incident(academy: Academy, type_: str, elsewhere: bool) -> None:
    """It is named, and not ended, since it may be another engine's; once it is, the right one runs again."""
    life = await academy.engagement()
    await life.handle.terminate()
    queue = f"{academy.task_queue}.elsewhere" if elsewhere else academy.task_queue
    taker = await academy.client.start_workflow(type_, id=life.workflow_id, task_queue=queue)
    await eventually(lambda: _taken(academy, life, queue))
    await taker.terminate()
    await eventually(lambda: _nothing_open(academy))
    await life.begun()
    assert (await life.state()).next_due is not None


async def _taken(academy: Academy, life: Engagement, queue: str) -> bool:
    found = (await reconcile(academy.engine, now())).findings
    said = [(one.kind, one.facts["workflow"], one.facts["queue"]) for one in found if one.subject == life.name]
    return said == [(IncidentKind.ID_TAKEN, life.workflow_id, queue)]


async def _nothing_open(academy: Academy) -> bool:
    await reconcile(academy.engine, now())
    async with academy.engine.connection() as conn:
        return await incidents.open_of(conn) == []


@pytest.mark.parametrize("args", [[], ["a string"], [{"academy": "another"}]], ids=["nothing", "a string", "another's"])
async def test_a_weekly_mail_that_nobody_can_read_keeps_no_id(academy: Academy, args: list[Any]) -> None:
    """It fails at once, so that the academy's own can begin."""
    town = one_more("town")
    started = await academy.client.start_workflow(
        handles.WEEKLY_MAIL_WORKFLOW, args=args, id=handles.weekly_mail_id(town), task_queue=academy.task_queue
    )
    with pytest.raises(WorkflowFailureError):
        await started.result()


@pytest.mark.parametrize("args", [[], ["a string"]], ids=["nothing", "a string"])
async def test_a_look_at_the_calendar_that_nobody_can_read_fails_at_once(academy: Academy, args: list[Any]) -> None:
    """Nothing is tried again for ever."""
    started = await academy.client.start_workflow(
        INTRO_CALENDAR_WORKFLOW, args=args, id=one_more("look"), task_queue=academy.task_queue
    )
    with pytest.raises(WorkflowFailureError):
        await asyncio.wait_for(started.result(), BOUND)


async def test_an_opening_that_cannot_be_recorded_is_an_incident(academy: Academy) -> None:
    """Its event id is taken by another engagement: the start fails, and is heard of until it is put right."""
    taken = await academy.engagement()
    name = f"{COHORT}.{one_more('M')}"
    opening = opening_of(name, now()).model_copy(update={"event_id": taken.opening.event_id})
    await known(academy.pool, name, opening)
    await handles.start(academy.client, subjects.ENGAGEMENT, name, opening, scoped=True, task_queue=academy.task_queue)
    await eventually(lambda: _failing(academy, name))


@pytest.mark.parametrize(
    "said", [{"calendar": "uk-1066"}, {"course_start": date(9999, 12, 31)}, {"course_start": date(2040, 12, 28)}]
)
async def test_an_opening_beyond_the_calendar_is_refused(academy: Academy, said: dict[str, Any]) -> None:
    """It fails in a sentence: nothing is tried again for ever, and the id is free."""
    name = f"{COHORT}.{one_more('M')}"
    opening = opening_of(name, now()).model_copy(update=said)
    await known(academy.pool, name, opening)
    started = await handles.start(academy.client, subjects.ENGAGEMENT, name, opening, task_queue=academy.task_queue)
    with pytest.raises(WorkflowFailureError) as failed:
        await asyncio.wait_for(started.result(), BOUND)
    refusal = refusal_of(failed.value.cause)
    assert refusal is not None
    assert refusal.code == "beyond_the_calendar"


async def test_telling_an_unknown_id_leaves_no_failed_run(academy: Academy) -> None:
    """It is refused, to a bare client too; an engagement can begin under that id afterwards."""
    life = Engagement(academy, name := f"{COHORT}.{one_more('M')}", opening_of(name, now()))
    client = CoachingClient(academy.client, task_queue=academy.task_queue)
    await known(academy.pool, name, life.opening)
    fact = life.says(CoachLeft, now(), person=COACH)
    with pytest.raises(FactRefusedError) as refused:
        await client.tell(subjects.ENGAGEMENT, name, fact)
    assert refused.value.refusal.code == "unknown"
    assert (await life.handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    with pytest.raises(UnknownSubjectError):
        await client.state(subjects.ENGAGEMENT, name)
    told = await client.start(subjects.ENGAGEMENT, name, life.opening)
    assert isinstance(told.recorded_at, datetime)
    assert (await client.tell(subjects.ENGAGEMENT, name, fact)).standing.coach_vacant
