"""Notifications as they arrive in truth, handed in over HTTP: forwarded, encoded, rewritten, in words, from SES."""

from __future__ import annotations

import json
from base64 import encodebytes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from lifecycle.undeliverable import Fault, came_back_as, fault_of, remedy_of, words_of
from lifecycle.worklist import Kind, Waiting
from operations.worklist import worklist
from records.database import Pool
from tests.gateway.notifications import OURS, exchange, headers_only, postfix
from tests.gateway.test_bounces import failures, mailed
from tests.workflows.subjects import now

CASES = Path(__file__).parent / "cases"
OF_THE_CASES = "<141cc7594ded46fb99f2605d92db3e2b25b0f94d@example.org>"
NAME = OURS[1:41]
NOBODY_SAYS = "<010201953e66541f-000000@eu-west-1.amazonses.example>"


async def said(http: httpx.AsyncClient, written: bytes, media: str = "message/rfc822") -> Any:
    """What the gateway makes of a notification."""
    answered = await http.post("/v1/bounces", content=written, headers={"Content-Type": media})
    assert answered.status_code == 200, answered.text
    return answered.json()


async def lines(pool: Pool, academy: str = "sheffield") -> list[Waiting]:
    """What stands of mail on an academy's worklist."""
    async with pool.acquire() as connection:
        found = await worklist(connection, academy, now())
    return [line for line in found if line.kind in {Kind.MAIL, Kind.INCIDENT}]


@pytest.mark.parametrize(
    ("case", "failure", "remedy"),
    [
        ("dsn-exchange-restricted-recipient", "bounced_5.7.133", "Ask them, or their IT"),
        ("dsn-gave-up-4.4.7", "bounced_4.4.7", "Ask them, or their IT"),
        ("dsn-message-id-rewritten", "bounced_5.1.1", "Find out the right address"),
        ("dsn-global-headers-base64", "bounced_5.1.1", "Find out the right address"),
    ],
)
async def test_each_case_is_found_judged_and_on_the_worklist_with_what_mends_it(
    http: httpx.AsyncClient, pool: Pool, case: str, failure: str, remedy: str
) -> None:
    """Reported elsewhere as what broke."""
    await mailed(pool, OF_THE_CASES)
    written = (CASES / f"{case}.eml").read_text().replace("PUT-THE-MESSAGE-ID-HERE@example.org", OF_THE_CASES[1:-1])
    assert (await said(http, written.encode()))["outcome"] == "came_back"
    assert await failures(pool) == {("failed", failure)}
    [line] = await lines(pool)
    assert line.suggestion.startswith(remedy)


