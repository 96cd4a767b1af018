"""However the process that started the servers ends, they end with it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from devstack.state import running_in
from tests.devstack.conftest import NOT_TEMPORAL, all_gone, processes_of, stack_in

REPOSITORY = Path(__file__).parents[2]


def start_program(state: Path, *, temporal: bool = True) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """`python -m devstack`, once it has told its addresses, and the processes it made."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MCA_", "TEMPORAL_"))}
    free_ports = {"MCA_TEMPORAL_PORT": "0", "MCA_UI_PORT": "0", "MCA_SMTP_PORT": "0"}
    elsewhere = {} if temporal else {"TEMPORAL_ADDRESS": "elsewhere:7233"}
    program = subprocess.Popen(
        [sys.executable, "-m", "devstack", "--throwaway"],
        env=inherited | free_ports | elsewhere | {"MCA_STATE": str(state)},
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert program.stdout is not None
    told = [program.stdout.readline() for _ in range(5 if temporal else 3)]
    assert told[-1].strip() == str(state / "outbox"), told
    return program, processes_of(state)


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_the_parent_leaves_no_process(state: Path, way: signal.Signals) -> None:
    """An asked-for end is a success; a killed parent's servers are ended by their guardians."""
    with start_program(state)[0] as program:
        left = processes_of(state)
        assert {"postgres", "temporal"} <= {process.name() for process in left}
        program.send_signal(way)
        assert program.wait(30) == (-signal.SIGKILL if way is signal.SIGKILL else 0)
        assert program.stdout is not None
        assert program.stdout.read() == ""
    assert all_gone(left)


async def test_servers_left_by_a_double_kill_are_ended_by_the_next_start(state: Path) -> None:
    """When parent and guardians were all killed, the record of what ran says whom to end."""
    program, left = start_program(state)
    record = running_in(state)
    assert record is not None
    try:
        with program:
            program.kill()
            for process in left:
                if "guardian.py" in " ".join(process.as_dict(["cmdline"])["cmdline"] or []):
                    process.kill()
        assert all(mark.process() for mark in record.servers)
        assert running_in(state) is None
        async with stack_in(state, NOT_TEMPORAL):
            assert all_gone(left)
    finally:
        for mark in record.servers:
            if (orphan := mark.process()) is not None:
                orphan.kill()


def test_a_second_program_ends_with_one_sentence(state: Path) -> None:
    """It says what runs already, without a stack trace, and its status is a failure."""
    with start_program(state, temporal=False)[0] as first:
        second = subprocess.run(
            [sys.executable, "-m", "devstack"],
            env=os.environ | {"MCA_STATE": str(state)},
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert f"already running, started by process {first.pid}." in second.stderr
        assert "Traceback" not in second.stderr
        first.terminate()
