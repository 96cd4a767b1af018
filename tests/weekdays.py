"""Tests as if they began on other days, at other hours: `make weekdays`; ARGS="'2026-12-06 23:50' tests/workflows".

libfaketime shifts Python and Postgres. It cannot shift the Temporal server, whose clock is shifted where it is read: in
what workflows are told the time is, and in what virtual clocks read. So it is not for tests that start workers as
processes, nor for recorded histories. This module is the runner, and the pytest plugin that does the second half.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from temporalio.worker import _workflow_instance

from rehearsal import clocks

_LIBRARIES: Final = ("/usr/lib", "/usr/local/lib", "/opt/homebrew/lib")
_SHIFT: Final = "MCA_TEST_SHIFT"
_HOURS: Final = (time(3), time(8, 5), time(8, 58), time(12), time(17, 55), time(23, 50))
"""UTC, one for each of the six days ahead: by night, as mail begins to go, as a session begins, as hours close."""
_PAGES: Final = Path("tests/gateway/pages")
_TESTS: Final = (
    "tests/workflows",
    "tests/operations",
    "tests/gateway/test_worklist.py",
    "tests/gateway/api/test_intro_courses.py",
    "tests/gateway/api/test_offices.py",
    *(str(path) for path in sorted(_PAGES.glob("test_*.py")) if "browser" not in path.name),
)
"""What lives by the clock of the wall: all else says itself when it happens."""


def pytest_configure(config: pytest.Config) -> None:  # noqa: ARG001 - pytest's name
    """Shift what Temporal says the time is."""
    shift = timedelta(seconds=int(os.environ[_SHIFT]))
    activate, read = _workflow_instance._WorkflowInstanceImpl.activate, clocks._time

    def shifted(self: Any, told: Any) -> Any:
        told.timestamp.FromNanoseconds(told.timestamp.ToNanoseconds() + int(shift.total_seconds()) * 10**9)
        return activate(self, told)

    _workflow_instance._WorkflowInstanceImpl.activate = shifted  # type: ignore[assignment, method-assign]
    clocks._time = lambda described: read(described) + (shift if clocks._info(described) else timedelta())


def main(arguments: list[str]) -> int:
    """Run the tests at each moment that is given, or on each of the six days ahead."""
    library = next((str(found) for root in _LIBRARIES for found in Path(root).rglob("libfaketimeMT.*")), None)
    if library is None:
        sys.exit("libfaketime was not found: install it (Debian and Ubuntu: faketime; Homebrew: libfaketime).")
    moments = [datetime.fromisoformat(one).replace(tzinfo=UTC) for one in arguments if one[:1].isdigit()]
    tests = [one for one in arguments if not one[:1].isdigit()] or [*_TESTS]
    today = datetime.now(UTC).date()
    ahead = [datetime.combine(today + timedelta(days=day), hour, UTC) for day, hour in enumerate(_HOURS, 1)]
    return max(_run(library, moment, tests) for moment in moments or ahead)


def _run(library: str, moment: datetime, tests: list[str]) -> int:
    seconds = int((moment - datetime.now(UTC)).total_seconds())
    preload = "DYLD_INSERT_LIBRARIES" if sys.platform == "darwin" else "LD_PRELOAD"
    said = {preload: library, "FAKETIME": f"{seconds:+}", "FAKETIME_DONT_FAKE_MONOTONIC": "1", _SHIFT: str(seconds)}
    sys.stderr.write(f"As if it were {moment:%A %Y-%m-%d %H:%M} UTC\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.weekdays", *tests]
    return subprocess.run(command, env=os.environ | said, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
