"""The servers start, stay, come back and end together."""

import asyncio
import os
import signal
import socket
import urllib.request
from pathlib import Path

import asyncpg
import psutil
import pytest
from temporalio.client import Client

from devstack import postgres
from devstack import stack as stacks
from devstack.errors import AlreadyRunning, PartDied, PortBusy, StackError, StateUnusable
from devstack.settings import External, Ports
from devstack.stack import Part, Stack
from devstack.state import running_in
from tests.devstack.conftest import ANY_PORTS, NOT_POSTGRES, NOT_TEMPORAL, all_gone, processes_of, stack_in

NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root's Postgres runs under another account")


async def count_rows(url: str) -> int:
    """The rows of the table the tests write to."""
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM kept"))
    finally:
        await connection.close()


async def add_row(url: str) -> None:
    """One more row."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        await connection.execute("INSERT INTO kept VALUES (1)")
    finally:
        await connection.close()


async def start_engagement(address: str | None, workflow_id: str) -> None:
    """A workflow that nobody works on."""
    client = await Client.connect(address or "")
    await client.start_workflow("Anything", id=workflow_id, task_queue="nobody")


async def test_a_restart_goes_on_where_it_was_even_after_a_kill(state: Path) -> None:
    """Rows and workflows survive SIGKILL of both servers; search attributes that came later are known afterwards."""
    with pytest.raises(PartDied) as raised:
        async with stack_in(state, Phase="Keyword") as stack:
            with urllib.request.urlopen(f"{stack.ui_url}/api/v1/namespaces/default") as answer:  # noqa: S310 - our own
                assert answer.status == 200
            await add_row(stack.database_url)
            await start_engagement(stack.temporal_address, "one")
            record = running_in(state)
            assert record is not None
            assert {str(stack.ui_url), str(stack.outbox)} <= set(record.addresses().values())
            left = processes_of(state)
            for mark in record.servers:
                os.kill(mark.pid, signal.SIGKILL)
            await asyncio.sleep(60)
    assert "was killed by SIGKILL" in str(raised.value)
    assert all_gone(left)
    assert running_in(state) is None

    async with stack_in(state, Phase="Keyword", Week="Int") as stack:
        assert await count_rows(stack.database_url) == 1
        client = await Client.connect(stack.temporal_address or "")
        assert (await client.get_workflow_handle("one").describe()).id == "one"
        assert [found.id async for found in client.list_workflows("Week IS NULL AND Phase IS NULL")] == ["one"]


async def test_the_death_of_a_server_ends_all_and_is_told(state: Path) -> None:
    """The error names the server, how it ended, its last lines and its log; nothing is left."""
    stack = stack_in(state)
    await stack.start()
    left = processes_of(state)
    record = running_in(state)
    assert record is not None
    [postmaster] = [mark.pid for mark in record.servers if psutil.Process(mark.pid).name() == "postgres"]
    os.kill(postmaster, signal.SIGKILL)
    with pytest.raises(PartDied, match=r"(?s)Postgres was killed by SIGKILL\..*ready to accept.*log/postgres\.log"):
        await stack.watch()
    assert all_gone(left)
    await stack.stop()


async def test_the_death_of_a_guardian_ends_its_server_too(state: Path) -> None:
    """A server is never left without somebody who would end it."""
    with pytest.raises(PartDied, match="Temporal"):
        async with stack_in(state, NOT_POSTGRES):
            left = processes_of(state)
            for process in left:
                if "guardian.py" in " ".join(process.cmdline()):
                    process.kill()
            await asyncio.sleep(60)
    assert all_gone(left)


@pytest.mark.parametrize("part", [Part.POSTGRES, Part.TEMPORAL])
async def test_a_server_comes_back_from_an_outage_at_the_same_address(state: Path, part: Part) -> None:
    """An outage on purpose is not a death."""
    async with stack_in(state, NOT_POSTGRES if part is Part.TEMPORAL else NOT_TEMPORAL) as stack:
        if part is Part.POSTGRES:
            await add_row(stack.database_url)
            async with stack.outage(part):
                with pytest.raises(OSError, match="No such file"):
                    await count_rows(stack.database_url)
            assert await count_rows(stack.database_url) == 1
        else:
            async with stack.outage(part):
                assert stack.temporal_address is not None
                with pytest.raises(ConnectionRefusedError):
                    await asyncio.open_connection("127.0.0.1", int(stack.temporal_address.rpartition(":")[2]))
            await start_engagement(stack.temporal_address, "after")


async def test_a_second_start_is_told_what_runs_already(state: Path) -> None:
    """The first stack goes on; the message holds its addresses."""
    async with stack_in(state, NOT_TEMPORAL) as first:
        with pytest.raises(AlreadyRunning) as raised:
            await stack_in(state, NOT_TEMPORAL).start()
        assert raised.value.pid == os.getpid()
        assert first.database_url in str(raised.value)
        await add_row(first.database_url)


@pytest.mark.parametrize(
    ("port", "setting"), [("temporal", "MCA_TEMPORAL_PORT"), ("ui", "MCA_UI_PORT"), ("smtp", "MCA_SMTP_PORT")]
)
async def test_a_busy_port_is_one_sentence(state: Path, port: str, setting: str) -> None:
    """It names the port, who wants it and the setting that changes it; nothing was started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(PortBusy, match=rf"^Port {number}, wanted for .*{setting}\.$"):
            await Stack(state, ANY_PORTS.model_copy(update={port: number})).start()
    assert not processes_of(state)


