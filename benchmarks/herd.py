"""A herd: the engagements of four academies whose asks fall due in the same second, one academy far larger.

All are to be sent once, at a rate held against the bare workflow's, which wakes at one moment too and inserts a row;
and no academy is to wait until the large one is served.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path
from statistics import median
from time import time as wall_seconds
from typing import Final
from zoneinfo import ZoneInfo

from benchmarks.bare import Bare, BareInput
from benchmarks.figures import Aim, Figure, Remark, Result
from benchmarks.ground import Ground
from benchmarks.made_up import known
from benchmarks.subjects import PROGRAMME, bare_fact, one_more, opening, wall
from coaching_client import handles
from lifecycle.calendar import calendar
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.engagement_facts import EngagementProposed, People
from schemas.programme import DEFAULT_ZONE, Attention, Programme, QuietHours
from schemas.programme_fit import SILENT
from schemas.subjects import ENGAGEMENT
from schemas.words import HolidayDivision, Matter, Weekday

HERD: Final = "herd"
_SHARES: Final = {"large": 0.7, "east": 0.1, "south": 0.1, "west": 0.1}
_AT_ONCE: Final = 60
_SECONDS_AT_MOST: Final = 400
_STARTED_A_SECOND: Final = 18
_ZONE: Final = ZoneInfo(DEFAULT_ZONE)


@dataclass(frozen=True, slots=True)
class _Herd:
    """Whom the asks of one run are for, and when they fall due."""

    due: datetime
    openings: dict[str, EngagementProposed]


async def measure(place: Ground, size: int) -> list[Result]:
    """One run of each side on a worker of its own."""
    due = wall() + timedelta(seconds=30 + size // _STARTED_A_SECOND)
    programme = _programme(due)
    if programme is None:
        return [Remark(HERD, "not measured: asks fall due on working days before 11pm only")]
    herd = _herd(size, due, programme)
    async with place.worker() as worker:
        await _admit(place, herd)
        await _each(herd.openings, lambda name: _start(place, worker.task_queue, name, herd.openings[name]))
        late = wall() > due
        await _until(lambda: _sent(place), size)
        arrived = await asyncio.to_thread(_arrived, place.stack.outbox or Path(), due)
    async with place.worker() as worker:
        at = wall() + timedelta(seconds=20 + size // (4 * _STARTED_A_SECOND))
        names = [one_more("bare.herd.P") for _ in range(size)]
        await _each(names, lambda name: _start_bare(place, worker.task_queue, name, at))
        await _until(lambda: _inserted(place), size)
        bare = size / (wall_seconds() - at.timestamp())
    return [
        *_figures(size, arrived, bare),
        *([Remark(HERD, "some were started after the others fell due")] if late else []),
    ]


def _programme(due: datetime) -> Programme | None:
    """Rules by which the question for the agreement goes by itself, today at a second of our choice."""
    local = due.astimezone(_ZONE)
    hours = QuietHours(opens=local.time(), closes=local.replace(hour=23, minute=59, second=0).time())
    today = calendar(LATEST_HOLIDAY_TABLE, HolidayDivision.ENGLAND_AND_WALES, _ZONE.key, QuietHours())
    if not today.is_working_day(local.date()) or local.hour >= 23:
        return None
    on = next(day for day in Weekday if day.number == local.weekday())
    attention = Attention(digest_on=on, digest_after_minutes=5, at_once=tuple(set(Matter) - SILENT))
    return PROGRAMME.model_copy(update={"quiet_hours": hours, "attention": attention})


def _herd(size: int, due: datetime, programme: Programme) -> _Herd:
    """The large academy's first: whoever serves in the order of arrival lets the others wait."""
    openings = {}
    for academy, share in _SHARES.items():
        for _ in range(round(size * share)):
            name = one_more(f"{academy}.herd.P")
            # One person in every role: no role is vacant, and they are asked once.
            one = f"per_{name}"
            begun = opening(
                name, wall(), course_start=(due + timedelta(weeks=9)).date(), watched_from=wall(),
                people=People(coach=one, faculty=one, sponsor=one, team_lead=one),
            )  # fmt: skip
            openings[name] = begun.model_copy(update={"programme": programme, "microsystem": f"ms_{academy}"})
    return _Herd(due, openings)


