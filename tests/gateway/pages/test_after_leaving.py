"""What links, forms, calendars and sessions open to whoever has left, and to whoever makes one up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from activities.links import Purpose
from records.subjects import Subjects
from schemas.engagement_facts import CoachLeft, RoleChanged
from schemas.words import Matter, PersonId, Role
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.gateway.pages.test_sign_in import Browser, browser, opened  # noqa: F401 - a fixture
from tests.workflows.subjects import COACH, FACULTY, LEAD, SPONSOR, now

TOLD = "SELECT count(*) FROM facts WHERE event_id LIKE 'page-%'"
OVER = (403, "We no longer need this from you")

LEAVING: dict[Role, tuple[PersonId, Callable[[Life], Life]]] = {
    Role.COACH: (COACH, lambda life: life.tell(CoachLeft, person=COACH)),
    Role.SPONSOR: (SPONSOR, lambda life: life.tell(RoleChanged, role=Role.SPONSOR)),
    Role.TEAM_LEAD: (LEAD, lambda life: life.tell(RoleChanged, role=Role.TEAM_LEAD)),
    Role.FACULTY: (FACULTY, lambda life: life.tell(RoleChanged, role=Role.FACULTY)),
}


async def leave(site: Site, life: Life, role: Role) -> None:
    """Whoever has the role leaves; the records say so from now on."""
    left = LEAVING[role][1](life).told[-1]
    async with site.pool.acquire() as conn, conn.transaction():
        await Subjects().take_in(conn, life.name, [left], now())  # type: ignore[list-item] # a fact of the union


@pytest.mark.parametrize("role", LEAVING)
async def test_a_link_and_an_open_form_of_whoever_left_record_nothing(site: Site, role: Role) -> None:
    """Of a mail, and of a page that was opened before: they say why, and show nothing of the team."""
    person, life, day = LEAVING[role][0], Life().agreed(), (now() - timedelta(days=1)).date()
    await life.put(site.pool)
    tokens = [await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day, person=person, role=role)]
    tokens.append(site.token(Purpose.SESSION, person, life.name, day.isoformat()))
    open_before = [await site.get(token) for token in tokens]
    await leave(site, life, role)
    for token, before in zip(tokens, open_before, strict=True):
        after = await site.get(token)
        pressed = await site.press(token, before, "held.team") if before.buttons else after
        assert [(page.status, page.title) for page in (after, pressed)] == [OVER, OVER]
        assert not any("Ward 12" in page.words for page in (after, pressed))
    assert await site.pool.fetchval(TOLD) == 0


async def test_whoever_left_is_shown_no_team_in_a_session_that_goes_on(site: Site, browser: Browser) -> None:  # noqa: F811
    """From the moment the facts say so: neither the page that was open, nor a calendar that was chosen before."""
    life = Life().agreed()
    await life.put(site.pool)
    await browser.sign_in()
    feed = await site.feed()
    assert (await browser.open(f"/teams/{life.name}")).status == 200
    assert f"session.{life.name}." in (await browser.http.get(feed)).text
    await leave(site, life, Role.COACH)
    page = await browser.open(f"/teams/{life.name}")
    assert (page.status, page.title) == (404, "You can't see this page")
    after = await browser.http.get(feed)
    assert (after.status_code, f"session.{life.name}." in after.text) == (200, False)


async def test_a_cookie_that_was_made_up_or_changed_is_nobodys(site: Site, browser: Browser) -> None:  # noqa: F811
    """Nor the secret of a code, of a known browser, or what is kept of a cookie, in its place."""
    await browser.sign_in()
    jar = {one.name: one.value or "" for one in browser.http.cookies.jar}
    kept = await site.pool.fetchval("SELECT encode(cookie, 'hex') FROM sign_ins")
    good = jar["coaching"]
    for forged in (f"{good[:-1]}{'A' if good[-1] != 'A' else 'B'}", good.swapcase(), good[:-1], kept, "", "'; --"):
        browser.http.cookies.clear()
        browser.http.cookies.set("coaching", forged, domain="127.0.0.1", path="/")
        assert (await browser.open("/home")).url == "/sign-in", forged