def forwarded(written: bytes, encoding: str = "7bit", media: str = "message/rfc822", name: str = "") -> bytes:
    """Attached to a mail that somebody of the office wrote."""
    inner = encodebytes(written) if encoding == "base64" else written
    head = (
        "From: office@example.org\r\nSubject: Fwd: Undeliverable\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=fwd\r\n\r\n--fwd\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n"
        f"--fwd\r\nContent-Type: {media}{name}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return head.encode() + inner + b"\r\n--fwd--\r\n"


def encoded_status(written: bytes) -> bytes:
    """The fields of the report in base64."""
    head, rest = written.split(b"Content-Type: message/delivery-status\r\n\r\n")
    fields, tail = rest.split(b"\r\n--x", 1)
    return (
        head
        + b"Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + encodebytes(fields)
        + b"\r\n--x"
        + tail
    )


def without_ids(written: bytes) -> bytes:
    """The mail came back under another id, and nothing else of ours."""
    return written.replace(OURS.encode(), NOBODY_SAYS.encode())


IN_WORDS = f"""\
From: MAILER-DAEMON@relay.example
To: coaching@example.org
Subject: failure notice

Hi. This is the qmail-send program at relay.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<anna@trust.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <coaching@example.org>
Message-ID: {OURS}

Hello
""".encode()

BY_ONE_WAY: dict[str, Callable[[], bytes]] = {
    "forwarded": lambda: forwarded(postfix()),
    "forwarded in base64": lambda: forwarded(postfix(), "base64"),
    "forwarded as a file": lambda: forwarded(
        postfix(), "base64", "application/octet-stream", '; name="Undelivered.eml"'
    ),
    "fields in base64": lambda: encoded_status(headers_only()),
    "our own header": lambda: without_ids(postfix()).replace(
        b"Subject: Did your", f"X-Coaching-Mail: {NAME}\r\nSubject: Did your".encode()
    ),
    "an address of its own": lambda: without_ids(headers_only()).replace(
        b"Subject: failure", f"To: <Bounces+{NAME.upper()}@example.org>\r\nSubject: failure".encode()
    ),
    "its envelope's id": lambda: without_ids(headers_only()).replace(
        b"Reporting-MTA", f"Original-Envelope-Id: {NAME}\r\nReporting-MTA".encode()
    ),
    "no Message-Id, another header": lambda: headers_only().replace(b"Message-Id:", b"X-Id:"),
    "in words": lambda: IN_WORDS,
    "the code in the diagnosis": lambda: postfix(status="5.0.0"),
}


@pytest.mark.parametrize("way", BY_ONE_WAY)
async def test_the_mail_is_found_by_whatever_of_it_came_back(http: httpx.AsyncClient, pool: Pool, way: str) -> None:
    """However it was wrapped and encoded, and whichever of its names was returned."""
    await mailed(pool, OURS)
    assert (await said(http, BY_ONE_WAY[way]()))["outcome"] == "came_back"
    assert await failures(pool) == {("failed", "bounced_5.1.1")}


@pytest.mark.parametrize("status", ["soon", "5.1111.1"])
async def test_what_gives_no_code_that_can_be_read_came_back_all_the_same(
    http: httpx.AsyncClient, pool: Pool, status: str
) -> None:
    """It says that it failed; why, nobody knows."""
    await mailed(pool, OURS)
    assert (await said(http, headers_only(status=status)))["status"] == ""
    assert await failures(pool) == {("failed", "bounced")}


@pytest.mark.parametrize(
    ("written", "code"),
    [(exchange(status="5.7.1").replace(b"RESOLVER.ADR", b"SPF.ADR"), "5.7.1"), (postfix(status="5.7.606"), "5.7.606")],
)
async def test_a_refusal_for_how_we_send_is_ours_and_on_the_worklist_once(
    http: httpx.AsyncClient, pool: Pool, written: bytes, code: str
) -> None:
    """Nobody is sent looking for another address; whoever looks after the service is told."""
    await mailed(pool, OURS)
    assert (await said(http, written))["outcome"] == "our_side"
    assert await failures(pool) == {("failed", f"refused_{code}")}
    [line] = await lines(pool)
    assert (line.title, line.turn) == ("Our emails are being refused", "operator")
    assert code in line.evidence[0]


UNREADABLE = {
    "no action": headers_only().replace(b"Action: failed", b"X: y"),
    "a boundary that is not there": postfix().replace(b"boundary=", b"bound=").replace(b"Action: failed", b"X: y"),
    "words that nobody knows": IN_WORDS.replace(b"Hi. This is the qmail-send program at", b"Nix ging, sagt").replace(
        b"<anna@trust.example>:\nSorry, no mailbox here by that name. (#5.1.1)", b"Leider"
    ),
}


@pytest.mark.parametrize("kind", UNREADABLE)
async def test_what_cannot_be_judged_is_on_the_worklist_of_its_academy(
    http: httpx.AsyncClient, pool: Pool, kind: str
) -> None:
    """And changes no record."""
    await mailed(pool, OURS)
    assert (await said(http, UNREADABLE[kind]))["outcome"] == "unclear"
    assert await failures(pool) == {("sent", None)}
    assert [line.title for line in await lines(pool)] == ["An email may not have arrived"]
    assert await lines(pool, "leeds") == []


async def test_what_nobody_can_trace_is_the_operators_without_a_word_of_it(http: httpx.AsyncClient, pool: Pool) -> None:
    """However many come, it is one line; an academy sees that it waits for somebody else."""
    await mailed(pool, OURS)
    for _ in range(2):
        assert (await said(http, headers_only(id="not an id")))["outcome"] == "unclear"
    assert await failures(pool) == {("sent", None)}
    for [line] in (await lines(pool), await lines(pool, "leeds")):
        assert (line.title, line.turn) == ("An email came back, and we don't know which", "operator")
        assert "anna" not in line.model_dump_json()


def ses(kind: str = "Permanent", **recipient: str) -> dict[str, Any]:
    """What SES says of a mail that bounced, with the headers that it was sent with."""
    return {
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": kind,
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": "anna@trust.example", **recipient}],
        },
        "mail": {
            "messageId": "010201953e66541f-000000",
            "source": "coaching@example.org",
            "destination": ["anna@trust.example"],
            "headers": [{"name": "X-Coaching-Mail", "value": NAME}],
        },
    }


