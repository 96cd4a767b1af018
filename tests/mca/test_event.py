"""``mca event``, against a real database."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest
from typer.testing import CliRunner, Result

from mca.errors import Exit
from mca.event import app
from records import arrivals
from records.arrivals import Arrival, ArrivalLine
from records.database import Pool
from tests.records.telling import ENGAGEMENT, at, held

ASIDE = Arrival(
    event_id="ce-1",
    source="urn:example:diary",
    source_id="entry-1",
    type="org.coaching-lifecycle.fact.session_held",
    subject=ENGAGEMENT,
    fact=None,
    received={"id": "entry-1", "data": {"day": "no day"}},
    caller="key_diary",
    grants=("tell:sheffield:*",),
    arrived_at=at(1),
    code="invalid",
    reason="data.day: is [no] day",
)
WAITS = replace(ASIDE, event_id="ce-2", source_id="entry-2", fact=held(1), code=None, reason=None)
FACT = {"kind": "session_held", "occurred_at": "2026-10-12T09:00:00Z", "day": "2026-10-12"}


@pytest.fixture(autouse=True)
def reachable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> None:
    """The database of this test is where the environment says; tables are wide."""
    monkeypatch.setenv("MCA_DATABASE_URL", database_url)
    monkeypatch.setenv("MCA_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
async def kept(pool: Pool) -> Pool:
    """One event was set aside, one waits."""
    async with pool.acquire() as conn:
        await arrivals.keep(conn, ASIDE)
        await arrivals.keep(conn, WAITS)
    return pool


async def event(*words: str) -> Result:
    """Run a command as it is typed, with an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, words)


async def found(pool: Pool, event_id: str) -> ArrivalLine:
    """An arrival as it is now."""
    async with pool.acquire() as conn:
        line = await arrivals.find(conn, event_id)
    assert line is not None
    return line


@pytest.mark.usefixtures("kept")
async def test_what_was_set_aside_is_listed_with_its_reason() -> None:
    """What waits is listed when asked for; for machines all of it."""
    aside, waiting, recorded = [await event("list"), await event("list", "--status", "waiting"),
                                await event("list", "--status", "recorded")]  # fmt: skip
    assert "data.day: is [no] day" in aside.stdout
    assert "ce-2" not in aside.stdout
    assert "ce-2" in waiting.stdout
    assert (recorded.stdout, recorded.exit_code) == ("", Exit.OK)
    (one,) = json.loads((await event("list", "--json")).stdout)
    assert one["received"]["data"] == {"day": "no day"}


@pytest.mark.usefixtures("kept")
async def test_one_is_shown_word_for_word() -> None:
    """Brackets are no markup."""
    shown = await event("show", "ce-1")
    assert all(part in shown.stdout for part in ('"day": "no day"', "urn:example:diary", "is [no] day", ENGAGEMENT))
    assert (await event("show", "ce-9")).exit_code == Exit.REFUSED


async def test_an_event_is_replayed_once_it_is_mended(kept: Pool) -> None:
    """It has no fact at first; with one it waits for a gateway."""
    assert (await event("replay", "ce-1")).exit_code == Exit.REFUSED
    assert (await found(kept, "ce-1")).status == "set_aside"

    mended = await event("replay", "ce-1", "--fact", json.dumps(FACT), "--subject", "sheffield.2026-autumn.P02")

    assert mended.exit_code == Exit.OK, mended.output
    line = await found(kept, "ce-1")
    assert (line.status, line.subject) == ("waiting", "sheffield.2026-autumn.P02")
    assert await kept.fetchval("SELECT fact ->> 'event_id' FROM arrivals WHERE event_id = 'ce-1'") == "ce-1"


@pytest.mark.parametrize(
    ("fact", "saying"),
    [
        ("{", "isn't a JSON object"),
        ("7", "isn't a JSON object"),
        (json.dumps(FACT | {"attendance": "seven"}), "attendance"),
        (json.dumps(FACT | {"attendance": "7"}), "attendance"),
        (json.dumps({"kind": "pause_ended"}), "occurred_at"),
    ],
)
async def test_what_is_no_fact_mends_nothing(kept: Pool, fact: str, saying: str) -> None:
    """Each fault is named."""
    answer = await event("replay", "ce-1", "--fact", fact)
    assert answer.exit_code == Exit.USAGE
    assert saying in answer.output
    assert (await found(kept, "ce-1")).status == "set_aside"


async def test_the_types_of_events_are_listed_and_described() -> None:
    """With a schema that the example keeps."""
    listed = (await event("types")).stdout
    assert "org.coaching-lifecycle.fact.session_held" in listed
    assert "org.coaching-lifecycle.changed.phase" in listed
    shown = json.loads((await event("types", "session_held")).stdout)
    jsonschema_rs.validate(shown["data_schema"], shown["example"]["data"])
    (one,) = json.loads((await event("types", "org.coaching-lifecycle.changed.phase", "--json")).stdout)
    assert not one["taken_in"]
    assert (await event("types", "nonsense")).exit_code == Exit.USAGE
