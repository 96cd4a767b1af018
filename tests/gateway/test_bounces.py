"""Mail that comes back after it was sent: read from real notifications, marked once, and shown on the worklist."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from lifecycle.undeliverable import in_words
from lifecycle.worklist import Kind
from mca.main import app
from operations import ses_events
from operations.bounces import NotOursError, Outcome, Taken, hand_in, read
from operations.callers import Caller
from operations.returned import LARGEST_BYTES, Became, NoBounceError
from operations.worklist import worklist
from records import digests, notices
from records.admitting import Person, Roster, admit
from records.database import Pool
from records.views import unsent
from records.worklist import unreachable
from schemas.due import Notice
from schemas.roster_cells import Meant
from schemas.words import Act, Matter, Role
from tests.gateway.conftest import Callers
from tests.gateway.notifications import (
    OURS,
    exchange,
    headers_only,
    international,
    postfix,
    to_two,
    wrapped,
)
from tests.workflows.subjects import now

ENGAGEMENT = "sheffield.2026-autumn.P01"


@pytest.fixture
async def anna(pool: Pool) -> str:
    """A coach who was sent a mail yesterday."""
    return await mailed(pool, OURS)


async def mailed(pool: Pool, message_id: str) -> str:
    """Somebody was sent a mail yesterday: two notices in one, both sent."""
    async with pool.acquire() as connection:
        at = now() - timedelta(days=9)
        people = (await admit(connection, "sheffield", at, Roster((Person("Anna", "anna@trust.example"),)))).people
    person = people["anna@trust.example"]
    await sent(pool, person, message_id, "w1", "w2", at=now() - timedelta(days=1))
    return person


async def sent(pool: Pool, person: str, message_id: str, *windows: str, at: Any) -> None:
    """A mail is sent that holds a notice of each window."""
    given = [
        Notice(
            person=person,
            role=Role.COACH,
            act=Act.ASK,
            matter=Matter.SESSION,
            window=window,
            turn=Role.COACH,
            reason="session.asked",
        )
        for window in windows
    ]
    async with pool.acquire() as connection:
        for issued in await notices.issue(connection, ENGAGEMENT, at, given):
            await notices.settle(connection, issued, "sent", at, message_id=message_id)


async def taken(pool: Pool, written: bytes) -> Taken:
    """A notification is handed in."""
    async with pool.acquire() as connection:
        return await hand_in(connection, read(written), Caller.trusted("cli:test", "mca"), now())


async def failures(pool: Pool) -> set[tuple[str, str | None]]:
    """What stands of all notices."""
    return {tuple(row) for row in await pool.fetch("SELECT status, failure FROM notices")}


@pytest.mark.parametrize("write", [postfix, exchange, headers_only, international, wrapped])
async def test_a_mail_that_came_back_for_good_is_found_and_marked(pool: Pool, anna: str, write: Any) -> None:
    """Whoever wrote the notification: every notice of the mail failed, with the code, when it was handed in."""
    assert await taken(pool, write()) == Taken(Outcome.CAME_BACK, "5.1.1", 2)
    assert await failures(pool) == {("failed", "bounced_5.1.1")}
    row = await pool.fetchrow("SELECT settled_at, sent_at FROM notices WHERE person = $1", anna)
    assert row is not None
    assert row["settled_at"] - row["sent_at"] >= timedelta(hours=23)


@pytest.mark.usefixtures("anna")
async def test_mail_that_was_given_up_after_days_came_back_too(pool: Pool) -> None:
    """The mail server tried for days, and says that it stopped: nobody has the mail."""
    assert await taken(pool, postfix(action="failed", status="4.4.7")) == Taken(Outcome.CAME_BACK, "4.4.7", 2)
    assert await failures(pool) == {("failed", "bounced_4.4.7")}


@pytest.mark.usefixtures("anna")
async def test_the_same_again_changes_nothing(pool: Pool) -> None:
    """Nor does another notification about the same mail: the first word holds."""
    await taken(pool, postfix())
    before = await pool.fetch("SELECT * FROM notices ORDER BY notice")
    assert await taken(pool, postfix()) == Taken(Outcome.KNOWN, "5.1.1")
    assert await taken(pool, exchange(status="5.2.2")) == Taken(Outcome.KNOWN, "5.2.2")
    assert await pool.fetch("SELECT * FROM notices ORDER BY notice") == before


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize(
    ("written", "outcome"),
    [
        (postfix(action="delayed", status="4.4.1"), Outcome.NOT_FOR_GOOD),
        (postfix(action="relayed", status="2.0.0"), Outcome.NOT_FOR_GOOD),
        (postfix(action="delivered", status="2.1.5"), Outcome.NOT_FOR_GOOD),
        (postfix(action="delayed", status="5.1.1"), Outcome.NOT_FOR_GOOD),
        (to_two("failed 5.1.1", "relayed 2.0.0"), Outcome.NOT_FOR_GOOD),
    ],
)
async def test_what_did_not_fail_for_good_changes_nothing(pool: Pool, written: bytes, outcome: Outcome) -> None:
    """A delay, a delivery, and one of two recipients; each is said."""
    became = await taken(pool, written)
    assert became.outcome is outcome
    assert "Nothing was changed" in became.sentence
    assert await failures(pool) == {("sent", None)}


async def test_of_several_recipients_the_final_failure_counts(pool: Pool, anna: str) -> None:
    """When it reached none of them."""
    assert anna
    assert await taken(pool, to_two("delayed 4.4.1", "failed 5.1.1")) == Taken(Outcome.CAME_BACK, "5.1.1", 2)


async def test_a_mail_that_is_not_ours_is_said_to_be(pool: Pool, anna: str) -> None:
    """Somebody else's mail, of the same mailbox."""
    assert anna
    with pytest.raises(NotOursError, match="No mail of ours"):
        await taken(pool, postfix(id="<another@example.org>"))
    assert await failures(pool) == {("sent", None)}


