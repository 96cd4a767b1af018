# ruff: noqa: F811 - fixtures that are imported are named again by whoever asks for them
"""Signing in with an identity provider: a real one, which asks for consent and signs what it says."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from pytest_iam import Server, iam_configuration, iam_server, iam_server_port  # noqa: F401 - fixtures

from gateway.settings import GatewaySettings
from gateway.sign_in.openid import Provider
from operations.signing_in import AT_MOST, Account, Here, sign_in_account
from records import erasures
from tests.activities.mail_servers import Behaviour
from tests.gateway.pages.conftest import NAMES, Site
from tests.gateway.pages.lives import Intro, Life
from tests.gateway.pages.test_open_forms import ask
from tests.gateway.pages.test_sign_in import ADDRESS, Browser, opened
from tests.workflows.subjects import COACH, LEAD, now

RETURNED = "http://127.0.0.1:8080/sign-in/returned"


@pytest.fixture
def client(iam_server: Server) -> Any:
    """The gateway, as the provider knows it."""
    with iam_server.app.app_context():
        found = iam_server.models.Client(
            client_id="gateway",
            client_secret="a secret of the gateway",
            client_name="Coaching",
            redirect_uris=[RETURNED],
            grant_types=["authorization_code"],
            response_types=["code"],
            scope=["openid", "email", "groups"],
            token_endpoint_auth_method="client_secret_basic",
        )
        iam_server.backend.save(found)
        iam_server.backend.update(found, audience=[found])
        iam_server.backend.save(found)
        yield found
        iam_server.backend.delete(found)


@pytest.fixture
def settings(settings: GatewaySettings, iam_server: Server, client: Any) -> GatewaySettings:  # noqa: ARG001
    """With the provider."""
    given = {
        "sign_in_issuer": iam_server.url.rstrip("/"),
        "sign_in_client": "gateway",
        "sign_in_secret": "a secret of the gateway",
        "sign_in_name": "NHSmail",
        "sign_in_scopes": "openid email groups",
        "sign_in_operators": "Coaching operators, desk@trust.example",
    }
    return GatewaySettings.model_validate(settings.model_dump() | given)


@pytest.fixture
async def browser(app: FastAPI, site: Site, mail: Behaviour) -> AsyncIterator[Browser]:
    """Somebody's browser; the coach has a part in a team."""
    await Life(1).put(site.pool)
    async with opened(app, mail) as made:
        yield made


async def there_and_back(browser: Browser, provider: Server, user: Any) -> Any:
    """Go to the provider as one of its users, and come back."""
    provider.login(user)
    provider.consent(user)
    leaving = await browser.http.get("/sign-in/with")
    assert leaving.status_code == 302, leaving.text
    back = provider.test_client.get(leaving.headers["location"])
    provider.logout()
    assert back.status_code == 302, back.text
    return back.headers["location"]


def user(provider: Server, name: str, address: str) -> Any:
    """Somebody the provider knows."""
    return provider.random_user(user_name=name, emails=[address])


async def test_an_account_is_matched_by_a_code_and_then_signs_in_alone(
    browser: Browser,
    iam_server: Server,
    site: Site,
) -> None:
    """The provider says no more than an unproved address: the first time a code shows who it is."""
    account = user(iam_server, "anna", "anna.private@example.net")
    assert "Sign in with NHSmail" in (await browser.open("/sign-in")).words
    page = await browser.open(await there_and_back(browser, iam_server, account))
    assert (page.url, page.title) == ("/sign-in", "Tell us who you are")
    assert (await browser.sign_in(ADDRESS)).url == "/home"
    assert await site.pool.fetchval("SELECT person FROM identities") == COACH
    await browser.sign_out()

    mails = len(browser.mail.taken)
    page = await browser.open(await there_and_back(browser, iam_server, account))
    assert page.url == "/home"
    assert NAMES[COACH] in page.words
    assert len(browser.mail.taken) == mails


async def test_what_was_sealed_for_something_else_is_no_account(browser: Browser, site: Site) -> None:
    """Whoever books in a name of their choosing has words of theirs sealed in the link that they are mailed."""
    await ask(site.http, await Intro(6).put(site.pool), "thief@example.net", **{"book-who-name": "account"})
    sealed = site.links.read(browser.words().partition("/a/")[2].split()[0], now()).about
    browser.http.cookies.set("coaching-provider", sealed, domain="127.0.0.1", path="/")
    assert (await browser.open("/sign-in")).title == "Sign in"