async def _admit(place: Ground, herd: _Herd) -> None:
    await place.pool.executemany(
        "INSERT INTO people (person, academy, name, address, admitted_at, changed_at) VALUES ($1, $2, $1, $3, $4, $4)",
        [
            (begun.people.coach, name.partition(".")[0], f"{name.lower()}@example.org", wall())
            for name, begun in herd.openings.items()
        ],
    )
    for name, begun in herd.openings.items():
        await known(place.pool, name, begun)


async def _start(place: Ground, queue: str, name: str, begun: EngagementProposed) -> None:
    await handles.start(place.client, ENGAGEMENT, name, begun, task_queue=queue)


async def _start_bare(place: Ground, queue: str, name: str, at: datetime) -> None:
    given = BareInput(subject=name, opening=bare_fact(name, 0, at))
    ahead = at - wall()
    await place.client.start_workflow(
        Bare.run, given, id=f"bare:{name}", task_queue=queue, start_delay=max(ahead, timedelta(seconds=1))
    )


async def _each(names: Iterable[str], start: Callable[[str], Awaitable[None]]) -> None:
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(name: str) -> None:
        async with room:
            await start(name)

    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(one(name))


async def _sent(place: Ground) -> int:
    return int(
        await place.pool.fetchval("SELECT count(*) FROM notices WHERE status = 'sent' AND subject LIKE '%.herd.%'")
    )


async def _inserted(place: Ground) -> int:
    return int(await place.pool.fetchval("SELECT count(*) FROM bare_facts WHERE subject LIKE 'bare.herd.%'"))


async def _until(count: Callable[[], Awaitable[int]], size: int) -> None:
    async with asyncio.timeout(_SECONDS_AT_MOST):
        while await count() < size:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.1)


def _arrived(outbox: Path, due: datetime) -> dict[str, list[float]]:
    """By recipient, how many seconds after the asks fell due each mail was there."""
    found: dict[str, list[float]] = {}
    for path in outbox.glob("*.eml"):
        to = BytesParser(policy=policy.default).parsebytes(path.read_bytes(), headersonly=True)["To"]
        address: str = to.addresses[0].addr_spec
        found.setdefault(address, []).append(path.stat().st_mtime - due.timestamp())
    return {address: times for address, times in found.items() if ".herd." in address}


def _figures(size: int, arrived: dict[str, list[float]], bare: float) -> list[Figure]:
    times = {
        academy: [one for address, all_of_them in arrived.items() if address.startswith(academy) for one in all_of_them]
        for academy in _SHARES
    }
    last = max(max(one) for one in times.values())
    small = median(median(times[academy]) for academy in _SHARES if academy != "large")
    slowest = max(max(times[academy]) for academy in _SHARES if academy != "large")
    return [
        Figure(HERD, "engagements whose asks fell due in one second", size),
        Figure(HERD, "people who got their mail", len(arrived), aim=Aim("at least", size)),
        Figure(
            HERD,
            "mails beyond the first to anybody",
            sum(len(one) - 1 for one in arrived.values()),
            aim=Aim("at most", 0),
        ),
        Figure(HERD, "asks sent", size / last, "/s"),
        Figure(HERD, "bare workflows woken and recorded", bare, "/s"),
        Figure(HERD, "asks to bare", size / last / bare, "times", aim=Aim("at least", 0.8)),
        Figure(HERD, "the middle mail of the large academy after", median(times["large"]), "s"),
        Figure(HERD, "the middle mail of a small academy after", small, "s"),
        Figure(HERD, "small to large", small / median(times["large"]), "times", aim=Aim("at most", 1)),
        Figure(HERD, "the last mail of the slowest small academy after", slowest, "s"),
        Figure(HERD, "its last to the large one's", slowest / max(times["large"]), "times", aim=Aim("at most", 1)),
    ]
