"""Limits that spare people hold whichever gateway of an installation is asked, and after each was started again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import cycle

import httpx
import pytest
from fastapi import FastAPI

from activities.links import Purpose
from operations.counting import MAILS_TO_ONE
from schemas.words import Matter
from tests.activities.mail_servers import Behaviour
from tests.gateway.pages.conftest import Site, day_hidden_in, pages_of
from tests.gateway.pages.lives import Life
from tests.gateway.pages.test_scanners import days
from tests.gateway.pages.test_sign_in import ADDRESS, Browser
from tests.workflows.subjects import COACH, now


class _InTurn(httpx.AsyncBaseTransport):
    """A load balancer: each request is answered by the next gateway."""

    def __init__(self, *gateways: FastAPI) -> None:
        self._next = cycle([httpx.ASGITransport(gateway) for gateway in gateways])

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """By the next one."""
        return await next(self._next).handle_async_request(request)


@pytest.fixture
async def balanced(app: FastAPI, site: Site, mail: Behaviour) -> AsyncIterator[Browser]:
    """A browser in front of three gateways, each of which has just been started."""
    await Life(1).put(site.pool)
    gateways = (app, pages_of(app.state.context), pages_of(app.state.context))
    async with httpx.AsyncClient(transport=_InTurn(*gateways), base_url="http://127.0.0.1:8080", timeout=60) as http:
        yield Browser(http, mail)


async def test_one_mailbox_is_sent_three_codes_an_hour_by_all_gateways_together(balanced: Browser, site: Site) -> None:
    """However the address is written; an hour later there are codes again; no address is kept with the counts."""
    local, _, domain = ADDRESS.partition("@")
    for address in (ADDRESS, ADDRESS.upper(), f"{local}+ward@{domain}"):
        assert (await balanced.ask(address)).url == "/sign-in/code"
    assert "several emails" in (await balanced.ask()).words
    assert len(balanced.mail.taken) == MAILS_TO_ONE
    assert COACH not in repr(await site.pool.fetch("SELECT * FROM counted"))
    await site.pool.execute("UPDATE counted SET counted_at = counted_at - interval '61 minutes'")
    assert (await balanced.ask()).url == "/sign-in/code"
    assert (
        await site.pool.fetchval("SELECT count(*) FROM counted WHERE counted_at < $1", now() - timedelta(hours=1)) == 0
    )


async def test_a_persons_links_send_three_codes_and_three_new_links_an_hour(balanced: Browser, site: Site) -> None:
    """By all gateways together, whichever of their links is used."""
    for path, token in (("email-code", site.token(Purpose.HOME)), ("again", site.token(Purpose.HOME, until=now()))):
        before = len(balanced.mail.taken)
        for _ in range(MAILS_TO_ONE + 2):
            await balanced.open(f"/a/{token}")
            await balanced.press(f"/a/{token}/{path}", "press.yes")
        assert len(balanced.mail.taken) == before + MAILS_TO_ONE, path


async def test_two_wrong_days_close_every_gateway_to_the_right_one(balanced: Browser, site: Site) -> None:
    """Nothing is recorded by whoever tries one day at each."""
    life = Life().agreed()
    await life.put(site.pool)
    day = (now() - timedelta(days=1)).date()
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    await site.pool.execute("UPDATE notices SET status = 'sent', settled_at = $1, message_id = 'm'", now())
    everywhere = replace(site, http=balanced.http)
    step = await everywhere.press(token, await everywhere.get(token), "held.team")
    right = day_hidden_in(step)
    for wrong in (day for day in days(step) if day != right):
        assert (await everywhere.choose(token, step, wrong)).status == 422
    locked = await everywhere.choose(token, step, right)
    assert (locked.status, "Wait 5 minutes" in locked.words) == (422, True)