async def test_an_account_is_never_matched_to_who_signs_in_next_at_the_same_computer(
    browser: Browser, iam_server: Server, site: Site
) -> None:
    """Neither one that its owner left unmatched, whom the page names, nor one that was matched before."""
    left = user(iam_server, "lena", "lena.private@example.net")
    page = await browser.open(await there_and_back(browser, iam_server, left))
    assert "as lena.private@example.net" in page.words
    assert (await browser.open(page.link("This isn't my NHSmail account"))).title == "Sign in"
    given = {"sign-in-address": ADDRESS}
    await browser.press("/sign-in", "sign-in.yes", **given)
    assert (await browser.type(browser.code())).url == "/home"
    await browser.sign_out()
    assert await site.pool.fetchval("SELECT count(*) FROM identities") == 0

    await browser.open(await there_and_back(browser, iam_server, left))
    await browser.sign_in(f"{LEAD}@example.org")
    await browser.sign_out()
    await browser.open(await there_and_back(browser, iam_server, left))
    await browser.sign_out()
    await browser.sign_in(ADDRESS)
    assert [row["person"] for row in await site.pool.fetch("SELECT person FROM identities")] == [LEAD]


async def test_an_account_is_never_matched_to_who_is_signed_in_when_it_comes(
    browser: Browser, iam_server: Server, site: Site
) -> None:
    """Nobody asked them whose account it is: neither the code they type next, nor one asked for before, matches it."""
    left = user(iam_server, "lena9", "lena9@example.net")
    await browser.sign_in(ADDRESS)
    page = await browser.open(await there_and_back(browser, iam_server, left))
    assert (page.url, page.title) == ("/sign-in/again", "Confirm it's you")
    await browser.press("/sign-in/again", "again.yes")
    assert (await browser.type(browser.code())).url == "/home"
    await browser.sign_out()

    await browser.ask(ADDRESS)
    typing = browser.shown
    page = await browser.open(await there_and_back(browser, iam_server, left))
    assert page.title == "Tell us who you are"
    browser.shown = typing
    assert (await browser.type(browser.code())).status == 410
    assert await site.pool.fetchval("SELECT count(*) FROM identities") == 0


async def test_an_address_that_the_provider_has_not_verified_proves_nothing(
    browser: Browser, iam_server: Server, site: Site
) -> None:
    """Whoever writes somebody else's address into their account there is nobody here."""
    mallory = user(iam_server, "mallory", ADDRESS)
    page = await browser.open(await there_and_back(browser, iam_server, mallory))
    assert page.title == "Tell us who you are"
    assert (await browser.open("/home")).url == "/sign-in"
    assert await site.pool.fetchval("SELECT count(*) FROM identities") == 0


async def test_what_comes_back_must_be_what_was_asked_for(browser: Browser, iam_server: Server) -> None:
    """Another's answer, one that was refused, and none at all: a plain page, and nobody is signed in."""
    account = user(iam_server, "anna2", "anna2@example.net")
    back = await there_and_back(browser, iam_server, account)
    forged = re.sub("state=[^&]*", "state=another", back)
    for address in (forged, f"{RETURNED}?error=access_denied", RETURNED):
        page = await browser.open(address)
        assert (page.status, page.title) == (502, "We couldn't sign you in with NHSmail")
        assert page.link("Sign in with a code by email") == "/sign-in"
    assert (await browser.open("/home")).url == "/sign-in"


async def test_an_answer_counts_in_the_browser_that_left(app: FastAPI, browser: Browser, iam_server: Server) -> None:
    """A link with somebody's answer signs nobody else in."""
    back = await there_and_back(browser, iam_server, user(iam_server, "anna3", "anna3@example.net"))
    async with opened(app, browser.mail) as other:
        assert (await other.open(back)).status == 502


