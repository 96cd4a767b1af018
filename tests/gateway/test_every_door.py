"""What is refused is refused by every door alike, and the audit says who asked for it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from _pytest.outcomes import Failed
from cloudevents.core.v1.event import CloudEvent
from nexusrpc import HandlerError, HandlerErrorType, Link, OperationError
from nexusrpc.handler import OperationTaskCancellation, StartOperationContext
from typer.testing import CliRunner

from coaching_client import handles
from coaching_client.handles import FactRefusedError
from coaching_client.nexus import TellEngagement, refusal_of
from gateway.context import AppContext
from gateway.events.taking_in import take_in_once
from gateway.settings import EVENT_SOURCE
from mca.main import app as command_line
from operations.event_types import type_of
from records.database import Pool
from schemas.corrections import ENGAGEMENT_FACT
from schemas.engagement_facts import People
from schemas.grants import Grant
from schemas.subjects import ENGAGEMENT
from tests.gateway.conftest import Callers, Town
from tests.gateway.events.sending import send
from tests.workflows.subjects import COACH, COHORT, now, one_more
from worker.nexus import CoachingOperations

Tell = Callable[["Place", str, str, dict[str, Any]], Awaitable[None]]
PLACES = {"engagement": "engagements", "intro-course": "intro-courses"}


@dataclass
class Place:
    """Where facts are told, through whichever door."""

    http: httpx.AsyncClient
    context: AppContext
    state: Path
    nexus: tuple[Grant, ...] = (Grant.parse("admin:*"),)

    @property
    def environment(self) -> dict[str, str]:
        """Of a command here."""
        settings = self.context.settings
        return {
            "MCA_DATABASE_URL": settings.database_url.get_secret_value(),
            "MCA_TASK_QUEUE": settings.task_queue,
            "MCA_STATE": str(self.state),
            "TEMPORAL_ADDRESS": self.context.client.service_client.config.target_host,
        }


async def by_http(place: Place, words: str, subject: str, fact: dict[str, Any]) -> None:
    """A call."""
    answer = await place.http.post(f"/v1/{PLACES[words]}/{subject}/facts", json=fact)
    assert answer.is_client_error, answer.text


async def by_event(place: Place, _words: str, subject: str, fact: dict[str, Any]) -> None:
    """An event that bears the fact's own id, kept and then taken in."""
    said = {name: value for name, value in fact.items() if name not in ("kind", "event_id", "occurred_at")}
    named = {"source": EVENT_SOURCE, "id": fact["event_id"], "time": now(), "subject": subject}
    await send(place.http, CloudEvent(named | {"type": type_of(fact["kind"])}, said))
    await take_in_once(place.context)


async def by_command_line(place: Place, words: str, subject: str, fact: dict[str, Any]) -> None:
    """A command."""
    typed = [words, "tell", subject, "--fact", json.dumps(fact)]
    said = await asyncio.to_thread(CliRunner(env=place.environment).invoke, command_line, typed)
    assert said.exit_code == 1, said.output


LINK = Link(url="temporal:///namespaces/elsewhere/workflows/theirs/run/history", type="temporal.api.common.v1")


async def operations(place: Place, subject: str, fact: dict[str, Any], *links: Link) -> None:
    """What a workflow of another namespace calls."""
    called = StartOperationContext(
        service="coaching",
        operation="tell",
        headers={},
        request_id="1",
        inbound_links=list(links),
        task_cancellation=cast("OperationTaskCancellation", None),
    )
    sent = TellEngagement.model_validate({"engagement": subject, "fact": fact})
    await CoachingOperations(place.context.engine, {"*": place.nexus}).tell(called, sent)


async def by_nexus(place: Place, _words: str, subject: str, fact: dict[str, Any]) -> None:
    """An operation that a workflow of another namespace calls."""
    with pytest.raises(OperationError) as failed:
        await operations(place, subject, fact, LINK)
    assert refusal_of(failed.value.__cause__) is not None


