"""The pages in front of the whole engine: people with names, notices as they were sent, and links to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from temporalio.client import Client

from activities.links import Link, Links, Purpose
from gateway import problems
from gateway.access.bodies import Bounds
from gateway.context import AppContext
from gateway.pages.forms import Forms
from gateway.pages.human import DAY
from gateway.pages.router import add_pages
from gateway.settings import GatewaySettings
from operations.signing_in import digest
from process.listening import listen
from records import due, notices
from records.database import Pool, as_role
from records.subjects import Subjects
from schemas.due import Due, Notice
from schemas.words import Act, Matter, Role
from tests.activities.mail_servers import Behaviour, mail_server
from tests.gateway.pages.reading import Page
from tests.workflows.subjects import COACH, COHORT, FACULTY, LEAD, OFFICE, SPONSOR, now, one_more

OLD_KEY, KEY = "an old key that is not used to sign any more", "the newest key which signs from now on"
BROWSER = "the-secret-of-a-browser-in-which-everybody-typed-their-code"
NAMES = {
    COACH: "Anna Example",
    FACULTY: "Farid Sample",
    SPONSOR: "Sue Specimen",
    LEAD: "Lena Lead",
    OFFICE: "Sheffield MCA",
    "per_other": "Otto Other",
}


@pytest.fixture
async def mail() -> AsyncIterator[Behaviour]:
    """What the mail server took."""
    behaviour = Behaviour()
    async with mail_server(behaviour) as port:
        behaviour.port = port  # type: ignore[attr-defined] # for the settings
        yield behaviour


@pytest.fixture
def settings(database_url: str, mail: Behaviour) -> GatewaySettings:
    """This test's database, task queue, mail server and keys."""
    return settings_of(database_url, mail, port=8080)


def settings_of(database_url: str, mail: Behaviour, port: int) -> GatewaySettings:
    """Pages that are reached at a port of this machine."""
    return GatewaySettings.from_environment(
        {
            "MCA_DATABASE_URL": database_url,
            "MCA_WORKER_DATABASE_URL": as_role(database_url, "mca_worker"),
            "MCA_SMTP_URL": f"smtp://127.0.0.1:{mail.port}",  # type: ignore[attr-defined]
            "MCA_TASK_QUEUE": one_more("pages"),
            "MCA_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "MCA_LINK_KEYS": f"{OLD_KEY}, {KEY}",
            "MCA_TELL_SECONDS": "120",
        }
    )


@dataclass
class Site:
    """The pages, as a browser without scripts uses them."""

    http: httpx.AsyncClient
    links: Links
    pool: Pool

    async def notice(self, subject: str, matter: Matter, window: str, **said: Any) -> str:
        """Issue a notice as the engine does, half an hour ago, without sending it; answers its id."""
        given: dict[str, Any] = {
            "person": COACH, "role": Role.COACH, "act": Act.ASK, "turn": Role.COACH, "reason": "rule", "step": 0,
        }  # fmt: skip
        made = Notice.model_validate(given | {"matter": matter, "window": window} | said)
        at = now() - timedelta(minutes=30)
        item = Due(
            key=made.item, at=at, act=made.act, matter=matter, turn=made.turn, rule="rule", parameter="", since=at,
            about=made.about, answer_by=made.answer_by,
        )  # fmt: skip
        async with self.pool.acquire() as connection:
            await due.note_done(connection, subject, at, [item])
            await notices.issue(connection, subject, at, [made])
            await Subjects().project(connection, subject, now())
            found: str = await connection.fetchval(
                'SELECT notice FROM notices WHERE subject = $1 AND matter = $2 AND "window" = $3 AND person = $4',
                subject, matter, window, made.person,
            )  # fmt: skip
        return found

    async def asked(self, subject: str, matter: Matter, window: str, **said: Any) -> str:
        """The token of a notice that was issued."""
        number = await self.notice(subject, matter, window, **said)
        return self.token(Purpose.NOTICE, said.get("person", COACH), subject, number)

    def token(
        self, purpose: Purpose, person: str = COACH, subject: str = "", about: str = "", until: datetime | None = None
    ) -> str:
        """A token as the mail has it."""
        sent_at = now() - timedelta(minutes=30)
        until = until or now() + timedelta(days=30)
        return self.links.token(Link(purpose, person, subject, about, until, sent_at=sent_at))

    async def feed(self, person: str = COACH) -> str:
        """Where a calendar program reads somebody's diary, as their page says it once."""
        page = await self.answer(self.token(Purpose.CALENDAR, person), "make.yes")
        return next(word for word in page.words.split() if word.endswith(".ics"))

    async def get(self, token: str, query: str = "", method: str = "GET") -> Page:
        """Open a page."""
        return _page(await self.http.request(method, f"/a/{token}{query}"))

    async def post(self, token: str, page: Page, answer: str, query: str = "", **given: Any) -> Page:
        """Press a button of a page that was shown, as a person does; follows where that leads."""
        pressed = await self.press(token, page, answer, query, **given)
        return await self.choose(token, pressed, day_hidden_in(pressed), query) if asks_for_day(pressed) else pressed

    async def press(self, token: str, page: Page, answer: str, query: str = "", **given: Any) -> Page:
        """Press a button, and answer nothing more."""
        return await self._sent(token, query, {"state": page.state, "answer": answer} | given)

    async def choose(self, token: str, page: Page, day: str, query: str = "") -> Page:
        """Choose a day where one is asked for before anything is recorded; an empty one is none."""
        return await self._sent(token, query, chosen(page, day))

    async def _sent(self, token: str, query: str, form: dict[str, Any]) -> Page:
        answered = await self.http.post(f"/a/{token}{query}", data=form)
        if answered.status_code == 303:
            where = answered.headers["location"]
            return _page(await self.http.get(where if "/a/" in where else f"/a/{token}{where}"), where)
        return _page(answered)

    async def answer(self, token: str, answer: str, query: str = "", **given: Any) -> Page:
        """Open a page, and press a button."""
        return await self.post(token, await self.get(token, query), answer, query, **given)


