"""The worklist: what waits for a human, from real records; a line closes by itself when its fact arrives."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from benchmarks.made_up import known
from lifecycle import engagement, intro_course
from lifecycle.calendar import calendar
from lifecycle.description import Loss
from lifecycle.gathering import Subject
from lifecycle.worklist import Kind, Waiting
from mca.worklist import app as command
from operations.worklist import Wanted, worklist
from records import due, notices
from records.database import Pool
from records.subjects import Subjects
from schemas import intro_course_facts as intro_facts
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.corrections import Correction, IntroCourseFact
from schemas.due import Due, DueItem
from schemas.engagement_facts import CoachAssigned, CoachPart
from schemas.recording import RecordFact
from schemas.words import Act, Delegate, HolidayDivision, Matter, Role
from tests.gateway.conftest import Callers
from tests.gateway.pages.lives import Life
from tests.workflows.subjects import FACULTY, OFFICE, PROGRAMME, now


async def asked(pool: Pool, life: Life, matter: Matter) -> str:
    """The engine asks what a life's rules ask of a matter, half an hour ago; answers the line's name."""
    at = now()
    state = Subject.of(life.told, {}, at).state
    item = next(one for one in engagement.plan(state, {}) if one.matter is matter)
    shown = Due.model_validate({name: getattr(item, name) for name in Due.model_fields})
    async with pool.acquire() as connection:
        await due.note_done(connection, life.name, at - timedelta(minutes=30), [shown])
        await notices.issue(connection, life.name, at - timedelta(minutes=30), engagement.notices(state, item))
        await Subjects().project(connection, life.name, at)
    return f"{life.name}/{item.matter}/{item.window}"


async def listed(pool: Pool, wanted: Wanted | None = None) -> list[Waiting]:
    """The worklist of the academy."""
    async with pool.acquire() as connection:
        return await worklist(connection, "sheffield", now(), wanted or Wanted())


@pytest.fixture
async def two(pool: Pool) -> tuple[Life, Life]:
    """A team without a coach, which is faculty's to mend, and a stalled one, which the office has to decide on."""
    vacant, stalled = Life(3).vacant(), Life(3, watched_from=now() - timedelta(weeks=10)).stalled()
    for life, matter in ((vacant, Matter.VACANCY), (stalled, Matter.STALL)):
        await life.put(pool)
        await asked(pool, life, matter)
    return vacant, stalled


async def test_what_is_asked_and_not_answered_waits_with_evidence_and_a_suggestion(
    pool: Pool, two: tuple[Life, Life]
) -> None:
    """Whose turn it is, what is known, and what to do; a line for each role's own list."""
    vacant, stalled = two
    found = {one.subject: one for one in await listed(pool)}
    assert (found[vacant.name].turn, found[vacant.name].person) == (Role.FACULTY, FACULTY)
    assert (found[stalled.name].turn, found[stalled.name].person) == (Role.OFFICE, OFFICE)
    assert "sessions in a row didn't go ahead" in " ".join(found[stalled.name].evidence)
    assert found[vacant.name].suggestion.startswith("Find a new or interim coach")
    assert {one.loss for one in found.values()} == {Loss.TEAM}
    assert [one.subject for one in await listed(pool, Wanted(turn=Role.FACULTY))] == [vacant.name]
    assert [one.subject for one in await listed(pool, Wanted(person=OFFICE))] == [stalled.name]


async def test_a_line_closes_by_itself_when_the_fact_arrives(pool: Pool) -> None:
    """Nobody ticks anything off: a coach is named, and the line is gone."""
    life = Life(3).vacant()
    await life.put(pool)
    await asked(pool, life, Matter.VACANCY)
    assert len(await listed(pool)) == 1
    fact = CoachAssigned(event_id="named", occurred_at=now(), person="per_new", part=CoachPart.MAIN)
    async with pool.acquire() as connection:
        await known(connection, life.name, fact)
        asking = RecordFact(subject=life.name, fact=fact, recorded_at=now(), known=len(life.told))
        assert (await Subjects().record(connection, asking)).answer
    assert await listed(pool) == []