DOORS: dict[str, tuple[Tell, str]] = {
    "http": (by_http, "key_"),
    "arrivals": (by_event, "key_"),
    "mca": (by_command_line, "cli:"),
    "nexus": (by_nexus, "nexus:elsewhere"),
}


@pytest.fixture
def place(http: httpx.AsyncClient, context: AppContext, tmp_path: Path) -> Place:
    """Where whoever calls may do everything."""
    return Place(http, context, tmp_path)


def signed(event_id: str, role: str = "coach") -> dict[str, Any]:
    """A signature, a minute ago."""
    at = now() - timedelta(minutes=1)
    return {"kind": "agreement_signed", "event_id": event_id, "occurred_at": at.isoformat(), "role": role}


async def refused(pool: Pool, subject: str, door: str) -> tuple[str, str]:
    """Who told the latest of a subject through a door, and the code of its refusal."""
    row = await pool.fetchrow(
        "SELECT caller, refused FROM audit WHERE subject = $1 AND door = $2 AND action LIKE 'tell %' "
        "ORDER BY number DESC LIMIT 1",
        subject,
        door,
    )
    assert row is not None
    return row["caller"], row["refused"]


@pytest.mark.parametrize("door", DOORS)
async def test_of_a_subject_that_nobody_knows(place: Place, town: Town, pool: Pool, door: str) -> None:
    """Unknown, and nothing is started for it."""
    tell, caller = DOORS[door]
    nowhere = one_more("sheffield.nowhere.P")
    await tell(place, "engagement", nowhere, signed(one_more("signed")))
    by, code = await refused(pool, nowhere, door)
    assert (by.startswith(caller), code) == (True, "unknown")
    assert not await handles.is_running(town.client, ENGAGEMENT, nowhere)
    assert await pool.fetchval("SELECT count(*) FROM facts WHERE subject = $1", nowhere) == 0


@pytest.mark.parametrize("door", DOORS)
async def test_another_fact_under_a_known_event_id(place: Place, town: Town, pool: Pool, door: str) -> None:
    """Of the same teller; another's is another."""
    tell, caller = DOORS[door]
    life, event_id = await town.started(at=now() - timedelta(hours=1)), one_more("signed")
    await say(by_http if door == "arrivals" else tell, place, life.name, signed(event_id))
    await tell(place, "engagement", life.name, signed(event_id, "sponsor"))
    by, code = await refused(pool, life.name, door)
    assert (by.startswith(caller), code) == (True, "different_content")
    assert len(await life.recorded()) == 2


NAMING: dict[str, tuple[dict[str, Any], str]] = {
    "nobody": ({"kind": "coach_assigned", "person": "per_nobody"}, "unknown_person"),
    "somebody of another academy": (
        {"kind": "coach_assigned", "part": "co", "person": "per_leeds"},
        "unknown_person",
    ),
    "another academy's office": (
        {"kind": "role_changed", "role": "sponsor", "person": "leeds.office"},
        "unknown_person",
    ),
    "a teller whom nobody knows": (
        {"kind": "ramp_step_reached", "step": "theme", "told_by": {"role": "coach", "person": "per_nobody"}},
        "unknown_person",
    ),
    "no team": ({"kind": "ended_early", "reason": "team_merged", "successor": "ms_nowhere"}, "unknown_microsystem"),
    "another academy's engagement": (
        {"kind": "ended_early", "reason": "new_engagement", "followed_by": "leeds.2027-autumn.P01"},
        "unknown_engagement",
    ),
}


