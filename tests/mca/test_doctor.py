"""``mca doctor``: a line for each thing that the engine needs, and what to do where it is missing."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client
from typer.testing import CliRunner

from activities.mailer import Server
from coaching_client.schedules import keep_retention, reconcile_schedule_id, retention_schedule_id
from gateway.context import AppContext
from gateway.main import serving
from gateway.settings import GatewaySettings
from mca.errors import Exit
from mca.main import app
from operations.doctor import around
from operations.doctor.agreement import written_anew
from operations.doctor.checking import Installation, Line, Verdict, examine, is_well
from operations.doctor.table import CHECKS
from operations.doctor.temporal import WORKFLOWS, polling
from process.connection import DATA_CONVERTER, connect
from records import diagnosis, incidents, reconciliations, retention
from records.database import Pool
from rehearsal.clocks import VirtualClocks
from schemas.incidents import Finding, IncidentKind
from tests.activities.mail_servers import Behaviour, free_port, mail_server
from tests.dev_server import dev_server, make_current
from tests.faults.waiting import eventually, pause
from tests.workflows.subjects import Academy, one_more, temporal_server
from worker import main
from worker.main import engine

SECRET = "correct-horse-battery-staple-correct-horse"
PERSONAL = ("Ada Alder", "ada.alder@example.org", "The ward is short of staff")


@pytest.fixture(scope="module")
async def temporal() -> AsyncIterator[Client]:
    """A client of a dev server that knows our search attributes."""
    async with temporal_server() as address:
        yield await connect(address=address)


@dataclass(frozen=True)
class Place:
    """An installation that is well, with everything real."""

    of: Installation
    academy: Academy
    behaviour: Behaviour
    settings: GatewaySettings

    async def lines(self, **other: Any) -> dict[str, Line]:
        """What each check finds."""
        return {line.check: line for line in await examine(replace(self.of, **other), CHECKS)}


@pytest.fixture
async def place(
    temporal: Client, database_url: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Place]:
    """Servers, a worker and a gateway that run, and a backup that was made."""
    monkeypatch.setattr(main, "GRACE", timedelta(seconds=1))
    behaviour = Behaviour()
    async with mail_server(behaviour) as port:
        settings = GatewaySettings.from_environment(
            {
                "MCA_DATABASE_URL": database_url,
                "MCA_SMTP_URL": f"smtp://127.0.0.1:{port}",
                "MCA_TASK_QUEUE": one_more("doctor"),
                "MCA_LISTEN": "127.0.0.1:0",
            }
        )
        async with engine(temporal, settings), serving(AppContext(temporal, pool, settings)) as gateway:
            of = Installation(
                client=temporal,
                pool=pool,
                task_queue=settings.task_queue,
                mail=settings.mail_server,
                public_url=gateway.url,
                links_signed=True,
                operator_named=True,
            )
            async with pool.acquire() as conn:
                while await reconciliations.last(conn) is None:
                    pass
                await diagnosis.note_backup(conn, of.clock())
            academy = Academy(temporal, pool, settings.task_queue, VirtualClocks(temporal, timeout_seconds=60))
            yield Place(of, academy, behaviour, settings)


async def test_a_well_installation_has_nothing_to_be_done(place: Place) -> None:
    """Every check is made, and none fails; the mail server is greeted and sent nothing."""
    life = await place.academy.engagement()
    await life.agreed()
    lines = await place.lines(every_subject=True)
    assert [
        line for line in lines.values() if line.verdict is not Verdict.WELL and line.check != "Nexus endpoint"
    ] == []
    assert len(lines) == len(CHECKS)
    assert "(1)" in lines["Agreement"].said
    assert place.behaviour.taken == []


async def _past(place: Place, table: str, column: str, ago: timedelta) -> None:
    await place.of.records.execute(f"UPDATE {table} SET {column} = $1", datetime.now(UTC) - ago)  # noqa: S608 - our own names


async def _an_incident(place: Place) -> None:
    async with place.of.records.acquire() as conn:
        finding = Finding(kind=IncidentKind.STUCK, subject="sheffield.2026-autumn.P01")
        await incidents.open_incidents(conn, [finding], place.of.clock())


async def _a_paused_schedule(place: Place) -> None:
    await pause(place.of.temporal.get_schedule_handle(reconcile_schedule_id(place.of.task_queue)))


async def _a_deleted_schedule(place: Place) -> None:
    await place.of.temporal.get_schedule_handle(reconcile_schedule_id(place.of.task_queue)).delete()


async def _stale(place: Place) -> None:
    async with place.of.records.acquire() as conn:
        await conn.execute("DELETE FROM reconciliations")
        await reconciliations.note(conn, place.of.clock() - timedelta(hours=1), 0)


async def _mute(place: Place) -> None:
    life = await place.academy.engagement()
    await place.of.records.execute(
        """
        INSERT INTO done_items (subject, key, act, matter, turn, rule, parameter, since, due_at, facts, done_at)
        SELECT subject, 'session/2026-01-01/0', 'ask', 'session', 'coach', 'r', 'p', now(), now(), '{}', now()
        FROM subjects WHERE subject = $1
        """,
        life.name,
    )


async def _rows_changed_by_hand(place: Place) -> None:
    life = await place.academy.engagement()
    await place.of.records.execute("UPDATE engagements SET phase = 'action' WHERE engagement = $1", life.name)


async def _terminated(place: Place) -> None:
    life = await place.academy.engagement()
    await life.handle.terminate()


async def _executed(place: Place, statement: str) -> None:
    await place.of.records.execute(statement)


BREAKAGES: Mapping[str, tuple[str, Callable[[Place], Awaitable[None]], str]] = {
    "newer schema": (
        "Database",
        lambda place: _executed(place, "UPDATE alembic_version SET version_num = '9999'"),
        "install the release that migrated it",
    ),
    "stale round trip": (
        "Work gets done",
        _stale,
        "mca reconcile",
    ),
    "old backup": ("Backup", lambda place: _past(place, "backups", "finished_at", timedelta(days=3)), "fix the job"),
    "open incident": ("Incidents", _an_incident, "mca incident list"),
    "paused schedule": ("Schedules", _a_paused_schedule, "temporal schedule toggle --unpause"),
    "deleted schedule": ("Schedules", _a_deleted_schedule, "mca reconcile"),
    "rows changed by hand": ("Agreement", _rows_changed_by_hand, "mca reconcile --rows"),
    "records that know more": ("Agreement", _mute, "mca reconcile"),
    "terminated workflow": ("Agreement", _terminated, "mca reconcile"),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
async def test_what_is_broken_is_one_line_with_its_remedy(place: Place, breakage: str) -> None:
    """The line says what to do, and to run this again; nothing else fails because of it."""
    check, broken, remedy = BREAKAGES[breakage]
    await broken(place)
    lines = await place.lines(every_subject=True)
    assert [line.check for line in lines.values() if line.verdict is Verdict.FAILED] == [check]
    assert not is_well(tuple(lines.values()))
    assert remedy in (lines[check].remedy or "")
    assert (lines[check].remedy or "").endswith(", then run this again")


async def test_deletion_that_somebody_holds_is_a_warning(place: Place) -> None:
    """An academy said how long it keeps what, and is believed; only who paused the schedule knows why."""
    async with place.of.records.acquire() as conn:
        await retention.choose(conn, "sheffield", {"notes": 12}, place.of.clock(), "per_office")
    await keep_retention(place.of.temporal, task_queue=place.of.task_queue)
    nightly = place.of.temporal.get_schedule_handle(retention_schedule_id(place.of.task_queue))
    await pause(nightly)
    held = (await place.lines())["Schedules"]
    assert (held.verdict, "temporal schedule toggle --unpause" in (held.remedy or "")) == (Verdict.WARNING, True)
    await nightly.unpause()
    await eventually(lambda: _well(place, "Schedules"))


async def _well(place: Place, check: str) -> bool:
    return (await place.lines())[check].verdict is Verdict.WELL


@pytest.mark.parametrize(
    ("other", "check", "remedy"),
    [
        ({"mail": Server("127.0.0.1", free_port())}, "Mail", "MCA_SMTP_URL"),
        ({"mail": Server("127.0.0.1", free_port(), user="u", password=SECRET)}, "Mail", "MCA_SMTP_URL"),
        ({"mail": None}, "Mail", "MCA_SMTP_URL"),
        ({"public_url": f"http://127.0.0.1:{free_port()}"}, "Links", "mca gateway"),
        ({"wrong_settings": "MCA_LOG: is odd; set it to json"}, "Settings", "set it to json"),
        ({"client": None}, "Temporal", "TEMPORAL_ADDRESS"),
        ({"pool": None}, "Database", "MCA_DATABASE_URL"),
    ],
)
async def test_what_cannot_be_reached_is_one_line_too(
    place: Place, other: dict[str, Any], check: str, remedy: str
) -> None:
    """What needs it is not looked at, and does not count as well."""
    lines = await place.lines(**other)
    assert [line.check for line in lines.values() if line.verdict is Verdict.FAILED] == [check]
    assert remedy in (lines[check].remedy or "")
    if {"client", "pool"} & other.keys():
        assert lines["Clocks"].verdict is lines["Agreement"].verdict is Verdict.NOT_CHECKED


async def test_a_build_that_is_given_no_work_is_a_failure(place: Place) -> None:
    """The remedy makes it current. A current build of which no worker runs is one too."""
    async with await dev_server(dev_server_log_level="error", data_converter=DATA_CONVERTER) as own:
        async with engine(own.client, place.settings.model_copy(update={"build_id": "b1"})):
            await waits_for_work(own.client, place.settings.task_queue)
            line = (await place.lines(client=own.client))["Builds"]
            assert line.said == "no build is current, so no worker is given work"
            assert "set-current-version --deployment-name coaching --build-id b1" in (line.remedy or "")
            await make_current(own.client, "b1")
            assert (await place.lines(client=own.client))["Builds"].said == "build b1 is current"
        async with engine(own.client, place.settings.model_copy(update={"build_id": "b2"})):
            await waits_for_work(own.client, place.settings.task_queue, builds=2)
            await make_current(own.client, "b2")
            assert (await place.lines(client=own.client))["Builds"].verdict in {Verdict.WELL, Verdict.WARNING}


async def waits_for_work(client: Client, queue: str, builds: int = 1) -> None:
    """Wait until the server has been asked for work by so many builds."""
    while len({poller.deployment_options.build_id for poller in await polling(client, queue, WORKFLOWS)}) < builds:
        pass


async def test_a_clock_that_is_wrong_is_named_with_how_far(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here it is this machine's own, so that both servers are apart from it."""
    monkeypatch.setattr(around, "_now", lambda: datetime.now(UTC) - timedelta(minutes=1))
    line = (await place.lines())["Clocks"]
    assert line.verdict is Verdict.FAILED
    assert re.fullmatch(r"Postgres is \+(59|60|61) s from here, Temporal is \+(59|60|61) s from here", line.said)


