"""Signing in with a code by mail: what proves an address, for how long, and that nothing is learned by asking."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from playwright.async_api import Browser as Chromium

from gateway.settings import GatewaySettings
from records import erasures
from records.database import Pool
from tests.activities.mail_servers import Behaviour
from tests.browser import faults, picture
from tests.gateway.pages.conftest import NAMES, Site, asks_for_day, chosen, day_hidden_in, served
from tests.gateway.pages.lives import Life
from tests.gateway.pages.reading import Page
from tests.workflows.subjects import COACH, FACULTY, LEAD, now

ADDRESS = f"{COACH}@example.org"


@dataclass
class Browser:
    """A browser without scripts, with its cookies."""

    http: httpx.AsyncClient
    mail: Behaviour
    shown: Page = field(init=False)

    async def open(self, path: str) -> Page:
        """Open a page, and follow where it leads."""
        return self._see(await self.http.get(path, follow_redirects=True))

    async def press(self, path: str, button: str, **given: str | list[str]) -> Page:
        """Press a button of the page that is shown, as a person does."""
        hidden = {one["name"]: one["value"] for one in self.shown.inputs if one.get("name") == "state"}
        form: dict[str, Any] = hidden | {"answer": button} | given
        page = self._see(await self.http.post(path, data=form, follow_redirects=True))
        if asks_for_day(page):
            form = chosen(page, day_hidden_in(page))
            page = self._see(await self.http.post(path, data=form, follow_redirects=True))
        return page

    async def ask(self, address: str = ADDRESS) -> Page:
        """Ask for a code."""
        await self.open("/sign-in")
        return await self.press("/sign-in", "sign-in.yes", **{"sign-in-address": address})

    async def type(self, code: str) -> Page:
        """Type a code."""
        return await self.press("/sign-in/code", "code.yes", **{"code-code": code})

    async def sign_in(self, address: str = ADDRESS) -> Page:
        """Ask, look into the mail, and type."""
        await self.ask(address)
        return await self.type(self.code())

    async def sign_out(self, where: str = "here") -> Page:
        """Sign out from the page that lists where one is signed in."""
        await self.open("/signed-in")
        return await self.press("/sign-out", "", where=where)

    def code(self) -> str:
        """The latest code that was mailed, whatever else was mailed since."""
        texts = (_text(mail) for mail in reversed(self.mail.taken))
        found = next((found for text in texts if (found := re.search(r"Your code is (\d{6})", text))), None)
        assert found, self.shown.words
        return found[1]

    def words(self) -> str:
        """The text of the latest mail."""
        return _text(self.mail.taken[-1])

    def _see(self, answered: httpx.Response) -> Page:
        self.shown = Page(answered.status_code, answered.text, answered.headers, answered.url.path)
        return self.shown


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""


@pytest.fixture
async def browser(app: FastAPI, site: Site, mail: Behaviour) -> AsyncIterator[Browser]:
    """Somebody's browser; the coach has a part in a team."""
    await Life(1).put(site.pool)
    async with opened(app, mail) as made:
        yield made


def opened(app: FastAPI, mail: Behaviour) -> _Opened:
    """Another browser."""
    return _Opened(app, mail)


class _Opened:
    def __init__(self, app: FastAPI, mail: Behaviour) -> None:
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8080", timeout=60)
        self._mail = mail

    async def __aenter__(self) -> Browser:
        return Browser(await self._http.__aenter__(), self._mail)

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()


async def earlier(pool: Pool, table: str, by: timedelta) -> None:
    """Let time go by: what was kept is so much older."""
    columns = {"sign_in_codes": ("sent_at",), "sign_ins": ("began_at", "seen_at")}[table]
    await pool.execute(f"UPDATE {table} SET {', '.join(f'{one} = {one} - $1::interval' for one in columns)}", by)  # noqa: S608


async def test_a_mailed_code_opens_ones_own_page(browser: Browser) -> None:
    """Typed as people type it, with a space."""
    await browser.ask()
    code = browser.code()
    page = await browser.type(f"{code[:3]} {code[3:]}")
    assert (page.status, page.url, page.title) == (200, "/home", "Your tasks")
    assert NAMES[COACH] in page.words
    assert (await browser.open("/sign-in")).url == "/home"