@pytest.mark.parametrize("door", [*DOORS, "temporal"])
async def test_a_fact_that_names_what_does_not_exist(place: Place, town: Town, pool: Pool, door: str) -> None:
    """In its academy: it is refused in a sentence, nothing is recorded, and the subject goes on living."""
    life = await town.started(at=now() - timedelta(hours=1))
    theirs: dict[str, Any] = {"people": People(coach="per_leeds"), "microsystem": "ms_leeds"}
    leeds = await town.started(f"{one_more('leeds.c')}.P01", at=now() - timedelta(hours=1), **theirs)
    for said, code in NAMING.values():
        fact = {name: value for name, value in signed(one_more("names")).items() if name != "role"} | said
        if "followed_by" in fact:
            fact["followed_by"] = leeds.name
        if door == "temporal":
            with pytest.raises(FactRefusedError, match="There's no") as refusal:
                await life.tell_as_it_is(ENGAGEMENT_FACT.validate_python(fact))
            assert refusal.value.refusal.code == code
        else:
            tell, caller = DOORS[door]
            await tell(place, "engagement", life.name, fact)
            by, found = await refused(pool, life.name, door)
            assert (by.startswith(caller), found) == (True, code)
    assert await life.recorded() == [life.opening.event_id]
    await life.agreed()


async def say(tell: Tell, place: Place, subject: str, fact: dict[str, Any]) -> None:
    """Tell a fact that is taken: the doors' calls here fail where nothing is refused."""
    with suppress(AssertionError, Failed):
        await tell(place, "engagement", subject, fact)


@pytest.mark.parametrize("door", DOORS)
async def test_an_id_of_the_engine_or_of_somebody_else_is_not_taken_by_a_caller(
    place: Place, town: Town, door: str
) -> None:
    """It lies in the caller's scope: what bears the id is recorded all the same, there and elsewhere."""
    tell, _ = DOORS[door]
    life, theirs = await town.started(at=now() - timedelta(hours=1)), f"{COHORT}.{one_more('P')}"
    wanted = f"{theirs}:proposed"
    await say(tell, place, life.name, signed(wanted))
    (own,) = (await life.recorded())[1:]
    assert re.fullmatch(f"[0-9a-f]{{10}}~{re.escape(wanted)}", own)
    other = await town.started(theirs)
    await say(tell, place, other.name, signed(wanted, "sponsor") | {"occurred_at": now().isoformat()})
    assert (await other.recorded())[0] == wanted
    await tell(place, "engagement", life.name, signed(f"{'0' * 10}~x", "sponsor"))
    assert f"{'0' * 10}~x" not in await life.recorded()


async def test_a_caller_corrects_and_looks_by_the_id_they_chose(
    place: Place, callers: Callers, context: AppContext, town: Town, tmp_path: Path
) -> None:
    """Or by the full one of the answer; the same id of another caller is another fact."""
    life = await town.started(at=now() - timedelta(hours=1))
    theirs = Place(await callers.with_grants("tell:*:*", "as:*:*"), context, tmp_path)
    path, fact, sponsors = f"/v1/engagements/{life.name}/facts", signed("mine"), signed("mine", "sponsor")
    mine, other = await place.http.post(path, json=fact), await theirs.http.post(path, json=sponsors)
    ids = [answer.json()["event_id"] for answer in (mine, other)]
    assert len(set(ids)) == 2
    for named in ("mine", ids[1]):
        assert (await theirs.http.get(f"/v1/facts/{named}")).json()["event_id"] == ids[1]
    assert (await theirs.http.post(path, json=sponsors | {"event_id": ids[1]})).json() == other.json()
    back = {"kind": "correction", "event_id": "back", "occurred_at": now().isoformat(), "corrects": "mine"}
    assert (await theirs.http.post(path, json=back)).status_code == httpx.codes.OK
    assert (await place.http.post(path, json=back | {"corrects": ids[0]})).status_code == httpx.codes.OK


