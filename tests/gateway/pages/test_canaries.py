"""Words that stand in the database alone go through every door: found nowhere else, and nowhere once erased."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudevents.core.v1.event import CloudEvent
from fastapi import FastAPI
from pydantic import ValidationError
from temporalio.client import Client
from temporalio.runtime import MetricBuffer, Runtime, TelemetryConfig
from typer.testing import CliRunner

from gateway.app import build_app
from gateway.context import AppContext
from gateway.events import booking
from gateway.main import serving
from gateway.settings import GatewaySettings
from mca.errors import Exit
from mca.main import app as command_line
from operations import erasing
from process.connection import connect
from records import intro_courses, notices
from records.personal import TABLES
from rehearsal.privacy import Finding, Personal, in_run
from schemas.bookings import COLUMNS
from schemas.words import Matter
from tests.activities.mail_servers import Behaviour
from tests.faults.waiting import eventually
from tests.gateway.api.test_bookings import offered
from tests.gateway.api.test_imports import cohort as running_cohort
from tests.gateway.api.test_imports import held, signed
from tests.gateway.conftest import Callers, Town
from tests.gateway.events.sending import event, send, taking
from tests.gateway.notifications import OURS, postfix
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Course
from tests.gateway.pages.reading import Page
from tests.gateway.pages.test_session_page import meeting
from tests.gateway.pages.test_sign_in import opened
from tests.gateway.test_every_door import Place, by_nexus
from tests.gateway.workspace.test_engine import DESK
from tests.schemas.test_roster import row as roster_row
from tests.schemas.test_roster import text_of
from tests.workflows.subjects import COACH, OFFICE, TESTER, now, one_more

NAME, ADDRESS, WORDS = "Zebedee Quillfeather", "zq.canary@example.org", "xylophonic whisperings"
CANARIES = Personal((("name", NAME), ("address", ADDRESS), ("words", WORDS)))
THEIRS = {"name": NAME, "email": ADDRESS, "organisation": WORDS, "delegate": "external", "needs": WORDS}
MAIL_SERVER = "mail.log"
"""The logger of the mail server that these tests send to."""


@pytest.fixture
def settings(settings: GatewaySettings) -> GatewaySettings:
    """Somebody runs the installation."""
    return GatewaySettings.model_validate(settings.model_dump() | {"sign_in_operators": DESK})


@pytest.fixture
def metrics() -> MetricBuffer:
    """What the engine's SDK measures: the same as Prometheus would read."""
    return MetricBuffer(100_000)


@pytest.fixture
async def temporal(temporal: Client, metrics: MetricBuffer) -> Client:
    """A client of the same server that measures for this test."""
    over = Runtime(telemetry=TelemetryConfig(metrics=metrics))
    return await connect(address=temporal.service_client.config.target_host, over=over)


@pytest.fixture
def app(temporal: Client, pool: Any, settings: Any) -> FastAPI:
    """The whole gateway."""
    return build_app(AppContext(temporal, pool, settings))


@pytest.fixture
async def http(callers: Callers) -> httpx.AsyncClient:
    """Another service, which may do everything."""
    return await callers.with_grants("admin:*")


async def by_http(http: httpx.AsyncClient, course: str, life: str, days: str) -> None:
    """A booking and a sheet of bookings, leave, facts that cannot be read, a snooze, a mail that came back."""
    bookings = f"/v1/intro-courses/{course}/bookings"
    again = await http.post(bookings, json=THEIRS, headers={"Idempotency-Key": "one"})
    assert again.json()["code"] == "booked_already"
    rows = ["B01", NAME, ADDRESS, WORDS, "external", WORDS]
    sheet = "\n".join([",".join(COLUMNS), ",".join(rows + [""] * (len(COLUMNS) - len(rows))), ""])
    assert (await http.post(bookings, content=sheet, headers={"Content-Type": "text/csv"})).is_success
    leave = {"first_day": days, "last_day": days}
    assert (await http.post(f"/v1/people/{COACH}/leave", json=leave)).is_success
    odd = {"kind": "session_held", "event_id": "odd", "occurred_at": WORDS, "day": NAME, ADDRESS: WORDS}
    assert (await http.post(f"/v1/engagements/{life}/facts", json=odd)).is_client_error
    (item, *_) = (await http.get("/v1/worklist", params={"academy": "sheffield", "person": COACH})).json()["items"]
    snooze = {"academy": "sheffield", "item": item["item"], "reason": f"{WORDS}, says {NAME}"}
    snooze["until"] = f"{(now() + timedelta(days=8)).date()}"
    assert (await http.post("/v1/worklist/snoozes", json=snooze)).is_success
    returned = postfix().replace(b"anna@trust.example", ADDRESS.encode()).replace(b"User unknown", WORDS.encode())
    bounced = await http.post("/v1/bounces", content=returned, headers={"Content-Type": "message/rfc822"})
    assert bounced.json()["outcome"] == "came_back", bounced.text


