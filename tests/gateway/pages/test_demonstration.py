"""A demonstration is shown only where somebody gave the gateway one, and only to a browser on its own machine."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from temporalio.client import Client

from gateway import problems
from gateway.context import AppContext
from gateway.demonstration.academy import Actor
from gateway.demonstration.outbox import body, one
from gateway.pages.router import add_pages
from gateway.settings import GatewaySettings
from operations import context
from records.database import Pool
from tests.gateway.pages.conftest import Site, app, links, mail, settings, site
from tests.workflows.subjects import COACH

__all__ = ["app", "links", "mail", "settings", "site"]

ROOT = Path(__file__).parents[3]
PATHS = ("/demonstration", "/demonstration/mail", "/demonstration/mail/1", "/demonstration/mail/1/body")
MAIL = b"""From: Programme <a@example.org>
To: Ann Other <ann@example.org>
Subject: A question
Date: Thu, 03 Dec 2026 08:00:00 +0000
Content-Type: text/plain; charset="utf-8"

Open https://example.org/a/b <script>no</script>.
"""


@dataclass
class Toy:
    """A demonstration in which nothing lives."""

    outbox: Path
    cast: Sequence[Actor] = (Actor("coach", "Anna Example, coach", f"{COACH}@example.org", "Coaches one team."),)
    moved: list[timedelta] = field(default_factory=list)
    rehearsed: bool = False

    async def move(self, by: timedelta) -> None:
        """Puts this process's clock forward."""
        self.moved.append(by)
        context.go_ahead(context.ahead() + by)

    async def reset(self) -> None:
        """Nothing is there."""


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    """With one mail; afterwards the clock is the wall's again."""
    (tmp_path / "000001.eml").write_bytes(MAIL)
    yield Toy(tmp_path)
    context.go_ahead(timedelta(0))


@pytest.fixture
def demonstrated(temporal: Client, walled: Pool, settings: GatewaySettings, toy: Toy) -> FastAPI:
    """The pages with a demonstration."""
    made = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    made.state.context = AppContext(temporal, walled, settings, demonstration=toy)
    problems.add_handlers(made)
    add_pages(made)
    return made


def browser(of: FastAPI, client: str = "127.0.0.1", host: str = "127.0.0.1:8080") -> httpx.AsyncClient:
    """A browser at an address, which asks for a host."""
    transport = httpx.ASGITransport(of, client=(client, 4711))
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}", timeout=60)


async def test_no_gateway_has_one_by_itself(app: FastAPI) -> None:
    """As if there were no such pages; and no other page speaks of it."""
    async with browser(app) as there:
        assert [(await there.get(path)).status_code for path in PATHS] == [404] * 4
        assert (await there.post("/demonstration/be", data={"who": "coach"})).status_code == 404
        assert "This is a demonstration" not in (await there.get("/sign-in")).text


@pytest.mark.parametrize(("client", "host"), [("192.0.2.7", "127.0.0.1:8080"), ("127.0.0.1", "evil.example:8080")])
async def test_nobody_from_elsewhere_sees_it(demonstrated: FastAPI, toy: Toy, client: str, host: str) -> None:
    """Another machine, or a name of somebody else's that leads here."""
    async with browser(demonstrated, client, host) as there:
        assert [(await there.get(path)).status_code for path in PATHS] == [404] * 4
        for path in ("be", "move", "reset"):
            answered = await there.post(f"/demonstration/{path}", data={"who": "coach", "by": "day"})
            assert (answered.status_code, answered.headers.get("set-cookie")) == (404, None)
    assert toy.moved == []


async def test_what_stands_in_its_mails_is_in_no_log(
    demonstrated: FastAPI, toy: Toy, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither of a mail that is read, nor of one person's, nor of one that cannot be read."""
    (toy.outbox / "000002.eml").write_bytes(MAIL.replace(b"Date: Thu, 03 Dec 2026 08:00:00 +0000", b"Date: Ann Other"))
    capfd.readouterr()
    async with browser(demonstrated) as there:
        for path in (*PATHS, "/demonstration/mail?to=ann@example.org", "/demonstration/mail/2"):
            await there.get(path)
    logged = "".join(capfd.readouterr())
    assert not [word for word in ("Ann Other", "ann@example.org", "A question") if word in logged]


async def test_one_press_signs_in_and_a_move_keeps_it_and_the_place(
    demonstrated: FastAPI, toy: Toy, site: Site
) -> None:
    """Their session goes on however far the clock was put forward; nobody is led to another site."""
    del site
    async with browser(demonstrated) as there:
        came = await there.post("/demonstration/be", data={"who": "coach"})
        assert (came.status_code, came.headers["location"]) == (303, "/home")
        assert "This is a demonstration" in (await there.get("/home")).text
        moved = await there.post("/demonstration/move", data={"by": "week", "there": "/teams"})
        assert (moved.headers["location"], toy.moved) == ("/teams", [timedelta(weeks=1)])
        away = await there.post("/demonstration/move", data={"by": "day", "there": "//evil.example"})
        assert away.headers["location"] == "/home"
        assert "You're signed in as Anna Example" in (await there.get("/home")).text


def test_a_mail_brings_no_script_and_its_links_lead_out_of_the_frame(toy: Toy) -> None:
    """What stands in a plain mail is shown as it was written."""
    found = one(toy.outbox, "1")
    assert found is not None
    shown = body(found)
    assert '<base target="_top">' in shown
    assert '<a href="https://example.org/a/b">' in shown
    assert "<script>" not in shown
    assert one(toy.outbox, "../1") is None


async def test_a_clock_apart_is_read_by_its_task_and_those_it_starts_alone() -> None:
    """Whoever watches a rehearsal reads the rehearsal's clock; the worker, which was there before, the wall's."""
    watched, read = asyncio.Event(), asyncio.Event()

    async def work() -> timedelta:
        await watched.wait()
        return context.ahead()

    async def watch() -> timedelta:
        context.apart()
        page = asyncio.create_task(show())
        context.go_ahead(timedelta(weeks=9))
        watched.set()
        return await page

    async def show() -> timedelta:
        await read.wait()
        return context.ahead()

    working, watching = asyncio.create_task(work()), asyncio.create_task(watch())
    assert await working == timedelta(0)
    read.set()
    assert await watching == timedelta(weeks=9)
    assert context.ahead() == timedelta(0)


def test_only_a_demonstration_puts_clocks_forward_forgets_everything_or_signs_in_without_a_code() -> None:
    """By name: nothing else in the program calls what it is made of."""
    may = {
        r"go_ahead\(": {"operations/context.py", "mca/demonstrated.py", "mca/demonstration.py", "mca/watched.py"},
        r"emptied\.empty\(": {"mca/demonstration.py"},
        r"signing_in\.demonstrated\(": {"gateway/demonstration/pages.py"},
        r"LateStarts\.over\(": {"mca/engine.py", "mca/reach.py"},
        r"AppContext\(.*demonstration=": {"gateway/main.py"},
        r"context\.apart\(": {"mca/stack.py"},
    }
    folders = ("activities", "coaching_client", "gateway", "lifecycle", "mca", "operations", "process", "records",
               "rehearsal", "worker", "workflows")  # fmt: skip
    sources = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
    }
    for call, allowed in may.items():
        assert {path for path, text in sources.items() if re.search(call, text)} == allowed, call
