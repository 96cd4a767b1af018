# ruff: noqa: F811 - fixtures that are imported are named again by whoever asks for them
"""A session: when it ends, what is kept when it has ended, where somebody is signed in, and showing that it is them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import FastAPI, Request, Response
from playwright.async_api import Browser as Chromium
from structlog.testing import capture_logs

from gateway.context import now
from gateway.pages import fields, reading
from gateway.pages.asked import Answer, Choice, Field, Question
from gateway.pages.drawing import draw_question, message
from gateway.pages.forms import Forms
from gateway.pages.route import Context, PageRoute
from gateway.sign_in import browsers, sessions
from lifecycle.dates import clock_of
from tests.gateway.pages.conftest import NAMES, Site, served
from tests.gateway.pages.test_sign_in import ADDRESS, Browser, browser, earlier, opened  # noqa: F401 - a fixture
from tests.workflows.subjects import COACH, LEAD

EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1"

WORDS = Question(
    title="Say something",
    topic="say",
    mark=(),
    answers=(
        Answer(
            name="say",
            fields=(Field(name="what", kind="lines", label="What?"), Field(name="day", kind="date", label="When?")),
            buttons=(Choice("yes", "Send"),),
        ),
    ),
)
"""A page for whoever is signed in, as the programme's own are."""


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    """With a page that takes words from whoever is signed in, and only then."""
    app.router.route_class = PageRoute

    @app.get("/say")
    async def ask(context: Context) -> Response:
        state = Forms(context.settings.signing_keys).state(WORDS, now())
        return draw_question(WORDS, state=state, changing=False)

    @app.post("/say")
    async def take(request: Request, context: Context) -> Response:
        form = await request.form()
        if reading.signed_in() is None:
            return await sessions.sign_in_first(context, request, form)
        said = fields.read(WORDS.answers[0], form).values
        return message("Taken", f"{'/'.join(said['what'])} on {said['day']}", status=200)

    return app


TYPED = {"say-what": "Two lines,\nin good order", "say-day-day": "3", "say-day-month": "2", "say-day-year": "2027"}


async def test_what_was_typed_is_kept_while_somebody_signs_in_again(site: Site, browser: Browser) -> None:
    """They land on the page with what they typed; nothing was recorded, and it is sent again by pressing the button."""
    await browser.sign_in()
    await browser.open("/say")
    await earlier(site.pool, "sign_ins", timedelta(minutes=31))
    assert (await browser.press("/say", "say.yes", **TYPED)).url == "/sign-in"
    page = await browser.sign_in()
    assert page.url == "/say"
    assert "Nothing is recorded yet" in page.words
    shown = {one["name"]: one.get("value") for one in page.inputs if one.get("name", "").startswith("say-day")}
    assert list(shown.values()) == ["3", "2", "2027"]
    assert "in good order" in page.text
    assert "Two lines,/in good order on 2027-02-03" in (await browser.press("/say", "say.yes", **TYPED)).words


async def test_what_was_typed_is_shown_to_nobody_else(site: Site, browser: Browser) -> None:
    """Whoever signs in next at that computer lands on their own page."""
    await browser.sign_in()
    await browser.open("/say")
    await earlier(site.pool, "sign_ins", timedelta(hours=13))
    await browser.press("/say", "say.yes", **TYPED)
    assert (await browser.sign_in(f"{LEAD}@example.org")).url == "/home"
    assert "good order" not in (await browser.open("/say?kept=1")).text


