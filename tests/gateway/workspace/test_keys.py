"""Keys of other services: made, replaced and revoked by whoever runs the installation, and by nobody else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from gateway.app import build_app
from gateway.pages.forms import Forms
from gateway.settings import GatewaySettings
from gateway.workspace.keys import words
from operations.keys import AT_MOST
from records import keys
from schemas.grants import OWN, Managing, Reading
from schemas.words import Group, Role
from tests.gateway.conftest import temporal, unheard, walled
from tests.gateway.pages.conftest import NAMES, Site
from tests.gateway.pages.reading import Page
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.test_academy import stale
from tests.gateway.workspace.test_engine import DESK
from tests.gateway.workspace.test_strangers import STRANGER, neighbour
from tests.workflows.subjects import COACH, OFFICE, now

__all__ = ["temporal", "unheard", "walled"]

HERE: Final = "/engine/keys"
WHY: Final = "It was in an email to everybody"
ROWS: Final = "SELECT * FROM api_keys"


@pytest.fixture
def settings(settings: GatewaySettings) -> GatewaySettings:
    """Somebody runs the installation, who is known to no academy."""
    return GatewaySettings.model_validate(settings.model_dump() | {"sign_in_operators": f"{DESK}, {OFFICE}@ops.test"})


@pytest.fixture
async def desk(browser: Browser, site: Site) -> Browser:
    """The browser of whoever runs the installation."""
    await neighbour(site)
    await browser.sign_in(DESK)
    return browser


@pytest.fixture
async def service(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Another service, which calls the same gateway's API."""
    api = httpx.ASGITransport(build_app(app.state.context))
    async with httpx.AsyncClient(transport=api, base_url="http://gateway", timeout=60) as client:
        yield client


async def calls(service: httpx.AsyncClient, secret: str, what: str = "engagements?academy=sheffield") -> int:
    """How a call with a key is answered."""
    return (await service.get(f"/v1/{what}", headers={"X-API-Key": secret})).status_code


async def make(desk: Browser, **given: Any) -> Page:
    """Make a key for a dashboard of one academy, or what is said otherwise."""
    await desk.open(f"{HERE}/make")
    return await desk.press(f"{HERE}/make", "make.yes", **made_of(desk) | given)


def made_of(desk: Browser) -> dict[str, Any]:
    """The form of a key, as it is shown and filled in."""
    dates = {
        one["name"]: one["value"] for one in desk.shown.inputs if one.get("name", "").startswith("make-until-")
    }  # fmt: skip
    return dates | {"make-name": "Board dashboard", "make-academy": "sheffield", "make-service": "dashboard"}


def secret_on(page: Page) -> str:
    """The secret that a page shows."""
    found = re.findall(r"mca_[A-Za-z0-9_-]{43}", page.text)
    assert len(found) == 1, page.words
    return str(found[0])


async def one(site: Site) -> str:
    """The name of the only key."""
    return str(await site.pool.fetchval("SELECT key FROM api_keys"))


async def test_a_key_is_made_shown_once_and_works_until_it_is_revoked(
    site: Site, desk: Browser, service: httpx.AsyncClient
) -> None:
    """For what it is for alone; the list says what it may do, who made it, that it was used, and why it ended."""
    assert (await desk.open("/engine")).link("Keys of other services") == HERE
    page = await make(desk)
    assert (page.status, page.headers["cache-control"]) == (200, "no-store")
    secret = secret_on(page)
    assert [await calls(service, secret), await calls(service, secret, "people?academy=sheffield")] == [200, 403]
    page = await desk.open(HERE)
    assert secret not in page.text
    for said in ("Board dashboard Works", "Read teams and how they do; cohorts", "Where Sheffield", "by the operator"):
        assert said in page.words
    assert "Never" not in page.words
    here = f"{HERE}/{await one(site)}/revoke"
    await desk.open(here)
    assert "Say why it is revoked" in (await desk.press(here, "revoke.yes")).words
    page = await desk.press(here, "revoke.yes", **{"revoke-why": WHY})
    assert page.url == HERE
    assert f": {WHY}" in page.words
    assert "Revoked" in page.words
    assert await calls(service, secret) == 401
    assert (await desk.open(here)).status == 404


async def test_what_an_operator_typed_is_kept_while_they_show_who_they_are(site: Site, desk: Browser) -> None:
    """Also where no academy knows them."""
    await desk.open(f"{HERE}/make")
    await stale(site)
    typed = made_of(desk) | {"make-name": "Board dashboard of the trust"}
    assert (await desk.press(f"{HERE}/make", "make.yes", **typed)).url == "/sign-in/again"
    await desk.press("/sign-in/again", "again.yes", **{"again-address": DESK})
    page = await desk.type(desk.code())
    assert page.url == f"{HERE}/make"
    assert "Nothing is recorded yet" in page.words
    assert "Board dashboard of the trust" in page.text
    assert secret_on(await desk.press(f"{HERE}/make", "make.yes", **typed))


