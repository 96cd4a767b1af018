"""The workspace, as somebody uses it who signs in."""

from __future__ import annotations

import re
from typing import Final

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser as Chromium

from tests.browser import PICTURES, faults, picture
from tests.gateway.pages.conftest import app, links, mail, served, settings, site
from tests.gateway.pages.test_sign_in import Browser, browser

__all__ = ["app", "browser", "links", "mail", "settings", "site"]


INTERNAL: Final = re.compile(r"\b(?:[a-z]+(?:_[a-z0-9]+)+|[a-z]+\.\d{4}-[a-z]+[.\w-]*)\b(?!@)")
"""Ids of people, notices and subjects, and names as code and parameters have them."""


class Phone:
    """A real browser, 320 pixels wide, in which the same person is signed in."""

    def __init__(self, app: FastAPI, browser: Browser, chrome: Chromium) -> None:
        self._app, self._browser, self._chrome = app, browser, chrome

    async def looks_right(self, *paths: str) -> None:
        """Axe finds nothing on these pages with every fold open, nothing is wider than the screen, and no id shows."""
        async with served(self._app) as url:
            context = await self._chrome.new_context(viewport={"width": 320, "height": 640}, bypass_csp=True)
            for name, value in self._browser.http.cookies.items():
                await context.add_cookies([{"name": name, "value": value, "url": url}])
            page = await context.new_page()
            for number, path in enumerate(paths):
                answer = await page.goto(f"{url}{path}")
                assert answer, path
                assert answer.ok, path
                # Ids and names of rules belong behind a fold, for whoever asks why.
                assert not INTERNAL.findall(await page.inner_text("body")), path
                await page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
                await picture(page, f"{number}-narrow")
                assert await faults(page) == [], path
                assert await page.evaluate("document.documentElement.scrollWidth") <= 320, path
                if PICTURES:
                    await page.set_viewport_size({"width": 1280, "height": 900})
                    await picture(page, f"{number}-wide")
                    await page.set_viewport_size({"width": 320, "height": 640})


@pytest.fixture
def phone(app: FastAPI, browser: Browser, chrome: Chromium) -> Phone:
    """Shows pages as a phone does."""
    return Phone(app, browser, chrome)