async def test_an_erased_person_is_signed_in_no_more(browser: Browser, iam_server: Server, site: Site) -> None:
    """The account is matched to nobody again."""
    account = user(iam_server, "anna4", "anna4@example.net")
    await browser.open(await there_and_back(browser, iam_server, account))
    await browser.sign_in(ADDRESS)
    async with site.pool.acquire() as conn:
        await erasures.erase(conn, COACH, now(), "cli:tests")
    page = await browser.open(await there_and_back(browser, iam_server, account))
    assert page.title == "Tell us who you are"
    assert await site.pool.fetchval("SELECT count(*) FROM identities") == 0


async def test_a_provider_that_is_away_is_said(
    app: FastAPI, mail: Behaviour, settings: GatewaySettings, site: Site
) -> None:
    """With the other way in."""
    del site
    app.state.provider = Provider(settings.model_copy(update={"sign_in_issuer": "http://127.0.0.1:1"}))
    async with opened(app, mail) as browser:
        page = await browser.open("/sign-in/with")
    assert (page.status, "code by email" in page.words) == (502, True)


async def test_an_account_that_was_matched_wrongly_is_disconnected(
    browser: Browser, iam_server: Server, site: Site
) -> None:
    """By whom it was taken for, once they showed that it is them; whoever used it is signed out, and matched anew."""
    account = user(iam_server, "lena5", "lena5@example.net")
    await browser.open(await there_and_back(browser, iam_server, account))
    await browser.sign_in(ADDRESS)
    await browser.sign_out()
    await browser.open(await there_and_back(browser, iam_server, account))
    page = await browser.open("/signed-in")
    assert "NHSmail, since" in page.words
    assert "choose Disconnect all" in page.words
    await site.pool.execute("UPDATE sign_ins SET proved_at = NULL")
    assert (await browser.press("/signed-in", "")).title == "Confirm it's you"
    await browser.press("/sign-in/again", "again.yes")
    assert (await browser.type(browser.code())).url == "/signed-in"
    assert "Accounts you sign in with" not in (await browser.press("/signed-in", "")).words
    assert await site.pool.fetchval("SELECT count(*) FROM identities") == 0
    await browser.sign_out()
    page = await browser.open(await there_and_back(browser, iam_server, account))
    assert page.title == "Tell us who you are"


async def test_a_provider_is_asked_to_ask_again(browser: Browser, iam_server: Server, site: Site) -> None:
    """With its own session it would prove nothing: when its owner last showed who they are is what counts."""
    account = user(iam_server, "anna6", "anna6@example.net")
    await browser.open(await there_and_back(browser, iam_server, account))
    await browser.sign_in(ADDRESS)
    leaving = await browser.http.get("/sign-in/with?again=1")
    assert "prompt=login" in leaving.headers["location"]
    assert "max_age=0" in leaving.headers["location"]
    await browser.sign_out()
    await browser.open(await there_and_back(browser, iam_server, account))
    assert await site.pool.fetchval("SELECT max(began_at - proved_at) < '1 minute' FROM sign_ins WHERE way = 'openid'")


async def test_a_group_of_the_provider_makes_an_operator(browser: Browser, iam_server: Server) -> None:
    """Named by the settings, whatever its capitals; who is in another, or in none, is nobody."""
    desk = user(iam_server, "desk", "desk@example.net")
    iam_server.random_group(display_name="coaching Operators", members=[desk])
    other = user(iam_server, "other", "other@example.net")
    iam_server.random_group(display_name="Coaching operators of another trust", members=[other])
    page = await browser.open(await there_and_back(browser, iam_server, desk))
    assert (page.url, page.title) == ("/engine", "The engine")
    assert (await browser.open("/engine/keys")).status == 200
    await browser.sign_out()
    page = await browser.open(await there_and_back(browser, iam_server, other))
    assert page.title == "Tell us who you are"
    assert (await browser.open("/engine")).url == "/sign-in"


async def test_a_group_that_is_called_as_an_operators_address_makes_nobody_one(
    browser: Browser, iam_server: Server
) -> None:
    """At some providers anybody makes a group, and names it."""
    mallory = user(iam_server, "mallory2", "mallory2@example.net")
    iam_server.random_group(display_name="desk@trust.example", members=[mallory])
    page = await browser.open(await there_and_back(browser, iam_server, mallory))
    assert page.title == "Tell us who you are"
    assert (await browser.open("/engine")).url == "/sign-in"


