"""What an operator, who is no engineer, reads of an engagement in the Temporal UI, and may ask of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowHandle, WorkflowQueryFailedError
from temporalio.service import RPCError

from coaching_client import attributes, details, handles
from schemas import subjects
from schemas.academy_facts import AcademyOpened
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.due import Why
from schemas.engagement_facts import CoachLeft, EndedEarly, PauseReason, PauseStarted
from schemas.improvement_facts import RampStepReached
from schemas.words import EndReason, RampStep
from tests.workflows.subjects import COACH, COHORT, Academy, Engagement, now


async def panel(life: Engagement) -> str:
    """The details panel, as the UI asks for it."""
    found: WorkflowMetadata = await life.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return found.current_details


async def seen(handle: WorkflowHandle[object, object]) -> dict[str, object]:
    """The search attributes."""
    found = await handle.describe()
    ours = {key.name for key in attributes.SEARCH_ATTRIBUTES}
    return {pair.key.name: pair.value for pair in found.typed_search_attributes if pair.key.name in ours}


async def test_the_panel_tells_the_present_and_the_next_three_things(academy: Academy) -> None:
    """Where it stands, whose turn it is, and what comes next, with date and reason; each fact keeps it current."""
    life = await academy.engagement(course_start=now().date() + timedelta(weeks=2))
    assert "**Stage:** proposed" in await panel(life)
    await life.agreed()
    await life.told(RampStepReached, step=RampStep.ASSESSMENT)
    text = await panel(life)
    assert "**Stage:** agreed" in text
    assert "**Improvement ramp:** assessment" in text
    assert "**Whose turn:**" in text
    table = [line for line in text.splitlines() if line.startswith("|")][2:]
    assert len(table) == 3
    upcoming = await life.timeline()
    assert upcoming[0].parameter in table[0]
    await life.told(PauseStarted, reason=PauseReason.OTHER)
    assert "**Paused:** since" in await panel(life)


async def test_the_details_say_what_it_is_and_where_its_page_is(academy: Academy) -> None:
    """Of each kind of subject, for somebody who has never seen the Temporal UI; they name nobody."""
    life = await academy.engagement()
    opening = AcademyOpened(event_id="sheffield:opened", occurred_at=now(), calendar=LATEST_HOLIDAY_TABLE)
    started = await handles.start(academy.client, subjects.ACADEMY, "sheffield", opening, task_queue=academy.task_queue)
    for found, page in ((life.handle, f"/teams/{life.name}"), (started, "/academy")):
        shown = str(await (await found.describe()).static_details())
        assert page in shown
        assert "Don't terminate" in shown
    assert all(details.of_subject(kind, "sheffield.x") for kind in subjects.KINDS)


async def test_the_panel_names_nobody(academy: Academy) -> None:
    """Roles, dates and rules; not even the ids of persons."""
    life = await academy.engagement()
    await life.agreed()
    assert "per_" not in await panel(life)


async def test_attributes_follow_the_engagement(academy: Academy) -> None:
    """Cohort, phase, health, ramp step, next due, coach and turn can be filtered by, and are never behind."""
    name = f"{COHORT}.{now():%H%M%S%f}"
    life = Engagement(academy, name, (await academy.engagement()).opening)
    begun = life.opening.model_copy(update={"event_id": f"{name}:proposed"})
    await handles.start(academy.client, subjects.ENGAGEMENT, name, begun, task_queue=academy.task_queue)
    await life.begun()
    told = await life.agreed()
    found = await seen(life.handle)
    assert told.standing.next_due is not None
    assert found == {
        attributes.ACADEMY.name: "sheffield",
        attributes.COHORT.name: COHORT,
        attributes.COACH.name: COACH,
        attributes.PHASE.name: "pre_phase",
        attributes.HEALTH.name: "on_track",
        attributes.TURN.name: told.standing.turn,
        attributes.NEXT_DUE.name: told.standing.next_due.at,
    }
    await life.told(RampStepReached, step=RampStep.THEME)
    await life.told(CoachLeft, person=COACH)
    found = await seen(life.handle)
    assert found[attributes.RAMP_STEP.name] == "theme"
    assert attributes.COACH.name not in found


async def test_attributes_are_written_only_when_they_change(academy: Academy) -> None:
    """A fact that changes none of them costs no event for them."""
    life = await academy.engagement()
    await life.agreed()
    before = await life.counted()
    await life.told(RampStepReached, step=RampStep.THEME)
    await life.told(RampStepReached, step=RampStep.THEME)
    after = await life.counted()
    written = "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES"
    assert after[written] - before[written] == 1


async def test_an_engagement_is_summed_up_in_one_line(academy: Academy) -> None:
    """Its static summary says who is coached from when, in codes; timers and activities say what they are for."""
    life = await academy.engagement(course_start=now().date() + timedelta(weeks=2))
    await life.agreed()
    summaries = [event.user_metadata.summary.data.decode() for event in await life.events()]
    assert '"agreement signed"' in summaries
    timers = [
        event.user_metadata.summary.data.decode()
        for event in await life.events()
        if event.HasField("timer_started_event_attributes")
    ]
    assert timers
    assert all(":" in timer and "20" in timer for timer in timers)


async def test_it_answers_why(academy: Academy) -> None:
    """By a due item's key, a matter, the health or what is next: the rule, the parameter and the facts behind it."""
    life = await academy.engagement(course_start=now().date() + timedelta(weeks=2))
    await life.agreed()
    following = (await life.timeline())[0]
    for question in (following.key, following.matter, "next"):
        answers = await life.handle.query("why", question, result_type=list[Why])
        assert answers
        assert answers[0].due is not None
        assert answers[0].due.parameter == following.parameter
    assert await life.handle.query("why", "health", result_type=list[Why])
    nonsense = await life.handle.query("why", "no-such-thing", result_type=list[Why])
    assert all(why.due is None for why in nonsense)


async def test_the_timeline_reaches_to_the_end(academy: Academy) -> None:
    """Sessions, reviews, readiness, the limit and aftercare are there, in the order of time, each with an owner."""
    life = await academy.engagement()
    await life.agreed()
    timeline = await life.timeline()
    assert {"session", "review", "readiness", "aftercare"} <= {due.matter for due in timeline}
    assert [due.at for due in timeline] == sorted(due.at for due in timeline)
    assert timeline[-1].at > now() + timedelta(days=900)


async def test_an_ended_engagement_can_still_be_asked(academy: Academy) -> None:
    """State, panel and reason; nothing is due any more."""
    life = await academy.engagement()
    await life.told(EndedEarly, reason=EndReason.TEAM_DISBANDED)
    await life.handle.result()
    assert await life.timeline() == []
    text = await panel(life)
    assert "nobody, for this has ended" in text
    assert "team disbanded" in text


async def test_what_has_not_begun_says_so(academy: Academy) -> None:
    """A question asked before the beginning gets an answer in words; one about nobody, that nobody is known."""
    life = await academy.engagement(at=now() + timedelta(hours=1))
    with pytest.raises(WorkflowQueryFailedError, match="has not begun yet"):
        await life.state()
    with pytest.raises(RPCError, match="not found"):
        await handles.handle(academy.client, subjects.ENGAGEMENT, "sheffield.nobody").query("state")
