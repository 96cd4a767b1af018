"""The pages of whoever runs an academy: 250 teams on its board, 10,000 in the database.

How long the server takes for each when it is quiet, and how often it asks Postgres; then what fifty readers wait beside
twenty facts told a second; and a hundred emails held at once.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from itertools import count
from statistics import quantiles
from time import perf_counter
from typing import Final

import httpx

from benchmarks import crowd
from benchmarks.doors import ThroughHttp, gateway
from benchmarks.figures import Aim, Figure, spread
from benchmarks.ground import Ground
from benchmarks.speed import begin, together
from benchmarks.subjects import one_more, wall
from gateway.app import build_app
from gateway.context import AppContext
from gateway.settings import GatewaySettings
from records import database
from records.database import Connection
from rehearsal.demonstration import living
from rehearsal.demonstration.plots import ACADEMY

PART: Final = "boards"
READERS: Final = 50
TELLS_A_SECOND: Final = 20
SECONDS: Final = 20.0
_THINKS: Final = (2.0, 8.0)
"""So many seconds a reader looks at a page before the next."""
_TOLD: Final = 40
"""Engagements that are told of, in turn: none waits for itself."""
_TABS: Final = ("", "/log", "/ahead", "/messages", "/people", "/improvement", "/hand-off", "/record")
_COOKIE: Final = "coaching"


async def measure(place: Ground, rounds: int) -> list[Figure]:
    """Everything on one place that is made once: it takes two minutes to fill."""
    await crowd.live(place, wall())
    async with place.worker() as worker, gateway(place, worker.task_queue) as door:
        await living.begin(place.client, place.pool, worker.task_queue)
        async with place.pool.acquire() as conn:
            await crowd.copied(conn, board=False)
            cookies = await crowd.readers(conn, READERS, wall())
            await crowd.analyzed(conn)
            held = await _held(door, cookies[0])
            await crowd.copied(conn, board=True)
            await crowd.analyzed(conn)
            pages = await _pages(conn)
        quiet = {page: await _alone(door, cookies[0], page, rounds + 1) for page in pages}
        asked = await _queries(place, cookies[0], pages)
        async with _told_of(place, worker.task_queue, door) as told:
            busy = await _together(door, cookies, pages)
    return [
        held,
        *(spread(PART, f"{_name(page)}, alone", took, "ms", Aim("at most", 300)) for page, took in quiet.items()),
        *(Figure(PART, f"{_name(page)}, queries", number) for page, number in asked.items()),
        *(
            Figure(PART, f"{_name(page)}, {READERS} readers, p95", _p95(took), "ms", aim=Aim("at most", 500))
            for page, took in busy.items()
        ),
        Figure(PART, "facts told meanwhile", len(told) / SECONDS, "/s"),
        Figure(PART, "facts told meanwhile, p95", _p95(told), "ms"),
    ]


async def _pages(conn: Connection) -> list[str]:
    team = await conn.fetchval(
        "SELECT engagement FROM engagements WHERE academy = $1 AND phase = 'coaching' ORDER BY engagement LIMIT 1",
        ACADEMY,
    ) or await conn.fetchval("SELECT min(engagement) FROM engagements WHERE academy = $1", ACADEMY)
    return ["/home", "/teams", *(f"/teams/{team}{tab}" for tab in _TABS)]


def _name(page: str) -> str:
    team = page.removeprefix("/teams/")
    return page if team == page else f"a team's {team.partition('/')[2] or 'page'}"


async def _opened(door: httpx.AsyncClient, cookie: str, page: str) -> float:
    """Milliseconds until it is all there."""
    began = perf_counter()
    answered = await door.get(page, cookies={_COOKIE: cookie})
    if answered.status_code != httpx.codes.OK:
        raise RuntimeError(f"{page} answered {answered.status_code}")
    return (perf_counter() - began) * 1000


async def _alone(door: httpx.AsyncClient, cookie: str, page: str, times: int) -> list[float]:
    return [await _opened(door, cookie, page) for _ in range(times + 1)][1:]


async def _queries(place: Ground, cookie: str, pages: list[str]) -> dict[str, int]:
    """How many statements each page takes: of the same application, in this process."""
    counted: list[object] = []
    settings = GatewaySettings.from_environment(
        place.environment("none") | {"MCA_PUBLIC_URL": "http://127.0.0.1", "MCA_LINK_KEYS": "benchmark" * 4}
    )
    pool = await database.connect(database.as_role(place.stack.database_url, "mca_gateway"), at_most=2)
    connections = [await pool.acquire(), await pool.acquire()]
    for connection in connections:
        connection.add_query_logger(counted.append)
        await pool.release(connection)
    app = build_app(AppContext(place.client, pool, settings))
    found = {}
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as door:
            for page in pages:
                counted.clear()
                await _opened(door, cookie, page)
                found[page] = len(counted)
    finally:
        await pool.close()
    return found


async def _together(door: httpx.AsyncClient, cookies: list[str], pages: list[str]) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {page: [] for page in pages}
    chance = random.Random(7)  # noqa: S311 - the same readers each time
    ends = perf_counter() + SECONDS

    async def reads(cookie: str) -> None:
        await asyncio.sleep(chance.uniform(0, _THINKS[1]))
        while perf_counter() < ends:
            page = chance.choice(pages)
            took[page].append(await _opened(door, cookie, page))
            await asyncio.sleep(chance.uniform(*_THINKS))

    await together(reads(cookie) for cookie in cookies)
    return took


@asynccontextmanager
async def _told_of(place: Ground, task_queue: str, door: httpx.AsyncClient) -> AsyncIterator[list[float]]:
    """Facts told at an even pace while this lasts; how long each took."""
    way, took = ThroughHttp(place, task_queue, door), list[float]()
    subjects = [one_more("bench.boards.P") for _ in range(_TOLD)]
    await together(begin(way, subject) for subject in subjects)

    async def tell(subject: str) -> None:
        began = perf_counter()
        await way.tell(subject)
        took.append((perf_counter() - began) * 1000)

    going = asyncio.create_task(_evenly(lambda number: tell(subjects[number % _TOLD])))
    try:
        yield took
    finally:
        going.cancel()
        await asyncio.wait([going])


async def _evenly(begin_one: Callable[[int], Awaitable[None]]) -> None:
    began = perf_counter()
    async with asyncio.TaskGroup() as telling:
        for number in count():
            telling.create_task(_awaited(begin_one(number)))
            await asyncio.sleep(max(0.0, began + (number + 1) / TELLS_A_SECOND - perf_counter()))


async def _awaited(told: Awaitable[None]) -> None:
    await told


async def _held(door: httpx.AsyncClient, cookie: str) -> Figure:
    """A hundred emails, as somebody of the office ticks them all."""
    form = _Form()
    page = "/upcoming-mail/change"
    shown = await door.get(page, cookies={_COOKIE: cookie})
    form.feed(shown.text)
    mails = form.ticked
    given = form.hidden | {
        "answer": "hold.yes",
        "hold-mails": mails,
        **{name: value for name, value in form.dates.items() if name.startswith("hold-until")},
        "hold-why": "The building is closed.",
    }
    began = perf_counter()
    answered = await door.post(page, data=given, cookies={_COOKIE: cookie})
    took = (perf_counter() - began) * 1000
    if answered.status_code != httpx.codes.SEE_OTHER:
        raise RuntimeError(f"holding answered {answered.status_code}")
    return Figure(PART, f"{len(mails)} emails held at once", took, "ms", aim=Aim("at most", 5000))


class _Form(HTMLParser):
    """What a browser would send of the first form: what is hidden, what can be ticked, and the days it suggests."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.dates: dict[str, str] = {}
        self.ticked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One field."""
        said = {name: value or "" for name, value in attrs}
        if tag != "input" or "name" not in said:
            return
        match said.get("type"):
            case "hidden":
                self.hidden[said["name"]] = said.get("value", "")
            case "checkbox" if said["name"] == "hold-mails":
                self.ticked.append(said["value"])
            case _:
                self.dates[said["name"]] = said.get("value", "")


def _p95(took: list[float]) -> float:
    return quantiles(took, n=100, method="inclusive")[94]
