"""The commands against everything real: servers started by ``mca dev``, told by ``mca``, ended by Ctrl-C."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner

from devstack.state import running_in
from lifecycle.why import setting
from mca.errors import Exit
from mca.main import app
from tests.faults.waiting import eventually

ROOT = Path(__file__).parents[2]
ROSTER = ROOT / "examples" / "roster-2026-autumn.csv"
COHORT = "sheffield.2027-spring"
P01 = f"{COHORT}.P01"
THIS_MONDAY = (today := datetime.now(UTC).date()) - timedelta(days=today.weekday())
NEXT_COURSE, LAST_COURSE = THIS_MONDAY + timedelta(weeks=13), THIS_MONDAY - timedelta(weeks=12)
PLAN = ["--academy", "sheffield", "--course-start", f"{NEXT_COURSE}", "--office-address", "office@example.org"]
LATE = (
    "P29,Coach Zelkova,coach.zelkova@example.org,Primary Care,nurse,Garden clinic,Lead Zelkova,"
    "lead.zelkova@example.org,Sponsor 4,sponsor.4@example.org,"
    "Faculty 4,faculty.4@example.org,Friday,10:00,england-and-wales,\n"
)
ANY_PORTS = ("--temporal-port", "0", "--ui-port", "0", "--smtp-port", "0", "--gateway-port", "0")
"""Whatever is free."""


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The answer as data."""
        assert self.out, self.err
        return json.loads(self.out)