async def test_a_form_of_another_site_is_neither_taken_nor_kept(site: Site, browser: Browser) -> None:
    """Browsers say where a form comes from; where one does not, its hidden part shows it."""
    await browser.sign_in()
    refused = await browser.http.post("/say", data=TYPED, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    await earlier(site.pool, "sign_ins", timedelta(minutes=31))
    await browser.http.post("/say", data=TYPED | {"answer": "say.yes", "state": "forged"})
    assert await site.pool.fetchval("SELECT count(*) FROM sign_in_drafts") == 0


async def test_what_was_typed_is_kept_sealed_and_for_an_hour(site: Site, browser: Browser) -> None:
    """Whoever reads the records reads no words."""
    await browser.sign_in()
    await browser.open("/say")
    await earlier(site.pool, "sign_ins", timedelta(minutes=31))
    await browser.press("/say", "say.yes", **TYPED)
    assert "good order" not in str(await site.pool.fetchval("SELECT sealed FROM sign_in_drafts"))
    await site.pool.execute("UPDATE sign_in_drafts SET kept_at = $1", now() - timedelta(minutes=61))
    assert "good order" not in (await browser.sign_in()).text


async def test_every_page_says_whose_session_it_is_and_when_it_ends(site: Site, browser: Browser) -> None:
    """Any page counts, those of links as well; after twelve hours none does."""
    page = await browser.sign_in()
    ends = clock_of("Europe/London").time(now() + timedelta(minutes=30))
    before = clock_of("Europe/London").time(now() + timedelta(minutes=29))
    assert any(f"signed in as {NAMES[COACH]}. We'll sign you out at {at}" in page.words for at in (ends, before))
    await earlier(site.pool, "sign_ins", timedelta(minutes=20))
    await browser.open("/say")
    await site.pool.execute("UPDATE sign_ins SET seen_at = seen_at - interval '20 minutes'")
    assert (await browser.open("/home")).url == "/home"
    await site.pool.execute("UPDATE sign_ins SET began_at = $1", now() - timedelta(hours=11, minutes=50))
    at = {clock_of("Europe/London").time(now() + timedelta(minutes=minutes)) for minutes in (9, 10)}
    page = await browser.open("/home")
    assert any(f"sign you out at {ends}, 12 hours after you signed in." in page.words for ends in at)
    assert "unless you open" not in page.words


async def test_looking_when_a_session_ends_does_not_make_it_last(site: Site, browser: Browser) -> None:
    """Staying signed in does, until twelve hours are over."""
    await browser.sign_in()
    await earlier(site.pool, "sign_ins", timedelta(minutes=29))
    for _ in range(2):
        assert (await browser.http.get("/signed-in/ends")).json()["seconds"] <= 60
    stays = (await browser.http.post("/signed-in/ends")).json()
    assert (stays["seconds"] > 1790, stays["last"]) == (True, False)
    await earlier(site.pool, "sign_ins", timedelta(minutes=31))
    over = {"seconds": 0, "last": True}
    assert (await browser.http.get("/signed-in/ends")).json() == over
    assert (await browser.http.post("/signed-in/ends")).json() == over


async def test_the_list_says_which_browsers_and_one_can_be_ended(app: FastAPI, site: Site, browser: Browser) -> None:
    """The own one is marked; signing out of another asks again who is there, unless it was shown just now."""
    browser.http.headers["User-Agent"] = EDGE
    await browser.sign_in()
    async with opened(app, browser.mail) as phone:
        phone.http.headers["User-Agent"] = PHONE
        await phone.sign_in()
        page = await browser.open("/signed-in")
        assert "Edge on Windows (this browser)" in page.words
        assert "Safari on an iPhone Signed in" in page.words
        other = next(one["value"] for one in page.inputs if one.get("value", "").startswith("sig_"))
        await site.pool.execute("UPDATE sign_ins SET proved_at = proved_at - interval '6 minutes'")
        assert (await browser.press("/sign-out", "", where=other)).title == "Confirm it's you"
        assert (await phone.open("/home")).url == "/home"
        await browser.press("/sign-in/again", "again.yes")
        assert (await browser.type(browser.code())).url == "/signed-in"
        assert (await browser.press("/sign-out", "", where=other)).url == "/signed-in"
        assert (await phone.open("/home")).url == "/sign-in"
    assert "iPhone" not in browser.shown.words
    assert (await browser.open("/home")).url == "/home"


async def test_signing_out_everywhere_signs_out_every_browser(app: FastAPI, browser: Browser) -> None:
    """This one too; a cookie that is kept opens nothing any more."""
    await browser.sign_in()
    kept = dict(browser.http.cookies)
    async with opened(app, browser.mail) as other:
        await other.sign_in()
        await browser.sign_out("everywhere")
        assert (await other.open("/home")).url == "/sign-in"
    browser.http.cookies.update(kept)
    assert (await browser.open("/home")).url == "/sign-in"


async def test_signing_out_everywhere_ends_what_could_still_become_them(
    app: FastAPI, site: Site, browser: Browser
) -> None:
    """Where one of two people at a mailbox has yet to be chosen; whoever chose nobody is signed out here, at once."""
    await site.pool.execute("UPDATE people SET address = $2 WHERE person = $1", LEAD, ADDRESS)
    assert (await browser.sign_in()).url == "/sign-in/who"
    await browser.press("/sign-in/who", "who.yes", **{"who-person": COACH})
    async with opened(app, browser.mail) as other, opened(app, browser.mail) as third:
        assert (await other.sign_in()).url == "/sign-in/who"
        assert (await third.sign_in()).url == "/sign-in/who"
        await site.pool.execute("UPDATE sign_ins SET proved_at = NULL WHERE person IS NULL")
        kept = dict(third.http.cookies)
        assert (await third.sign_out("everywhere")).title == "You've signed out"
        third.http.cookies.update(kept)
        assert (await third.open("/home")).url == "/sign-in"
        assert (await other.open("/home")).url == "/sign-in/who"
        await browser.sign_out("everywhere")
        assert (await other.open("/home")).url == "/sign-in"


async def test_nobody_is_signed_out_by_another(app: FastAPI, site: Site, browser: Browser) -> None:
    """Neither by naming their session, nor by another site's form."""
    await browser.sign_in()
    async with opened(app, browser.mail) as other:
        await other.sign_in(f"{LEAD}@example.org")
        theirs = await site.pool.fetchval("SELECT sign_in FROM sign_ins WHERE person = $1", COACH)
        await other.sign_out(theirs)
    assert (await browser.open("/home")).url == "/home"
    await browser.http.post("/sign-out", data={"where": "everywhere"})
    assert (await browser.open("/home")).url == "/home"


async def test_signing_in_anew_gives_a_new_cookie_and_ends_the_session_before(site: Site, browser: Browser) -> None:
    """Whoever knew the cookie before knows nothing now, and the one who was there goes on as the same person."""
    browser.http.cookies.set("coaching", "chosen by somebody else", domain="127.0.0.1")
    await browser.sign_in()
    before = next(one.value for one in browser.http.cookies.jar if one.name == "coaching")
    assert before != "chosen by somebody else"
    await browser.open("/sign-in/again")
    await browser.press("/sign-in/again", "again.yes")
    await browser.type(browser.code())
    after = next(one.value for one in browser.http.cookies.jar if one.name == "coaching")
    assert after != before
    assert await site.pool.fetchval("SELECT count(*) FROM sign_ins WHERE ended_at IS NULL") == 1


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (EDGE, "Edge on Windows"),
        (PHONE, "Safari on an iPhone"),
        ("curl/8", "Unknown browser"),
        (None, "Unknown browser"),
    ],
)
def test_a_browser_is_called_as_people_call_it(agent: str | None, words: str) -> None:
    """By what it says of itself, of which nothing else is kept."""
    assert browsers.called(agent) == words


