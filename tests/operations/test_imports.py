"""Taking over a cohort that runs already: all of its past or nothing, by opaque ids, and nothing stale."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from lifecycle import engagement as rules
from operations.cohorts import CohortDiffersError, CohortPlan
from operations.imports import judge
from operations.past_facts import FactsFileError, read_facts
from operations.past_judged import Taken
from operations.taking_over import record
from records import ledger, views
from records.database import Pool
from records.errors import NotAcceptable
from schemas.engagement_facts import EngagementProposed, PauseEnded
from schemas.inputs import TakeOver
from schemas.programme_file import shipped_programme
from schemas.roster import Contact, Roster
from schemas.roster_check import check_roster
from schemas.words import Outcome

ROSTER = Path(__file__).parents[2] / "examples" / "roster-2026-autumn.csv"
START = date(2025, 10, 6)
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PLAN = CohortPlan(
    "sheffield", "sheffield.2025-autumn", START, shipped_programme(), Contact("Programme office", "office@example.org")
)
P01 = "sheffield.2025-autumn.P01"


def roster() -> Roster:
    """The example roster, without fault."""
    checked = check_roster(ROSTER.read_bytes())
    assert checked.roster is not None
    return checked.roster


def lines(*facts: dict[str, Any]) -> bytes:
    """A file of facts."""
    return "\n".join(json.dumps(fact) for fact in facts).encode()


def agreement(subject: str) -> list[dict[str, Any]]:
    """The three signatures."""
    signed = {"subject": subject, "kind": "agreement_signed", "occurred_at": "2025-09-15T09:00:00Z"}
    return [signed | {"role": role} for role in ("coach", "sponsor", "team_lead")]


def sessions(subject: str, until: date) -> list[dict[str, Any]]:
    """A session held in every week from the start, on the roster's Monday."""
    weeks = (until - START).days // 7
    days = [START + timedelta(weeks=week) for week in range(weeks)]
    return [{"subject": subject, "kind": "session_held", "day": day.isoformat()} for day in days]


async def taken(pool: Pool, *facts: dict[str, Any], at: datetime = AT, plan: CohortPlan = PLAN) -> Taken:
    """What an import of these facts records."""
    took = await judge(pool, plan, roster(), read_facts(lines(*facts), plan), at=at)
    async with pool.acquire() as conn, conn.transaction():
        await record(conn, took.asked(at))
    return took


async def faults(pool: Pool, *facts: dict[str, Any]) -> list[tuple[int, str]]:
    """Line and problem of everything that cannot be taken over."""
    with pytest.raises(FactsFileError) as refused:
        await taken(pool, *facts)
    assert await pool.fetchval("SELECT count(*) FROM facts") == 0
    assert await pool.fetchval("SELECT count(*) FROM people") == 0
    return [(fault.line, fault.problem) for fault in refused.value.faults]


async def test_the_past_of_every_engagement_stands_in_the_ledger(pool: Pool) -> None:
    """The opening first, then what happened, and the projections show the present."""
    took = await taken(pool, *agreement("P01"), *sessions("P01", date(2026, 2, 23)))
    assert took.fresh
    assert len(took.engagements) == 26
    async with pool.acquire() as conn:
        facts = (await ledger.load(conn, P01)).facts
        line = next(one for one in await views.engagements(conn) if one.engagement == P01)
    assert isinstance(facts[0], EngagementProposed)
    assert (line.team, line.coach, line.stage) == ("Respiratory ward", "Coach Alder", "action")
    state = rules.fold(list(took.engagements[P01]), AT)
    assert sum(one.outcome is Outcome.HELD for one in state.sessions) == 20


async def test_an_imported_engagement_is_watched_from_now_on(pool: Pool) -> None:
    """Nothing is asked about the sessions of the past, and the next item lies ahead."""
    took = await taken(pool, *agreement("P01"))
    opening = took.engagements[P01][0]
    assert isinstance(opening, EngagementProposed)
    assert opening.watched_from == AT
    state = rules.fold(list(took.engagements[P01]), AT)
    asked = [item for item in rules.due(state, {}) if item.matter == "session"]
    assert asked == []


async def test_what_the_cohort_would_have_done_before_counts_as_done(pool: Pool) -> None:
    """Reminders of learning sessions that are over are never sent."""
    await taken(pool)
    async with pool.acquire() as conn:
        done = (await ledger.load(conn, PLAN.cohort)).done
    assert any(key.startswith("learning_session/") for key in done)


