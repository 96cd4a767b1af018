"""The browser of this machine, where there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, async_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

BROWSER = os.environ.get("MCA_TEST_BROWSER") or next(filter(None, map(shutil.which, _NAMES)), None)
"""Where Chromium or Chrome is; None where there is none."""

needs_browser = pytest.mark.skipif(
    BROWSER is None, reason="No Chromium or Chrome was found: install one, or name it in MCA_TEST_BROWSER."
)


PICTURES = os.environ.get("MCA_TEST_PICTURES")
"""A folder for pictures of what the tests see; without it none are taken, each of which takes longer than its page."""


_running = AsyncExitStack()
_browser: list[Browser] = []


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The one browser of this run, started when it is first wanted; what is opened in it is closed at the end."""
    if not _browser:
        playwright = await _running.enter_async_context(async_playwright())
        # Chromium's sandbox cannot be had as root.
        args = [] if os.geteuid() else ["--no-sandbox"]
        _browser.append(await playwright.chromium.launch(executable_path=BROWSER, args=args))
        _running.push_async_callback(_browser[0].close)
    try:
        yield _browser[0]
    finally:
        for context in _browser[0].contexts:
            await context.close()


@pytest.fixture(scope="session", autouse=True)
async def browser_of_the_run() -> AsyncIterator[None]:
    """Closes the browser after the last test."""
    yield
    _browser.clear()
    await _running.aclose()


async def picture(page: Page, name: str) -> None:
    """Keep what a page looks like, in a folder named after the test, where pictures are wanted."""
    if PICTURES:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition("::")[2].partition(" ")[0]
        await page.screenshot(path=Path(PICTURES, test, f"{name}.png"), full_page=True)


_WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # What is well would be told node by node.
    "resultTypes": ["violations"],
}
_VIOLATIONS = """options => axe.run(document, options).then(found =>
    found.violations.flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 160)}`)))"""


async def faults(page: Page) -> list[str]:
    """What axe finds, and whether anything is wider than the screen."""
    await page.evaluate(Axe().axe_script)
    said: list[str] = await page.evaluate(_VIOLATIONS, _WCAG)
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*said, *([f"{wide} pixels wider than the screen"] if wide > 0 else [])]
