"""What holds for all of an academy: said before it is changed, and what is weighty asks who it is once more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.workspace.academy.programme_words import SECTIONS, SETTINGS, DoesNotFitError, changed
from lifecycle.matters import MATTERS
from schemas.programme_file import shipped_programme
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Course
from tests.gateway.pages.test_roles import joined
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.conftest import Phone
from tests.workflows.subjects import COACH, OFFICE
from worker.main import Engine

PAGES = (
    "", "/closed-weeks", "/bank-holidays", "/programme", "/programme/hand_off-planned_after_months",
    "/programme/gate-sign_offs", "/programme/language",
    "/programme/reviews_after_months", "/office",
    "/members", "/deputy",
)  # fmt: skip


async def office(browser: Browser) -> Browser:
    """The office's browser."""
    await browser.sign_in(f"{OFFICE}@example.org")
    return browser


async def stale(site: Site) -> None:
    """They signed in six minutes ago."""
    await site.pool.execute("UPDATE sign_ins SET proved_at = proved_at - $1::interval", timedelta(minutes=6))


async def test_the_academys_page_says_what_holds(site: Site, browser: Browser) -> None:
    """And how much follows the programme."""
    await Course().put(site.pool)
    await joined(site)
    page = await (await office(browser)).open("/academy")
    for words in (
        "No closed weeks are planned", "England and Wales", "official until", "now follows version 1.",
        "1 team, 2 cohorts and 0 Introduction courses", "sheffield.office@example.org", "Otto Other",
        "Nobody. We tell whoever runs the service",
    ):  # fmt: skip
        assert words in page.words.replace("&#39;", "'"), words


@pytest.mark.parametrize("at", [*PAGES, "/programme/none", "/programme/gate"])
async def test_a_coach_sees_none_of_it(site: Site, browser: Browser, at: str) -> None:  # noqa: ARG001
    """Nor a setting that no form changes."""
    await browser.sign_in(f"{COACH}@example.org")
    assert (await browser.open(f"/academy{at}")).status == 404


@pytest.mark.parametrize("slug", ["none", "gate", "version"])
async def test_only_a_setting_that_a_form_changes_has_a_page(browser: Browser, slug: str) -> None:
    """Whatever stands in the address."""
    await office(browser)
    assert (await browser.open(f"/academy/programme/{slug}")).status == 404


async def test_a_number_is_shown_with_what_it_means_before_it_is_adopted(site: Site, browser: Browser) -> None:
    """One that doesn't fit is refused in words; nothing is adopted by looking."""
    await Course().put(site.pool)
    path = "/academy/programme/hand_off-planned_after_months"
    await (await office(browser)).open(path)
    page = await browser.press(path, "other.yes", **{"other-to": "30"})
    assert "This doesn't fit with the other settings" in page.words.replace("&#39;", "'")
    assert "hand_off" not in page.words
    page = await browser.press(path, "other.yes", **{"other-to": "20"})
    assert page.title == "Adopt version 2 of the programme?"
    assert "When is the hand-off planned? From now on: after 20 months. Until now: after 18 months." in page.words
    assert "1 team, 2 cohorts" in page.words
    await stale(site)
    assert (await browser.open(f"{path}?to=20")).url.startswith("/sign-in")
    assert await site.pool.fetchval("SELECT count(*) FROM facts WHERE kind = 'programme_adopted'") == 0


@pytest.mark.parametrize(
    ("slug", "given", "after"),
    [
        ("course-reminder_days_before", {"other-to": "14\n3\n1"}, "14 days, 3 days and 1 day"),
        ("quiet_hours-closes", {"other-to": "5:30pm"}, "5:30pm"),
        ("language", {"other-to": "cy"}, "Welsh."),
        ("attention-digest_on", {"other-to": "tuesday"}, "Tuesday"),
        ("hand_off-anchor", {"other-to": "course_start"}, "the start of the course."),
        ("gate-progress_at_least", {"other-to": "3.5"}, "3.5"),
        ("gate-sign_offs", {"other-to": ["coach", "faculty"]}, "the coach and faculty"),
    ],
)
async def test_lists_times_and_choices_are_changed_by_forms(
    browser: Browser, slug: str, given: dict[str, str | list[str]], after: str
) -> None:
    """Each shows first what it means; what is no number of a list is refused beside it."""
    path = f"/academy/programme/{slug}"
    await (await office(browser)).open(path)
    page = await browser.press(path, "other.yes", **given)
    assert page.title == "Adopt version 2 of the programme?"
    assert f"From now on: {after}" in page.words
    assert (await browser.open(f"{path}?to=nothing,of,the,kind")).status == 200


async def test_the_language_of_emails_says_what_is_translated(browser: Browser) -> None:
    """Before another is chosen; what nobody writes in cannot be."""
    path = "/academy/programme/language"
    words = (await (await office(browser)).open(path)).words
    assert "Now: English." in words
    assert f"So far, 1 of our {len(MATTERS)} kinds of email is translated into Welsh: session." in words
    assert "All others are sent in English." in words
    page = await browser.open(f"{path}?to=fr")
    assert "Adopt" not in page.title


