"""``mca subscription``, against a real database and a relay."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook
from temporalio.client import Client
from typer.testing import CliRunner, Result

from gateway.context import AppContext
from gateway.settings import GatewaySettings
from gateway.webhooks.relay import relay
from mca import subscription
from mca.errors import Exit
from mca.subscription import app
from records.database import Pool
from tests.gateway.webhooks.subscriber import COHORT, Subscriber, listening, recorded
from tests.records.telling import at

ONE = f"{COHORT}.P01"


@pytest.fixture(autouse=True)
def reachable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> None:
    """The database of this test is where the environment says; tables are wide."""
    monkeypatch.setenv("MCA_DATABASE_URL", database_url)
    monkeypatch.setenv("MCA_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
async def subscriber() -> AsyncIterator[Subscriber]:
    """A subscriber on this machine."""
    async with listening() as made:
        yield made


@pytest.fixture
async def relaying(pool: Pool, database_url: str) -> AsyncIterator[None]:
    """A gateway delivers, and may call this machine."""
    settings = GatewaySettings.from_environment(
        {
            "MCA_DATABASE_URL": database_url,
            "MCA_SMTP_URL": "smtp://127.0.0.1:1",
            "MCA_WEBHOOK_NETWORKS": "127.0.0.1/32",
        }
    )
    # Temporal is never called.
    client = await Client.connect("127.0.0.1:1", lazy=True)
    loop = asyncio.create_task(relay(AppContext(client, pool, settings)))
    yield
    loop.cancel()
    await asyncio.wait([loop])


async def run(*words: str) -> Result:
    """Run a command as it is typed, with an event loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, app, words)


async def created(url: str, *options: str) -> str:
    """A subscription that has just begun; its secret."""
    made = await run("create", "dashboard", "--url", url, *options)
    assert made.exit_code == Exit.OK, made.output
    return made.stdout.strip()


@pytest.mark.usefixtures("relaying")
async def test_a_subscription_is_made_tried_rotated_and_ended(subscriber: Subscriber) -> None:
    """Secrets alone go to standard output; the list shows none."""
    secret = await created(subscriber.url, "--within", "sheffield", "--type", "changed.health")
    assert (await run("test", "dashboard")).exit_code == Exit.OK
    Webhook(secret).verify(subscriber.came[0].body, subscriber.came[0].headers)
    rotated = (await run("rotate", "dashboard")).stdout.strip()
    assert (await run("test", "dashboard")).exit_code == Exit.OK
    for one in (secret, rotated):
        Webhook(one).verify(subscriber.came[1].body, subscriber.came[1].headers)
    listed = await run("list")
    assert all(word in listed.stdout for word in ("dashboard", subscriber.url, "sheffield", "changed.health"))
    assert secret not in listed.output
    assert rotated not in listed.output
    assert (await run("end", "dashboard")).exit_code == Exit.OK
    for words in (("test", "dashboard"), ("rotate", "dashboard"), ("replay", "dashboard", "--from", at(0).isoformat())):
        assert (await run(*words)).exit_code == Exit.REFUSED
    (shown,) = json.loads((await run("list", "--json")).stdout)
    assert shown["ended_at"] is not None
    assert "secret" not in shown


@pytest.mark.usefixtures("relaying")
async def test_a_test_that_fails_says_why(subscriber: Subscriber) -> None:
    """In a sentence, with an exit code."""
    await created(subscriber.url)
    subscriber.answer = lambda _: 500
    failed = await run("test", "dashboard")
    assert failed.exit_code == Exit.REFUSED
    assert "answered 500" in failed.stderr
    listed = await run("deliveries", "dashboard", "--status", "set_aside")
    assert "answered 500" in listed.stdout
    assert len(json.loads((await run("deliveries", "dashboard", "--json")).stdout)) == 1


async def test_a_test_without_a_gateway_says_so(subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some seconds."""
    monkeypatch.setattr(subscription, "_WAIT_FOR_A_TEST", subscription._WAIT_FOR_A_TEST * 0.01)
    await created(subscriber.url)
    waited = await run("test", "dashboard")
    assert waited.exit_code == Exit.AWAY
    assert "mca gateway" in waited.stderr


async def test_what_was_missed_is_sent_again(pool: Pool, subscriber: Subscriber) -> None:
    """By a span of time, and by type."""
    await recorded(pool, ONE, 1, 2)
    await created(subscriber.url)
    none = await run("replay", "dashboard", "--from", at(0).isoformat(), "--type", "fact.session_held")
    assert "0 events" in none.stderr
    both = await run("replay", "dashboard", "--from", at(0).isoformat(), "--to", at(3).isoformat())
    assert "2 events" in both.stderr
    assert "2" in (await run("list")).stdout


@pytest.mark.parametrize(
    ("words", "saying"),
    [
        (("create", "dashboard", "--url", "ftp://example.org"), "--url"),
        (("create", "dashboard", "--url", "https://u:p@example.org"), "no user name"),
        (("create", "two words", "--url", "https://example.org"), "NAME"),
        (("create", "dashboard", "--url", "https://example.org", "--type", "fact.x"), "--type: is no event type"),
        (("create", "dashboard", "--url", "https://example.org", "--within", "a b"), "--within"),
        (("replay", "dashboard", "--from", "yesterday"), "--from"),
        (("replay", "dashboard", "--from", "2027-10-04T00:00:00"), "--from"),
    ],
)
async def test_wrong_words_are_named(words: tuple[str, ...], saying: str) -> None:
    """With the option, and the exit code of wrong usage."""
    answer = await run(*words)
    assert answer.exit_code == Exit.USAGE
    assert saying in answer.output


async def test_a_name_is_taken_once(subscriber: Subscriber) -> None:
    """A second create changes nothing; an unknown name is said to be unknown."""
    assert "Nobody is sent events" in (await run("list")).stderr
    await created(subscriber.url)
    again = await run("create", "dashboard", "--url", "https://example.org")
    assert again.exit_code == Exit.REFUSED
    assert "already" in again.stderr
    assert subscriber.url in (await run("list")).stdout
    for words in (("end", "other"), ("deliveries", "other"), ("test", "other")):
        assert "no subscription other" in (await run(*words)).stderr
    assert "no such delivery" in (await run("deliveries", "dashboard")).stderr