async def test_a_bank_holiday_table_that_ends_too_soon_is_a_failure(place: Place) -> None:
    """As long before as an engagement may live."""
    await place.academy.engagement()
    line = (await place.lines(clock=lambda: datetime(2038, 6, 1, tzinfo=UTC)))["Bank holidays"]
    assert (line.verdict, line.said) == (Verdict.FAILED, "uk-2026-11, used in sheffield, ends on 2040-12-31")


async def test_a_queue_on_which_nobody_works_is_a_failure(place: Place) -> None:
    """Nor is there a schedule, which a worker makes."""
    lines = await place.lines(task_queue="nobody-works-here")
    assert [line.check for line in lines.values() if line.verdict is Verdict.FAILED] == ["Workers", "Schedules"]
    assert lines["Workers"].remedy == "start one with mca worker, then run this again"


async def test_rows_that_were_changed_by_hand_are_written_anew(place: Place) -> None:
    """What the remedy says mends them, and nothing else is written."""
    await place.academy.engagement()
    await _rows_changed_by_hand(place)
    assert len(await written_anew(place.of.engine, place.of.clock())) == 1
    assert (await place.lines(every_subject=True))["Agreement"].verdict is Verdict.WELL


async def test_a_server_that_was_told_nothing_lacks_what_a_worker_adds(place: Place) -> None:
    """Search attributes are a fault; the Nexus endpoint is needed by others only. A clock that is wrong is one too."""
    async with await dev_server(dev_server_log_level="error", data_converter=DATA_CONVERTER) as bare:
        lines = await place.lines(client=bare.client)
    assert lines["Search attributes"].said.startswith("missing: AcademyId")
    assert lines["Nexus endpoint"].verdict is Verdict.WARNING
    assert lines["Workers"].verdict is Verdict.FAILED
    assert lines["Clocks"].verdict is Verdict.WELL