async def test_a_weekly_mail_that_comes_back_has_failed_too(pool: Pool, anna: str) -> None:
    """With the notices it held."""
    at = now() - timedelta(days=1)
    async with pool.acquire() as connection:
        await digests.begin(connection, "sheffield", at.date(), at, [anna])
        await digests.settle(
            connection, anna, at.date(), at, status="sent", message_id=OURS, failure=None, lines=2, withheld=0
        )
    assert (await taken(pool, postfix(status="5.2.2"))).notices == 2
    row = await pool.fetchrow("SELECT status, failure, sent_at FROM digests")
    assert row is not None
    assert tuple(row) == ("failed", "bounced_5.2.2", at)


JUNK = {
    "nothing": b"",
    "bytes": bytes(range(256)) * 50,
    "a letter": b"From: anna@trust.example\r\nSubject: Re: your question\r\n\r\nYes, we met.\r\n",
    "an answer by a machine": b"Auto-Submitted: auto-replied\r\nSubject: On leave\r\n\r\nI am away.\r\n",
    "a report of something else": postfix().replace(b"message/delivery-status", b"message/disposition-notification"),
    "nested without end": b"Content-Type: message/rfc822\r\n\r\n" * 8_000,
    "parts without end": b"Content-Type: multipart/report; boundary=x\r\n\r\n" + b"--x\r\n\r\n" * 30_000,
    "too much": b"a" * (LARGEST_BYTES + 1),
}


@pytest.mark.parametrize("kind", JUNK)
def test_what_is_no_notification_is_refused_with_a_reason(kind: str) -> None:
    """Anything may arrive in a mailbox: it is never more than a sentence, which holds nothing of it."""
    with pytest.raises(NoBounceError) as wrong:
        read(JUNK[kind])
    assert str(wrong.value).endswith(".")
    assert "anna" not in str(wrong.value)


def test_no_id_is_looked_for_that_no_record_could_hold() -> None:
    """A mail server may return anything."""
    assert read(postfix(id="<a\x00b@example.org>")).message_ids == ()


def test_a_type_that_is_no_word_is_none_that_we_know() -> None:
    """As of any other JSON that calls itself SES's."""
    said = {
        "notificationType": "Bounce",
        "bounce": {"bounceType": {}, "bouncedRecipients": [{"status": []}]},
        "mail": {},
    }
    assert ses_events.read(json.dumps(said)).became is Became.UNCLEAR


async def lines(pool: Pool) -> list[str]:
    """The worklist's evidence of mail that comes back."""
    async with pool.acquire() as connection:
        found = await worklist(connection, "sheffield", now() + timedelta(seconds=1))
    return [one.evidence[0] for one in found if one.kind is Kind.MAIL]


async def test_it_stands_in_the_worklist_with_its_reason(pool: Pool, anna: str) -> None:
    """Also after another mail was taken, which may come back yet; until that one has stayed away for days."""
    await taken(pool, postfix())
    expected = "2 notices could not be delivered: bounced_5.1.1 (it came back: there is no such address)."
    assert await lines(pool) == [expected]
    await sent(pool, anna, "<later@example.org>", "w3", at=now())
    assert await lines(pool) == [expected]
    await pool.execute("UPDATE notices SET sent_at = sent_at - interval '9 days' WHERE status = 'failed'")
    await pool.execute("UPDATE people SET changed_at = changed_at - interval '9 days'")
    await pool.execute("UPDATE notices SET settled_at = settled_at - interval '7 days' WHERE status = 'sent'")
    assert await lines(pool) == []


async def test_whoever_shares_the_mailbox_is_not_reached_either(pool: Pool, anna: str) -> None:
    """Both stand in the worklist, until mail to either of them arrives."""
    otto = Person("Otto", "Anna@trust.example", meant=Meant.ANOTHER)
    async with pool.acquire() as connection:
        admitted = await admit(connection, "sheffield", now() - timedelta(days=9), Roster((otto,)))
    await taken(pool, postfix())

    async def unreached() -> set[str]:
        async with pool.acquire() as connection:
            return {found.person for found in await unreachable(connection, "sheffield", now())}

    other = admitted.of(otto.name, otto.address)
    assert await unreached() == {anna, other}
    await sent(pool, other, "<later@example.org>", "w3", at=now())
    await pool.execute("UPDATE notices SET sent_at = sent_at - interval '9 days' WHERE status = 'failed'")
    await pool.execute("UPDATE people SET changed_at = changed_at - interval '9 days'")
    await pool.execute("UPDATE notices SET settled_at = settled_at - interval '7 days' WHERE status = 'sent'")
    assert await unreached() == set()