@pytest.mark.parametrize("academy", ["leeds", "sheffield"])
@pytest.mark.parametrize("tell", [by_http, by_event])
async def test_what_a_fact_names_is_covered_by_its_tellers_grant(
    callers: Callers, context: AppContext, town: Town, pool: Pool, tmp_path: Path, tell: Tell, academy: str
) -> None:
    """Of another academy, or of another cohort; the refusal is that of an id which does not exist."""
    named = await town.started(f"{one_more('sheffield.c')}.P01", at=now() - timedelta(hours=1))
    theirs: dict[str, Any] = {}
    if academy == "leeds":
        theirs = {"people": People(coach="per_leeds"), "microsystem": "ms_leeds"}
    cohort = one_more(f"{academy}.own")
    life = await town.started(f"{cohort}.P01", at=now() - timedelta(hours=1), **theirs)
    where = academy if theirs else cohort
    place = Place(await callers.with_grants(f"tell:{where}:*", f"as:{where}:*"), context, tmp_path)
    ended = {"kind": "ended_early", "reason": "new_engagement", "occurred_at": now().isoformat()}
    for other in (named.name, f"{named.name}0"):
        await tell(place, "engagement", life.name, ended | {"event_id": one_more("e"), "followed_by": other})
    assert await life.recorded() == [life.opening.event_id]
    codes = await pool.fetch(
        "SELECT refused AS code FROM audit WHERE subject = $1 AND refused IS NOT NULL"
        " UNION ALL SELECT code FROM arrivals WHERE subject = $1", life.name,
    )  # fmt: skip
    assert [row["code"] for row in codes] == ["unknown_engagement"] * 2


@pytest.mark.parametrize("tell", [by_http, by_event])
async def test_by_somebody_without_a_grant(
    callers: Callers, context: AppContext, town: Town, pool: Pool, tmp_path: Path, tell: Tell
) -> None:
    """Of another academy, or to read only; nothing is noted, kept or told. The other doors let in whom they trust."""
    life = await town.started(at=now() - timedelta(hours=1))
    for grant in ("tell:leeds:*", "read:sheffield:*"):
        place = Place(await callers.with_grants(grant), context, tmp_path)
        await tell(place, "engagement", life.name, signed(one_more("signed")))
    assert await life.recorded() == [life.opening.event_id]
    assert await pool.fetchval("SELECT count(*) FROM audit WHERE subject = $1", life.name) == 0
    assert await pool.fetchval("SELECT count(*) FROM arrivals") == 0


ENDED = {"kind": "ended_early", "reason": "team_withdrew"}
NARROW = {
    "only another group": ("tell:sheffield:sessions", "as:sheffield:*"),
    "only as themselves": ("tell:sheffield:*", "as:sheffield:coach"),
}


async def test_a_nexus_call_from_nobody_knows_where_may_do_nothing(place: Place, town: Town) -> None:
    """Not even where every namespace may do everything: the grants are the namespaces'."""
    life = await town.started()
    with pytest.raises(HandlerError, match="no grant"):
        await operations(place, life.name, signed("theirs"))
    assert await life.recorded() == [life.opening.event_id]


@pytest.mark.parametrize("narrow", NARROW)
async def test_an_engagement_ends_as_the_sponsor_only_with_both_grants(
    callers: Callers, context: AppContext, town: Town, pool: Pool, tmp_path: Path, narrow: str
) -> None:
    """Through every door that knows grants: told plainly, or put in the place of what somebody may tell."""
    life = await town.started(at=now() - timedelta(hours=1))
    granted = tuple(map(Grant.parse, NARROW[narrow]))
    place = Place(await callers.with_grants(*NARROW[narrow]), context, tmp_path, granted)
    ended = ENDED | {"told_by": {"role": "sponsor"}, "occurred_at": now().isoformat()}
    wrapped = {
        "kind": "correction", "corrects": "x", "occurred_at": now().isoformat(), "told_by": {"role": "service"},
        "replacement": ended | {"event_id": "y"},
    }  # fmt: skip
    for fact in (ended, wrapped):
        for tell in (by_http, by_event):
            await tell(place, "engagement", life.name, fact | {"event_id": one_more("e")})
        with pytest.raises(HandlerError) as refused_by_nexus:
            await operations(place, life.name, fact | {"event_id": one_more("e")}, LINK)
        assert refused_by_nexus.value.type is HandlerErrorType.UNAUTHORIZED
    assert await life.recorded() == [life.opening.event_id]
    assert await pool.fetchval("SELECT count(*) FROM arrivals") == 0


