"""What a check is given, what it answers, and how one after another is made."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from temporalio.client import Client
from temporalio.service import RPCError

from activities.mailer import Server
from coaching_client.handles import TASK_QUEUE
from operations.context import EngineContext, now
from records.database import Pool
from schemas.retention import KEPT_MONTHS

WITHIN_SECONDS: Final = 20.0
"""For a check of what should answer at once."""

THEN: Final = "then run this again"


class Verdict(StrEnum):
    """What a check found. ``not_checked``: something else must be mended before it can be looked at."""

    WELL = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class Found:
    """The answer of one check: ids, codes, numbers and dates, never a name, an address or a secret."""

    verdict: Verdict
    said: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One check and what it found."""

    check: str
    verdict: Verdict
    said: str
    remedy: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What is examined: its open connections, as far as there are any, and its settings, as far as they can be read."""

    client: Client | None
    pool: Pool | None
    wrong_settings: str | None = None
    task_queue: str = TASK_QUEUE
    mail: Server | None = None
    sender_domain: str = "localhost"
    public_url: str | None = None
    links_signed: bool = False
    operator_named: bool = False
    retention: Mapping[str, int] = field(default_factory=lambda: KEPT_MONTHS)
    """For how many months each kind of record is kept."""

    every_subject: bool = False
    """Compare every open subject, not a sample."""

    clock: Callable[[], datetime] = field(default=now)

    @property
    def temporal(self) -> Client:
        """The client; only for checks that need Temporal."""
        if self.client is None:
            raise LookupError("not connected to Temporal")
        return self.client

    @property
    def records(self) -> Pool:
        """The database; only for checks that need it."""
        if self.pool is None:
            raise LookupError("not connected to Postgres")
        return self.pool

    @property
    def engine(self) -> EngineContext:
        """The same as operations need it."""
        return EngineContext(self.temporal, self.records, self.task_queue, clock=self.clock)


class Need(StrEnum):
    """What must be well before a check can be made."""

    TEMPORAL = "Temporal"
    RECORDS = "the database"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the examination. ``gives`` is what is there for later checks once this one is well."""

    name: str
    look: Callable[[Installation], Awaitable[Found]]
    needs: frozenset[Need] = frozenset()
    gives: Need | None = None
    unhurried: bool = False


def well(said: str) -> Found:
    """Nothing is wrong."""
    return Found(Verdict.WELL, said)


def warning(said: str, remedy: str) -> Found:
    """Work flows; somebody should look at this all the same."""
    return Found(Verdict.WARNING, said, f"{remedy}, {THEN}")


def failed(said: str, remedy: str) -> Found:
    """This is wrong."""
    return Found(Verdict.FAILED, said, f"{remedy}, {THEN}")


async def examine(installation: Installation, checks: Sequence[Check]) -> list[Line]:
    """Make each check in turn. None of them raises, and none waits for ever."""
    there: set[Need] = set()
    lines: list[Line] = []
    for check in checks:
        found = await _looked(installation, check, there)
        if check.gives and found.verdict in {Verdict.WELL, Verdict.WARNING}:
            there.add(check.gives)
        lines.append(Line(check.name, found.verdict, found.said, found.remedy))
    return lines


def is_well(lines: Sequence[Line]) -> bool:
    """Whether nothing has failed. A warning is no failure."""
    return all(line.verdict in {Verdict.WELL, Verdict.WARNING} for line in lines)


async def _looked(installation: Installation, check: Check, there: set[Need]) -> Found:
    if missing := check.needs - there:
        return Found(Verdict.NOT_CHECKED, f"needs {' and '.join(sorted(missing))}, see above")
    try:
        async with asyncio.timeout(None if check.unhurried else WITHIN_SECONDS):
            return await check.look(installation)
    except (OSError, TimeoutError) as error:
        return failed(f"didn't answer: {type(error).__name__}", "check that it's running and can be reached from here")
    except Exception as error:  # noqa: BLE001 - whatever a check meets is what it found
        kind = error.status.name if isinstance(error, RPCError) else type(error).__name__
        return failed(f"couldn't be checked: {kind}", "check that this account is allowed to ask")