async def test_who_is_not_signed_in_is_asked_to(browser: Browser) -> None:
    """And no code that nobody asked for counts."""
    assert (await browser.open("/home")).url == "/sign-in"
    assert (await browser.open("/sign-in/code")).status == 410


async def test_an_unknown_address_is_answered_alike_and_told_by_mail(browser: Browser) -> None:
    """Nothing on the page says whether an address is known; the mail says what to do."""
    known = await browser.ask()
    unknown = await browser.ask("nobody@example.org")
    assert (known.status, known.words) == (unknown.status, unknown.words)
    assert browser.mail.recipients[-1] == "nobody@example.org"
    assert "doesn't know this address" in browser.words()
    assert not re.search(r"\d{6}", browser.words())


async def test_a_code_counts_in_the_browser_that_asked_for_it(app: FastAPI, browser: Browser) -> None:
    """Whoever reads the code elsewhere cannot use it."""
    await browser.ask()
    async with opened(app, browser.mail) as other:
        await other.ask(f"{LEAD}@example.org")
        theirs = browser.mail.taken.pop()
        await other.open("/sign-in/code")
        assert "isn't the code" in (await other.type(browser.code())).words
        browser.mail.taken.append(theirs)


async def test_a_code_counts_once(browser: Browser) -> None:
    """After signing out it opens nothing."""
    await browser.sign_in()
    used = browser.code()
    await browser.sign_out()
    await browser.ask()
    assert "isn't the code" in (await browser.type(used)).words or used == browser.code()


async def test_a_code_is_over_after_ten_minutes(site: Site, browser: Browser) -> None:
    """A new one is a click away."""
    await browser.ask()
    await earlier(site.pool, "sign_in_codes", timedelta(minutes=10, seconds=1))
    page = await browser.type(browser.code())
    assert (page.status, page.title) == (410, "This code no longer works")
    assert page.link("Get a new code") == "/sign-in"


async def test_ten_wrong_codes_lock_the_right_one(browser: Browser) -> None:
    """Nine do not."""
    await browser.ask()
    right = browser.code()
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(9):
        assert (await browser.type(wrong)).status == 422
    assert (await browser.type(wrong)).status == 410
    assert (await browser.type(right)).status == 410


async def test_what_is_no_code_costs_no_try(browser: Browser) -> None:
    """It is said how a code looks."""
    await browser.ask()
    page = await browser.type("abc")
    assert page.status == 422
    assert "The code is 6 digits" in page.words
    assert (await browser.type(browser.code())).url == "/home"


@pytest.mark.parametrize(
    ("passed", "stays"), [(timedelta(minutes=29), True), (timedelta(minutes=31), False)], ids=["29 min", "31 min"]
)
async def test_half_an_hour_without_a_page_signs_out(
    site: Site, browser: Browser, passed: timedelta, stays: bool
) -> None:
    """Every page counts."""
    await browser.sign_in()
    await earlier(site.pool, "sign_ins", passed)
    assert (await browser.open("/home")).url == ("/home" if stays else "/sign-in")


async def test_twelve_hours_sign_out_in_any_case(site: Site, browser: Browser) -> None:
    """However many pages were opened."""
    await browser.sign_in()
    await site.pool.execute("UPDATE sign_ins SET began_at = $1", now() - timedelta(hours=12, minutes=1))
    assert (await browser.open("/home")).url == "/sign-in"


async def test_a_shared_address_asks_which(site: Site, browser: Browser) -> None:
    """One mailbox in two academies is two people; nobody else can be chosen."""
    await site.pool.execute(
        "INSERT INTO people (person, academy, name, address, admitted_at, changed_at) "
        "VALUES ('per_leeds', 'leeds', 'Anna of Leeds', $1, $2, $2)",
        ADDRESS,
        now(),
    )
    page = await browser.sign_in()
    assert (page.url, page.title) == ("/sign-in/who", "Choose who you are")
    assert {"Anna of Leeds", NAMES[COACH]} <= {
        name for name in (*NAMES.values(), "Anna of Leeds") if name in page.words
    }
    assert (await browser.press("/sign-in/who", "who.yes", **{"who-person": FACULTY})).status == 422
    assert (await browser.press("/sign-in/who", "who.yes", **{"who-person": COACH})).url == "/home"