async def test_mail_to_an_address_that_was_mended_since_is_no_news(pool: Pool, anna: str) -> None:
    """The notification comes days later, about the former address."""
    await pool.execute("UPDATE people SET changed_at = $2 WHERE person = $1", anna, now() - timedelta(hours=2))
    await taken(pool, postfix())
    assert await lines(pool) == []


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        ("bounced_5.1.10", "bounced_5.1.10 (it came back: there is no such address)"),
        ("bounced_5.2.2", "bounced_5.2.2 (it came back: the mailbox is full)"),
        ("bounced_5.9.9", "bounced_5.9.9 (it came back)"),
        ("smtp_550", "smtp_550 (the mail server refused the address)"),
        ("no_address", "no_address (their details were erased, or lost in a restore)"),
        ("something", "something"),
    ],
)
def test_a_failure_is_said_in_words(failure: str, said: str) -> None:
    """Beside the code."""
    assert in_words(failure) == said


HEADERS = {"Content-Type": "message/rfc822"}


async def test_over_http_an_administrator_hands_it_in(http: httpx.AsyncClient, pool: Pool, anna: str) -> None:
    """What it came to is the answer; it is in the audit of the engagement."""
    assert anna
    answered = await http.post("/v1/bounces", content=postfix(), headers=HEADERS)
    assert answered.status_code == 200, answered.text
    detail = "The mail came back (5.1.1). 2 notices are marked as failed; see the worklist."
    assert answered.json() == {"outcome": "came_back", "status": "5.1.1", "notices": 2, "detail": detail}
    assert (await http.post("/v1/bounces", content=postfix(), headers=HEADERS)).json()["outcome"] == "known"
    entries = (await http.get("/v1/audit", params={"subject": ENGAGEMENT})).json()["items"]
    assert {entry["action"] for entry in entries} == {"bounce 5.1.1"}
    async with pool.acquire() as connection:
        assert {line.failure for line in await unsent(connection, ENGAGEMENT)} == {"bounced_5.1.1"}


@pytest.mark.parametrize(
    ("content", "media", "status", "said"),
    [
        (JUNK["a letter"], "message/rfc822", 422, "no delivery status notification"),
        (postfix(id="<another@example.org>"), "message/rfc822", 404, "No mail of ours"),
        (postfix(), "image/png", 415, "message/rfc822"),
        (b"a" * 1_000_001, "message/rfc822", 413, "too large"),
    ],
)
async def test_over_http_what_cannot_be_taken_is_a_problem(
    http: httpx.AsyncClient, pool: Pool, anna: str, content: bytes, media: str, status: int, said: str
) -> None:
    """And changes nothing."""
    assert anna
    answered = await http.post("/v1/bounces", content=content, headers={"Content-Type": media})
    assert answered.status_code == status
    assert said in answered.text
    assert await failures(pool) == {("sent", None)}


async def test_over_http_only_administrators_of_the_academy_may(callers: Callers, pool: Pool, anna: str) -> None:
    """Whoever may tell facts may not, nor an administrator of another academy."""
    assert anna
    for grant, status in (("tell:sheffield:*", 403), ("read:*:*", 403), ("admin:leeds", 404)):
        client = await callers.with_grants(grant)
        assert (await client.post("/v1/bounces", content=postfix(), headers=HEADERS)).status_code == status
    assert await failures(pool) == {("sent", None)}
    allowed = await callers.with_grants("admin:sheffield")
    assert (await allowed.post("/v1/bounces", content=postfix(), headers=HEADERS)).status_code == 200


@pytest.fixture
def command(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """``mca bounce`` with a mail on its standard input."""
    monkeypatch.setenv("MCA_DATABASE_URL", database_url)
    monkeypatch.setenv("MCA_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "300")

    async def run(written: bytes) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, ["bounce"], input=written)

    return run


async def test_on_the_command_line_it_is_piped_in(command: Any, pool: Pool, anna: str) -> None:
    """What it came to is said; what cannot be taken is a sentence and exit code 1."""
    assert anna
    assert "not failed for good" in (await command(postfix(action="delayed", status="4.4.1"))).output
    refused = await command(JUNK["bytes"])
    assert (refused.exit_code, refused.output) == (
        1,
        "It is no delivery status notification (multipart/report, RFC 3464).\n",
    )
    assert (await command(postfix(id="<another@example.org>"))).exit_code == 1
    assert await failures(pool) == {("sent", None)}
    done = await command(postfix())
    assert (done.exit_code, done.output) == (
        0,
        "The mail came back (5.1.1). 2 notices are marked as failed; see the worklist.\n",
    )
    assert await failures(pool) == {("failed", "bounced_5.1.1")}
    assert await pool.fetchval("SELECT door FROM audit ORDER BY number DESC") == "mca"
