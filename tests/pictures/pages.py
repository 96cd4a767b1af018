"""Pictures of every page, to be looked at: `make pages`. Nothing here is run with the other tests.

Of the demonstration's academy, for each of those who have pages: on a phone and on a wide screen, at twice the size,
dark, with strong colours, and as it is printed. `build/pages/index.html` shows them side by side. Axe looks at each
wide one: on a phone the tests do. MCA_PICTURES_WAYS and MCA_PICTURES_ONLY, a pattern, take some of them again.
"""

from __future__ import annotations

import html
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from records.database import Pool
from tests.activities.mail_servers import Behaviour
from tests.browser import faults
from tests.gateway.pages.conftest import served
from tests.gateway.pages.test_sign_in import opened
from tests.gateway.workspace.demonstrated import PEOPLE, put_in
from tests.gateway.workspace.walking import walked
from tests.pictures.sheets import SHEETS

WHERE: Final = Path(os.environ.get("MCA_PICTURES", "build/pages"))
_PLAIN: Final[dict[str, Any]] = {"media": "screen", "color_scheme": "light", "forced_colors": "none"}
WAYS: Final[dict[str, tuple[tuple[int, int], dict[str, Any]]]] = {
    "wide": ((1280, 900), {}),
    "dark": ((1280, 900), {"color_scheme": "dark"}),
    "strong": ((1280, 900), {"forced_colors": "active"}),
    "printed": ((794, 1123), {"media": "print"}),
    # As at 200 %: half as many pixels of the page's own.
    "twice": ((640, 450), {}),
    "phone": ((320, 640), {}),
}
WANTED: Final = os.environ.get("MCA_PICTURES_WAYS", " ".join(WAYS)).split()
ONLY: Final = re.compile(os.environ.get("MCA_PICTURES_ONLY", ""))


@dataclass
class Album:
    """What was taken, and what axe found."""

    taken: list[tuple[str, list[str]]] = field(default_factory=list)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    async def take(self, page: Page, name: str) -> None:
        """The page that is shown, in every way, with every fold open."""
        await page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        made = []
        for way in WANTED:
            (width, height), look = WAYS[way]
            await page.set_viewport_size({"width": width, "height": height})
            await page.emulate_media(**(_PLAIN | look))
            made.append(f"{name}-{way}.png")
            await page.screenshot(path=WHERE / made[-1], full_page=True)
            if way == "wide" and (found := await faults(page)):
                self.wrong[made[-1]] = found
        await page.emulate_media(**_PLAIN)
        self.taken.append((name, made))

    def index(self) -> None:
        """All of them side by side."""
        parts = ["<!DOCTYPE html><meta charset=utf-8><title>Pages</title><style>img{max-width:32%}</style>"]
        for name, made in self.taken:
            parts.append(f"<h2>{html.escape(name)}</h2>")
            parts += [f'<img src="{html.escape(one)}" alt="{html.escape(one)}" loading=lazy>' for one in made]
        (WHERE / "index.html").write_text("\n".join(parts), "utf-8")


async def test_pictures_of_every_page(app: FastAPI, pool: Pool, mail: Behaviour, chrome: Chromium) -> None:
    """They are made anew; what axe finds is said at the end."""
    await put_in(pool)
    album = Album()
    known: set[str] = {"/home"}
    async with served(app) as url:
        for who, address in PEOPLE.items():
            async with opened(app, mail) as theirs:
                await theirs.sign_in(address)
                found = await walked(theirs)
                window = await chrome.new_context(bypass_csp=True)
                await window.add_cookies(
                    [{"name": name, "value": value, "url": url} for name, value in theirs.http.cookies.items()]
                )
            page = await window.new_page()
            for kind in filter(ONLY.search, ("/home", *sorted(found.keys() - known))):
                name = f"{who}/{re.sub(r'[^a-z0-9]+', '-', kind).strip('-')}"
                await page.goto(f"{url}{found[kind]}")
                await album.take(page, name)
                await answered(page, f"{url}{found[kind]}", kind, name, album)
            known |= found.keys()
            await window.close()
    album.index()
    assert not album.wrong


async def answered(page: Page, address: str, kind: str, name: str, album: Album) -> None:
    """And what a page leads to that has no link: sheets that were sent, another record that was found."""
    for called, raw in SHEETS.get(kind, {}).items():
        await page.goto(address)
        await page.set_input_files("input[type=file]", {"name": "sheet.csv", "mimeType": "text/csv", "buffer": raw})
        if await page.locator("#cohort").count():
            await page.fill("#cohort", "2030-autumn")
            for part, value in (("day", "2"), ("month", "9"), ("year", "2030")):
                await page.fill(f"#starts-{part}", value)
        await page.get_by_role("button", name="Continue").click()
        await album.take(page, f"{name}-{called}")
    if kind == "/people/{person}/merge":
        await page.goto(f"{address}?q=example.org")
        await page.locator(".pages-entry a").first.click()
        await album.take(page, f"{name}-other")
