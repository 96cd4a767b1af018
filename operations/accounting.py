"""Dead-man accounting: each day, what the plans said should happen is compared with what did.

It asks no workflow and no table that a workflow's task wrote beside the ledger: each open subject is folded from its
facts, and what its plan holds up to eleven in the morning (UTC) must stand among the items that were carried out. At
that hour of a working day nothing waits for the morning; on other days nothing is sent, and so nothing is missing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

import structlog

from lifecycle.gathering import Subject, days_of, owed_week
from records import accounts, incidents, ledger
from records.accounts import Accounted
from records.database import SECONDS_TO_ACQUIRE, Pool
from records.zones import zones_of
from schemas.incidents import ENGINE, Finding, IncidentKind
from schemas.programme import Attention
from schemas.recording import Ledger
from schemas.subjects import KINDS

UP_TO: Final = time(11, 0, tzinfo=UTC)
MARGIN: Final = timedelta(hours=1)
"""What fell due in the last hour may be being carried out: of a thousand teams that are asked in the same minute."""
AGAIN_AFTER: Final = timedelta(hours=1)
"""While something is missing, it is looked for again so soon."""
MAIL_WITHIN: Final = timedelta(days=8)
"""Mail is given up after five days of trying, in sending hours."""

NOTICE: Final = "notice"
WEEKLY_MAIL: Final = "weekly_mail"
"""What is no kind of subject: mail that should go at once, and the offices' weekly mail."""
_AT_A_TIME: Final = 50
_NAMED: Final = 5
_OPENINGS: Final = {kind.opening: kind.name for kind in KINDS if kind.table is not None}

_log = structlog.stdlib.get_logger("accounting")


@dataclass(frozen=True, slots=True)
class Accounts:
    """A day's accounts, by kind of subject, and what is missing."""

    kinds: tuple[Accounted, ...]
    findings: tuple[Finding, ...]


async def account(
    pool: Pool, at: datetime, *, anew: bool = False, alive: Callable[[], None] = lambda: None
) -> Accounts | None:
    """Account for the day, unless that was done. A difference is kept as an incident.

    A day's accounts are made at noon (UTC) or at the first time afterwards, and anew each hour while something is
    missing, or when asked. ``alive`` is called on the way, for whoever watches.
    """
    day = (at - timedelta(hours=UP_TO.hour) - MARGIN).date()
    async with pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
        made = await accounts.made(conn, day)
    if made is not None and not anew and (made[1] == 0 or at - made[0] < AGAIN_AFTER):
        return None
    until = datetime.combine(day, UP_TO)
    missing = await _missing(pool, until, at, alive)
    mails = await _weekly_mails(pool, until)
    async with pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn, conn.transaction():
        done = await accounts.carried_out(conn, until - timedelta(days=1), until)
        happened = {kind: done.get(opening, 0) for opening, kind in _OPENINGS.items()}
        happened[NOTICE] = await accounts.sent_at_once(conn, until - timedelta(days=1), until)
        happened[WEEKLY_MAIL] = sum(not lacking for lacking in mails.values())
        missing[WEEKLY_MAIL] = Counter(academy for academy, lacking in mails.items() if lacking)
        found = tuple(Accounted(kind, number, missing[kind].total()) for kind, number in happened.items())
        await accounts.note(conn, day, found, at)
        findings = tuple(_finding(one, missing[one.kind], until) for one in found if one.overdue)
        await incidents.open_incidents(conn, findings, at)
        await incidents.close_others(conn, {IncidentKind.UNACCOUNTED}, findings, at)
    _log.info("accounts.made", day=day.isoformat(), **{one.kind: f"{one.done} of {one.expected}" for one in found})
    return Accounts(found, findings)


def _finding(account: Accounted, missing: Counter[str], until: datetime) -> Finding:
    facts = {
        "until": until.isoformat(),
        "expected": f"{account.expected}",
        "overdue": f"{account.overdue}",
        "subjects": ", ".join(sorted(missing)[:_NAMED]),
    }
    return Finding(kind=IncidentKind.UNACCOUNTED, subject=ENGINE, key=account.kind, facts=facts)


async def _missing(pool: Pool, until: datetime, at: datetime, alive: Callable[[], None]) -> dict[str, Counter[str]]:
    """How many items each subject lacks, by kind of subject; and how many of its notices wait too long."""
    missing = {kind: Counter[str]() for kind in (*_OPENINGS.values(), NOTICE)}
    async for found in _open(pool, until):
        lacking = await asyncio.to_thread(_lacking, found, until)
        alive()
        if lacking:
            async with pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
                now = await ledger.as_known(conn, lacking)
            # What came to be known since may have ended it: then nobody needs it any more.
            for name, number in (await asyncio.to_thread(_still, now, lacking, at)).items():
                missing[_OPENINGS[now[name].facts[0].kind]][name] = number
    async with pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
        missing[NOTICE].update(await accounts.unsent(conn, at - MAIL_WITHIN))
    return missing


async def _weekly_mails(pool: Pool, until: datetime) -> dict[str, bool]:
    """Whether each office lacks the mail of this week, or of the last one in which any should go."""
    found: dict[str, bool] = {}
    async with pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
        academies = await accounts.offices(conn)
        known, zones = await ledger.as_known(conn, academies, until), await zones_of(conn, academies)
        for academy in academies:
            if (owed := owed_week(Attention(), days_of(known.get(academy), zones[academy], until), until)) is None:
                continue
            lacking = await accounts.weekly_mail_missing(conn, academy, *owed)
            if lacking is not None:
                found[academy] = lacking
    return found


async def _open(pool: Pool, until: datetime) -> AsyncIterator[dict[str, str]]:
    """The open subjects, some at a time: others use connections and loop in between."""
    last = ""
    while True:
        async with pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
            found = await accounts.ledgers(conn, tuple(_OPENINGS), last, until, _AT_A_TIME)
        if not found:
            return
        yield found
        last = next(reversed(found))


def _lacking(found: Mapping[str, str], until: datetime) -> dict[str, set[str]]:
    """The keys of what should have been carried out by a moment and was not, by subject."""
    read = {name: Ledger.model_validate_json(written) for name, written in found.items()}
    lacking = {name: _due(known, until) for name, known in read.items() if known.facts}
    return {name: keys for name, keys in lacking.items() if keys}


def _due(known: Ledger, at: datetime) -> set[str]:
    subject = Subject.of(known.facts, known.done, at)
    return {item.key for item in subject.book.due(subject.state, subject.done)}


def _still(now: Mapping[str, Ledger], lacking: Mapping[str, set[str]], at: datetime) -> dict[str, int]:
    """How many of these items the plans still hold for a time that is past, whatever the hour is now, by subject."""
    found: dict[str, int] = {}
    for name, keys in lacking.items():
        subject = Subject.of(now[name].facts, now[name].done, at)
        held = subject.book.open_still(subject.state, subject.done, keys)
        if number := sum(item.at <= at for item in held):
            found[name] = number
    return found