async def test_a_replaced_key_works_on_for_a_while_or_ends_at_once(
    site: Site, desk: Browser, service: httpx.AsyncClient
) -> None:
    """What it may do stays; so does its name."""
    first = secret_on(await make(desk))
    name = await one(site)
    secrets = [first]
    for overlap in ("7", "0"):
        await desk.open(f"{HERE}/{name}/replace")
        dates = {each["name"]: each["value"] for each in desk.shown.inputs if "until" in each.get("name", "")}
        page = await desk.press(f"{HERE}/{name}/replace", "rotate.yes", **dates | {"rotate-overlap": overlap})
        assert ("The key before works until" in page.words) is (overlap == "7")
        secrets.append(secret_on(page))
        if overlap == "7":
            assert [await calls(service, each) for each in secrets] == [200, 200]
    assert [await calls(service, each) for each in secrets] == [401, 401, 200]
    assert await one(site) == name


async def test_what_is_chosen_is_granted_and_nothing_more(site: Site, desk: Browser) -> None:
    """Beside a usual service, or alone; with neither no key is made."""
    page = await make(desk, **{"make-service": "other"})
    assert "Choose what it may do" in page.words
    await make(desk, **{"make-service": "other", "make-tell": ["leave", "sessions"]})
    await make(desk, **{"make-service": "leavers", "make-read": ["people"], "make-academy": "leeds"})
    rows = await site.pool.fetch(ROWS)
    assert sorted(row["grants"] for row in rows) == [
        ["manage:leeds:leavers", "read:leeds:people"],
        ["tell:sheffield:sessions,leave"],
    ]


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(days=-1), AT_MOST + timedelta(days=2)])
async def test_a_key_ends_within_a_year(site: Site, desk: Browser, ahead: timedelta) -> None:
    """Neither today nor later than that."""
    day = now().date() + ahead
    given = {f"make-until-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}
    assert "Enter a day from tomorrow to a year from today" in (await make(desk, **given)).words
    assert await site.pool.fetch(ROWS) == []


async def test_a_second_press_makes_no_second_key(site: Site, desk: Browser) -> None:
    """Nor does a page that is loaded again: it says that nothing was changed."""
    await desk.open(f"{HERE}/make")
    form, given = desk.shown, made_of(desk)
    secret_on(await desk.press(f"{HERE}/make", "make.yes", **given))
    desk.shown = form
    page = await desk.press(f"{HERE}/make", "make.yes", **given)
    assert "Nothing was changed" in page.words
    assert len(await site.pool.fetch(ROWS)) == 1


async def test_only_who_signed_in_just_now_makes_replaces_and_revokes(site: Site, desk: Browser) -> None:
    """A browser that was left open shows no form, and takes none; with a code they are back where they were."""
    await make(desk)
    name, before = await one(site), await site.pool.fetch(ROWS)
    for page, button in (("make", "make"), (f"{name}/replace", "rotate"), (f"{name}/revoke", "revoke")):
        await desk.open(f"{HERE}/{page}")
        await stale(site)
        given = made_of(desk) | {"rotate-overlap": "0", "revoke-why": WHY}
        assert (await desk.press(f"{HERE}/{page}", f"{button}.yes", **given)).url == "/sign-in/again"
        assert (await desk.open(f"{HERE}/{page}")).title == "Confirm it's you"
        assert await site.pool.fetch(ROWS) == before
        await desk.press("/sign-in/again", "again.yes", **{"again-address": DESK})
        assert (await desk.type(desk.code())).url == f"{HERE}/{page}"


async def test_nobody_else_has_them(site: Site, browser: Browser) -> None:
    """Neither an academy's own office, nor another's, nor a coach: by address, or by a form they made up."""
    await neighbour(site)
    async with site.pool.acquire() as conn:
        made = await keys.create(conn, "diary", ("read:sheffield:cohorts",), now(), now() + AT_MOST)
    before = await site.pool.fetch(ROWS)
    pages = (HERE, *(f"{HERE}/{each}" for each in ("make", f"{made.key}/replace", f"{made.key}/revoke")))
    assert (await browser.open(HERE)).url == "/sign-in"
    for person in (OFFICE, STRANGER, COACH):
        await browser.sign_in(f"{person}@example.org")
        for path in pages:
            assert (await browser.open(path)).title == "You can't see this page"
            state = Forms(["another key, which is long enough to sign"]).state_of(path.strip("/"), now())
            form = {"state": state, "answer": "make.yes", "revoke-why": WHY}
            assert (await browser.http.post(path, data=form)).status_code in {404, 405}
        await browser.sign_out()
    assert await site.pool.fetch(ROWS) == before


async def test_a_form_of_another_site_makes_no_key(site: Site, desk: Browser) -> None:
    """Neither one without our state, nor one that a browser says comes from elsewhere."""
    await desk.open(f"{HERE}/make")
    form = made_of(desk) | {"answer": "make.yes"}
    await desk.http.post(f"{HERE}/make", data=form)
    own = {each["name"]: each["value"] for each in desk.shown.inputs if each.get("name") == "state"}
    for site_of in ("cross-site", "same-site"):
        answer = await desk.http.post(f"{HERE}/make", data=form | own, headers={"Sec-Fetch-Site": site_of})
        assert answer.status_code == 403
    assert await site.pool.fetch(ROWS) == []


async def test_a_key_for_everything_is_revoked_here_and_replaced_by_command_alone(site: Site, desk: Browser) -> None:
    """Whoever takes over a gateway has no such key by it."""
    async with site.pool.acquire() as conn:
        for grant in ("admin:sheffield", "read:*:cohorts"):
            await keys.create(conn, grant.partition(":")[0], (grant,), now(), now() + AT_MOST, "cli:alder")
    page = await desk.open(HERE)
    assert "by alder at the command line" in page.words
    assert "Every academy" in page.words
    for line in await site.pool.fetch(ROWS):
        page = await desk.open(f"{HERE}/{line['key']}/replace")
        assert "mca key rotate" in page.words
        assert not [each for each in page.inputs if each.get("value") == "rotate.yes"]
        await desk.open(f"{HERE}/{line['key']}/revoke")
        await desk.press(f"{HERE}/{line['key']}/revoke", "revoke.yes", **{"revoke-why": WHY})
    assert await site.pool.fetchval("SELECT count(*) FROM api_keys WHERE revoked_at IS NOT NULL") == 2


async def test_what_is_done_is_a_security_event_and_holds_no_secret(
    site: Site, desk: Browser, service: httpx.AsyncClient
) -> None:
    """Nor the reason, nor what the key is called; the audit says who did it, and when."""
    with capture_logs() as logs:
        secret = secret_on(await make(desk))
        name = await one(site)
        await calls(service, secret)
        await desk.open(f"{HERE}/{name}/replace")
        dates = {each["name"]: each["value"] for each in desk.shown.inputs if "until" in each.get("name", "")}
        page = await desk.press(f"{HERE}/{name}/replace", "rotate.yes", **dates | {"rotate-overlap": "1"})
        secrets = (secret, secret_on(page))
        await desk.open(f"{HERE}/{name}/revoke")
        await desk.press(f"{HERE}/{name}/revoke", "revoke.yes", **{"revoke-why": WHY})
    said = [line for line in logs if line["event"].startswith("security.key_")]
    assert [(line["event"], line["key"], line["who"].partition("_")[0]) for line in said] == [
        (f"security.key_{what}", name, "operator:sig") for what in ("made", "rotated", "revoked")
    ]
    assert not [word for word in (*secrets, WHY, "Board dashboard", DESK) if word in str(logs)]
    kept = str([await site.pool.fetch(f"SELECT * FROM {table}") for table in ("api_keys", "audit")])  # noqa: S608
    assert not [word for word in secrets if word in kept]
    noted = await site.pool.fetch("SELECT action, caller, door FROM audit WHERE action LIKE '% key_%' ORDER BY number")
    assert [row["action"] for row in noted] == [f"{what} {name}" for what in ("make", "rotate", "revoke")]
    assert {(row["caller"].partition(":")[0], row["door"]) for row in noted} == {("operator", "signed_in")}


async def test_whoever_is_known_is_named_beside_the_key_they_made(site: Site, browser: Browser) -> None:
    """By their name, while we keep it."""
    await site.pool.execute("UPDATE people SET address = $2 WHERE person = $1", COACH, f"{OFFICE}@ops.test")
    await browser.sign_in(f"{OFFICE}@ops.test")
    await make(browser)
    assert f"by {NAMES[COACH]}" in (await browser.open(HERE)).words
    assert await site.pool.fetchval("SELECT made_by FROM api_keys") == f"person:{COACH}"


def test_everything_that_can_be_granted_has_words() -> None:
    """On the list, and on the form."""
    assert set(words.TOLD) == set(Group)
    assert set(words.READ) == set(Reading)
    assert set(words.SEEN_TO) == set(Managing)
    assert set(words.SPOKEN_FOR) == set(Role) - {OWN, Role.OPERATOR}
