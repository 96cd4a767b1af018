"""Mails as their readers see them: both parts on the narrowest phone, in a real browser that fetches nothing."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, Request, Route

from activities.mail import Mail
from activities.wording import write, write_digest
from records.notices import Course
from schemas.programme import Language
from schemas.words import Act, Matter, Role
from tests.activities.test_wording import AT, LINKS, Words, letter
from tests.browser import picture

_DAY_1 = datetime(2027, 4, 14, 8, 30, tzinfo=UTC)
_COURSE = Course(
    days=tuple((_DAY_1 + timedelta(days=day), _DAY_1 + timedelta(days=day, hours=6)) for day in (0, 1)),  # type: ignore[arg-type] # two
    venue="Seminar room 2, Northern General Hospital, Herries Road, Sheffield",
    joining="Please bring a laptop. Lunch is provided. The nearest tram stop is ten minutes' walk away.",
)
_NARROW = {"width": 320, "height": 640}
_WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
_APP = "<!DOCTYPE html><meta charset=utf-8><div style='white-space:pre-wrap;overflow-wrap:anywhere'>"
"""How a phone's mail program shows plain text: broken where the screen ends, and links made of addresses."""


def mails() -> Iterator[tuple[str, Mail]]:
    """One of every matter that is sent, the weekly mail, and one in Welsh."""
    for matter in Matter:
        role, act = (Role.FACULTY, Act.ESCALATE) if matter is Matter.ESCALATION else (Role.COACH, Act.ASK)
        if matter in (Matter.BOOKING, Matter.OFFER, Matter.JOINING, Matter.COURSE_CHANGED, Matter.CERTIFICATE):
            role = Role.DELEGATE
        course = _COURSE if role is Role.DELEGATE else None
        yield matter, write([replace(letter(matter, role, act, step=1), course=course)], AT, LINKS)
    several = [letter(matter, number=f"ntc_{matter}") for matter in (Matter.STALL, Matter.AGREEMENT, Matter.REVIEW)]
    yield "weekly mail", write_digest("digest/per_1/2027-03-29", several, 4, AT, LINKS)
    yield "in Welsh", write([replace(letter(), language=Language.WELSH)], AT, LINKS)


async def test_both_parts_are_readable_on_a_phone_and_fetch_nothing(chrome: Chromium) -> None:
    """Nothing is wider than the screen; what is to be tapped is large, has words, and leads where the text's link does.

    The text has no lines of its own making: broken twice, at their end and at the screen's, nobody can read them.
    """
    fetched: list[str] = []

    async def refuse(route: Route, request: Request) -> None:
        fetched.append(request.url)
        await route.abort()

    wrong: dict[str, list[str]] = {}
    context = await chrome.new_context(viewport=_NARROW)  # type: ignore[arg-type] # two numbers
    page = await context.new_page()
    await page.route("**/*", refuse)
    for name, mail in mails():
        await page.set_content(mail.html)
        found = await seen(page, f"{name}.html") + await buttons(page)
        shown = await Axe().run(page, options=_WCAG)
        found += [f"{one['id']}: {node['html'][:120]}" for one in shown.response["violations"] for node in one["nodes"]]
        links = re.findall(r"^https?://\S+$", mail.text, re.MULTILINE)
        if sorted(set(links)) != sorted(set(Words(mail.html).links)):
            found.append("its parts lead to different places")
        await page.set_content(_APP + html.escape(mail.text))
        found += await seen(page, f"{name}.text")
        if re.search(r"[\w,]\n[a-z]", mail.text):
            found.append("a sentence is broken into lines")
        if found:
            wrong[name] = found
    assert not wrong
    assert fetched == []


async def seen(page: Page, name: str) -> list[str]:
    """Whether it is wider than the screen, or empty; a picture of it, if somebody wants to look."""
    await picture(page, name)
    wide: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [
        *([f"{wide} pixels wider than the screen"] if wide > 0 else []),
        *([] if re.search("Hell?o Anna Example", await page.inner_text("body")) else ["it does not greet its reader"]),
    ]


async def buttons(page: Page) -> list[str]:
    """What is wrong with what is to be tapped: nothing may be smaller than a thumb, or without words."""
    found = []
    for one in await page.locator("a[style*=inline-block]").all():
        box, words = await one.bounding_box(), (await one.inner_text()).strip()
        if not words or box is None or box["height"] < 44:
            found.append(f"{words or 'a link'} is {box['height'] if box else 0} pixels high")
    return found