async def test_a_correction_takes_the_grant_of_what_it_corrects(
    callers: Callers, context: AppContext, town: Town, pool: Pool, tmp_path: Path
) -> None:
    """A narrow key takes back nothing of another group, at once or later, however the correction is wrapped."""
    life = await town.started(at=now() - timedelta(hours=1))
    wide = await callers.with_grants("tell:sheffield:*", "as:sheffield:*")
    (path, fact) = f"/v1/engagements/{life.name}/facts", signed("mine")
    told = (await wide.post(path, json=fact)).json()["event_id"]
    own = {"occurred_at": now().isoformat(), "told_by": {"role": "service"}}
    back = {"kind": "correction", "event_id": "back", "corrects": told} | own
    narrow = Place(await callers.with_grants("tell:sheffield:sessions"), context, tmp_path)
    await by_http(narrow, "engagement", life.name, back)
    await by_event(narrow, "engagement", life.name, back)
    assert await pool.fetchval("SELECT code FROM arrivals") == "not_allowed"
    assert (await life.recorded())[1:] == [told]

    assert (await wide.post(path, json=back)).status_code == httpx.codes.OK
    again = {"kind": "correction", "event_id": "again", "corrects": (await life.recorded())[2]} | own
    await by_http(narrow, "engagement", life.name, again)
    assert len(await life.recorded()) == 3


async def test_what_was_handed_in_is_told_by_what_its_caller_might_then(
    callers: Callers, context: AppContext, town: Town, pool: Pool, tmp_path: Path
) -> None:
    """The grants are kept with it; whoever mends it answers for it with their own."""
    life = await town.started(at=now() - timedelta(hours=1))
    place = Place(await callers.with_grants("tell:sheffield:decisions", "as:sheffield:coach"), context, tmp_path)
    await say(by_event, place, life.name, signed("kept"))
    assert len(await life.recorded()) == 2
    kept = await pool.fetchval("SELECT grants FROM arrivals")
    assert kept == ["tell:sheffield:decisions", "as:sheffield:coach"]
    manager = await callers.with_grants("manage:sheffield:arrivals")
    await pool.execute("UPDATE arrivals SET status = 'set_aside', code = 'x', reason = 'x'")
    event_id = await pool.fetchval("SELECT event_id FROM arrivals")
    ended = ENDED | {"told_by": {"role": "sponsor"}, "occurred_at": now().isoformat()}
    mended = await manager.post(f"/v1/arrivals/{event_id}/replay", json={"fact": ended})
    assert mended.status_code == httpx.codes.FORBIDDEN


async def test_leave_is_checked_and_noted_as_every_telling(callers: Callers, town: Town, pool: Pool) -> None:
    """Whoever may tell of sessions alone is refused; the audit has the person, and who said it."""
    await town.started(at=now() - timedelta(hours=1))
    days = {"first_day": "2027-08-02", "last_day": "2027-08-13"}
    path = f"/v1/people/{COACH}/leave"
    for grant, status in (("tell:sheffield:sessions", 403), ("tell:leeds:leave", 404), ("tell:sheffield:leave", 200)):
        answered = await (await callers.with_grants(grant)).post(path, json=days)
        assert answered.status_code == status, answered.text
    noted = await pool.fetch(
        "SELECT DISTINCT caller, action, subject FROM audit WHERE subject = $1", f"sheffield.{COACH}"
    )
    assert {row["action"] for row in noted} == {"leave", "tell leave_agreed"}
    assert len({row["caller"] for row in noted}) == 1
