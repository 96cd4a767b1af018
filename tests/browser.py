"""The browser of this machine, where there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, async_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

BROWSER = os.environ.get("MCA_TEST_BROWSER") or next(filter(None, map(shutil.which, _NAMES)), None)
"""Where Chromium or Chrome is; None where there is none."""


PICTURES = os.environ.get("MCA_TEST_PICTURES")
"""A folder for pictures of what the tests see; without it none are taken, each of which takes longer than its page."""


@pytest.fixture(scope="session")
async def one_chromium() -> AsyncIterator[Browser]:
    """The browser of a run, started when it is first wanted."""
    if BROWSER is None:
        pytest.skip("No Chromium or Chrome was found: install one, or name it in MCA_TEST_BROWSER.")
    async with async_playwright() as playwright:
        # Chromium's sandbox cannot be had as root.
        args = [] if os.geteuid() else ["--no-sandbox"]
        browser = await playwright.chromium.launch(executable_path=BROWSER, args=args)
        yield browser
        await browser.close()


@pytest.fixture
async def chrome(one_chromium: Browser) -> AsyncIterator[Browser]:
    """The browser, in which nothing is open; what a test opens is closed after it."""
    yield one_chromium
    for context in one_chromium.contexts:
        await context.close()


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