async def test_a_backup_of_which_nothing_is_known_is_a_warning_that_says_how(place: Place) -> None:
    """Not a failure: it may well be made by something that says nothing here."""
    await place.of.records.execute("DELETE FROM backups")
    line = (await place.lines())["Backup"]
    assert (line.verdict, line.said.partition(":")[0]) == (Verdict.WARNING, "not known")
    assert "mca backup noted" in (line.remedy or "")


@asynccontextmanager
async def typed(place: Place, tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """The command line beside this installation, with secrets in its settings and people in its records."""
    life = await place.academy.engagement()
    await place.of.records.execute(
        """
        INSERT INTO people (person, academy, name, address, admitted_at, changed_at)
        VALUES ('per_ada', 'sheffield', $1, $2, $3, $3)
        """,
        *PERSONAL[:2],
        place.of.clock(),
    )
    await place.of.records.execute(
        "INSERT INTO notes (event_id, subject, text, kept_at) VALUES ('n1', $1, $2, $3)",
        life.name,
        PERSONAL[2],
        place.of.clock(),
    )
    await _an_incident(place)
    assert place.of.mail is not None
    environment = {
        "MCA_STATE": str(tmp_path),
        "MCA_DATABASE_URL": place.settings.database_url.get_secret_value(),
        "MCA_SMTP_URL": f"smtp://mailuser:{SECRET}@127.0.0.1:{place.of.mail.port}?starttls=never",
        "MCA_MAIL_FROM": f"{PERSONAL[0]} <{PERSONAL[1]}>",
        "MCA_TASK_QUEUE": place.of.task_queue,
        "MCA_PUBLIC_URL": place.of.public_url,
        "MCA_LINK_KEYS": SECRET,
        "TEMPORAL_ADDRESS": place.of.temporal.service_client.config.target_host,
        "COLUMNS": "80",
        "NO_COLOR": "1",
    }

    async def mca(*words: str) -> Any:
        return await asyncio.to_thread(CliRunner(env=environment).invoke, app, words)

    yield mca


async def test_people_read_it_at_eighty_columns_and_machines_as_json(place: Place, tmp_path: Path) -> None:
    """The exit code says whether anything failed; both say what to do."""
    async with typed(place, tmp_path) as mca:
        said = await mca("doctor")
        assert said.exit_code == Exit.REFUSED
        assert max(map(len, said.stdout.splitlines())) <= 80
        assert "Do this: do what mca incident list says, then run this again." in " ".join(said.stdout.split())
        told = json.loads((await mca("doctor", "--json")).stdout)
        assert told["well"] is False
        assert [line["check"] for line in told["checks"]] == [check.name for check in CHECKS]
        await place.of.records.execute("DELETE FROM incidents; DELETE FROM backups")
        assert (await mca("backup", "noted")).exit_code == Exit.OK
        lines = json.loads((await mca("doctor", "--json")).stdout)["checks"]
        # This mail server takes no logins.
        assert [line["check"] for line in lines if line["verdict"] == "failed"] == ["Mail"]


async def test_the_bundle_for_support_holds_no_person_and_no_secret(place: Place, tmp_path: Path) -> None:
    """Neither do the lines. What it holds: versions, which settings are set, counts, incidents."""
    async with typed(place, tmp_path) as mca:
        file = tmp_path / "bundle.json"
        said = await mca("doctor", "--bundle", str(file))
    written = file.read_text()
    for secret in (SECRET, "mailuser", *PERSONAL, *PERSONAL[0].split(), "@", "postgres"):
        assert secret not in written.replace("Postgres", ""), secret
        assert secret not in said.stdout.replace("Postgres", ""), secret
    told = json.loads(written)
    assert told["settings"]["MCA_LINK_KEYS"] == "set"
    assert told["settings"]["MCA_TASK_QUEUE"] == place.of.task_queue
    assert [known["kind"] for known in told["records"]["incidents"]] == ["stuck"]
    assert {"facts", "notices"} <= told["records"]["rows"].keys()
    assert told["packages"]["coaching-lifecycle"]