async def test_a_list_of_what_are_no_numbers_is_refused(browser: Browser) -> None:
    """In words, and with what was typed."""
    path = "/academy/programme/reviews_after_months"
    await (await office(browser)).open(path)
    page = await browser.press(path, "other.yes", **{"other-to": "six\ntwelve"})
    assert "Enter a whole number on each line" in page.words
    assert "twelve" in page.text


async def test_what_is_adopted_holds_and_is_passed_on(site: Site, browser: Browser, running: Engine) -> None:  # noqa: ARG001
    """The office works with it at once; members and deputy are told in the same way."""
    await Course().put(site.pool)
    path = "/academy/programme/hand_off-planned_after_months?to=20"
    await (await office(browser)).open(path)
    page = await browser.press(path, "adopt.yes", **{"adopt-why": "Teams asked for more time"})
    assert page.title == "The programme: version 2"
    assert "20 months" in page.words
    words = (await browser.open("/academy")).words
    assert "Version 2 of the programme was adopted. Teams asked for more time" in words
    await browser.open("/academy/members")
    who = {"join-who-name": "Nora New", "join-who-email": "nora@example.org"}
    assert "Nora New" in (await browser.press("/academy/members", "join.yes", **who)).words
    assert "In the office now: Nora New" in (await browser.open("/academy/members")).words
    assert "Nobody is named yet" in (await browser.press("/academy/members", "left-0.yes")).words
    await browser.open("/academy/deputy")
    own = {"deputy-who-name": "Sheffield MCA", "deputy-who-email": f"{OFFICE}@example.org"}
    assert "another address than its own" in (await browser.press("/academy/deputy", "deputy.yes", **own)).words
    other = {"deputy-who-name": "Otto Other", "deputy-who-email": f"{OTHER}@example.org"}
    assert "The deputy is Otto Other" in (await browser.press("/academy/deputy", "deputy.yes", **other)).words


async def test_the_offices_mailbox_is_changed_by_who_signed_in_just_now(site: Site, browser: Browser) -> None:
    """Nothing is changed before that, nor to a person's own address."""
    await (await office(browser)).open("/academy/office")
    said = {"office-name": "Coaching office", "office-address": "new@example.org"}
    taken = {**said, "office-address": f"{OTHER}@example.org"}
    assert "a person of" in (await browser.press("/academy/office", "office.yes", **taken)).words
    await stale(site)
    assert (await browser.press("/academy/office", "office.yes", **said)).url.startswith("/sign-in")
    kept = "SELECT address FROM people WHERE person = $1"
    assert await site.pool.fetchval(kept, OFFICE) == f"{OFFICE}@example.org"
    await site.pool.execute("UPDATE sign_ins SET proved_at = seen_at")
    await browser.open("/academy/office")
    await browser.press("/academy/office", "office.yes", **said)
    assert await site.pool.fetchval(kept, OFFICE) == "new@example.org"


def test_every_setting_is_one_of_the_programme_in_words() -> None:
    """None says a parameter's name."""
    programme = shipped_programme()
    for settings in SECTIONS.values():
        for setting in settings:
            assert setting.in_words(programme)
            assert "_" not in setting.in_words(programme) + setting.label
    assert SETTINGS["hand_off-planned_after_months"].in_words(programme) == "after 18 months"
    assert SETTINGS["gate-sign_offs"].in_words(programme) == "the coach, the team lead and faculty"
    assert SETTINGS["course-reminder_days_before"].in_words(programme) == "7 days and 1 day"
    assert SETTINGS["reviews_after_months"].in_words(programme) == "after 6, 12 and 18 months"


def test_a_changed_programme_is_the_next_version_and_fits_together() -> None:
    """Limits and the other settings are named in words."""
    programme = shipped_programme()
    after = changed(programme, {"hand_off.planned_after_months": 20})
    assert (after.version, after.hand_off.planned_after_months) == (2, 20)
    assert after.model_copy(update={"version": 1, "hand_off": programme.hand_off}) == programme
    with pytest.raises(DoesNotFitError, match="1 or more"):
        changed(programme, {"hand_off.planned_after_months": 0})
    with pytest.raises(DoesNotFitError, match="When must coaching be extended"):
        changed(programme, {"hand_off.planned_after_months": 30})


async def test_axe_finds_nothing_on_a_narrow_phone(site: Site, browser: Browser, phone: Phone) -> None:
    """Where a setting of each sort is changed, and what a change would mean."""
    await Course().put(site.pool)
    await joined(site)
    await office(browser)
    settings = (f"/academy{at}" for at in PAGES if at.startswith("/programme/"))
    await phone.looks_right(*settings, "/academy/programme/hand_off-planned_after_months?to=20")