def asks_for_day(page: Page) -> bool:
    """Whether a day is to be chosen before anything is recorded."""
    return any(one.get("name") == DAY for one in page.inputs)


def chosen(page: Page, day: str) -> dict[str, Any]:
    """The form of a page that asks for a day, with the day."""
    hidden = [(one["name"], one["value"]) for one in page.inputs if one.get("type") == "hidden"]
    form: dict[str, Any] = {name: [value for other, value in hidden if other == name] for name, _ in hidden}
    return form | ({DAY: day} if day else {})


def day_hidden_in(page: Page) -> str:
    """The day that a page asks for, as its reader knows it."""
    made = Forms((OLD_KEY, KEY))
    shown = made.read(page.state)
    assert shown is not None
    return next(one["value"] for one in page.inputs if one.get("name") == DAY and made.is_day(shown.day, one["value"]))


def _page(answered: httpx.Response, url: str = "") -> Page:
    return Page(answered.status_code, answered.text, answered.headers, url)


@pytest.fixture
def links(settings: GatewaySettings) -> Links:
    """Makes links as the worker does."""
    assert settings.public_url
    return Links(settings.public_url, settings.signing_keys)


@pytest.fixture
def app(temporal: Client, walled: Pool, settings: GatewaySettings) -> FastAPI:
    """The pages alone, behind the gateway's bounds."""
    return pages_of(AppContext(temporal, walled, settings))


def pages_of(context: AppContext) -> FastAPI:
    """The pages of one gateway."""
    made = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    made.state.context = context
    made.add_middleware(Bounds, settings=context.settings)
    problems.add_handlers(made)
    add_pages(made)
    return made


@pytest.fixture
async def site(app: FastAPI, pool: Pool, links: Links) -> AsyncIterator[Site]:
    """The pages, and people with names and addresses."""
    await pool.executemany(
        """
        INSERT INTO people (person, academy, name, address, admitted_at, changed_at)
        VALUES ($1, 'sheffield', $2, $3, $4, $4)
        """,
        [(person, name, f"{person}@example.org", datetime(2026, 1, 1, tzinfo=UTC)) for person, name in NAMES.items()],
    )
    await pool.execute(
        """
        INSERT INTO microsystems (microsystem, academy, name, admitted_at) VALUES ('ms_1', 'sheffield', 'Ward 12', $1)
        """,
        datetime(2026, 1, 1, tzinfo=UTC),
    )
    await pool.execute(
        """
        INSERT INTO cohorts (cohort, academy, stage, course_start, programme, calendar, zone, office, changed_at)
        VALUES ($1, 'sheffield', 'in_teaching', '2026-09-07', 'sheffield-mca@1', '2026', 'Europe/London', $2, $3)
        """,
        COHORT, OFFICE, datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    await known_to(pool, *NAMES)
    transport, cookies = httpx.ASGITransport(app), {"coaching-browser": BROWSER}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8080", timeout=60, cookies=cookies
    ) as client:
        yield Site(client, links, pool)


async def known_to(pool: Pool, *people: str) -> None:
    """The site's browser is known to be these people's: each typed a code there."""
    await pool.executemany(
        "INSERT INTO known_browsers (cookie, person, epoch, since) VALUES ($1, $2, 0, $3)",
        [(digest(BROWSER), person, now()) for person in people],
    )


@asynccontextmanager
async def served(app: FastAPI, port: int = 0) -> AsyncIterator[str]:
    """The pages on a port, for a browser."""
    listening = listen("127.0.0.1", port)
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_config=None, lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listening.close()
