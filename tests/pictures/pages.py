"""Pictures of every page, to be looked at: `make pages`. Nothing here is run with the other tests.

For each of those who have pages: on a phone and on a wide screen, at twice the size, dark, with strong colours, and as
it is printed. `build/pages/index.html` shows them side by side. Axe looks at each, too.
"""

from __future__ import annotations

import html
import os
import re
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI

from tests.activities.mail_servers import Behaviour
from tests.browser import chromium, faults, needs_browser
from tests.gateway.pages.conftest import Site, served
from tests.gateway.pages.test_sign_in import opened
from tests.gateway.workspace.academy import PEOPLE, lived_in
from tests.gateway.workspace.walking import walked

WHERE: Final = Path(os.environ.get("MCA_PICTURES", "build/pages"))
WAYS: Final[dict[str, dict[str, Any]]] = {
    "phone": {"viewport": {"width": 320, "height": 640}},
    "wide": {"viewport": {"width": 1280, "height": 900}},
    "twice": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "strong": {"viewport": {"width": 1280, "height": 900}, "forced_colors": "active"},
    "printed": {"viewport": {"width": 794, "height": 1123}},
}
WANTED: Final = os.environ.get("MCA_PICTURES_WAYS", " ".join(WAYS)).split()


@needs_browser
async def test_pictures_of_every_page(app: FastAPI, site: Site, mail: Behaviour) -> None:
    """They are made anew; what axe finds is said at the end."""
    await lived_in(site)
    wrong: dict[str, list[str]] = {}
    shown: list[tuple[str, str, list[str]]] = []
    async with served(app) as url, chromium() as real:
        for person in PEOPLE:
            async with opened(app, mail) as theirs:
                await theirs.sign_in(f"{person}@example.org")
                found = await walked(theirs)
                cookies = [{"name": name, "value": value, "url": url} for name, value in theirs.http.cookies.items()]
            for kind, address in found.items():
                made = []
                for way in WANTED:
                    context = await real.new_context(**WAYS[way], bypass_csp=True)
                    await context.add_cookies(cookies)  # type: ignore[arg-type] # as the browser has them
                    page = await context.new_page()
                    await page.emulate_media(media="print" if way == "printed" else "screen")
                    await page.goto(f"{url}{address}")
                    await page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
                    name = f"{person.rpartition('.')[2]}/{re.sub(r'[^a-z0-9]+', '-', kind).strip('-')}-{way}.png"
                    await page.screenshot(path=WHERE / name, full_page=True)
                    if found_wrong := await faults(page):
                        wrong[name] = found_wrong
                    made.append(name)
                    await context.close()
                shown.append((person, address, made))
    _index(shown)
    assert not wrong


def _index(shown: list[tuple[str, str, list[str]]]) -> None:
    parts = [
        "<!DOCTYPE html><meta charset=utf-8><title>Pages</title><style>img{max-width:32%;vertical-align:top}</style>"
    ]
    for person, address, made in shown:
        parts.append(f"<h2>{html.escape(person)}: {html.escape(address.partition('?')[0])}</h2>")
        parts += [f'<img src="{html.escape(name)}" alt="{html.escape(name)}" loading=lazy>' for name in made]
    WHERE.mkdir(parents=True, exist_ok=True)
    (WHERE / "index.html").write_text("\n".join(parts), "utf-8")
