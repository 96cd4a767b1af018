"""The walk for personal data outside the database: every workflow history, log line and metric is read for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.request import urlopen

from temporalio.client import WorkflowExecution, WorkflowHistory

from records import rehearsed
from records.database import Pool

_SHORTEST: Final = 4
_METRICS_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A place outside the database where something personal stands. It names the place, never what was found."""

    place: str
    kind: str
    times: int


@dataclass(frozen=True, slots=True)
class Personal:
    """Words that may stand in the database only: kind (name, address, team, note) and the word."""

    words: tuple[tuple[str, str], ...]

    def found_in(self, place: str, text: bytes) -> list[Finding]:
        """Where the words stand in a text, as they are or as JSON escapes them, in whatever case."""
        readable = text.decode(errors="ignore").lower()
        found = []
        for kind, word in self.words:
            forms = {word.lower(), json.dumps(word)[1:-1].lower()}
            times = sum(readable.count(form) for form in forms)
            if times:
                found.append(Finding(place, kind, times))
        return found


async def personal(pool: Pool, academy: str) -> Personal:
    """Everything personal that the database knows of an academy: names, addresses, numbers, teams' names and notes."""
    async with pool.acquire() as conn:
        words = await rehearsed.personal_words(conn, academy)
    return Personal(tuple((kind, word) for kind, word in words if len(word) >= _SHORTEST))


def in_run(workflow: str, run: WorkflowExecution, history: WorkflowHistory, words: Personal) -> list[Finding]:
    """Findings in one run of a workflow: payloads, memo, search attributes, summaries, failures.

    Payloads are JSON that nothing packs, so the serialised events show every text as it is.
    """
    events = b"\n".join(event.SerializeToString() for event in history.events)
    found = words.found_in(f"history of {workflow}", events)
    return found + words.found_in(f"description of {workflow}", run.raw_info.SerializeToString())


def in_files(paths: Sequence[Path], words: Personal) -> list[Finding]:
    """Findings in log files."""
    return [finding for path in paths for finding in words.found_in(f"log {path.name}", path.read_bytes())]


def in_metrics(address: str, words: Personal) -> list[Finding]:
    """Findings in what a Prometheus endpoint (host:port) shows."""
    with urlopen(f"http://{address}/metrics", timeout=_METRICS_SECONDS) as answer:  # always http
        return words.found_in("metrics", answer.read())