async def test_only_the_issuer_of_the_settings_names_an_operator(
    app: FastAPI, browser: Browser, iam_server: Server, settings: GatewaySettings
) -> None:
    """One that names itself otherwise signs nobody in, whatever groups it says."""
    desk = user(iam_server, "desk2", "desk2@example.net")
    iam_server.random_group(display_name="coaching operators", members=[desk])
    app.state.provider = Provider(settings.model_copy(update={"sign_in_issuer": f"{settings.sign_in_issuer}/"}))
    page = await browser.open(await there_and_back(browser, iam_server, desk))
    assert page.status == 502
    assert (await browser.open("/engine")).url == "/sign-in"


async def test_an_answer_is_taken_once_and_only_for_the_latest_way_there(
    browser: Browser, iam_server: Server, site: Site
) -> None:
    """Neither again, with its cookie put back, nor for a way there that was begun since."""
    answer = await there_and_back(browser, iam_server, user(iam_server, "anna10", "anna10@example.net"))
    kept = browser.http.cookies["coaching-provider"]
    assert (await browser.open(answer)).title == "Tell us who you are"
    browser.http.cookies.delete("coaching-provider")
    browser.http.cookies.set("coaching-provider", kept, domain="127.0.0.1", path="/")
    assert (await browser.open(answer)).status == 502
    browser.http.cookies.delete("coaching-provider")
    assert (await browser.http.get("/sign-in/with")).status_code == 302
    assert (await browser.open(answer)).status == 502
    assert await site.pool.fetchval("SELECT count(*) FROM sign_ins") == 0


async def test_a_provider_whose_clock_is_ahead_keeps_nobody_fresh_for_longer(
    browser: Browser, iam_server: Server, site: Site
) -> None:
    """What it says of the future counts as now."""
    account = user(iam_server, "anna11", "anna11@example.net")
    await browser.open(await there_and_back(browser, iam_server, account))
    await browser.sign_in(ADDRESS)
    async with site.pool.acquire() as conn:
        issuer, subject = [await conn.fetchval(f"SELECT {one} FROM identities") for one in ("issuer", "subject")]  # noqa: S608
        ahead = Account(issuer, subject, proved_at=now() + AT_MOST)
        assert await sign_in_account(conn, ahead, now(), Here("Edge on Windows")) is not None
    assert await site.pool.fetchval("SELECT bool_and(proved_at <= began_at) FROM sign_ins WHERE way = 'openid'")


async def test_an_account_stays_the_same_person_at_another_address(
    browser: Browser, iam_server: Server, site: Site
) -> None:
    """Matched once, it is known by issuer and subject; whoever has the old address now is somebody else."""
    account = user(iam_server, "anna7", "anna7@example.net")
    await browser.open(await there_and_back(browser, iam_server, account))
    await browser.sign_in(ADDRESS)
    await browser.sign_out()
    await site.pool.execute("UPDATE people SET address = 'anna.new@example.org' WHERE person = $1", COACH)
    await site.pool.execute("UPDATE people SET address = $2 WHERE person = $1", LEAD, ADDRESS)
    assert NAMES[COACH] in (await browser.open(await there_and_back(browser, iam_server, account))).words
    await browser.sign_out()
    assert NAMES[LEAD] in (await browser.sign_in(ADDRESS)).words


async def test_two_people_at_one_mailbox_are_asked_which_and_matched_once(
    browser: Browser, iam_server: Server, site: Site
) -> None:
    """The account of one is never the other."""
    await site.pool.execute("UPDATE people SET address = $2 WHERE person = $1", LEAD, ADDRESS)
    account = user(iam_server, "anna8", "anna8@example.net")
    await browser.open(await there_and_back(browser, iam_server, account))
    page = await browser.sign_in(ADDRESS)
    assert (page.url, page.title) == ("/sign-in/who", "Choose who you are")
    await browser.press("/sign-in/who", "who.yes", **{"who-person": LEAD})
    assert [row["person"] for row in await site.pool.fetch("SELECT person FROM identities")] == [LEAD]
    await browser.sign_out()
    page = await browser.open(await there_and_back(browser, iam_server, account))
    assert (page.url, NAMES[LEAD] in page.words) == ("/home", True)
