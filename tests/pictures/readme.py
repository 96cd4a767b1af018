"""The picture at the top of the README, of the demonstration: `make picture`. Not run with the other tests."""

from __future__ import annotations

import base64
import os
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import Browser

from tests.mca.test_demonstration import be, demonstrated, questions
from tests.mca.test_running import Machine

WHERE: Final = Path(os.environ.get("MCA_PICTURE", "docs/picture.png"))
SHEET: Final = """<!DOCTYPE html><html lang="en-GB"><title>Picture</title><style>
body { margin: 0; padding: 24px; display: flex; gap: 24px; align-items: flex-start; background: #e8edee; }
img { border: 1px solid #aeb7bd; border-radius: 6px; background: #fff; }
</style>%s</html>"""


async def test_picture_of_the_demonstration(chrome: Browser) -> None:
    """The teams as the office sees them, and a mail as a phone shows it."""
    with tempfile.TemporaryDirectory(prefix="mca-picture-") as directory:
        Path(directory).chmod(0o755)
        async with demonstrated(Machine(Path(directory) / "state")) as url:
            await picture(chrome, url)


async def picture(chrome: Browser, url: str) -> None:
    """Made anew."""
    window = await chrome.new_context(viewport={"width": 1300, "height": 1250}, bypass_csp=True)
    window.set_default_timeout(120_000)
    page = await window.new_page()
    await be(page, url, "office")
    await page.goto(url.replace("/demonstration", "/teams"))
    board = await page.screenshot()
    await (await questions(page, url)).first.click()
    await page.frame_locator("iframe").locator("a").first.wait_for()
    mail = await page.locator("iframe").screenshot()
    shown = (f'<img alt="" src="data:image/png;base64,{base64.b64encode(one).decode()}">' for one in (board, mail))
    await page.set_viewport_size({"width": 1770, "height": 1300})
    await page.set_content(SHEET % "".join(shown))
    await page.screenshot(path=WHERE, full_page=True)
