"""Changes the rules one by one and asks whether a test notices: `make mutants PATHS="lifecycle/steps.py"`.

mutmut makes the changes (it leaves functions with decorators, such as properties, alone). Only the quick, pure tests
run, in a copy under `build/mutants`, at the lowest priority, each with a limit of time. A run that is broken off goes
on where it was; what a change of a rule or a test makes stale is tried again. Every change that no test noticed is
shown; then the sum, by module.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
COPY: Final = ROOT / "build" / "mutants"
NEEDED: Final = ("lifecycle", "schemas", "tests/lifecycle")
NOT_QUICK: Final = (
    "*_invariants.py",  # found lives: too slow to try for each change
    "test_certificate.py", "test_gate.py", "test_matters.py", "test_programme_parameters.py",  # they read the doors
)  # fmt: skip
KILLED: Final = frozenset({1, 3, -24, 24, 36, 152, 255})
"""How a test run ends that noticed: it failed, or it did not come to an end."""

_CONFIG: Final = """\
[tool.mutmut]
source_paths = ["lifecycle"]
only_mutate = {paths}
also_copy = ["schemas"]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["--import-mode=importlib", "-p", "no:cacheprovider"]
timeout_constant = 5.0
timeout_multiplier = 10.0

[tool.pytest.ini_options]
asyncio_mode = "auto"
"""


def main() -> None:
    """Try the changes, and say which of them no test noticed."""
    given = _arguments()
    os.nice(19)
    files = [found for path in given.paths for found in _files(ROOT / path)]
    _copy(files, [f"tests/lifecycle/{test}" for test in given.tests] or ["tests/lifecycle"])
    if not given.only_report:
        command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(given.children)]
        where = {**os.environ, "PYTHONPATH": str(COPY), "PYTHONWARNINGS": "ignore"}
        with subprocess.Popen(command, cwd=COPY, env=where, start_new_session=True) as trying:
            try:
                trying.wait(60 * given.minutes)
            except subprocess.TimeoutExpired:
                print(f"broken off after {given.minutes} minutes; the next run goes on from here")
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(trying.pid, signal.SIGKILL)  # a change that runs for ever does not end with the rest
    _report(files)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", default=["lifecycle"], help="files or folders of rules")
    parser.add_argument("--tests", nargs="*", default=[], help="only these files of tests/lifecycle")
    parser.add_argument("--children", type=int, default=1, help="how many changes are tried at a time")
    parser.add_argument("--minutes", type=int, default=120, help="when to break off")
    parser.add_argument("--only-report", action="store_true", help="of what was tried before")
    return parser.parse_args()


def _files(path: Path) -> list[str]:
    found = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return [str(file.relative_to(ROOT)) for file in found]


def _copy(files: list[str], tests: list[str]) -> None:
    for folder in NEEDED:
        left_out = shutil.ignore_patterns("__pycache__", *NOT_QUICK)
        shutil.copytree(ROOT / folder, COPY / folder, dirs_exist_ok=True, ignore=left_out)
    for module in ("__init__.py", "drawing.py"):
        shutil.copy(ROOT / "tests" / module, COPY / "tests")
    (COPY / "tests" / "conftest.py").write_text("import tests.drawing\n")
    (COPY / "pyproject.toml").write_text(_CONFIG.format(paths=json.dumps(files), tests=json.dumps(tests)))


def _report(files: list[str]) -> None:
    lines = []
    for file in files:
        known = COPY / "mutants" / f"{file}.meta"
        ends: dict[str, int | None] = json.loads(known.read_text())["exit_code_by_key"] if known.exists() else {}
        tried = {name: end for name, end in ends.items() if end is not None}
        lived = [name for name, end in tried.items() if end not in KILLED]
        for name in lived:
            show = [sys.executable, "-m", "mutmut", "show", name]
            print(subprocess.run(show, cwd=COPY, check=True, capture_output=True, text=True).stdout)
        if ends:
            killed, left = len(tried) - len(lived), len(ends) - len(tried)
            share = 100 * killed / len(tried) if tried else 0
            lines.append((file, f"{killed} of {len(tried)} noticed ({share:.0f} %), {left} not tried"))
    width = max((len(file) for file, _ in lines), default=0)
    for file, said in lines:
        print(f"{file:{width}}  {said}")


if __name__ == "__main__":
    main()
