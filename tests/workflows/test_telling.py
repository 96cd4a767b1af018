"""Telling an engagement what happened: recorded before it is answered, once, whoever asks and however often."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError, WorkflowUpdateStage
from temporalio.exceptions import ApplicationError

from benchmarks.made_up import known
from coaching_client import handles
from coaching_client.handles import FactRefusedError
from records import incidents
from schemas.corrections import Correction, EngagementFact
from schemas.due import Told
from schemas.engagement_facts import AgreementSigned, CoachLeft, EndedEarly, PauseEnded, PauseReason, PauseStarted
from schemas.facts import Cause, LeaveAgreed
from schemas.improvement_facts import MeasureDefined
from schemas.incidents import IncidentKind
from schemas.person_facts import PersonKnown
from schemas.rows import EngagementRow
from schemas.subjects import ENGAGEMENT, PERSON
from schemas.words import EndReason, Role, Stage
from tests.faults.waiting import eventually
from tests.workflows.subjects import COACH, COHORT, LEAD, Academy, Engagement, now, one_more, opening_of


async def test_an_answer_means_that_it_is_recorded(academy: Academy) -> None:
    """When the answer is there, so are the fact and what it changed; it tells the new standing and what is due next."""
    life = await academy.engagement()
    told = await life.agreed()
    assert len(await life.recorded()) == 4
    assert told.standing.stage is Stage.AGREED
    assert told.standing.next_due is not None
    assert told.standing.turn is told.standing.next_due.turn
    row = (await life.rows_standing())["engagements", ""]
    assert isinstance(row, EngagementRow)
    assert (row.stage, row.next_due) == (Stage.AGREED, told.standing.next_due.at)


async def test_a_refused_fact_leaves_no_history(academy: Academy) -> None:
    """It changes nothing, neither in the history nor in the records."""
    life = await academy.engagement()
    await life.agreed()
    before = await life.counted()
    with pytest.raises(FactRefusedError) as refused:
        await life.told(PauseEnded)
    assert refused.value.refusal.when == "not_yet"
    with pytest.raises(FactRefusedError) as refused:
        await life.told(PauseStarted, now() + timedelta(days=1), reason=PauseReason.OTHER)
    assert refused.value.refusal.code == "in_the_future"
    assert await life.counted() == before
    assert len(await life.recorded()) == 4


@pytest.mark.parametrize("far", [{"at": datetime(2045, 3, 1, tzinfo=UTC)}, {"course_start": date(9998, 1, 5)}])
async def test_what_leads_beyond_every_calendar_is_refused_at_once_and_leaves_its_id_free(
    academy: Academy, far: dict[str, Any]
) -> None:
    """It ends with the refusal, sleeps for no decades, and the same id begins again with dates that are meant."""
    name = f"{COHORT}.{one_more('P')}"
    opening = opening_of(name, far.get("at", now()), far.get("course_start"))
    await known(academy.pool, name, opening)
    start = partial(handles.start, academy.client, ENGAGEMENT, name, scoped=True, task_queue=academy.task_queue)
    with pytest.raises(WorkflowFailureError) as failed:
        await (await start(opening)).result()
    assert isinstance(failed.value.cause, ApplicationError)
    assert "the bank holidays that far ahead" in str(failed.value.cause)
    found = Engagement(academy, name, opening_of(name, now()))
    await start(found.opening)
    await found.begun()


async def test_a_repeat_gets_the_first_answer(academy: Academy) -> None:
    """Also when other facts came since, and though nothing of it would be legal a second time."""
    life = await academy.engagement()
    signed = life.says(AgreementSigned, now(), role=Role.COACH)
    first = await life.tell(signed)
    await life.told(AgreementSigned, role=Role.SPONSOR)
    await life.told(AgreementSigned, role=Role.TEAM_LEAD)
    assert await life.tell(signed) == first
    assert first.standing.stage is Stage.PROPOSED
    assert len(await life.recorded()) == 4


async def test_a_repeat_gets_the_first_answer_after_the_end(academy: Academy) -> None:
    """A closed engagement wakes up for it and lies down again."""
    life = await academy.engagement()
    left = life.says(CoachLeft, now(), person=COACH)
    first = await life.tell(left)
    ended = life.says(EndedEarly, now(), reason=EndReason.SILENT)
    last = await life.tell(ended)
    await life.handle.result()
    assert await life.tell(left) == first
    assert await life.tell(ended) == last
    assert (await life.state()).end_reason is EndReason.SILENT
    assert await life.recorded() == [life.opening.event_id, left.event_id, ended.event_id]


async def test_the_same_event_id_with_other_content_is_refused(academy: Academy) -> None:
    """While it runs, and after it has ended."""
    life = await academy.engagement()
    left = life.says(CoachLeft, now(), person=COACH)
    await life.tell(left)
    other = left.model_copy(update={"person": LEAD})
    with pytest.raises(FactRefusedError) as refused:
        await life.tell(other)
    assert refused.value.refusal.code == "different_content"
    await life.told(EndedEarly, reason=EndReason.SILENT)
    await life.handle.result()
    with pytest.raises(FactRefusedError) as refused:
        await life.tell(other)
    assert refused.value.refusal.code == "different_content"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({"kind": "made_up"}, "This is no fact: say which one in kind, as one of the kinds in docs/contract.md."),
        (
            {"kind": "session_held", "event_id": "e-1", "occurred_at": "2026-10-04T09:00:00Z", "day": "soon"},
            (
                "This is no session_held that can be told (day: Input should be a valid date or datetime, input is too "
                "short). Correct it, and tell it again."
            ),
        ),
    ],
)
async def test_what_is_no_fact_is_answered_in_one_sentence(academy: Academy, said: dict[str, str], answer: str) -> None:
    """Whoever has a bare client reads what is wrong, without a line for each kind; the engagement goes on."""
    life = await academy.engagement()
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await life.handle.execute_update("tell", said)
    assert isinstance(refused.value.cause, ApplicationError)
    assert (refused.value.cause.type, refused.value.cause.message) == ("MalformedFact", answer)
    assert refused.value.cause.cause is None
    await life.agreed()


async def test_a_signal_is_not_swallowed(academy: Academy) -> None:
    """Whoever sends one is told nothing by Temporal, so the operator is; the engagement goes on."""
    life = await academy.engagement()
    await life.handle.signal("session_happened", {"day": "2026-10-04"})

    async def reported() -> bool:
        async with academy.pool.acquire() as conn:
            found = await incidents.open_of(conn)
        return [(one.finding.kind, one.finding.subject, one.finding.key) for one in found] == [
            (IncidentKind.SIGNAL_UNKNOWN, life.name, "session_happened")
        ]

    await eventually(reported)
    await life.agreed()


async def test_facts_that_queue_are_judged_again_in_their_turn(academy: Academy) -> None:
    """Of two that contradict each other, both legal when they were told, the second is refused when its turn comes."""
    life = await academy.engagement()
    at = now()
    first, second = (life.says(CoachLeft, at, person=COACH) for _ in range(2))
    async with academy.records_held():
        updates = [
            await life.handle.start_update("tell_scoped", fact, wait_for_stage=WorkflowUpdateStage.ACCEPTED)
            for fact in (first, second)
        ]
    await updates[0].result()
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await updates[1].result()
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "Refused.never"
    assert await life.recorded() == [life.opening.event_id, first.event_id]


async def test_ten_callers_of_one_fact_get_one_answer(academy: Academy) -> None:
    """It is recorded once, whether they carry the same request or each their own."""
    life = await academy.engagement()
    leave = life.says(LeaveAgreed, now(), person=COACH, first_day=now().date(), last_day=now().date())
    plainly = [life.handle.execute_update("tell_scoped", leave, result_type=Told) for _ in range(5)]
    answers = await asyncio.gather(*(life.tell(leave) for _ in range(5)), *plainly)
    assert len({answer.model_dump_json() for answer in answers}) == 1
    assert len(await life.recorded()) == 2


async def test_a_fact_told_before_it_begins_waits_for_the_beginning(academy: Academy) -> None:
    """An engagement that is to begin later takes nothing before; what was told then is judged at its beginning."""
    begins = now() + timedelta(seconds=2)
    life = await academy.engagement(at=begins)
    told = await life.tell(life.says(CoachLeft, begins, person=COACH))
    assert told.recorded_at >= begins
    assert told.standing.coach_vacant


async def test_an_end_that_is_put_right_at_once_is_no_end(academy: Academy) -> None:
    """The correction of an end, told while the engagement closes, keeps it alive with a next date."""
    life = await academy.engagement()
    for number in range(5):
        ended = life.says(EndedEarly, now(), reason=EndReason.OTHER)
        mended = life.says(Correction, now(), corrects=ended.event_id)
        first = asyncio.create_task(life.tell(ended))
        later = asyncio.create_task(_when_possible(life, mended))
        await first
        standing = (await later).standing
        assert standing.stage is Stage.PROPOSED
        assert standing.next_due is not None
        alive = await life.told(MeasureDefined, now(), measure=f"m{number}", better="lower")
        assert alive.standing.stage is Stage.PROPOSED


async def _when_possible(life: Engagement, fact: Correction) -> Told:
    """Tell a correction as soon as what it corrects is known."""
    while True:
        try:
            return await life.tell(fact)
        except FactRefusedError as refused:
            if refused.refusal.code != "nothing_to_correct":
                raise


async def test_a_bare_client_names_its_facts_for_their_subject_alone(academy: Academy) -> None:
    """Nothing it chooses stands in the way of the engine's own ids, here or elsewhere; it corrects by what it chose."""
    mine, other = await academy.engagement(), await academy.engagement()
    wanted, at = f"{other.name}:by:0123456789abcdef", now()
    away = LeaveAgreed(event_id=wanted, occurred_at=at, person=COACH, first_day=at.date(), last_day=at.date())
    for life in (mine, other):
        assert (await bare(life, away)).event_id == f"{life.name}~{wanted}"
    await bare(mine, Correction(event_id="back", occurred_at=at, corrects=wanted))
    assert await mine.recorded() == [mine.opening.event_id, f"{mine.name}~{wanted}", f"{mine.name}~back"]
    for wrong in (
        CoachLeft(event_id="elsewhere~1", occurred_at=now(), person=COACH),
        CoachLeft(event_id="1", occurred_at=now(), person=COACH, caused_by=Cause(subject="sheffield", event_id="1")),
    ):
        with pytest.raises(FactRefusedError, match=r"^(An event id can|Leave caused_by out)"):
            await bare(mine, wrong)


