"""``python -m benchmarks [PART ...] [--runs N]``: measure, and show figures beside their aims.

``--into FILE`` puts the table of what has an aim between two marks of a document, with the day and the command.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Final

from rich.console import Console

from benchmarks import boards, doors, drop_in, herd, memory, recording, replay, rules, speed, worklist
from benchmarks.figures import Aim, Figure, Remark, Result, over, show, spread, to_json, to_markdown
from benchmarks.ground import Ground, ground
from benchmarks.histories import Measured
from benchmarks.life import MONTHS, steady_life
from rehearsal.clocks import leave

PARTS: Final = (
    "rules",
    "history",
    "starts",
    "facts",
    "doors",
    "memory",
    "recording",
    "herd",
    "worklist",
    "boards",
    "drop-in",
)
_SERVERLESS: Final = frozenset({"rules"})
_INSTALLS: Final = frozenset({"drop-in"})
"""Only measured when it is named: it installs what it compares."""
_INTERRUPTED: Final = 130
FAILED: Final = "could not be measured"
_MARKS: Final = ("<!-- figures -->\n", "<!-- /figures -->\n")


def main(arguments: Sequence[str]) -> int:
    """Measure the parts that are asked for; the exit status says whether they could be measured, not how they fared."""
    asked = _asked(arguments)
    parts = [part for part in PARTS if part in (asked.parts or set(PARTS) - _INSTALLS)]
    try:
        results = asyncio.run(_measure(parts, asked.runs, quick=asked.quick))
    except KeyboardInterrupt:
        return _INTERRUPTED
    show(results, Console(width=150 if not sys.stdout.isatty() else None))
    if asked.into:
        _put(results, asked.into, " ".join(arguments))
    if asked.json:
        asked.json.write_text(to_json(results), encoding="utf-8")
    return int(any(isinstance(one, Remark) and one.text.startswith(FAILED) for one in results))


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the engine.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all but drop-in")
    parser.add_argument("--runs", type=int, default=1, metavar="N", help="measure so often, and show the medians")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and subjects, for a first look")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, too")
    parser.add_argument("--into", type=Path, metavar="FILE", help="put the table of aims into this document, too")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return asked


async def _measure(parts: Sequence[str], runs: int, *, quick: bool) -> list[Result]:
    """Each run on servers of its own, so that none inherits what another left behind."""
    return over([await _run(parts, quick=quick) for _ in range(runs)])


async def _run(parts: Sequence[str], *, quick: bool) -> list[Result]:
    results: list[Result] = []
    rounds = 2 if quick else 4
    if "rules" in parts:
        results += rules.measure(rounds)
    if _SERVERLESS.issuperset(parts):
        return results
    async with ground() as place:
        measures: dict[str, Callable[[], Awaitable[Sequence[Result]]]] = {
            "history": lambda: _histories(place, rounds),
            "starts": lambda: speed.measure_starts(place, rounds),
            "facts": lambda: speed.measure_facts(place, rounds),
            "doors": lambda: doors.measure(place, rounds),
            "memory": lambda: memory.measure(place, 120 if quick else 300),
            "recording": lambda: recording.measure(place, rounds),
            "herd": lambda: herd.measure(place, 400 if quick else 2000),
            "worklist": lambda: worklist.measure(place, rounds),
            "boards": lambda: boards.measure(place, rounds),
            "drop-in": lambda: drop_in.measure(place, rounds),
        }
        for part in parts:
            if part in measures:
                began = monotonic()
                try:
                    results += await measures[part]()
                except Exception as error:  # noqa: BLE001 - what else was measured is not lost
                    results.append(Remark(part, f"{FAILED}: {error!r}"))
                _say(f"{part}: {monotonic() - began:.0f} s")
    return results


async def _histories(place: Ground, rounds: int) -> list[Result]:
    async with place.worker() as worker:
        weeks = [await recording.live_week(place, worker.task_queue) for _ in range(2)]
        life = await steady_life(place, worker.task_queue)
    return [
        *_sizes("an asked-and-answered week", weeks, events=Aim("at most", 26)),
        *_sizes(f"a life of {MONTHS} months", [life.history], size=Aim("at most", 650_000)),
        Figure("history", "runs of that life", len(life.runs)),
        Figure("history", "facts told in it", len(life.ledger.facts)),
        *await replay.measure(life.runs, rounds),
    ]


def _sizes(what: str, lived: Sequence[Measured], *, events: Aim | None = None, size: Aim | None = None) -> list[Figure]:
    return [
        spread("history", f"events of {what}", [history.events for history in lived], "", events),
        spread("history", f"bytes of {what}", [history.bytes for history in lived], "", size),
        spread("history", f"Cloud actions of {what}", [history.actions for history in lived]),
    ]


def _put(results: Sequence[Result], document: Path, command: str) -> None:
    before, opens, rest = document.read_text(encoding="utf-8").partition(_MARKS[0])
    _, closes, after = rest.partition(_MARKS[1])
    if not closes:
        raise SystemExit(
            f"{document} has no marks {' … '.join(mark.strip() for mark in _MARKS)} to put figures between"
        )
    said = f"`python -m benchmarks {command}`, {datetime.now(UTC):%-d %B %Y}:"
    text = f"{before}{opens}\n{said}\n\n{to_markdown(results)}\n\n{closes}{after}"
    document.write_text(text, encoding="utf-8")


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    # Whoever ends it has its servers ended, and their files gone.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    leave(main(sys.argv[1:]))