async def test_erasing_somebody_signs_them_out_and_forgets_their_address(site: Site, browser: Browser) -> None:
    """Also the address that a code was mailed to."""
    await browser.sign_in()
    async with site.pool.acquire() as conn:
        assert await erasures.erase(conn, COACH, now(), "cli:tests") is not None
    assert (await browser.open("/home")).url == "/sign-in"
    assert await site.pool.fetchval("SELECT count(*) FROM sign_in_codes") == 0


async def test_neither_code_nor_cookie_is_kept(site: Site, browser: Browser) -> None:
    """Whoever reads the records signs in as nobody."""
    await browser.sign_in()
    kept = repr(
        [*await site.pool.fetch("SELECT * FROM sign_in_codes"), *await site.pool.fetch("SELECT * FROM sign_ins")]
    )
    assert browser.code() not in kept
    assert all(value not in kept for value in browser.http.cookies.values())


async def test_the_cookie_is_for_this_host_alone(app: FastAPI, browser: Browser, settings: GatewaySettings) -> None:
    """Its name makes browsers see to it, over TLS alone but on one's own machine; scripts never read it."""
    await browser.ask()
    typed = {"state": browser.shown.state, "code-code": browser.code()}
    plain = (await browser.http.post("/sign-in/code", data=typed)).headers["set-cookie"]
    assert plain.startswith("coaching=")
    assert "HttpOnly" in plain
    assert "SameSite=lax" in plain
    for url in ("https://coaching.example.org", "http://coaching.example.org"):
        app.state.context = app.state.context.__class__(
            app.state.context.client, app.state.context.pool, settings.model_copy(update={"public_url": url})
        )
        asked = await browser.http.get("/sign-in")
        state = Page(asked.status_code, asked.text, asked.headers).state
        given = {"state": state, "sign-in-address": ADDRESS}
        secure = (await browser.http.post("/sign-in", data=given)).headers["set-cookie"]
        assert secure.startswith("__Host-coaching-code=")
        assert "Secure" in secure
        assert "Path=/;" in secure
        assert "Domain" not in secure


async def test_three_codes_an_hour_go_to_one_address(browser: Browser) -> None:
    """Nobody's mailbox is filled."""
    for _ in range(3):
        assert (await browser.ask()).url == "/sign-in/code"
    assert "several emails" in (await browser.ask()).words
    assert len(browser.mail.taken) == 3


async def test_it_is_done_in_a_real_browser_and_axe_finds_nothing(
    app: FastAPI, browser: Browser, chrome: Chromium
) -> None:
    """On a narrow phone, with the keyboard, without scripts; every page on the way."""
    wrong: dict[str, list[str]] = {}
    async with served(app) as url:
        context = await chrome.new_context(viewport={"width": 320, "height": 640}, bypass_csp=True)
        page = await context.new_page()

        async def look(name: str) -> None:
            await picture(page, name)
            if found := await faults(page):
                wrong[name] = found

        await page.goto(f"{url}/sign-in")
        await look("address")
        await page.get_by_label("Your email address").fill(ADDRESS)
        await page.keyboard.press("Enter")
        await page.get_by_label("Code").wait_for()
        await page.get_by_label("Code").fill("000000" if browser.code() != "000000" else "000001")
        await page.keyboard.press("Enter")
        await page.get_by_text("isn't the code").first.wait_for()
        await look("wrong code")
        await page.get_by_label("Code").fill(browser.code())
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name="Sign out").wait_for()
        await look("home")
        await page.get_by_role("link", name="Sign out").click()
        await look("where")
        await page.get_by_role("button", name="Sign out here").click()
        await look("signed out")
        await page.goto(f"{url}/sign-in/code")
        await look("over")
    assert not wrong
