# ruff: noqa: F811 - fixtures that are imported are named again by whoever asks for them
"""Signing in under attack, over real connections: guessed, raced, forged, replayed, sent by another site."""

from __future__ import annotations

import asyncio
import re
from collections import Counter

import httpx
from fastapi import FastAPI

from records.database import Pool
from tests.gateway.pages.conftest import BROWSER, Site, served
from tests.gateway.pages.reading import Page
from tests.gateway.pages.test_sign_in import ADDRESS, Browser, browser  # noqa: F401 - a fixture
from tests.workflows.subjects import COACH, LEAD


async def at_once(url: str, asked: Browser, codes: list[str]) -> Counter[int]:
    """Codes typed all at once, each over a connection of its own; how often each status was answered."""
    form = {"state": asked.shown.state}
    cookies = {one.name: one.value or "" for one in asked.http.cookies.jar}

    async with httpx.AsyncClient(base_url=url, cookies=cookies, timeout=60) as connections:
        sent = (connections.post("/sign-in/code", data=form | {"code-code": code}) for code in codes)
        return Counter(answered.status_code for answered in await asyncio.gather(*sent))


async def test_fifty_connections_have_ten_tries_together(app: FastAPI, site: Site, browser: Browser) -> None:
    """However they are raced; then the right code opens nothing."""
    await browser.ask()
    right = browser.code()
    wrong = [f"{(int(right) + number) % 1_000_000:06}" for number in range(1, 51)]
    async with served(app) as url:
        answered = await at_once(url, browser, wrong)
        assert answered[422] <= 9
        assert answered.total() == answered[422] + answered[410] == 50
        assert await at_once(url, browser, [right]) == {410: 1}
    assert await site.pool.fetchval("SELECT failures FROM sign_in_codes") == 10
    assert await site.pool.fetchval("SELECT count(*) FROM sign_ins") == 0


async def test_one_code_typed_in_many_tabs_at_once_begins_one_session(
    app: FastAPI, site: Site, browser: Browser
) -> None:
    """The others are told that it was used; none of them fails."""
    await browser.ask()
    async with served(app) as url:
        assert await at_once(url, browser, [browser.code()] * 8) == {303: 1, 410: 7}
    assert await site.pool.fetchval("SELECT count(*) FROM sign_ins") == 1


async def test_a_used_code_opens_nothing_in_its_own_browser(browser: Browser) -> None:
    """Whoever kept cookie and form and comes back later has nothing by them."""
    await browser.ask()
    kept, form, code = dict(browser.http.cookies), browser.shown, browser.code()
    await browser.type(code)
    await browser.sign_out()
    browser.http.cookies.update(kept)
    browser.shown = form
    assert (await browser.type(code)).status == 410
    assert (await browser.open("/home")).url == "/sign-in"


async def test_forged_cookies_sign_nobody_in(browser: Browser) -> None:
    """Each of ours, of any content: the reader is asked to sign in, and nothing breaks."""
    names = ("coaching", "coaching-code", "coaching-provider", "coaching-place")
    for forged in ("", "x", "A" * 43, "..%2f..", "'; DROP TABLE sign_ins; --", "a" * 4000, "\u00e9\u00e8"):
        headers = [(b"Cookie", "; ".join(f"{name}={forged}" for name in names).encode("latin-1"))]
        for path in ("/home", "/signed-in", "/sign-in/who", "/sign-in/again", "/engine"):
            answered = await browser.http.get(path, headers=headers)
            assert (answered.status_code, answered.headers["location"]) == (303, "/sign-in"), (forged, path)
        assert (await browser.http.get("/sign-in/code", headers=headers)).status_code == 410
        assert (await browser.http.get("/sign-in?kept=1", headers=headers)).status_code == 200


async def test_a_changed_cookie_signs_nobody_in(browser: Browser) -> None:
    """Not by one letter."""
    await browser.sign_in()
    cookie = browser.http.cookies["coaching"]
    for number in (0, 20, 42):
        changed = cookie[:number] + ("B" if cookie[number] != "B" else "C") + cookie[number + 1 :]
        answered = await browser.http.get("/home", headers={"Cookie": f"coaching={changed}"})
        assert answered.headers["location"] == "/sign-in"


async def test_signing_in_leads_to_no_other_site(browser: Browser) -> None:
    """Neither by the address, nor by what a request says its host is, nor by a cookie that is not ours."""
    there = "https://evil.example"
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    first = await browser.http.get(f"/home?to={there}&next={there}", headers=headers)
    assert first.headers["location"] == "/sign-in"
    browser.http.cookies.delete("coaching-place")
    browser.http.cookies.set("coaching-place", there, domain="127.0.0.1")
    page = Page(200, (await browser.http.get("/sign-in")).text, httpx.Headers())
    asked = await browser.http.post(
        f"/sign-in?to={there}", data={"state": page.state, "sign-in-address": ADDRESS}, headers=headers
    )
    assert asked.headers["location"] == "/sign-in/code"
    page = Page(200, (await browser.http.get("/sign-in/code")).text, httpx.Headers())
    typed = {"state": page.state, "code-code": browser.code()}
    entered = await browser.http.post("/sign-in/code", data=typed, headers=headers)
    assert entered.headers["location"] == "/home"
    assert "evil" not in " ".join(entered.headers.get_list("set-cookie"))


