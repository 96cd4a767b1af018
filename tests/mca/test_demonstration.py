"""What ``make run`` shows, in a real browser: everybody's pages, a mail, a week ahead, a new beginning."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from time import monotonic

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Locator, Page, expect
from typer.testing import CliRunner

from mca.errors import Exit
from mca.main import app
from tests.browser import faults, picture
from tests.faults.waiting import eventually
from tests.mca.test_running import ANY_PORTS, ROOT, Machine

EVERYBODY = ("office", "faculty", "coach", "team-lead", "sponsor", "delegate")


@contextlib.asynccontextmanager
async def demonstrated(machine: Machine) -> AsyncIterator[str]:
    """Where to open it, once the terminal says so; gone afterwards."""
    process = await asyncio.create_subprocess_exec(
        *machine.command("dev", "--demonstrate", *ANY_PORTS),
        env=machine.environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(240):
            while not (line := (await process.stderr.readline()).decode()).startswith("Open "):
                assert line, f"it ended with {await process.wait()}"
        yield line.split()[1]
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            async with asyncio.timeout(60):
                await process.wait()


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A machine on which nothing was ever started."""
    with tempfile.TemporaryDirectory(prefix="mca-shown-") as directory:
        Path(directory).chmod(0o755)
        yield Machine(Path(directory) / "state")


async def be(page: Page, url: str, who: str) -> None:
    """Press somebody's name."""
    await page.goto(url)
    await page.click(f"button[value={who}]")


async def here(page: Page) -> str:
    """What time it is there."""
    return await page.locator(".pages-demonstration p").inner_text()


async def test_everybody_is_shown_a_mail_is_answered_a_week_passes_and_it_begins_again(
    machine: Machine, chrome: Chromium
) -> None:
    """One academy for all of it: it takes a quarter of a minute to begin."""
    async with demonstrated(machine) as url:
        window = await chrome.new_context(viewport={"width": 320, "height": 640}, bypass_csp=True)
        window.set_default_timeout(120_000)
        expect.set_options(timeout=120_000)
        page = await window.new_page()
        for who in EVERYBODY:
            await be(page, url, who)
            assert await page.locator("h1").inner_text() == "Your tasks", who
            assert "at 10am" in await here(page) or "at 10:" in await here(page)
            assert await faults(page) == [], who
            await picture(page, who)
        await be(page, url, "operator")
        assert page.url.endswith("/engine")
        assert "Nothing, at any academy." in await page.locator("main").inner_text()

        first = await weekly_mails(page, url)
        await the_coach_answers_from_a_mail(page, url)
        await the_office_moves_a_week_ahead(page, url)
        await a_command_beside_it_keeps_its_time(machine)
        await it_begins_again(page, url, first)


async def weekly_mails(page: Page, url: str) -> int:
    """How many the office got: one on the very first morning, if that is the day on which they are sent."""
    await page.goto(f"{url}/mail?to=office@example.org")
    return await page.locator("main li a", has_text="Your coaching week").count()


async def questions(page: Page, url: str) -> Locator:
    """The mails that ask whether a session went ahead. On some days the first comes a day later."""
    found = page.locator("main li a", has_text="Did your session")
    await page.goto(f"{url}/mail")
    while not await found.count():
        before = await here(page)
        await page.click("button[value=day]")
        await expect(page.locator(".pages-demonstration p")).not_to_have_text(before)
        await page.goto(f"{url}/mail")
    return found


async def the_coach_answers_from_a_mail(page: Page, url: str) -> None:
    """What their mail asks is pressed in it, and the board shows it."""
    asking = await questions(page, url)
    assert await faults(page) == []
    team = (await asking.first.inner_text()).partition(":")[0]
    await asking.first.click()
    assert await faults(page) == []
    await picture(page, "mail")
    await page.frame_locator("iframe").get_by_role("link", name="Answer now").click()
    await page.get_by_role("button", name="Yes, I led it").click()
    await page.get_by_text("Thank you").first.wait_for()
    await be(page, url, "office")
    assert f"({team})" in await page.locator("main").inner_text()


async def the_office_moves_a_week_ahead(page: Page, url: str) -> None:
    """It stays signed in and where it was; seven days have passed, and their mail has come."""
    await page.goto(url.replace("/demonstration", "/teams"))
    before, clicked = await here(page), monotonic()
    await page.click("button[value=week]")
    await expect(page.locator(".pages-demonstration p")).not_to_have_text(before)
    assert page.url.endswith("/teams")
    assert monotonic() - clicked < 100
    assert await weekly_mails(page, url)
    await be(page, url, "operator")
    await eventually(partial(ready, page))
    await be(page, url, "office")


async def ready(page: Page) -> bool:
    """Whether the engine has compared its records since the week passed."""
    await page.reload()
    return "Work flows." in await page.locator("main").inner_text()


async def a_command_beside_it_keeps_its_time(machine: Machine) -> None:
    """What is typed beside it is told by its clock, and recorded."""
    told = await machine.process("worklist", "--json")
    assert told.code == Exit.OK, told.err
    assert json.loads(told.out)


async def it_begins_again(page: Page, url: str, first: int) -> None:
    """As on the first morning: nobody is signed in, and nothing is wrong."""
    await page.goto(url)
    before = await here(page)
    await page.get_by_role("button", name="Start again").click()
    await expect(page.locator(".pages-demonstration p")).not_to_have_text(before)
    await be(page, url, "office")
    assert "at 10" in await here(page)
    assert await weekly_mails(page, url) == first
    await be(page, url, "operator")

    async def well() -> bool:
        await page.goto(url.replace("/demonstration", "/engine"))
        return "Nothing, at any academy." in await page.locator("main").inner_text()

    await eventually(well)


def test_servers_of_somebody_elses_are_refused(machine: Machine) -> None:
    """Before anything starts: nothing but what is embedded is put forward, emptied, or entered without a code."""
    for name in ("MCA_DATABASE_URL", "MCA_SMTP_URL", "TEMPORAL_ADDRESS", "TEMPORAL_PROFILE"):
        runner = CliRunner(env={**machine.overlay, name: "elsewhere"})
        refused = runner.invoke(app, ["dev", "--demonstrate", *ANY_PORTS])
        assert refused.exit_code == Exit.USAGE, name
        assert "A demonstration needs servers of its own" in refused.stderr
    assert not machine.state.exists()