@dataclass(frozen=True)
class Machine:
    """A state directory, and the commands typed beside it."""

    state: Path

    @property
    def overlay(self) -> dict[str, str | None]:
        """Nothing but this state directory says where the engine is."""
        unsaid = dict.fromkeys(name for name in os.environ if name.startswith(("MCA_", "TEMPORAL_")))
        return {**unsaid, "MCA_STATE": str(self.state), "PYTHONPATH": str(ROOT), "COLUMNS": "200", "NO_COLOR": "1"}

    @property
    def environment(self) -> dict[str, str]:
        """The same for a process of its own."""
        return {name: value for name, value in (os.environ | self.overlay).items() if value is not None}

    def command(self, *words: str) -> list[str]:
        """The command line of a command."""
        return [sys.executable, "-m", "mca.main", *words]

    async def mca(self, *words: str) -> Said:
        """Run a command in this process, beside the running test."""
        result = await asyncio.to_thread(CliRunner(env=self.overlay).invoke, app, words)
        return Said(result.exit_code, result.stdout, result.stderr)

    async def process(self, *words: str) -> Said:
        """Run a command as a process of its own."""
        process = await asyncio.create_subprocess_exec(
            *self.command(*words),
            env=self.environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        async with asyncio.timeout(120):
            out, err = await process.communicate()
        return Said(process.returncode or 0, out.decode(), err.decode())

    @contextlib.asynccontextmanager
    async def dev(self, *words: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
        """Everything, started and ready, and what it said until then; whatever happens, gone afterwards."""
        process = await asyncio.create_subprocess_exec(
            *self.command("dev", *ANY_PORTS, *words),
            env=self.environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert process.stderr is not None
        try:
            said = b""
            async with asyncio.timeout(90):
                while b"Everything runs." not in (line := await process.stderr.readline()):
                    said += line
                    assert line, f"it ended with {await process.wait()}: {said.decode()}"
            yield process, said.decode()
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
                async with asyncio.timeout(60):
                    await process.wait()


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """A machine on which nothing was ever started."""
    with tempfile.TemporaryDirectory(prefix="mca-running-") as directory:
        # The database may run under an account of its own, which must reach its files.
        Path(directory).chmod(0o755)
        yield Machine(Path(directory) / "state")


@pytest.fixture(scope="module")
async def running(machine: Machine) -> AsyncIterator[Machine]:
    """The same machine with everything up and the example cohort started."""
    async with machine.dev():
        started = await machine.mca("cohort", "start", str(ROSTER), "--cohort", "2027-spring", *PLAN)
        assert (started.code, started.out) == (Exit.OK, f"Started {COHORT} with 28 participants.\n"), started.err
        yield machine


async def test_starting_a_cohort_twice_starts_nothing_twice(running: Machine) -> None:
    """The second start says so."""
    again = await running.mca("cohort", "start", str(ROSTER), "--cohort", "2027-spring", *PLAN, "--json")
    assert (again.code, again.data["fresh"], again.data["added"]) == (Exit.OK, False, [])
    assert len(again.data["known"]) == 28


async def test_a_later_start_with_a_row_more_adds_the_late_participant(running: Machine, tmp_path: Path) -> None:
    """Their team's engagement starts as the others did."""
    roster = tmp_path / "roster.csv"
    roster.write_text(ROSTER.read_text() + LATE)
    later = await running.mca("cohort", "start", str(roster), "--cohort", "2027-spring", *PLAN, "--json")
    assert later.data["added"] == [f"{COHORT}.P29"]
    shown = (await running.mca("cohort", "show", COHORT, "--json")).data
    assert [one["enrolment"] for one in shown["enrolments"]][-1] == f"{COHORT}.P29"


async def test_the_same_cohort_with_another_course_start_is_refused(running: Machine) -> None:
    """Nothing was changed, and both dates are named."""
    later = NEXT_COURSE + timedelta(weeks=1)
    plan = [word.replace(f"{NEXT_COURSE}", f"{later}") for word in PLAN]
    said = await running.mca("cohort", "start", str(ROSTER), "--cohort", "2027-spring", *plan)
    assert said.code == Exit.REFUSED
    assert f"{NEXT_COURSE}" in said.err
    assert f"{later}" in said.err


async def test_a_cohort_is_shown_with_everybody_in_it(running: Machine) -> None:
    """For people, for machines and for spreadsheets."""
    table = await running.mca("cohort", "show", COHORT)
    assert "Coach Alder" in table.out
    assert "Respiratory ward" in table.out
    rows = (await running.mca("cohort", "show", COHORT, "--csv")).out.splitlines()
    assert rows[0].startswith("Participant,Name,State")
    assert rows[1].startswith("P01,Coach Alder,ready")


async def test_every_engagement_that_has_not_ended_has_a_next_date_and_a_turn(running: Machine) -> None:
    """As the list shows it."""
    listed = (await running.mca("engagement", "list", "--cohort", COHORT, "--json")).data
    assert len(listed) >= 26
    assert all(one["next_due"] and one["turn"] for one in listed)
    none = await running.mca("engagement", "list", "--health", "stalled")
    assert (none.code, none.out) == (Exit.OK, "")


async def test_a_told_fact_shows_what_stands_now_and_may_be_told_twice(running: Machine) -> None:
    """The same event id is harmless, whenever it is typed again; other words under it are refused."""
    tell = ["engagement", "tell", P01, "--event-id", "signed-1", "--json", "--kind", "agreement_signed", "--set"]
    first = await running.mca(*tell, "role=coach", "--note", "All were pleased.")
    assert first.code == Exit.OK, first.err
    assert first.data["standing"]["turn"] == "sponsor"
    assert (await running.mca(*tell, "role=coach")).data == first.data
    other = await running.mca(*tell, "role=sponsor")
    assert (other.code, other.err.count("\n")) == (Exit.REFUSED, 1)


async def test_a_refusal_prints_its_reason(running: Machine) -> None:
    """Exit code 1, one sentence, nothing changed."""
    said = await running.mca("engagement", "tell", P01, "--fact", '{"kind": "pause_ended"}')
    assert (said.code, said.out, said.err.count("\n")) == (Exit.REFUSED, "", 1)


async def test_unusually_many_closed_weeks_are_refused_until_they_are_confirmed(running: Machine) -> None:
    """In one sentence with the length; ``--confirmed`` takes them, and ``--back`` takes them back."""
    first, last = NEXT_COURSE + timedelta(weeks=40), NEXT_COURSE + timedelta(weeks=48)
    close = ["academy", "close", "--academy", "sheffield", "--first", f"{first}", "--last", f"{last}"]
    said = await running.mca(*close)
    assert (said.code, said.out, said.err.count("\n")) == (Exit.REFUSED, "", 1)
    assert "closed for 8 weeks and 1 day" in said.err
    assert (await running.mca(*close, "--confirmed")).code == Exit.OK
    assert (await running.mca(*close, "--back")).code == Exit.OK


@pytest.mark.parametrize("words", [["tell", "--kind", "pause_ended"], ["show"], ["why"], ["timeline"]])
async def test_an_unknown_engagement_is_said_to_be_unknown(running: Machine, words: list[str]) -> None:
    """No workflow is started by asking."""
    command, *rest = words
    said = await running.mca("engagement", command, f"{COHORT}.P99", *rest)
    assert (said.code, said.err.count("\n")) == (Exit.REFUSED, 1)
    assert "mca engagement list" in said.err


async def test_the_timeline_and_its_reasons_can_be_asked(running: Machine) -> None:
    """Every due item has a key, and every key a reason."""
    ahead = (await running.mca("engagement", "timeline", P01, "--json")).data
    assert len(ahead) > 50
    (answer,) = (await running.mca("engagement", "why", P01, ahead[-1]["key"], "--json")).data
    assert answer["due"]["key"] == ahead[-1]["key"]
    said = await running.mca("engagement", "why", P01, ahead[-1]["key"])
    assert setting(ahead[-1]["parameter"]) in " ".join(said.out.split())


async def test_a_cohort_can_be_told_a_fact(running: Machine) -> None:
    """The course takes place."""
    told = await running.mca("cohort", "tell", COHORT, "--kind", "cohort_confirmed", "--event-id", "go", "--json")
    assert told.code == Exit.OK, told.err
    assert told.data["standing"]["stage"] == "confirmed"


async def test_a_cohort_that_runs_already_is_taken_over(running: Machine, tmp_path: Path) -> None:
    """Its sessions are in the records, its engagements run, and no mail about the past goes out."""
    facts = tmp_path / "facts.jsonl"
    signed = {
        "subject": "P01",
        "kind": "agreement_signed",
        "occurred_at": f"{LAST_COURSE - timedelta(weeks=4)}T09:00:00Z",
    }
    held = {"subject": "P01", "kind": "session_held", "day": f"{LAST_COURSE + timedelta(weeks=5)}"}
    lines = [*(signed | {"role": role} for role in ("coach", "sponsor", "team_lead")), held]
    facts.write_text("\n".join(json.dumps(line) for line in lines))
    plan = [word.replace(f"{NEXT_COURSE}", f"{LAST_COURSE}") for word in PLAN]
    take = ["cohort", "import", str(ROSTER), "--facts", str(facts), "--cohort", "2026-autumn", *plan, "--json"]
    taken = await running.mca(*take)
    assert taken.code == Exit.OK, taken.err
    assert (taken.data["fresh"], taken.data["engagements"]) == (True, 26)
    show = ["engagement", "show", "sheffield.2026-autumn.P01", "--json"]

    async def answers() -> bool:
        return (await running.mca(*show)).code == Exit.OK

    await eventually(answers, 60)  # so many at once take a slow machine a while
    shown = await running.mca(*show)
    assert shown.data["standing"]["stage"] == "action"
    assert shown.data["standing"]["next_due"]["at"] > shown.data["standing"]["as_of"]
    assert (await running.mca(*take)).data["fresh"] is False


async def test_a_second_start_says_what_is_running(running: Machine) -> None:
    """With the addresses, and without touching it."""
    said = await running.process("dev")
    assert said.code == Exit.AWAY
    assert "already running" in said.err
    assert "http://127.0.0.1:" in said.err


async def test_ctrl_c_leaves_no_process_and_a_restart_goes_on_where_it_was() -> None:
    """Also the servers are gone, and the engagement is where it stood; who asks for a demonstration then has none."""
    with tempfile.TemporaryDirectory(prefix="mca-restarted-") as directory:
        Path(directory).chmod(0o755)
        machine = Machine(Path(directory) / "state")
        async with machine.dev() as (process, _):
            await machine.mca("cohort", "start", str(ROSTER), "--cohort", "2027-spring", *PLAN)
            tell = ["--kind", "agreement_signed", "--set", "role=coach", "--json"]
            told = await machine.mca("engagement", "tell", P01, *tell)
            record = running_in(machine.state)
        assert process.returncode == Exit.OK
        assert record is not None
        assert not [mark for mark in record.servers if psutil.pid_exists(mark.pid)]
        async with machine.dev("--demonstrate") as (_, said):
            assert "Other records are here already" in said
            shown = await machine.mca("engagement", "show", P01, "--json")
        assert shown.data["standing"]["turn"] == told.data["standing"]["turn"]