async def by_events(http: httpx.AsyncClient, context: AppContext, course: str, life: str) -> None:
    """A booking, one that cannot be read, and a fact with words where there should be none."""
    named = {"type": booking.TYPE, "source": ADDRESS, "subject": course, "time": now()}
    async with taking(context):
        await send(http, CloudEvent(named | {"id": one_more("b")}, THEIRS))
        await send(http, CloudEvent(named | {"id": one_more("b")}, {"name": NAME, "words": WORDS}))
        await send(http, event(life, "session_held", day=WORDS, by=COACH, told=f"{NAME} {ADDRESS}"))
        await eventually(lambda: _settled(context), 30)


async def _settled(context: AppContext) -> bool:
    return bool(await context.pool.fetchval("SELECT bool_and(status <> 'waiting') FROM arrivals"))


async def by_pages(site: Site, course: str, life: str, day: Any) -> None:
    """A note beside a session that didn't happen, while another is asked about still; and the public form."""
    token = await site.asked(life, Matter.SESSION, day.isoformat(), about=day)
    before = day - timedelta(weeks=1)
    await site.asked(life, Matter.SESSION, before.isoformat(), about=before)
    sent = await site.notice(life, Matter.START, "sent")
    async with site.pool.acquire() as conn:
        await notices.settle(conn, sent, "sent", now(), message_id=OURS)
    written = {"not-held-reason": "staffing", "not-held-note": f"{WORDS} {NAME}"}
    assert "recorded" in (await site.answer(token, "not-held.yes", **written)).words
    shown = await site.http.get(f"/courses/{course}/book")
    page = Page(200, shown.text, shown.headers)
    form = {"book-who-name": NAME, "book-who-email": ADDRESS, "book-organisation": WORDS, "book-delegate": "external"}
    booked = await site.http.post(f"/courses/{course}/book", data=form | {"state": page.state, "answer": "book.yes"})
    assert "Check your email" in booked.text


async def by_sheets(http: httpx.AsyncClient, app: FastAPI, mail: Behaviour, course: str) -> None:
    """A roster, bookings and a list of leavers, with rows that can be read and others, over HTTP and on the pages."""
    theirs = {"name": NAME, "email": ADDRESS, "organisation": WORDS, "discipline": WORDS}
    rows = [roster_row(1, **theirs), roster_row(2, email=f"{NAME} {ADDRESS}", session_day=WORDS)]
    text = text_of(*rows)
    checked = await http.post("/v1/cohorts/check", content=text, headers={"Content-Type": "text/csv"})
    assert checked.json()["faults"]
    starts = now().date() + timedelta(weeks=8)
    plan = {"cohort": one_more("canaries"), "do": "look"}
    plan |= {f"starts-{part}": str(getattr(starts, part)) for part in ("day", "month", "year")}
    gone = {"academy": "sheffield", "leavers": [{"person": ADDRESS, "last_day": f"{starts}"}], "preview": False}
    assert (await http.post("/v1/people/leavers", json=gone)).is_success
    async with opened(app, mail) as office:
        await office.sign_in(f"{OFFICE}@example.org")
        leavers = f"person,last_day\n{ADDRESS},{starts + timedelta(days=1)}\n{NAME},{WORDS}\n"
        for page, raw, said, does, became in (
            ("/cohorts/import", text, plan, "import", "1 participant from the sheet is in the cohort."),
            ("/people/leavers", leavers, {"do": "look"}, "record", "The last day of 1 person is recorded."),
        ):
            await office.open(page)
            shown = await office.http.post(page, data=said, files={"sheet": (f"{NAME}.csv", raw.encode())})
            assert ADDRESS in shown.text
            office._see(shown)
            hidden = {one["name"]: one["value"] for one in office.shown.inputs if one.get("type") == "hidden"}
            done = await office.http.post(page, data=hidden | {"do": does})
            assert became in done.text
        bookings = (
            f"name,email,organisation,delegate\n{NAME},{ADDRESS},{WORDS},external\n{NAME},{WORDS},{WORDS},{WORDS}\n"
        )
        files = {"sheet": (f"{NAME}.csv", bookings.encode())}
        looked = await office.http.post(f"/introduction-courses/{course}/book/sheet", data={"do": "look"}, files=files)
        assert "already has a place" in looked.text


