"""Jobs to be done: somebody with only a browser, signed in, in front of the whole engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TypeAlias
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from gateway.settings import GatewaySettings
from process.listening import free_port
from tests.activities.mail_servers import Behaviour
from tests.browser import picture
from tests.gateway.conftest import running, temporal, town, unheard, walled
from tests.gateway.pages.conftest import Site, app, links, mail, served, settings_of, site
from tests.gateway.pages.test_sign_in import opened
from worker.main import Engine

__all__ = ["app", "links", "mail", "running", "settings", "site", "temporal", "town", "unheard", "walled"]

AtWork: TypeAlias = Callable[[str], Awaitable[Page]]


@pytest.fixture
def settings(database_url: str, mail: Behaviour) -> GatewaySettings:
    """As the pages' own, and links lead to where they are served."""
    return settings_of(database_url, mail, free_port(0))


@pytest.fixture
async def at_work(
    app: FastAPI,
    site: Site,  # noqa: ARG001 - people with names and addresses
    mail: Behaviour,
    running: Engine,  # noqa: ARG001 - what is recorded is recorded by the engine
    chrome: Chromium,
) -> AsyncIterator[AtWork]:
    """A way to open somebody's window by whose it is, signed in and on their own page.

    Links lead on by themselves; what is typed and pressed is the test's. A picture of each window is taken in
    the end.
    """
    async with AsyncExitStack() as stack:
        port = urlsplit(app.state.context.settings.public_url).port
        url = await stack.enter_async_context(served(app, port))
        windows: list[tuple[str, Page]] = []

        async def come(person: str) -> Page:
            browser = await stack.enter_async_context(opened(app, mail))
            await browser.sign_in(f"{person}@example.org")
            context = await chrome.new_context(base_url=url, viewport={"width": 1100, "height": 900})
            for name, value in browser.http.cookies.items():
                await context.add_cookies([{"name": name, "value": value, "url": url}])
            page = await context.new_page()
            windows.append((person, page))
            await page.goto("/home")
            return page

        yield come
        for number, (person, page) in enumerate(windows):
            await picture(page, f"{number}-{person}")
