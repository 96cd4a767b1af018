"""The Introduction course's pages in a real browser, on the narrowest phone: what axe says, and nothing wider."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from playwright.async_api import Browser as Chromium

from activities.links import Purpose
from schemas.words import Matter
from tests.browser import faults, picture
from tests.gateway.pages.conftest import BROWSER, Site, served
from tests.gateway.pages.test_courses import Course, make
from tests.workflows.subjects import OFFICE

__all__ = ["make"]


async def test_axe_finds_nothing_on_the_courses_pages(site: Site, app: FastAPI, make: Any, chrome: Chromium) -> None:
    """The public list and form, one's own booking, the office's course, the day's list, and feedback."""
    one: Course = await make(4)
    await one.book("dora", **{"confirm-needs": "A seat near the door"})
    await one.book("emil")
    await one.afternoon(1)
    attendance = await one.asked(OFFICE, Matter.INTRO_ATTENDANCE)
    page = await site.get(attendance)
    await one.press(attendance, page, next(button for button in page.buttons if button.startswith("here-")))
    pages = {
        "list": "courses/sheffield",
        "booking": f"a/{await one.asked('dora', Matter.BOOKING)}",
        "course": f"a/{site.token(Purpose.COURSE, OFFICE, one.name)}",
        "attendance": f"a/{attendance}",
    }
    other: Course = await make(1, weeks=12)
    pages["form"] = f"courses/{other.name}/book"
    found = {}
    async with served(app) as url:
        phone = await chrome.new_page(viewport={"width": 320, "height": 640})
        await phone.context.add_cookies([{"name": "coaching-browser", "value": BROWSER, "url": url}])
        for name, path in pages.items():
            await phone.goto(f"{url}/{path}")
            found[name] = await faults(phone)
            await picture(phone, name)
        for message in one.mail.taken:
            html = next((part for part in message.walk() if part.get_content_type() == "text/html"), None)
            if html is not None and "You have a place" in message["Subject"]:
                await phone.set_content(str(html.get_content()))
                await picture(phone, "mail")
    assert {name: said for name, said in found.items() if said} == {}
