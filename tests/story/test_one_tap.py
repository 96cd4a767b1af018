"""The whole way, with nothing pretended: a mail, its link, a phone's browser, the fact, the record, the subscriber."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from playwright.async_api import Browser as Chromium
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from devstack.settings import Ports
from devstack.stack import Stack
from gateway.context import AppContext
from gateway.main import serving
from gateway.settings import GatewaySettings
from operations.keys import AT_MOST
from process.connection import connect
from process.listening import free_port, listen
from records import database, keys
from records.database import Pool
from rehearsal.clocks import VirtualClocks
from schemas.words import Phase
from tests.directories import own_directory
from tests.faults.waiting import eventually
from tests.workflows.subjects import COACH, Academy, Engagement, now, one_more
from worker.main import engine

_PHONE = {"width": 320, "height": 640}


class Subscriber:
    """Somebody who is sent events, and keeps what came."""

    def __init__(self) -> None:
        self.came: list[tuple[dict[str, str], bytes]] = []

    async def take(self, request: Request) -> Response:
        """Take one message."""
        self.came.append((dict(request.headers), await request.body()))
        return Response(status_code=204)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """The URL to send to."""
        app = Starlette(routes=[Route("/hook", self.take, methods=["POST"])])
        with listen("127.0.0.1", 0) as socket:
            server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_config=None, lifespan="off"))
            running = asyncio.create_task(server.serve(sockets=[socket]))
            yield f"http://127.0.0.1:{socket.getsockname()[1]}/hook"
            server.should_exit = True
            await running


async def test_one_tap_from_a_mail_becomes_a_fact_that_a_subscriber_hears_of(chrome: Chromium) -> None:
    """The coach is asked by mail, taps *yes* on a phone, and everybody who should know knows."""
    subscriber = Subscriber()
    with own_directory() as directory:
        async with (
            Stack(directory, Ports(temporal=0, ui=0, smtp=0), throwaway=True) as stack,
            subscriber.listening() as url,
        ):
            settings = _settings(stack)
            await database.migrate(stack.database_url)
            client, pool = await connect(address=stack.temporal_address), await database.connect(stack.database_url)
            try:
                async with engine(client, settings), serving(AppContext(client, pool, settings)) as gateway:
                    secret = await _subscribe(gateway.url, pool, url)
                    academy = Academy(client, pool, settings.task_queue, VirtualClocks(client, timeout_seconds=60))
                    asked = await _asked(academy, pool)
                    assert stack.outbox is not None
                    link = _link(stack.outbox)
                    assert link.startswith(gateway.url)
                    await _scanned(link, pool)
                    await _tapped(chrome, link)
                    await _recorded(asked, pool, subscriber, secret)
            finally:
                await pool.close()


def _settings(stack: Stack) -> GatewaySettings:
    port = free_port(0)
    return GatewaySettings.from_environment(
        {
            "MCA_DATABASE_URL": stack.database_url,
            "MCA_SMTP_URL": stack.smtp_url,
            "MCA_TASK_QUEUE": one_more("story"),
            "MCA_LISTEN": f"127.0.0.1:{port}",
            "MCA_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "MCA_LINK_KEYS": "a key for the links of this one story",
            "MCA_WEBHOOK_NETWORKS": "127.0.0.0/8",
        }
    )


async def _subscribe(gateway: str, pool: Pool, url: str) -> str:
    async with pool.acquire() as connection:
        key = await keys.create(connection, "dashboard", ("admin:*",), now(), now() + AT_MOST)
    async with httpx.AsyncClient(base_url=gateway, headers={"X-API-Key": key.secret}) as http:
        made = await http.put("/v1/subscriptions/dashboard", json={"url": url, "types": [], "within": "sheffield"})
        made.raise_for_status()
        secret: str = made.json()["secret"]
    return secret


async def _asked(academy: Academy, pool: Pool) -> Engagement:
    """A coach of a team that is in its action phase, an hour and a half after the weekly hour."""
    await pool.execute(
        """
        INSERT INTO people (person, academy, name, address, admitted_at, changed_at)
        VALUES ($1, 'sheffield', 'Coach Rowan', 'coach.rowan@example.org', $2, $2)
        """,
        COACH,
        datetime(2026, 1, 1, tzinfo=UTC),
    )
    engagement = await academy.engagement(course_start=(now() + timedelta(weeks=2)).date())
    await engagement.agreed()
    state = await engagement.state()
    while state.phase is not Phase.ACTION or state.next_due is None or state.next_due.matter != "session":
        assert state.next_due is not None
        await engagement.advance(state.next_due.at + timedelta(minutes=5))
        state = await engagement.state()
    await engagement.advance(state.next_due.at + timedelta(minutes=5))
    return engagement


def _link(outbox: Path) -> str:
    """The link of the mail that asks the coach about the session."""
    mails = [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        for file in sorted(outbox.glob("*.eml"))
    ]
    texts = [
        str(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr] # every mail of ours has one
        for mail in mails
        if "coach.rowan" in str(mail["To"]) and "session" in str(mail["Subject"]).lower()
    ]
    assert texts, [str(mail["Subject"]) for mail in mails]
    found = re.search(r"http://127\.0\.0\.1:\d+/a/\S+", texts[-1])
    assert found, texts[-1]
    return found.group()


async def _scanned(link: str, pool: Pool) -> None:
    """What a mail scanner does: it opens the link. Nothing is told by that."""
    before = await pool.fetchval("SELECT count(*) FROM facts")
    async with httpx.AsyncClient() as scanner:
        assert (await scanner.get(link)).is_success
        assert (await scanner.head(link)).is_success
    assert await pool.fetchval("SELECT count(*) FROM facts") == before


async def _tapped(chrome: Chromium, link: str) -> None:
    page = await chrome.new_page(viewport=_PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    await page.goto(link)
    assert "Coach Rowan" in await page.content() or "session" in (await page.inner_text("h1")).lower()
    asked = await page.inner_text("main")
    await page.get_by_role("button", name="Yes, the team led it").click()
    # The mail went a moment ago: only who has read it knows the day.
    for label in await page.locator(".nhsuk-radios label").all_inner_texts():
        if label.strip().removesuffix(label.split()[-1]).strip() in asked:
            await page.get_by_label(label.strip()).check()
    await page.get_by_role("button", name="Confirm").click()
    assert "thank" in (await page.inner_text("main")).lower()


async def _recorded(engagement: Engagement, pool: Pool, subscriber: Subscriber, secret: str) -> None:
    row: Any = await pool.fetchrow("SELECT * FROM facts WHERE kind = 'session_held'")
    assert row is not None
    assert (row["subject"], row["told_by_role"], row["told_by_person"]) == (engagement.name, "coach", COACH)
    outcome = await pool.fetchval(
        "SELECT outcome FROM sessions WHERE day = $1", datetime.fromisoformat(row["body"]["day"]).date()
    )
    assert outcome == "held"
    await eventually(lambda: _heard(subscriber, row["event_id"]))
    headers, body = next(
        (headers, body) for headers, body in subscriber.came if json.loads(body)["id"] == row["event_id"]
    )
    event = Webhook(secret).verify(body, headers)
    assert event["type"] == "org.coaching-lifecycle.fact.session_held"
    assert event["subject"] == engagement.name
    assert not any(b"Rowan" in body or b"@example.org" in body for _, body in subscriber.came)


async def _heard(subscriber: Subscriber, event_id: str) -> bool:
    return any(json.loads(body)["id"] == event_id for _, body in subscriber.came)