FAILED = {"action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}


@pytest.mark.parametrize(
    ("notification", "media", "outcome", "failure"),
    [
        (ses(**FAILED), "application/json", "came_back", "bounced_5.1.1"),
        (ses(), "application/json", "came_back", "bounced"),
        (ses("Transient", action="failed", status="4.4.7"), "application/json", "came_back", "bounced_4.4.7"),
        (ses("Transient"), "application/json", "not_for_good", None),
        (ses("Undetermined"), "application/json", "unclear", None),
        ({"eventType": "Delivery", "mail": ses()["mail"]}, "application/json", "not_for_good", None),
        ({"Type": "Notification", "Message": json.dumps(ses(**FAILED))}, "text/plain", "came_back", "bounced_5.1.1"),
        ({"detail-type": "Email Bounced", "detail": ses(**FAILED)}, "application/json", "came_back", "bounced_5.1.1"),
    ],
)
async def test_what_amazon_ses_says_is_read_like_any_other(
    http: httpx.AsyncClient, pool: Pool, notification: dict[str, Any], media: str, outcome: str, failure: str | None
) -> None:
    """Its own notification, an event, and either within one of SNS or EventBridge."""
    await mailed(pool, OURS)
    assert (await said(http, json.dumps(notification).encode(), media))["outcome"] == outcome
    assert await failures(pool) == {("failed" if failure else "sent", failure)}


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (b'{"Type": "SubscriptionConfirmation", "SubscribeURL": "https://x.example"}', "Confirm it in the AWS console"),
        (b'{"any": 1}', "no notification of Amazon SES"),
        (b'{"Message": "{"}', "no notification of Amazon SES"),
        (b"{" * 100_000, "no notification of Amazon SES"),
        (b'{"notificationType": "Bounce", "mail": []}', "no notification of Amazon SES"),
    ],
)
async def test_json_that_is_no_notification_is_refused_with_a_reason(
    http: httpx.AsyncClient, written: bytes, why: str
) -> None:
    """As any mail that is none."""
    answered = await http.post("/v1/bounces", content=written, headers={"Content-Type": "application/json"})
    assert answered.status_code == 422
    assert why in answered.text


@pytest.mark.parametrize(
    ("status", "diagnosis", "fault"),
    [
        ("5.1.1", "", Fault.ADDRESS),
        ("5.1.10", "", Fault.ADDRESS),
        ("5.1.8", "", Fault.OURS),
        ("5.2.2", "", Fault.THEIRS),
        ("5.4.1", "", Fault.ADDRESS),
        ("5.7.1", "", Fault.OURS),
        ("5.7.1", "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required", Fault.THEIRS),
        ("5.7.23", "", Fault.OURS),
        ("5.7.124", "", Fault.THEIRS),
        ("5.7.134", "", Fault.THEIRS),
        ("4.4.7", "", Fault.THEIRS),
        ("5.6.0", "", Fault.OURS),
        ("", "", Fault.ADDRESS),
    ],
)
def test_the_full_code_says_whose_fault_it_is(status: str, diagnosis: str, fault: Fault) -> None:
    """Not its class, which may be wrong; and what is kept has words and a remedy."""
    assert fault_of(status, diagnosis) is fault
    failure = came_back_as(status, fault)
    assert words_of(failure)
    assert remedy_of(failure).endswith(".")