async def test_another_sites_form_does_nothing(site: Site, browser: Browser) -> None:
    """Though the browser sends the cookies, and the form is one that its maker was shown."""
    await browser.sign_in()
    mails, before = len(browser.mail.taken), await sessions(site.pool)
    form = {"state": (await browser.open("/signed-in")).state, "where": "everywhere", "sign-in-address": ADDRESS}
    for path in ("/sign-in", "/sign-in/code", "/sign-in/again", "/sign-in/who", "/sign-out", "/signed-in"):
        answered = await browser.http.post(path, data=form, headers={"Sec-Fetch-Site": "cross-site"})
        assert answered.status_code == 403
        await browser.http.post(path, data=form | {"state": "forged"})
    assert (len(browser.mail.taken), await sessions(site.pool)) == (mails, before)
    assert (await browser.open("/home")).url == "/home"


async def sessions(pool: Pool) -> list[tuple[str, bool]]:
    """The sessions, and whether each was ended."""
    rows = await pool.fetch("SELECT sign_in, ended_at IS NOT NULL AS ended FROM sign_ins ORDER BY sign_in")
    return [(row["sign_in"], row["ended"]) for row in rows]


async def test_looking_mails_nothing(browser: Browser) -> None:
    """Programs that open every link ask for no code."""
    await browser.sign_in()
    mails = len(browser.mail.taken)
    for path in ("/sign-in", "/sign-in/again", "/sign-in/code", "/sign-in/who", "/home", "/signed-in"):
        await browser.http.get(path)
        await browser.http.head(path)
    assert len(browser.mail.taken) == mails


async def test_known_and_unknown_addresses_are_answered_alike_to_the_letter(browser: Browser) -> None:
    """Status, headers and page; the same work is done for both, a mail included, before the answer."""
    answers = []
    for address in (ADDRESS, "nobody@example.org"):
        page = Page(200, (await browser.http.get("/sign-in")).text, httpx.Headers())
        mails = len(browser.mail.taken)
        answered = await browser.http.post("/sign-in", data={"state": page.state, "sign-in-address": address})
        headers = re.sub("coaching-code=[^;]{43};|expires=[^;]+;", "", str(sorted(answered.headers.items())))
        answers.append((answered.status_code, headers, answered.text, len(browser.mail.taken) - mails))
    assert answers[0] == answers[1]


async def test_many_who_ask_at_once_for_one_mailbox_send_it_three_mails(app: FastAPI, browser: Browser) -> None:
    """Raced over connections of their own."""
    page = await browser.open("/sign-in")

    form = {"state": page.state, "sign-in-address": ADDRESS}
    async with served(app) as url, httpx.AsyncClient(base_url=url, timeout=60) as connections:
        sent = (connections.post("/sign-in", data=form) for _ in range(12))
        answered = Counter(each.status_code for each in await asyncio.gather(*sent))
    assert answered == {303: 3, 409: 9}
    assert len(browser.mail.taken) == 3


async def test_a_code_proves_the_address_as_it_is_now(site: Site, browser: Browser) -> None:
    """Whoever has another address by the time the code is typed is not signed in by the old one."""
    await browser.ask()
    await site.pool.execute("UPDATE people SET address = 'anna.new@example.org' WHERE person = $1", COACH)
    assert (await browser.type(browser.code())).status == 410
    assert await site.pool.fetchval("SELECT count(*) FROM sign_ins") == 0


async def test_a_merged_record_is_signed_in_nowhere(site: Site, browser: Browser) -> None:
    """Whoever it was signs in again, as the one who was kept."""
    await browser.sign_in()
    await site.pool.execute("UPDATE people SET merged_into = $2 WHERE person = $1", COACH, LEAD)
    assert (await browser.open("/home")).url == "/sign-in"


async def test_who_asks_in_somebodys_name_keeps_them_from_nothing_where_they_are_known(
    site: Site, browser: Browser
) -> None:
    """Three mails an hour are for whoever asks anywhere; a browser that is known to be theirs has three of its own."""
    for _ in range(3):
        await browser.ask()
    assert "several emails" in (await browser.ask()).words
    browser.http.cookies.set("coaching-browser", BROWSER, domain="127.0.0.1")
    assert (await browser.sign_in()).url == "/home"
    assert len(browser.mail.taken) == 4
    del site