async def bare(life: Engagement, fact: EngagementFact) -> Told:
    """Tell it as a program with nothing but a Temporal client does."""
    return await handles.tell(life.academy.client, ENGAGEMENT, life.name, fact, task_queue=life.academy.task_queue)


async def test_a_start_by_a_bare_client_takes_no_id_of_anothers(academy: Academy) -> None:
    """Its opening is named for it alone, so that the engagement whose id it bears begins all the same."""
    theirs = f"{COHORT}.{one_more('P')}"
    thief, victim = f"{COHORT}.{one_more('P')}", opening_of(theirs, now())
    stolen = opening_of(thief, now(), event_id=victim.event_id)
    await known(academy.pool, thief, stolen)
    await known(academy.pool, theirs, victim)
    await handles.start(academy.client, ENGAGEMENT, thief, stolen, task_queue=academy.task_queue)
    told = await bare(Engagement(academy, thief, stolen), stolen)
    assert told.event_id == f"{thief}~{victim.event_id}"
    life = Engagement(academy, theirs, victim)
    await life.start()
    await life.begun()
    assert await life.recorded() == [victim.event_id]


async def test_nobody_outside_makes_a_person(academy: Academy) -> None:
    """The engine gives people their ids: a ledger of somebody whom it does not know cannot begin."""
    subject = f"sheffield.{one_more('per_')}"
    opening = PersonKnown(event_id="known", occurred_at=now(), person=subject.partition(".")[2])
    started = await handles.start(academy.client, PERSON, subject, opening, task_queue=academy.task_queue)
    with pytest.raises(WorkflowFailureError) as failed:
        await started.result()
    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.message.startswith("There's nobody here")
    assert await academy.pool.fetchval("SELECT count(*) FROM facts WHERE subject = $1", subject) == 0