async def by_the_past(http: httpx.AsyncClient, app: FastAPI, mail: Behaviour) -> None:
    """A cohort that runs already: over HTTP with a sheet of what happened, and on the page with both sheets."""
    theirs = {"name": NAME, "email": ADDRESS, "organisation": WORDS, "discipline": WORDS}
    body = running_cohort(*signed(), held(2), office_email=None)
    body["participants"] = [body["participants"][0] | theirs]
    taken = await http.post("/v1/cohorts/import", json=body)
    assert taken.is_success, taken.text
    plan = {name: body[name] for name in ("academy", "cohort", "course_start")}
    columns = "participant,date,what_happened,detail,words"
    wrong = f"{columns}\nP01,{WORDS},{ADDRESS},,{WORDS} of {NAME}\n"
    good = f"{columns}\nP01,{held(3)['day']},session not held,,{NAME} ({ADDRESS}) was away\n"
    kinds = {"Content-Type": "text/csv", "Accept": "text/csv"}
    back = await http.post("/v1/cohorts/import", content=wrong, params=plan | {"dry_run": True}, headers=kinds)
    assert ADDRESS in back.text
    assert (await http.post("/v1/cohorts/import", content=good, params=plan, headers=kinds)).is_success
    async with opened(app, mail) as office:
        await office.sign_in(f"{OFFICE}@example.org")
        page, starts = "/cohorts/import/running", held(0)["day"].split("-")
        given = {"cohort": one_more("canaries"), "do": "look"}
        given |= {f"starts-{part}": said for part, said in zip(("year", "month", "day"), starts, strict=True)}
        await office.open(page)
        roster = text_of(roster_row(1, **theirs), roster_row(2, email=f"{NAME} {ADDRESS}"))
        sheets = {
            "sheet": (f"{NAME}.csv", roster.encode()),
            "past": (f"{WORDS}.csv", f"{good}{WORDS},,{NAME},,".encode()),
        }
        shown = await office.http.post(page, data=given, files=sheets)
        assert (shown.status_code, ADDRESS in shown.text) == (200, True), shown.text
        office._see(shown)
        hidden = {one["name"]: one["value"] for one in office.shown.inputs if one.get("type") == "hidden"}
        done = await office.http.post(page, data=hidden | {"do": "import"})
        assert "The rows that are right are imported." in done.text


async def by_people(http: httpx.AsyncClient, app: FastAPI, mail: Behaviour, life: str) -> None:
    """Another record of the same person is merged into theirs; the office opens the pages that say most of them."""
    also = {"academy": "sheffield", "name": NAME, "email": f"also.{ADDRESS}", "organisation": WORDS}
    other = (await http.post("/v1/people", json=also)).json()["person"]
    merged = await http.post(f"/v1/people/{other}/merge", json={"into": COACH})
    assert merged.is_success, merged.text
    async with opened(app, mail) as office:
        await office.sign_in(f"{OFFICE}@example.org")
        for path in (
            f"/people?q={NAME}", f"/people/{COACH}", f"/people/{COACH}/export?as=page",
            f"/people/{COACH}/export?as=xlsx", f"/teams/{life}", f"/teams/{life}/log", f"/teams/{life}/messages",
            f"/teams/{life}/people", f"/teams/{life}/improvement", "/teams?as=csv", "/upcoming-mail", "/academy/report",
        ):  # fmt: skip
            assert (await office.http.get(path)).status_code == httpx.codes.OK, path


