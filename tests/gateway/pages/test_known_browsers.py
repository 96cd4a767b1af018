"""What a link opens by itself, what only where its person typed a mailed code; and links attacked, one by one."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from activities.links import ONE_THING, Link, Purpose
from gateway.context import counting
from operations import security
from operations.known_browsers import KNOWN_FOR
from operations.signing_in import FAILURES_AT_MOST
from records import erasures, links, people
from schemas.cohort_facts import EnrolmentCompleted
from schemas.words import Matter, Role
from tests.activities.mail_servers import Behaviour
from tests.gateway.pages.conftest import NAMES, Site, asks_for_day
from tests.gateway.pages.lives import OTHER, Course, Life
from tests.gateway.pages.reading import Page
from tests.gateway.pages.test_sign_in import Browser, opened
from tests.gateway.pages.test_worklist_page import waiting
from tests.workflows.subjects import COACH, LEAD, OFFICE, now

ADDRESS = f"{COACH}@example.org"
NEEDS_A_CODE = "We'll email you a code"


@pytest.fixture
async def browser(app: FastAPI, site: Site, mail: Behaviour) -> AsyncIterator[Browser]:
    """A browser that nobody has used yet; the coach has a part in a team."""
    await Life(1).put(site.pool)
    async with opened(app, mail) as made:
        yield made


async def show_who(browser: Browser, token: str) -> Page:
    """Have a code mailed from a link's page, and type it."""
    await browser.open(f"/a/{token}")
    await browser.press(f"/a/{token}/email-code", "press.yes")
    return await browser.press(f"/a/{token}/code", "code.yes", **{"code-code": browser.code()})


def token_of(message: str) -> str:
    """The token of the link in a mail."""
    return str(re.findall(r"/a/(\S+)", message)[0])


async def test_what_is_more_than_a_mail_asks_for_needs_a_code_once(browser: Browser, site: Site) -> None:
    """Mailed to the link's own person, typed in this browser; then every page of theirs opens, from any link."""
    token = site.token(Purpose.HOME)
    page = await browser.open(f"/a/{token}")
    assert (page.status, page.title) == (403, NEEDS_A_CODE)
    for secret in (NAMES[COACH], ADDRESS, "Ward 12", "example.org", "Sheffield"):
        assert secret not in page.text
    page = await show_who(browser, token)
    assert (page.status, page.title, page.url) == (200, "Your tasks", f"/a/{token}")
    assert browser.mail.recipients == [ADDRESS]
    assert (await browser.open(f"/a/{site.token(Purpose.LEAVE)}")).title == "When will you be away?"


@pytest.mark.parametrize("purpose", sorted(set(Purpose) - ONE_THING))
async def test_every_other_page_is_shut_and_takes_nothing(browser: Browser, site: Site, purpose: Purpose) -> None:
    """Whatever is posted to it."""
    subject = await site.pool.fetchval("SELECT engagement FROM engagements")
    token = site.token(purpose, subject=subject)
    before = await site.pool.fetchval("SELECT count(*) FROM audit")
    assert (await browser.open(f"/a/{token}")).title == NEEDS_A_CODE
    pressed = await browser.press(f"/a/{token}", f"{purpose}.yes")
    assert (pressed.status, pressed.title) == (403, NEEDS_A_CODE)
    assert await site.pool.fetchval("SELECT count(*) FROM audit") == before


async def test_a_browser_is_known_for_one_person(browser: Browser, site: Site) -> None:
    """The link of another, forwarded into it, asks again."""
    await show_who(browser, site.token(Purpose.HOME))
    assert (await browser.open(f"/a/{site.token(Purpose.HOME, LEAD)}")).title == NEEDS_A_CODE
    await show_who(browser, site.token(Purpose.HOME, LEAD))
    assert browser.mail.recipients[-1] == f"{LEAD}@example.org"
    assert (await browser.open(f"/a/{site.token(Purpose.HOME)}")).title == "Your tasks"