async def test_who_is_named_by_an_id_must_be_known(pool: Pool) -> None:
    """A fact that names nobody keeps the whole past out."""
    nobody = {"subject": "P01", "kind": "coach_assigned", "person": "per_nobody"}
    nobody["occurred_at"] = "2026-01-12T09:00:00Z"
    with pytest.raises(NotAcceptable, match="There's nobody here with the id per_nobody"):
        await taken(pool, *agreement("P01"), nobody)
    assert await pool.fetchval("SELECT count(*) FROM facts") == 0


async def test_what_the_rules_refuse_is_not_recorded_whoever_asks(pool: Pool) -> None:
    """What was told since it was judged may leave no room for it; a start by hand was never judged."""
    took = await judge(pool, PLAN, roster(), read_facts(lines(*agreement("P01")), PLAN), at=AT)
    ended = PauseEnded(event_id="by-hand", occurred_at=AT)
    asked = took.asked(AT)
    wrong = asked.model_copy(update={"engagements": asked.engagements | {P01: (*asked.engagements[P01], ended)}})
    with pytest.raises(NotAcceptable, match="by-hand"):
        async with pool.acquire() as conn, conn.transaction():
            await record(conn, wrong)
    assert await pool.fetchval("SELECT count(*) FROM facts") == 0


@pytest.mark.parametrize("opening", ["none", "another's"])
async def test_a_past_that_nothing_began_is_refused_and_not_tried_for_ever(pool: Pool, opening: str) -> None:
    """Whoever starts workflows by hand may hand in anything."""
    facts = () if opening == "none" else (PauseEnded(event_id="by-hand", occurred_at=AT),)
    with pytest.raises(NotAcceptable, match="only cohort_scheduled begins"):
        async with pool.acquire() as conn, conn.transaction():
            await record(conn, TakeOver(cohort=PLAN.cohort, at=AT, facts=facts))


def test_nobody_takes_over_another_cohorts_engagements() -> None:
    """Nor another academy's."""
    with pytest.raises(ValidationError, match="of another cohort"):
        TakeOver(cohort=PLAN.cohort, at=AT, engagements={"leeds.2025-autumn.P01": ()})
    with pytest.raises(ValidationError, match="of another cohort"):
        TakeOver(cohort=PLAN.cohort, at=AT, engagements={f"{PLAN.cohort}2.P01": ()})


async def test_the_same_asked_again_while_the_first_still_waits_is_no_other_content(pool: Pool) -> None:
    """As when somebody presses twice while no worker is there."""
    past = read_facts(lines(*agreement("P01")), PLAN)
    first, again = [
        (await judge(pool, PLAN, roster(), past, at=at)).asked(at) for at in (AT, AT + timedelta(minutes=5))
    ]
    async with pool.acquire() as conn, conn.transaction():
        await record(conn, first)
        recorded = await conn.fetchval("SELECT count(*) FROM facts")
        await record(conn, again)
        assert await conn.fetchval("SELECT count(*) FROM facts") == recorded


async def test_ids_of_the_file_are_its_own(pool: Pool) -> None:
    """They lie in the scope of their subject, so that the engine's stay free; the file corrects by what it says."""
    signed = agreement("P01")[0] | {"event_id": f"{P01}:proposed"}
    again = signed | {"event_id": "again", "role": "sponsor"}
    back = {"subject": "P01", "kind": "correction", "occurred_at": "2025-10-01T09:00:00Z"}
    took = await taken(pool, signed, again, back | {"event_id": "back", "corrects": "again"})
    assert [fact.event_id for fact in took.engagements[P01]] == [
        f"{P01}:proposed", f"{P01}~{P01}:proposed", f"{P01}~again", f"{P01}~back",
    ]  # fmt: skip


async def test_names_and_addresses_become_ids(pool: Pool) -> None:
    """A later coach and a team found later are written as people know them; the ledger has codes."""
    await taken(
        pool,
        *agreement("P01"),
        {
            "subject": "P01",
            "kind": "coach_assigned",
            "person": "Coach.Ash@example.org",
            "part": "co",
            "occurred_at": "2025-11-03T09:00:00Z",
        },
        {
            "subject": "cohort",
            "kind": "microsystem_identified",
            "enrolment": f"{PLAN.cohort}.P21",
            "occurred_at": "2025-10-20T09:00:00Z",
            "team": {"microsystem": "Night ward", "slot": {"day": "monday", "at": "12:30"}},
        },
        {"subject": "P21", "kind": "agreement_signed", "role": "coach", "occurred_at": "2025-10-21T09:00:00Z"},
    )
    bodies = await pool.fetchval("SELECT string_agg(body::text || answer::text, ' ') FROM facts")
    assert "@example" not in bodies
    assert "Night ward" not in bodies
    assert await pool.fetchval("SELECT count(*) FROM microsystems WHERE name = 'Night ward'") == 1


