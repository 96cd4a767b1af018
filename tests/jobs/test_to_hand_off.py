"""From the proposal to the hand-off by mails and pages alone, in a real browser."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser as Chromium
from playwright.async_api import Locator, Page, expect
from temporalio.service import RPCError

from coaching_client import handles
from lifecycle.dates import long_date
from schemas.programme import Improvement
from schemas.words import Matter
from tests.activities.mail_servers import Behaviour
from tests.gateway.conftest import Town
from tests.gateway.pages.conftest import Site, served
from tests.workflows.subjects import PROGRAMME, Engagement, now

_PRESSED = (
    "sign.yes", "held.team", "score.yes", "study.yes", "plan.yes", "begin.yes", "ready.yes", "process-owner.yes",
    "measure-owner.yes", "hand-off.yes",
)  # fmt: skip
"""What people press, where a page offers it."""

_TYPED = {
    "study-result": "Eight of ten clinics started on time",
    "plan-plan": "Set up the room the day before",
    "plan-prediction": "Eight of ten clinics start on time",
    "process-owner-owner-name": "Nora New",
    "process-owner-owner-email": "nora@example.org",
    "measure-owner-owner-name": "Nora New",
    "measure-owner-owner-email": "nora@example.org",
}
_CHOSEN = {"score-score": "4.0", "study-as_predicted": "yes", "study-decision": "adopt", "plan-which": "sdsa"}

_SOONER = PROGRAMME.model_copy(
    update={"improvement": Improvement(first_cycle_after_weeks=1, next_cycle_after_weeks=1, asked_again_every_weeks=1)}
)


class Team:
    """The people of one engagement, who open what is mailed to them, and answer."""

    def __init__(self, mail: Behaviour, page: Page, life: Engagement) -> None:
        self.mail, self.page, self.life = mail, page, life
        self.read = 0
        self.opened: set[str] = set()
        self.handed_off = False

    async def answer(self) -> None:
        """Open every link of every new mail, and press what its page offers."""
        while self.read < len(self.mail.taken):
            body = self.mail.taken[self.read].get_body(("plain",))
            self.read += 1
            words = str(body.get_content()) if body else ""
            for link in re.findall(r"http://\S+/a/[\w.-]+", words):
                if link not in self.opened and not self.handed_off:
                    self.opened.add(link)
                    await self._answer(link, " ".join(words.split()))

    async def _answer(self, link: str, words: str) -> None:
        for _ in range(4):
            await self.page.goto(link)
            buttons = await self.page.locator("button[name=answer]").evaluate_all("all => all.map(one => one.value)")
            pressed = next((answer for answer in _PRESSED if answer in buttons), None)
            if pressed is None:
                return
            await self._press(self.page.locator(f"button[value='{pressed}']"))
            if await self.page.get_by_role("heading", name="Please confirm your answer").count():
                await self._say_which_day(words)
            await expect(self.page.get_by_text("We've recorded it.")).to_be_visible()
            self.handed_off = pressed == "hand-off.yes"

    async def _press(self, button: Locator) -> None:
        await self.page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        form = button.locator("xpath=ancestor::form")
        for name, words in _TYPED.items():
            if await form.locator(f"[name='{name}']").count():
                await form.locator(f"[name='{name}']").fill(words)
        for name, value in _CHOSEN.items():
            if await form.locator(f"[name='{name}']").count():
                await form.locator(f"[name='{name}'][value='{value}']").check()
        await self._end_today(form)
        await button.click()

    async def _say_which_day(self, words: str) -> None:
        """Mails are read in no time here: so the page asks which day it is about. The mail says it, or it is today."""
        offered = [" ".join(label.split()) for label in await self.page.locator("label").all_inner_texts()]
        today = long_date((await self.life.clock()).date())
        right = next(label for label in offered if label in words or label == today)
        await self.page.get_by_label(right, exact=True).check()
        await self.page.get_by_role("button", name="Confirm").click()

    async def _end_today(self, form: Locator) -> None:
        """A cycle ends on the day it is planned."""
        today = (await self.life.clock()).date()
        for part in ("day", "month", "year"):
            if await form.locator(f"[name='plan-until-{part}']").count():
                await form.locator(f"[name='plan-until-{part}']").fill(str(getattr(today, part)))


@pytest.mark.long
async def test_a_team_reaches_hand_off_by_mails_and_pages_alone(
    app: FastAPI, site: Site, town: Town, mail: Behaviour, chrome: Chromium
) -> None:
    """Nobody tells anything but by a button of a page that a mail led to."""
    with suppress(RPCError):  # an earlier test's, whose engine is gone
        await town.client.get_workflow_handle(handles.weekly_mail_id("sheffield")).terminate()
    begun = now()
    life = await town.started(at=begun, course_start=(begun + timedelta(days=7)).date(), programme=_SOONER)
    async with served(app, urlsplit(app.state.context.settings.public_url).port or 0):
        context = await chrome.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=True)
        team = Team(mail, await context.new_page(), life)
        for _ in range(150):
            state = await life.state()
            if team.handed_off:
                break
            assert state.next_due is not None
            to = state.next_due.at + timedelta(minutes=5)
            await life.advance(to)
            if await site.pool.fetchval("SELECT count(*) FROM notices WHERE status = 'waiting'"):
                await town.clocks.advance(handles.weekly_mail_id("sheffield"), to)
            await team.answer()
        await context.close()
    rows = await site.pool.fetch("SELECT event_id, kind FROM facts WHERE subject = $1 ORDER BY seq", life.name)
    assert rows[-1]["kind"] == "handed_off"
    assert all(row["event_id"].startswith("page-") for row in rows[1:])
    asked = await site.pool.fetch("SELECT DISTINCT matter FROM notices WHERE subject = $1", life.name)
    assert {row["matter"] for row in asked} >= {
        Matter.AGREEMENT, Matter.SESSION, Matter.PROGRESS_TEAM, Matter.PROGRESS_FACULTY, Matter.CYCLE,
        Matter.READINESS, Matter.SIGN_OFF, Matter.HAND_OFF,
    }  # fmt: skip