async def by_attendance(site: Site, http: httpx.AsyncClient, app: FastAPI, mail: Behaviour, course: str) -> None:
    """Who came to a learning session and to a day of a course, from sheets with words in each place they have."""
    cohort = await Course(8).confirmed().put(site.pool)
    sheet = f"name,email,there,notes\n{NAME},{ADDRESS},no,{WORDS}\n{WORDS},{ADDRESS},{NAME},{WORDS}\n"
    kinds = {"Content-Type": "text/csv"}
    for path in (f"/v1/cohorts/{cohort}/attendance/1", f"/v1/intro-courses/{course}/attendance/1"):
        for accept in ("application/json", "text/csv"):
            looked = await http.post(path, content=sheet, headers=kinds | {"Accept": accept})
            assert looked.status_code == httpx.codes.OK, looked.text
    async with opened(app, mail) as office:
        await office.sign_in(f"{OFFICE}@example.org")
        page = f"/cohorts/{cohort}/attendance/1/sheet"
        await office.open(page)
        office._see(await office.http.post(page, data={"do": "look"}, files={"sheet": (f"{NAME}.csv", sheet.encode())}))
        assert "Rows to correct (1)" in office.shown.words
        hidden = {one["name"]: one["value"] for one in office.shown.inputs if one.get("type") == "hidden"}
        assert ADDRESS in (await office.http.post(page, data=hidden | {"do": "mend"})).text
        done = await office.http.post(page, data=hidden | {"do": "record"})
        assert "is recorded." in done.text


async def by_measures(app: FastAPI, mail: Behaviour, life: str) -> None:
    """A measure in words, values beside it, and lines that are none."""
    page = f"/teams/{life}/record/work"
    async with opened(app, mail) as coach:
        await coach.sign_in(ADDRESS)
        await coach.open(page)
        await coach.press(page, "measure.yes", **{"measure-words": f"{WORDS} of {NAME}", "measure-better": "lower"})
        await coach.open(page)
        yesterday = now().date() - timedelta(days=1)
        wrong = await coach.press(page, "values.yes", **{"values-lines": f"{yesterday}, {WORDS}\n{NAME} {ADDRESS}"})
        assert wrong.status == httpx.codes.UNPROCESSABLE_ENTITY
        await coach.press(page, "values.yes", **{"values-lines": f"{yesterday:%d %m %Y}, 12.5"})
        assert WORDS in (await coach.open(f"/teams/{life}/improvement")).words


async def by_keys(app: FastAPI, mail: Behaviour, site: Site) -> None:
    """What a key is called, and why it is revoked."""
    async with opened(app, mail) as desk:
        await desk.sign_in(DESK)
        await desk.open("/engine/keys/make")
        dates = {one["name"]: one["value"] for one in desk.shown.inputs if "until" in one.get("name", "")}
        made = {"make-name": f"Diary of {NAME}", "make-academy": "sheffield", "make-service": "diary"}
        assert "is made" in (await desk.press("/engine/keys/make", "make.yes", **dates | made)).title
        key = await site.pool.fetchval("SELECT key FROM api_keys WHERE made_by LIKE 'operator:%'")
        page = f"/engine/keys/{key}/revoke"
        await desk.open(page)
        shown = await desk.press(page, "revoke.yes", **{"revoke-why": f"Lost by {NAME} ({ADDRESS})"})
        assert ADDRESS in shown.text


async def by_command_line(place: Place, life: str) -> None:
    """A note, a person shown and exported; a fact that cannot be read."""
    told = ["engagement", "tell", life, "--kind", "ramp_step_reached", "--set", "step=theme", "--set", "role=coach"]
    for typed, code in (
        (["engagement", "tell", life, "--fact", _theme(), "--note", f"{WORDS} {NAME}"], Exit.OK),
        ([*told, "--set", f"person={NAME}"], Exit.USAGE),
        (["person", "show", COACH], Exit.OK),
        (["person", "export", COACH, "--page"], Exit.OK),
        (["person", "channel", COACH, "--text", "07700 900123"], Exit.OK),
    ):
        done = await asyncio.to_thread(CliRunner(env=place.environment).invoke, command_line, typed)
        assert done.exit_code == code, (typed, done.output, done.exception)


def _theme() -> str:
    at = (now() - timedelta(minutes=1)).isoformat()
    by = f'"told_by": {{"role": "coach", "person": "{COACH}"}}'
    return f'{{"kind": "ramp_step_reached", "event_id": "theme", "occurred_at": "{at}", "step": "theme", {by}}}'