async def test_a_note_goes_to_the_database_beside_its_fact(pool: Pool) -> None:
    """Never into the fact."""
    told = sessions("P01", date(2025, 10, 13))[0] | {"note": "A good first meeting."}
    await taken(pool, *agreement("P01"), told)
    assert await pool.fetchval("SELECT text FROM notes WHERE claimed_at IS NOT NULL") == "A good first meeting."
    assert await pool.fetchval("SELECT count(*) FROM facts WHERE body::text LIKE '%good first%'") == 0


async def test_importing_twice_records_nothing_twice(pool: Pool) -> None:
    """Also at a later moment."""
    facts = [*agreement("P01"), *sessions("P01", date(2025, 12, 1))]
    await taken(pool, *facts)
    before = await pool.fetchval("SELECT count(*) FROM facts")
    again = await taken(pool, *facts, at=AT + timedelta(days=3))
    assert not again.fresh
    assert await pool.fetchval("SELECT count(*) FROM facts") == before


async def test_a_cohort_that_was_started_otherwise_is_left_alone(pool: Pool) -> None:
    """Another course start under the same id is a mistake."""
    await taken(pool)
    with pytest.raises(CohortDiffersError, match="course start"):
        await taken(pool, plan=replace(PLAN, course_start=date(2025, 10, 13)))


async def test_every_fact_that_cannot_be_is_reported_with_its_line_and_nothing_is_recorded(pool: Pool) -> None:
    """Impossible, unknown, in the future, twice, of nobody."""
    held = {"subject": "P01", "kind": "session_held", "day": "2025-10-13"}
    found = await faults(
        pool,
        *agreement("P01"),
        {"subject": "P01", "kind": "pause_ended", "occurred_at": "2025-11-03T09:00:00Z"},
        {"subject": "P99", "kind": "pause_ended", "occurred_at": "2025-11-03T09:00:00Z"},
        {"subject": "P01", "kind": "session_held", "day": "2026-09-07"},
        held,
        held,
        {"subject": "P01", "kind": "coach_left", "person": "x@example.org", "occurred_at": "2025-11-03T09:00:00Z"},
        {"subject": "P01", "kind": "dance_held", "occurred_at": "2025-11-03T09:00:00Z"},
    )
    assert sorted({line for line, _ in found}) == [4, 5, 6, 8, 9, 10]
    assert all(problem for _, problem in found)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"{", "is not JSON"),
        (b"[]", "each line is a JSON object"),
        (b'{"kind": "pause_ended"}', "its subject is missing"),
        (b'{"subject": "P01", "kind": "session_held", "day": "soon"}', "day"),
        (b'{"subject": "P01", "note": 3}', "its note is not text"),
        (b'{"subject": "P01", "event_id": []}', "its event_id is not text"),
        (b'{"subject": "P01\\u0000"}', "cannot be recorded"),
        (b'{"subject": "P01", "note": "' + b"a" * 1001 + b'"}', "at most 1000"),
        (b'{"subject": "P01", "note": "\\u202e"}', "invisible character"),
        (b'{"subject": "cohort", "team": {"microsystem": "see evil.example.com"}}', "address is inside"),
    ],
)
def test_a_line_that_is_no_fact_is_named(raw: bytes, problem: str) -> None:
    """With the number it has in the file, blank lines counted."""
    with pytest.raises(FactsFileError) as refused:
        read_facts(b"\n" + raw, PLAN)
    assert [(fault.line, problem in fault.problem) for fault in refused.value.faults] == [(2, True)]


async def test_a_cohort_whose_course_is_over_is_imported_with_everybody(pool: Pool) -> None:
    """Which a start from its roster refuses: here all were accepted before it began."""
    took = await taken(pool, plan=replace(PLAN, course_start=date(2025, 3, 3)))
    assert len([fact for fact in took.cohort if fact.kind == "enrolment_accepted"]) == len(roster().rows)
    assert P01 in took.engagements