def course_begun() -> tuple[IntroCourseFact, ...]:
    """An Introduction course whose day 1 is over: of two delegates one was tapped as there, one would like to coach.

    A third gave back a place that, as a correction says, they never had.
    """
    name, begun = "sheffield.intro-begun", now() - timedelta(weeks=6)
    days = calendar(LATEST_HOLIDAY_TABLE, HolidayDivision.ENGLAND_AND_WALES, "Europe/London", PROGRAMME.quiet_hours)
    first = days.day(now()) - timedelta(days=9)
    while not days.is_working_day(first):
        first -= timedelta(days=1)
    second = days.day(now()) + timedelta(days=7)
    while not days.is_working_day(second):
        second += timedelta(days=1)
    opening = intro_facts.IntroCourseScheduled(
        event_id=f"{name}:scheduled", occurred_at=begun, academy="sheffield", programme=PROGRAMME, day_1=first,
        day_2=second, places=9, calendar=LATEST_HOLIDAY_TABLE,
    )  # fmt: skip
    booked = [
        intro_facts.PlaceRequested(
            event_id=f"booked-{number}", occurred_at=begun + timedelta(hours=number), booking=f"{name}.B{number}",
            person=f"per_{number}", delegate=Delegate.INTERNAL,
        )
        for number in (1, 2, 3)
    ]  # fmt: skip
    later = begun + timedelta(hours=5)
    gone = intro_facts.BookingCancelled(event_id="gone", occurred_at=later, booking=f"{name}.B3")
    never = Correction(event_id="never", occurred_at=later, corrects="booked-3")
    at = days.at(first, PROGRAMME.intro_course.starts_at)
    there = intro_facts.DelegateSeen(event_id="there", occurred_at=at, booking=f"{name}.B1", day=1)
    wish = intro_facts.CoachingWished(event_id="wish", occurred_at=at, booking=f"{name}.B2")
    return (opening, *booked, gone, never, there, wish)


async def test_what_an_introduction_course_asks_of_its_office_waits_too(pool: Pool) -> None:
    """Attendance, a wish to coach and a contradiction, with evidence, and closed by the facts that answer them."""
    told = course_begun()
    name = "sheffield.intro-begun"
    state = intro_course.fold(told, now())
    put = (Matter.INTRO_ATTENDANCE, Matter.COACHING_WISH, Matter.CONTRADICTION)
    items, until, done = list[DueItem](), state.life.calendar.sendable(now()), dict[str, datetime]()
    while (first := intro_course.plan(state, done)[0]).at <= until:
        items.append(first)
        done[first.key] = first.at
    async with pool.acquire() as connection:
        for one in items:
            shown = Due.model_validate({key: getattr(one, key) for key in Due.model_fields})
            await due.note_done(connection, name, one.at, [shown])
            if one.act is not Act.MOVE_ON:
                await notices.issue(connection, name, now(), intro_course.notices(state, one))
    await kept(pool, name, told)
    found = {one.matter: one for one in await listed(pool, Wanted(turn=Role.OFFICE))}
    assert set(found) == set(put)
    assert {one.person for one in found.values()} == {OFFICE}
    assert "2 had a place on day 1" in found[Matter.INTRO_ATTENDANCE].evidence[1]
    assert "1 recorded as there" in found[Matter.INTRO_ATTENDANCE].evidence[1]
    assert "like to become a coach" in found[Matter.COACHING_WISH].evidence[1]
    assert [found[matter].loss for matter in put] == [Loss.RECORD, Loss.LATER, Loss.RECORD]
    taken = intro_facts.IntroAttendanceTaken(event_id="list", occurred_at=now(), day=1, attended=(f"{name}.B1",))
    handed = intro_facts.HandedOnToCohort(event_id="on", occurred_at=now(), booking=f"{name}.B2", cohort="sheffield.c")
    back = Correction(event_id="back", occurred_at=now(), corrects="gone")
    await kept(pool, name, (taken, handed, back))
    assert await listed(pool) == []


async def kept(pool: Pool, subject: str, told: tuple[IntroCourseFact, ...]) -> None:
    """Facts as the ledger has them."""
    for fact in told:
        await pool.execute(
            """
            INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, body, answer)
            VALUES ($1, (SELECT coalesce(max(seq), 0) + 1 FROM facts WHERE subject = $1), $2, $3, $4, $4, 'office',
                    $5, '{}')
            """,
            subject, fact.event_id, fact.kind, fact.occurred_at, fact,
        )  # fmt: skip
    async with pool.acquire() as connection:
        await Subjects().project(connection, subject, now())


async def test_mail_that_comes_back_waits_until_the_address_is_mended(pool: Pool) -> None:
    """One line a person, however many notices failed; a new address closes it."""
    life = Life(3).vacant()
    await life.put(pool)
    await asked(pool, life, Matter.VACANCY)
    await pool.execute(
        """
        INSERT INTO people (person, academy, name, address, admitted_at, changed_at)
        VALUES ($1, 'sheffield', 'F', $2, $3, $3)
        ON CONFLICT (person) DO UPDATE
        SET name = 'F', address = EXCLUDED.address, changed_at = EXCLUDED.changed_at, erased_at = NULL
        """,
        FACULTY, "wrong@example.org", now() - timedelta(days=9),
    )  # fmt: skip
    await pool.execute("UPDATE notices SET status = 'failed', settled_at = $1, failure = 'smtp_550'", now())
    (line,) = [one for one in await listed(pool) if one.kind is Kind.MAIL]
    assert (line.turn, line.loss) == (Role.OFFICE, Loss.RECORD)
    assert "smtp_550" in line.evidence[0]
    assert "wrong@" not in line.model_dump_json()
    right = "UPDATE people SET address = 'right@example.org', changed_at = $1 WHERE name IS NOT NULL"
    await pool.execute(right, now() + timedelta(seconds=1))
    assert [one.kind for one in await listed(pool)] == [Kind.QUESTION]


