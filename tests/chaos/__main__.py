"""`make chaos ARGS="--months 12 --seed 7"`: months of an academy in trouble, and what was found."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from random import SystemRandom

from process.logging import set_up_logging
from rehearsal.clocks import leave
from tests.chaos.run import Outcome, live, plot
from tests.chaos.servers import servers

COHORTS = (("P01", "P12", "P15", "P16", "P26"), ("P02", "P05", "P06", "P09"))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _run(asked: argparse.Namespace) -> Outcome:
    async with servers() as running:
        return await live(
            running, plot(asked.months, asked.seed, COHORTS, asked.bookings), asked.seed, asked.each_week, _say
        )


def main() -> int:
    """Run, print, and answer whether all held."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--months", type=int, default=12, help="from the course start")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10_000), help="repeats what was drawn")
    parser.add_argument("--each-week", type=float, default=1.5, help="disturbances a virtual week, kills aside")
    parser.add_argument("--bookings", type=int, default=12, help="delegates of the Introduction course")
    asked = parser.parse_args()
    _say(f"seed {asked.seed}, {asked.months} months")
    set_up_logging("console", "error")
    outcome = asyncio.run(_run(asked))
    _say(json.dumps({"drawn": outcome.counts, **outcome.figures}, indent=2, default=str))
    for finding in outcome.findings:
        _say(f"FOUND {finding}")
    _say(f"{len(outcome.findings)} findings; repeat with --seed {asked.seed} --months {asked.months}")
    return 1 if outcome.findings else 0


if __name__ == "__main__":
    leave(main())