@pytest.mark.parametrize("taken", ["Temporal", "the Temporal UI", "the mail sink"])
async def test_a_chosen_port_that_somebody_takes_first_is_chosen_anew(
    state: Path, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    """Of two stacks that begin together both come up."""
    choose, squatters = stacks._free, list[socket.socket]()

    def too_late(port: int, what: str, setting: str) -> int:
        found = choose(port, what, setting)
        if what == taken and not squatters:
            squatters.append(socket.create_server(("127.0.0.1", found)))
        return found

    monkeypatch.setattr(stacks, "_free", too_late)
    async with stack_in(state, external=NOT_POSTGRES) as stack:
        await start_engagement(stack.temporal_address, "one")
    squatters[0].close()


async def test_a_first_start_that_was_interrupted_is_made_again(state: Path) -> None:
    """Neither half a database cluster nor half a Temporal store is taken for a good one."""
    for half_made in (state / "postgres" / "data.making" / "PG_VERSION", state / "temporal" / "store.db"):
        half_made.parent.mkdir(parents=True)
        half_made.write_text("half")
    async with stack_in(state) as stack:
        await add_row(stack.database_url)
        await start_engagement(stack.temporal_address, "one")
    assert not (state / "postgres" / "data.making").exists()


async def test_state_of_another_version_is_left_alone(state: Path) -> None:
    """The message names both versions and the way out, and nothing is deleted."""
    store, cluster = state / "temporal", state / "postgres" / "data"
    for directory, name, version in ((store, "version", "1.0.0"), (cluster, "PG_VERSION", "9")):
        directory.mkdir(parents=True)
        (directory / name).write_text(version)
    (store / "store.db").write_text("precious")
    with pytest.raises(StateUnusable, match=r"made by version 1\.0\.0; version .* move that directory away"):
        await stack_in(state, NOT_POSTGRES).start()
    with pytest.raises(StateUnusable, match=r"made by Postgres 9; Postgres .* move that directory away"):
        await stack_in(state, NOT_TEMPORAL).start()
    assert (store / "store.db").read_text() == "precious"
    (cluster / "PG_VERSION").unlink()
    with pytest.raises(StateUnusable, match="is not a Postgres data directory"):
        await stack_in(state, NOT_TEMPORAL).start()
    assert cluster.exists()


async def test_parts_given_from_outside_are_not_started(state: Path) -> None:
    """Their addresses are handed through, and none of them is written down."""
    given = External(database_url="postgresql://u:secret@db/mca", temporal=True, smtp_url="smtp://mail:587")
    async with Stack(state, Ports(), external=given) as stack:
        assert (stack.database_url, stack.smtp_url) == (given.database_url, given.smtp_url)
        assert (stack.temporal_address, stack.ui_url, stack.outbox) == (None, None, None)
        assert not processes_of(state)
        assert all(b"secret" not in path.read_bytes() for path in state.iterdir() if path.is_file())


async def test_a_directory_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    """A file where the directory should be is named."""
    (tmp_path / "file").touch()
    with pytest.raises(StackError, match=r"file cannot be used: "):
        await stack_in(tmp_path / "file").start()


async def test_a_long_path_does_not_break_the_socket(state: Path) -> None:
    """The socket goes to a short place of its own."""
    async with stack_in(state / ("long" * 30), NOT_TEMPORAL) as stack:
        await add_row(stack.database_url)
        short = postgres._socket_directory((state / ("long" * 30)).absolute() / "postgres")
        assert str(short) in stack.database_url
    short.rmdir()


@NEEDS_ROOT
async def test_root_below_a_closed_directory_needs_no_wider_rights(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Postgres's account cannot enter /root: its home moves, stays where it moved to, and no rights change."""
    monkeypatch.setattr(postgres, "HOME_FOR_ROOT", state.parent / "home")
    state.mkdir(mode=0o700)
    async with stack_in(state, NOT_TEMPORAL) as stack:
        await add_row(stack.database_url)
    assert state.stat().st_mode & 0o777 == 0o700
    state.chmod(0o755)
    async with stack_in(state, NOT_TEMPORAL) as stack:
        assert await count_rows(stack.database_url) == 1