async def test_a_script_warns_two_minutes_before_and_the_session_can_go_on(
    app: FastAPI, site: Site, browser: Browser, chrome: Chromium
) -> None:
    """Where scripts run; nothing but ours does."""
    async with served(app) as url:
        context = await chrome.new_context(viewport={"width": 320, "height": 640})
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text))
        await page.clock.install()
        await page.goto(f"{url}/sign-in")
        await page.get_by_label("Your email address").fill(ADDRESS)
        await page.keyboard.press("Enter")
        await page.get_by_label("Code").wait_for()
        await page.get_by_label("Code").fill(browser.code())
        await page.keyboard.press("Enter")
        await page.get_by_text("We'll sign you out at").wait_for()
        await earlier(site.pool, "sign_ins", timedelta(minutes=28, seconds=30))
        await page.clock.fast_forward("28:30")
        stay = page.get_by_role("button", name="Stay signed in")
        await stay.wait_for()
        assert "less than 2 minutes" in await page.get_by_role("alert").inner_text()
        await stay.click()
        await stay.wait_for(state="detached")
        await earlier(site.pool, "sign_ins", timedelta(minutes=31))
        await page.clock.fast_forward("31:00")
        await page.get_by_text("You're signed out").wait_for()
    assert complaints == []


async def test_signing_in_and_out_is_a_security_event(site: Site, browser: Browser) -> None:
    """With whose id and way, from which network, and nothing personal."""
    del site
    with capture_logs() as said:
        await browser.ask()
        wrong = "000000" if browser.code() != "000000" else "000001"
        await browser.type(wrong)
        await browser.type(browser.code())
        await browser.sign_out()
    events = [(one["event"], one.get("who"), one.get("way", one.get("why"))) for one in said]
    assert ("security.sign_in_refused", None, "wrong code") in events
    assert ("security.signed_in", f"person:{COACH}", "code") in events
    assert ("security.signed_out", f"person:{COACH}", "here") in events
    assert ADDRESS not in repr(said)
    assert NAMES[COACH] not in repr(said)
