"""What pages mail to people of an academy that reads another language: no word of it stands outside the templates."""

from __future__ import annotations

import re

import pytest

from activities.links import Purpose
from tests.activities.mail_servers import Behaviour
from tests.activities.pseudo import in_place_of_welsh, left
from tests.activities.test_wording import Words
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Course, Intro
from tests.gateway.pages.reading import Page
from tests.gateway.pages.test_known_browsers import confirmed
from tests.gateway.pages.test_sign_in import ADDRESS, Browser, browser
from tests.workflows.subjects import COACH, OFFICE, now

__all__ = ["browser", "in_place_of_welsh"]


async def reads_welsh(site: Site, *lives: Course | Intro) -> None:
    """The academy's programme from here on; and names without a letter of the Latin alphabet."""
    for life in lives:
        await life.put(site.pool)
    await site.pool.execute("UPDATE cohorts SET language = 'cy'")
    await site.pool.execute("UPDATE intro_courses SET language = 'cy'")
    await site.pool.execute("UPDATE people SET name = 'Ζωή'")


def foreign_mails(mail: Behaviour) -> list[str]:
    """To whom a mail went; each without a word from outside the templates."""
    for message in mail.taken:
        text, html = (str(message.get_body((kind,)).get_content()) for kind in ("plain", "html"))  # type: ignore[union-attr]
        assert not left(str(message["Subject"]), text, *Words(html).words)
        assert 'lang="cy"' in html
    return mail.recipients


@pytest.mark.usefixtures("in_place_of_welsh")
async def test_no_word_of_what_pages_mail_about_an_address_stands_outside_the_templates(
    browser: Browser, site: Site
) -> None:
    """A code to sign in; another address, told to the old one, undone, and told to the office; and a new link."""
    await reads_welsh(site, Course())
    await browser.ask()
    await browser.type(re.findall(r"\d{6}", browser.words())[0])
    undo = await confirmed(browser, site, "new@example.org")
    await browser.open(f"/a/{undo}")
    await browser.press(f"/a/{undo}", "undo.yes")
    over = site.token(Purpose.HOME, until=now())
    await browser.open(f"/a/{over}")
    await browser.press(f"/a/{over}/again", "press.yes")
    assert foreign_mails(browser.mail) == [ADDRESS, "new@example.org", ADDRESS, f"{OFFICE}@example.org", ADDRESS]


@pytest.mark.usefixtures("in_place_of_welsh")
async def test_no_word_of_the_mail_that_confirms_a_booking_stands_outside_the_templates(
    site: Site, mail: Behaviour
) -> None:
    """With the days of the course."""
    course = Intro(weeks=8)
    await reads_welsh(site, course)
    book = f"/courses/{course.name}/book"
    page = Page(200, (await site.http.get(book)).text, None)  # type: ignore[arg-type] # no headers are looked at
    form = {
        "state": page.state, "answer": "book.yes", "book-who-name": "Dora", "book-who-email": "dora@example.org",
        "book-organisation": "Trust", "book-delegate": "external",
    }  # fmt: skip
    assert "Check your email" in (await site.http.post(book, data=form)).text
    assert foreign_mails(mail) == ["dora@example.org"]


async def test_a_calendar_is_in_the_language_of_its_readers_academy(browser: Browser, site: Site) -> None:
    """Its name, and what each entry is called."""
    await reads_welsh(site, Course())
    calendar = (await browser.http.get(await site.feed())).text
    assert "X-WR-CALNAME:Hyfforddi" in calendar
    assert "SUMMARY:Sesiwn hyfforddi: Ward 12" in calendar


@pytest.mark.usefixtures("in_place_of_welsh")
async def test_a_mailbox_of_two_academies_with_two_languages_is_mailed_english(browser: Browser, site: Site) -> None:
    """Nobody knows yet which of the two people asks."""
    await reads_welsh(site, Course())
    await site.pool.execute(
        "INSERT INTO people (person, academy, name, address, admitted_at, changed_at) "
        "SELECT 'per_leeds', 'leeds', name, address, admitted_at, changed_at FROM people WHERE person = $1",
        COACH,
    )
    await browser.ask()
    assert browser.mail.taken[-1]["Subject"] == "Your sign-in code"