async def test_over_http_it_is_read_and_put_off(http: httpx.AsyncClient, pool: Pool, two: tuple[Life, Life]) -> None:
    """A line that is put off is marked, and comes back when its day or another step comes."""
    vacant, _ = two
    items = (await http.get("/v1/worklist", params={"academy": "sheffield"})).json()["items"]
    line = next(one for one in items if one["subject"] == vacant.name)
    until = (now() + timedelta(days=10)).date()
    said = {"academy": "sheffield", "item": line["item"], "until": str(until), "reason": "They meet on the 18th."}
    answered = await http.post("/v1/worklist/snoozes", json=said)
    assert answered.status_code == 200, answered.text
    assert answered.json()["snoozed_until"] == str(until)
    left = (await http.get("/v1/worklist", params={"academy": "sheffield"})).json()["items"]
    assert line["item"] not in [one["item"] for one in left]
    everything = (await http.get("/v1/worklist", params={"academy": "sheffield", "snoozed": "true"})).json()["items"]
    assert len(everything) == len(items)
    await pool.execute("UPDATE snoozes SET seen = 'vacancy/earlier/0'")
    left = (await http.get("/v1/worklist", params={"academy": "sheffield"})).json()["items"]
    assert line["item"] in [one["item"] for one in left]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"until": "2020-01-01"}, 422),
        ({"until": str((now() + timedelta(days=400)).date())}, 422),
        ({"reason": " "}, 422),
        ({"item": "sheffield.c.P9/stall/2027-01-01"}, 404),
    ],
)
async def test_what_cannot_be_put_off_is_said(
    http: httpx.AsyncClient, pool: Pool, change: dict[str, str], status: int
) -> None:
    """Not for ever, not without a reason, and only what waits; nothing is kept."""
    life = Life(3).vacant()
    await life.put(pool)
    item = await asked(pool, life, Matter.VACANCY)
    said = {"academy": "sheffield", "item": item, "until": str(now().date() + timedelta(days=9)), "reason": "Soon."}
    answered = await http.post("/v1/worklist/snoozes", json=said | change)
    assert answered.status_code == status
    assert await pool.fetchval("SELECT count(*) FROM snoozes") == 0


async def test_only_who_may_read_an_academy_reads_its_list(callers: Callers) -> None:
    """And only who may tell facts there puts lines off."""
    elsewhere, reader = await callers.with_grants("read:leeds:*"), await callers.with_grants("read:sheffield:*")
    assert (await elsewhere.get("/v1/worklist", params={"academy": "sheffield"})).status_code == 403
    said = {"academy": "sheffield", "item": "x", "until": "2027-01-01", "reason": "Soon."}
    assert (await reader.post("/v1/worklist/snoozes", json=said)).status_code == 403


def run(*given: str) -> Result:
    """``mca worklist``."""
    return CliRunner().invoke(command, given)


async def test_on_the_command_line(
    two: tuple[Life, Life], database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The office's list as a table and as JSON; a line put off with its reason."""
    monkeypatch.setenv("MCA_DATABASE_URL", database_url)
    monkeypatch.setenv("MCA_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("NO_COLOR", "1")
    _, stalled = two
    shown = await asyncio.to_thread(run, "--academy", "sheffield")
    assert shown.exit_code == 0, shown.output
    assert stalled.name in shown.output
    assert "1 task" in shown.output
    lines = json.loads((await asyncio.to_thread(run, "--academy", "sheffield", "--everybody", "--json")).stdout)
    assert len(lines) == 2
    item = next(one["item"] for one in lines if one["subject"] == stalled.name)
    until = str(now().date() + timedelta(days=7))
    done = await asyncio.to_thread(
        run, "snooze", item, "--academy", "sheffield", "--until", until, "--reason", "They meet on the 18th"
    )
    assert done.exit_code == 0, done.output
    assert "Nothing to do." in (await asyncio.to_thread(run, "--academy", "sheffield")).output
    assert "They meet on the 18th" in (await asyncio.to_thread(run, "--academy", "sheffield", "--snoozed")).output