async def test_a_code_shows_nobody_but_whose_it_is(browser: Browser, site: Site) -> None:
    """Asked for as oneself and typed at somebody else's link, it opens nothing; nor does one asked for to sign in."""
    mine, theirs = site.token(Purpose.HOME, LEAD), site.token(Purpose.HOME)
    await browser.open(f"/a/{mine}")
    await browser.press(f"/a/{mine}/email-code", "press.yes")
    await browser.open(f"/a/{theirs}/code")
    page = await browser.press(f"/a/{theirs}/code", "code.yes", **{"code-code": browser.code()})
    assert page.status == 410
    assert (await browser.open(f"/a/{theirs}")).title == NEEDS_A_CODE


async def test_who_is_signed_in_needs_no_other_code(browser: Browser, site: Site) -> None:
    """As its person; another's page stays shut."""
    await browser.sign_in()
    assert (await browser.open(f"/a/{site.token(Purpose.HOME)}")).title == "Your tasks"
    assert (await browser.open(f"/a/{site.token(Purpose.HOME, LEAD)}")).title == NEEDS_A_CODE


async def test_a_browser_is_known_for_sixty_days(browser: Browser, site: Site) -> None:
    """And not a day longer."""
    token = site.token(Purpose.HOME)
    await show_who(browser, token)
    await site.pool.execute("UPDATE known_browsers SET since = $1", now() - KNOWN_FOR + timedelta(hours=1))
    assert (await browser.open(f"/a/{token}")).title == "Your tasks"
    await site.pool.execute("UPDATE known_browsers SET since = $1", now() - KNOWN_FOR)
    assert (await browser.open(f"/a/{token}")).title == NEEDS_A_CODE


async def test_of_a_browser_only_a_digest_is_kept(browser: Browser, site: Site) -> None:
    """And another code gives it another secret: one that was planted there is worth nothing."""
    browser.http.cookies.set("coaching-browser", "planted", domain="127.0.0.1", path="/")
    await show_who(browser, site.token(Purpose.HOME))
    first = browser.http.cookies["coaching-browser"]
    assert first != "planted"
    assert first not in repr(await site.pool.fetch("SELECT * FROM known_browsers"))
    await show_who(browser, site.token(Purpose.HOME, LEAD))
    assert browser.http.cookies["coaching-browser"] != first
    browser.http.cookies.set("coaching-browser", first, domain="127.0.0.1", path="/")
    assert (await browser.open(f"/a/{site.token(Purpose.HOME)}")).title == NEEDS_A_CODE


async def test_three_codes_an_hour_go_to_one_person(browser: Browser, site: Site) -> None:
    """However often the button is pressed; and no POST without the page's own form sends one."""
    token = site.token(Purpose.HOME)
    await browser.http.post(f"/a/{token}/email-code", data={"answer": "press.yes"})
    assert browser.mail.taken == []
    for _ in range(3):
        await browser.open(f"/a/{token}")
        assert (await browser.press(f"/a/{token}/email-code", "press.yes")).title == "Check your email"
    await browser.open(f"/a/{token}")
    page = await browser.press(f"/a/{token}/email-code", "press.yes")
    assert (page.status, len(browser.mail.taken)) == (429, 3)


async def test_no_stranger_keeps_anybody_from_their_links(app: FastAPI, browser: Browser, site: Site) -> None:
    """Whoever asks for codes at their address, or for sixty mails an hour from their network; nor old links either."""
    for _ in range(4):
        await browser.ask()
    async with counting(app.state.context) as counts:
        for number in range(60):
            await counts.mailed("127.0.0.1", f"somebody{number}@example.org")
    browser.http.cookies.clear()
    token = site.token(Purpose.HOME)
    assert (await show_who(browser, token)).title == "Your tasks"
    old = site.token(Purpose.HOME, until=now())
    before = len(browser.mail.taken)
    for _ in range(3):
        await browser.open(f"/a/{old}")
        await browser.press(f"/a/{old}/again", "press.yes")
    assert len(browser.mail.taken) == before + 3
    kept = dict(browser.http.cookies)
    browser.http.cookies.clear()
    assert (await show_who(browser, token)).title == "Your tasks"
    browser.http.cookies.update(kept)
    assert (await browser.sign_in()).url == "/home"
    await site.pool.execute("DELETE FROM known_browsers")
    await site.pool.execute("UPDATE sign_ins SET proved_at = proved_at - interval '6 minutes'")
    await browser.open("/sign-in/again")
    assert (await browser.press("/sign-in/again", "again.yes")).url == "/sign-in/code"