async def outside(
    context: AppContext, metrics: MetricBuffer, printed: str, logged: list[logging.LogRecord]
) -> list[Finding]:
    """Where the words are found in histories, descriptions, logs, and the metrics of the SDK and of the gateway."""
    measured = [(one.metric.name, one.metric.description, dict(one.attributes)) for one in metrics.retrieve_updates()]
    assert any("activity" in name for name, *_ in measured)
    found = CANARIES.found_in("engine metrics", repr(measured).encode())
    found += CANARIES.found_in("output", printed.encode())
    lines = "\n".join(logging.Formatter().format(record) for record in logged if record.name != MAIL_SERVER)
    found += CANARIES.found_in("log", lines.encode())
    ours, looked = f"TaskQueue = '{context.settings.task_queue}'", 0
    taking_over = f"{ours} AND WorkflowType = 'TakeOverWorkflow'"
    await eventually(lambda: _are_two(context, taking_over))
    async for run in context.client.list_workflows(ours):
        history = await context.client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        found += in_run(run.id, run, history, CANARIES)
        looked += 1
    assert looked >= 3
    settings = context.settings.model_copy(update={"listen": "127.0.0.1:0", "engine_metrics": "127.0.0.1:0"})
    async with serving(replace(context, settings=settings)) as gateway, httpx.AsyncClient() as http:
        assert gateway.metrics is not None
        found += CANARIES.found_in("metrics", (await http.get(gateway.metrics)).content)
    return found


async def _are_two(context: AppContext, query: str) -> bool:
    """Whether the server lists a cohort that was taken over by each door."""
    return (await context.client.count_workflows(query)).count >= 2


async def inside(site: Site) -> list[str]:
    """The tables in which the words are found."""
    kept = {table.name: repr(await site.pool.fetch(f"SELECT * FROM {table.name}")) for table in TABLES}  # noqa: S608
    return [name for name, rows in kept.items() if CANARIES.found_in(name, rows.encode())]


async def test_what_is_personal_stands_in_the_database_alone_until_it_is_erased(
    site: Site, town: Town, context: AppContext, http: httpx.AsyncClient, app: FastAPI, mail: Behaviour,
    metrics: MetricBuffer, tmp_path: Path,
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Through HTTP, events, pages, sheets, a past, charts, keys, merging, Nexus, commands and mail that comes back."""
    caplog.set_level(logging.INFO)
    await site.pool.execute("UPDATE people SET name = $1, address = $2 WHERE person = $3", NAME, ADDRESS, COACH)
    await site.pool.execute("UPDATE people SET links_epoch = 0")
    life, day = await meeting(town)
    course = (await http.post("/v1/intro-courses", json=offered(office_email=None))).json()["course"]
    await by_pages(site, course, life.name, day)
    await by_events(http, context, course, life.name)
    await by_http(http, course, life.name, f"{day + timedelta(weeks=8)}")
    await by_sheets(http, app, mail, course)
    await by_the_past(http, app, mail)
    await by_attendance(site, http, app, mail, course)
    await by_measures(app, mail, life.name)
    await by_keys(app, mail, site)
    # So many codes an hour go to one mailbox.
    await site.pool.execute("DELETE FROM counted")
    await by_people(http, app, mail, life.name)
    place = Place(http, context, tmp_path)
    await by_command_line(place, life.name)
    odd = {"kind": "session_held", "event_id": "n", "occurred_at": WORDS, "day": f"{NAME} {ADDRESS}"}
    with pytest.raises(ValidationError) as unread:
        await by_nexus(place, "", life.name, odd)
    assert CANARIES.found_in("nexus", str(unread.value).encode()) == []
    booked = await site.pool.fetchval("SELECT booking FROM bookings WHERE person = $1", COACH)
    async with site.pool.acquire() as conn:
        await intro_courses.keep_feedback(
            conn, course, booked, now(), useful=1, confident=1, recommends=1, comment=f"{WORDS} {NAME}"
        )
    assert {"people", "notes", "access_needs", "feedback", "snoozes", "arrivals"} <= set(await inside(site))

    done = await erasing.erase(town.engine, TESTER, COACH, now())
    assert done is not None
    assert (done.proof.left, done.proof.not_searched) == ({}, ())
    assert await inside(site) == []
    assert await outside(context, metrics, "".join(capfd.readouterr()), caplog.records) == []