async def test_a_code_at_a_link_is_tried_by_its_own_form_and_watched(
    browser: Browser, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one to sign in: another site's POST uses up no try; wrong and right ones are security events."""
    said: list[tuple[str, str | None, str | None]] = []

    def note(event: str, *, who: str | None = None, why: str | None = None, **_: object) -> None:
        said.append((event, who, why))

    monkeypatch.setattr(security, "say", note)
    token = site.token(Purpose.HOME)
    await browser.open(f"/a/{token}")
    await browser.press(f"/a/{token}/email-code", "press.yes")
    for _ in range(FAILURES_AT_MOST):
        await browser.http.post(f"/a/{token}/code", data={"code-code": "000000", "state": "forged"})
    assert said == []
    right = browser.code()
    await browser.press(f"/a/{token}/code", "code.yes", **{"code-code": f"{(int(right) + 1) % 1_000_000:06}"})
    assert (await browser.press(f"/a/{token}/code", "code.yes", **{"code-code": right})).title == "Your tasks"
    assert said == [
        ("security.sign_in_refused", None, "wrong code"),
        ("security.signed_in", f"person:{COACH}", None),
    ]


async def crawl(http: httpx.AsyncClient, token: str) -> tuple[set[str], set[str]]:
    """Follow every link from a link on; the paths that opened, and the texts of their pages."""
    seen, paths, texts = {f"/a/{token}"}, deque([f"/a/{token}"]), set()
    opened_: set[str] = set()
    while paths:
        path = paths.popleft()
        answered = await http.get(path, follow_redirects=True)
        page = Page(answered.status_code, answered.text, answered.headers)
        if answered.status_code == 200:
            opened_.add(path)
            texts.add(answered.text)
        for href, _ in page.links:
            there = href.removeprefix("http://127.0.0.1:8080")
            there = there if there.startswith("/") else f"{path.partition('?')[0]}{there}" if there[:1] == "?" else ""
            if there and not there.startswith("/assets") and there not in seen:
                seen.add(there)
                paths.append(there)
    return opened_, texts


async def one_thing_links(site: Site) -> dict[str, Link]:
    """A link of a mail of each purpose that works alone, over a team and a course full of things to see."""
    life, course = Life(3, watched_from=now() - timedelta(weeks=10)).stalled(), Course(-1)
    await life.put(site.pool)
    await course.put(site.pool)
    starting, learnt = Life(1), Course(30).taught()
    learnt.tell(EnrolmentCompleted, now(), enrolment=learnt.key(2), completed=True)
    for other in (starting, learnt):
        await other.put(site.pool)
    until, sent_at = now() + timedelta(days=5), now() - timedelta(minutes=30)
    by = now() + timedelta(days=9)
    session = await site.notice(starting.name, Matter.AGREEMENT, "signed", answer_by=by)
    alarm = await site.notice(life.name, Matter.ESCALATION, "a", person=COACH, role=Role.COACH)
    confirm = await site.notice(course.name, Matter.COHORT_CONFIRMATION, "confirmed", person=OFFICE, role=Role.OFFICE)
    sessions = (await site.get(site.token(Purpose.NOTICE, COACH, life.name, alarm))).links
    day = next(site.links.read(href.rpartition("/")[2], now()).about for href, said in sessions if "go ahead?" in said)
    return {
        "agreement": Link(Purpose.NOTICE, COACH, starting.name, session, until, sent_at=sent_at),
        "escalation": Link(Purpose.NOTICE, COACH, life.name, alarm, until, sent_at=sent_at),
        "confirmation": Link(Purpose.NOTICE, OFFICE, course.name, confirm, until, sent_at=sent_at),
        "session": Link(Purpose.SESSION, COACH, life.name, day, until, sent_at=sent_at),
        "certificate": Link(Purpose.CERTIFICATE, OTHER, learnt.name, learnt.key(2), until, sent_at=sent_at),
        "weekly mail": Link(Purpose.WEEKLY_MAIL, COACH, "", "", until, sent_at=sent_at),
    }


async def test_a_one_thing_link_leads_nowhere_else_without_a_code(app: FastAPI, site: Site, mail: Behaviour) -> None:
    """From each, every link is followed in a browser that nobody knows: only the parts of what it asks open.

    And no link on the way lives longer than the one that was mailed, or works by itself for another purpose.
    """
    for name, link in (await one_thing_links(site)).items():
        async with opened(app, mail) as browser:
            paths, texts = await crawl(browser.http, site.links.token(link))
        assert paths, name
        for path in paths:
            if path.startswith("/a/"):
                reached = site.links.read(path.partition("?")[0].removeprefix("/a/").removesuffix(".pdf"), now())
                same = reached == link
                part = reached.purpose in (Purpose.SESSION, Purpose.STOPPED) and reached.subject == link.subject
                assert same or (name == "escalation" and part), (name, reached)
        for token in {found for text in texts for found in re.findall(r"/a/([\w.-]+)", text)}:
            reached = site.links.read(token.removesuffix(".pdf"), now())
            assert reached.expires_at <= link.expires_at, (name, reached)
            assert reached.person == link.person
            assert not reached.alone or reached.subject == link.subject, (name, reached)


async def test_home_makes_no_link_that_works_without_the_browser(app: FastAPI, site: Site, mail: Behaviour) -> None:
    """What is copied from one's own page and forwarded opens nothing by itself, and ends when the page's link does."""
    life = Life(1)
    await life.put(site.pool)
    await site.notice(life.name, Matter.AGREEMENT, "signed", answer_by=now() + timedelta(days=9))
    until = now() + timedelta(hours=1)
    for purpose, person in ((Purpose.HOME, COACH), (Purpose.HOME, OFFICE)):
        page = await site.get(site.token(purpose, person, until=until))
        tokens = [href.rpartition("/")[2] for href, _ in page.links if "/a/" in href]
        assert tokens
        async with opened(app, mail) as browser:
            for token in tokens:
                assert site.links.read(token, now()).expires_at <= until
                assert (await browser.open(f"/a/{token}")).title == NEEDS_A_CODE


async def test_forgotten_links_open_nothing_anywhere(browser: Browser, site: Site) -> None:
    """Pressed on one's own page: mails of before, browsers that were known and whoever is signed in are shut out."""
    life = Life(1)
    await life.put(site.pool)
    mailed = await site.asked(life.name, Matter.AGREEMENT, "signed")
    await browser.sign_in()
    home = site.token(Purpose.HOME)
    page = await site.get(home)
    token = page.link("Stop the links in earlier emails").rpartition("/")[2]
    asked = await site.get(token)
    assert (await site.post(token, asked, "forget.no", state="forged")).status == 200
    assert (await site.get(home)).status == 200
    assert (await site.answer(token, "forget.yes")).title == "Your earlier links are stopped"
    for old in (mailed, home, token):
        assert (await site.get(old)).status == 410
        assert (await site.http.post(f"/a/{old}", data={"answer": "sign.yes", "state": asked.state})).status_code == 410
    assert (await browser.open("/home")).url == "/sign-in"
    fresh = site.links.token(Link(Purpose.HOME, COACH, "", "", now() + timedelta(days=1), 1))
    assert (await site.get(fresh)).title == NEEDS_A_CODE
    assert await site.pool.fetchval("SELECT action FROM audit ORDER BY at DESC LIMIT 1") == f"forget links of {COACH}"


async def test_nobody_elses_links_are_forgotten(site: Site) -> None:
    """Each has an epoch of their own."""
    await Life(1).put(site.pool)
    await site.answer(site.token(Purpose.FORGET), "forget.yes")
    assert (await site.get(site.token(Purpose.HOME, LEAD))).status == 200


async def test_links_of_a_merged_record_stop_with_those_of_the_kept_one(browser: Browser, site: Site) -> None:
    """What was stopped before stays so; a new one works as the kept one's, and splitting brings no old one back."""

    def weekly(epoch: int) -> str:
        return site.links.token(Link(Purpose.WEEKLY_MAIL, LEAD, "", "", now() + timedelta(days=9), epoch, now()))

    await site.answer(site.token(Purpose.FORGET, LEAD), "forget.yes")
    async with site.pool.acquire() as conn:
        await people.merge(conn, LEAD, COACH, now())
    assert [(await site.get(weekly(epoch))).status for epoch in (0, 1)] == [410, 200]
    async with site.pool.acquire() as conn:
        await links.outdate(conn, COACH)
    await browser.open(f"/a/{weekly(1)}")
    assert browser.shown.status == 410
    await browser.press(f"/a/{weekly(1)}/again", "press.yes")
    assert browser.mail.recipients == [ADDRESS]
    assert (await browser.open(f"/a/{token_of(browser.words())}")).status == 200
    async with site.pool.acquire() as conn:
        await people.split(conn, LEAD, now())
    assert [(await site.get(weekly(epoch))).status for epoch in (0, 1, 2)] == [410, 410, 200]


async def test_erasure_ends_every_link(browser: Browser, site: Site) -> None:
    """Also those that work alone, and nothing is kept of the browsers."""
    life = Life(1)
    await life.put(site.pool)
    tokens = [
        await site.asked(life.name, Matter.AGREEMENT, "signed"),
        site.token(Purpose.HOME),
        site.token(Purpose.WEEKLY_MAIL),
        site.token(Purpose.SESSION, subject=life.name, about="2026-01-01"),
    ]
    async with site.pool.acquire() as conn:
        await erasures.erase(conn, COACH, now(), "cli:tests")
    for token in tokens:
        assert (await site.get(token)).status == 410
        assert (await site.http.post(f"/a/{token}", data={"answer": "stop"})).status_code == 410
    kept = await site.pool.fetchval("SELECT count(*) FROM known_browsers WHERE person = $1", COACH)
    assert kept == 0
    await browser.open(f"/a/{tokens[0]}")
    answered = await browser.press(f"/a/{tokens[0]}/again", "press.yes")
    assert (answered.title, browser.mail.taken) == ("Check your email", [])


async def test_a_link_that_is_over_is_sent_anew_to_its_person_alone(browser: Browser, site: Site) -> None:
    """By one button, to the address that holds now; the answer says nothing of it, and the new link does the same."""
    life = Life(1)
    await life.put(site.pool)
    notice = await site.notice(life.name, Matter.AGREEMENT, "signed")
    old = site.token(Purpose.NOTICE, subject=life.name, about=notice, until=now())
    await site.pool.execute("UPDATE people SET address = 'anna.now@example.org' WHERE person = $1", COACH)
    page = await browser.open(f"/a/{old}")
    assert (page.status, page.title) == (410, "This link no longer works")
    answered = await browser.press(f"/a/{old}/again", "press.yes")
    assert "anna" not in answered.text
    assert browser.mail.recipients == ["anna.now@example.org"]
    sent = token_of(browser.words())
    assert (await browser.open(f"/a/{sent}")).title == "Sign the coaching agreement"
    assert site.links.read(sent, now()).epoch == 1
    unknown = site.token(Purpose.HOME, "per_nobody", until=now())
    await browser.open(f"/a/{unknown}")
    assert (await browser.press(f"/a/{unknown}/again", "press.yes")).words == answered.words
    assert len(browser.mail.taken) == 1


@pytest.mark.parametrize("purpose", [Purpose.NOTICE, Purpose.WEEKLY_MAIL])
async def test_what_presses_a_new_link_at_once_may_be_a_program(browser: Browser, site: Site, purpose: Purpose) -> None:
    """Nothing else was mailed for days; the new link itself says when it was."""
    life = Life(1)
    await life.put(site.pool)
    about = {"subject": life.name, "about": await site.notice(life.name, Matter.AGREEMENT, "signed")}
    old = site.token(purpose, until=now(), **(about if purpose is Purpose.NOTICE else {}))
    await browser.open(f"/a/{old}")
    await browser.press(f"/a/{old}/again", "press.yes")
    sent = token_of(browser.words())
    page = await site.get(sent)
    button = "sign.yes" if purpose is Purpose.NOTICE else "stop"
    assert asks_for_day(await site.press(sent, page, button))


async def test_new_links_are_counted_and_need_the_pages_own_form(browser: Browser, site: Site) -> None:
    """Three an hour; the answer stays the same. A home page's new link still needs its code."""
    old = site.token(Purpose.HOME, until=now())
    await browser.http.post(f"/a/{old}/again", data={"answer": "press.yes"})
    assert browser.mail.taken == []
    said = set()
    for _ in range(4):
        await browser.open(f"/a/{old}")
        said.add((await browser.press(f"/a/{old}/again", "press.yes")).words)
    assert (len(said), len(browser.mail.taken)) == (1, 3)
    assert (await browser.open(f"/a/{token_of(browser.words())}")).title == NEEDS_A_CODE


async def confirmed(browser: Browser, site: Site, new: str, epoch: int = 0) -> str:
    """Change the coach's address by the pages; the token with which the old one can undo it."""
    link = Link(Purpose.ADDRESS, COACH, "", "", now() + timedelta(days=1), epoch)
    token = site.links.token(link)
    await browser.open(f"/a/{token}")
    if browser.shown.title == NEEDS_A_CODE:
        await show_who(browser, token)
    await browser.press(f"/a/{token}", "address.yes", **{"address-new": new})
    confirm = token_of(browser.words())
    await browser.open(f"/a/{confirm}")
    assert (await browser.press(f"/a/{confirm}", "confirm.yes")).title == "Your email address is changed"
    return token_of(browser.words())


async def address_of(site: Site) -> str:
    """The coach's address."""
    found: str = await site.pool.fetchval("SELECT address FROM people WHERE person = $1", COACH)
    return found


async def test_another_address_outdates_the_links_of_the_old_one(browser: Browser, site: Site) -> None:
    """Whoever reads the old mailbox opens nothing more; the browser needs a code from the new one."""
    life = Life(1)
    await life.put(site.pool)
    mailed = await site.asked(life.name, Matter.AGREEMENT, "signed")
    await confirmed(browser, site, "anna.new@example.org")
    assert (await browser.open(f"/a/{mailed}")).status == 410
    assert (await browser.open(f"/a/{site.token(Purpose.HOME)}")).status == 410
    fresh = site.links.token(Link(Purpose.HOME, COACH, "", "", now() + timedelta(days=1), 1))
    assert (await browser.open(f"/a/{fresh}")).title == NEEDS_A_CODE
    await show_who(browser, fresh)
    assert browser.mail.recipients[-1] == "anna.new@example.org"


async def test_another_address_signs_out_everywhere(browser: Browser, site: Site) -> None:
    """Whoever signed in by the old one is somebody else by then, perhaps."""
    await browser.sign_in()
    await confirmed(browser, site, "anna.new@example.org")
    assert (await browser.open("/home")).url == "/sign-in"


@pytest.mark.parametrize("why", ["the office's", "no mail"])
async def test_the_old_address_hears_of_no_change_that_there_was_not(browser: Browser, site: Site, why: str) -> None:
    """It cannot be the office's; and while the old address cannot be told, nothing changes."""
    token = site.token(Purpose.ADDRESS)
    await show_who(browser, token)
    new = f"{OFFICE}@example.org" if why == "the office's" else "anna.new@example.org"
    await browser.press(f"/a/{token}", "address.yes", **{"address-new": new})
    confirm = token_of(browser.words())
    await browser.open(f"/a/{confirm}")
    browser.mail.to_recipient[ADDRESS] = "451 Later" if why == "no mail" else "250 OK"
    mails = len(browser.mail.taken)
    assert (await browser.press(f"/a/{confirm}", "confirm.yes")).status == 409
    assert len(browser.mail.taken) == mails
    assert await address_of(site) == ADDRESS
    assert await site.pool.fetchval("SELECT count(*) FROM address_changes") == 0


async def test_nothing_is_undone_while_the_office_cannot_hear(browser: Browser, site: Site) -> None:
    """Later it is."""
    undo = await confirmed(browser, site, "thief@example.org")
    browser.mail.to_recipient[f"{OFFICE}@example.org"] = "451 Later"
    await browser.open(f"/a/{undo}")
    assert "Nothing has changed" in (await browser.press(f"/a/{undo}", "undo.yes")).words
    assert await address_of(site) == "thief@example.org"
    browser.mail.to_recipient.clear()
    assert (await browser.press(f"/a/{undo}", "undo.yes")).title == "Your email address is changed back"


async def test_the_old_address_undoes_the_change_and_all_that_came_of_it(browser: Browser, site: Site) -> None:
    """Even after a second change, and after forgetting; the office hears, and nothing undoes the undoing."""
    first = await confirmed(browser, site, "thief@example.org")
    feed_token = Link(Purpose.CALENDAR, COACH, "", "", now() + timedelta(days=1), 1)
    await show_who(browser, site.links.token(feed_token))
    made = await browser.press(f"/a/{site.links.token(feed_token)}", "make.yes")
    feed = next(word for word in made.words.split() if word.endswith(".ics"))
    second = await confirmed(browser, site, "thief2@example.org", 1)
    await browser.sign_in("thief2@example.org")
    thief = site.links.token(Link(Purpose.FORGET, COACH, "", "", now() + timedelta(days=1), 2))
    await browser.open(f"/a/{thief}")
    assert (await browser.press(f"/a/{thief}", "forget.yes")).title == "Your earlier links are stopped"
    before = len(browser.mail.taken)
    page = await browser.open(f"/a/{first}")
    assert page.title == "Undo the change of your email address?"
    assert (await browser.press(f"/a/{first}", "undo.yes")).title == "Your email address is changed back"
    assert await address_of(site) == ADDRESS
    assert browser.mail.recipients[before:] == [f"{OFFICE}@example.org"]
    assert "thief2@example.org" in browser.words()
    assert (await browser.open(f"/a/{second}")).status == 410
    assert (await browser.open(feed)).status == 404
    assert (await browser.open("/home")).url == "/sign-in"
    assert (await browser.open(f"/a/{first}")).title == "Your email address is changed back"
    epoch = await site.pool.fetchval("SELECT links_epoch FROM people WHERE person = $1", COACH)
    assert epoch > 3


async def test_a_change_is_undone_within_a_week_and_never_after_erasure(browser: Browser, site: Site) -> None:
    """A forged form does nothing either."""
    undo = await confirmed(browser, site, "anna.new@example.org")
    await browser.http.post(f"/a/{undo}", data={"answer": "undo.yes"})
    assert await address_of(site) == "anna.new@example.org"
    read = site.links.read(undo, now())
    assert read.expires_at <= now() + timedelta(days=7, minutes=1)
    over = site.links.token(Link(Purpose.UNDO, COACH, "", read.about, now(), sent_at=read.sent_at))
    assert (await browser.open(f"/a/{over}")).status == 410
    async with site.pool.acquire() as conn:
        await erasures.erase(conn, COACH, now(), "cli:tests")
    assert (await browser.open(f"/a/{undo}")).status == 404
    assert await site.pool.fetchval("SELECT count(*) FROM address_changes") == 0


async def test_a_confirmation_from_before_links_were_forgotten_is_over(browser: Browser, site: Site) -> None:
    """Whoever asked for it may have been somebody else."""
    token = site.token(Purpose.ADDRESS)
    await show_who(browser, token)
    await browser.press(f"/a/{token}", "address.yes", **{"address-new": "thief@example.org"})
    confirm = token_of(browser.words())
    await browser.open(f"/a/{confirm}")
    await site.answer(site.token(Purpose.FORGET), "forget.yes")
    assert (await browser.press(f"/a/{confirm}", "confirm.yes")).status == 410
    assert await address_of(site) == ADDRESS


async def test_what_was_entered_is_kept_while_the_browser_gets_to_know_its_person(browser: Browser, site: Site) -> None:
    """Also for whoever opened the page while the browser was known, and sends it when it is no more."""
    token = site.token(Purpose.LEAVE)
    await show_who(browser, token)
    await browser.open(f"/a/{token}")
    await site.pool.execute("UPDATE known_browsers SET since = $1", now() - KNOWN_FOR)
    entered = {"away-first-day": "3", "away-first-month": "2", "away-first-year": "2027"}
    button = next(button for button in browser.shown.buttons if button.startswith("away."))
    assert (await browser.press(f"/a/{token}", button, **entered)).title == NEEDS_A_CODE
    await browser.press(f"/a/{token}/email-code", "press.yes")
    page = await browser.press(f"/a/{token}/code", "code.yes", **{"code-code": browser.code()})
    assert (page.status, page.title) == (200, "When will you be away?")
    assert "Nothing is recorded yet" in page.words
    shown = {one["name"]: one.get("value") for one in page.inputs if one.get("name") in entered}
    assert shown == entered


async def test_why_a_line_can_wait_is_kept_as_well(browser: Browser, site: Site) -> None:
    """On the to-do list, at its line."""
    await waiting(site)
    token = site.token(Purpose.HOME, OFFICE)
    await show_who(browser, token)
    form = {one["name"]: one["value"] for one in browser.shown.inputs if one.get("name") in ("item", "number")}
    await site.pool.execute("UPDATE known_browsers SET since = $1", now() - KNOWN_FOR)
    await browser.press(f"/a/{token}", "", **form, **{f"off{form['number']}-why": "They meet on the 18th"})
    await browser.press(f"/a/{token}/email-code", "press.yes")
    page = await browser.press(f"/a/{token}/code", "code.yes", **{"code-code": browser.code()})
    assert "They meet on the 18th" in page.text
    assert await site.pool.fetchval("SELECT count(*) FROM snoozes") == 0


@pytest.mark.parametrize("purpose", [Purpose.ADDRESS, Purpose.CALENDAR])
async def test_giving_mail_or_diary_to_an_address_asks_again(browser: Browser, site: Site, purpose: Purpose) -> None:
    """A known browser may be in other hands: after five minutes a code is typed again, and what was entered is kept."""
    token, button = site.token(purpose), {Purpose.ADDRESS: "address.yes", Purpose.CALENDAR: "make.yes"}[purpose]
    await show_who(browser, token)
    await site.pool.execute("UPDATE known_browsers SET since = $1", now() - timedelta(minutes=6))
    await browser.open(f"/a/{token}")
    mails = len(browser.mail.taken)
    assert (
        await browser.press(f"/a/{token}", button, **{"address-new": "new@example.org"})
    ).title == "Confirm it's you"
    assert len(browser.mail.taken) == mails
    await browser.press(f"/a/{token}/email-code", "press.yes")
    page = await browser.press(f"/a/{token}/code", "code.yes", **{"code-code": browser.code()})
    assert ("new@example.org" in page.text) is (purpose is Purpose.ADDRESS)
    assert (await browser.press(f"/a/{token}", button, **{"address-new": "new@example.org"})).status == 200
    assert await site.pool.fetchval("SELECT count(*) FROM calendar_feeds") == (purpose is Purpose.CALENDAR)


async def test_who_is_signed_in_is_asked_again_before_a_change_of_address(browser: Browser, site: Site) -> None:
    """And lands on the form with what they entered."""
    await browser.sign_in()
    await site.pool.execute("UPDATE sign_ins SET proved_at = proved_at - interval '6 minutes'")
    token = site.token(Purpose.ADDRESS)
    await browser.open(f"/a/{token}")
    page = await browser.press(f"/a/{token}", "address.yes", **{"address-new": "new@example.org"})
    assert (page.url, page.title) == ("/sign-in/again", "Confirm it's you")
    await browser.press("/sign-in/again", "again.yes")
    page = await browser.type(browser.code())
    assert (page.url, page.title) == (f"/a/{token}", "Change your email address")
    assert "new@example.org" in page.text
    after = await browser.press(f"/a/{token}", "address.yes", **{"address-new": "new@example.org"})
    assert after.title == "Check your email"
