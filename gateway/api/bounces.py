"""Mail that comes back: where a mail server's notifications are handed in."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request

from gateway.access.caller import holding
from gateway.api.answers import Answer
from gateway.api.bodies import media_type
from gateway.api.description import failing
from gateway.api.facts import Here
from gateway.context import now
from gateway.problems import Problem, invalid
from operations import bounces
from operations.bounces import NotOursError, Outcome
from operations.callers import Caller
from operations.returned import NoBounceError
from schemas.grants import Managing

router = APIRouter(prefix="/v1/bounces", tags=["Mail"])

Postmaster = Annotated[Caller, holding(Managing.BOUNCES)]
"""Somebody who may see to these somewhere; where, the operation asks."""

MEDIA: Final = "message/rfc822"
_JSON: Final = frozenset({"application/json", "text/plain"})
"""SNS says the latter of its JSON."""
_EXAMPLE: Final = """\
From: MAILER-DAEMON@mx.example.org
To: coaching@example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; nobody@example.org
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: <0b9c2f1e7a3d5b8c9d0e1f2a3b4c5d6e7f809a1b@example.org>

--b--
"""
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The notification, as it arrived in the sender's mailbox.",
        "content": {
            MEDIA: {
                "schema": {"type": "string", "description": "A multipart/report of RFC 3464."},
                "examples": {"one": {"summary": "An unknown recipient", "value": _EXAMPLE}},
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "description": "A notification or event of Amazon SES, also within SNS's.",
                },
            },
        },
    }
}


class BounceTaken(Answer):
    """What a notification came to."""

    outcome: Outcome
    """`came_back`, `our_side`: the mail is marked as failed. With `known` and `not_for_good` nothing was changed, and
    with `unclear` somebody is asked to look."""

    status: str
    """The enhanced status code (RFC 3463), as `5.1.1`; empty where the mail server gave none."""

    notices: int
    """How many notices were marked as failed."""

    detail: str
    """The outcome in words."""


@router.post(
    "",
    operation_id="take_bounce",
    summary="Hand in mail that came back",
    responses=failing("unknown", "media-type"),
    openapi_extra=_BODY,
)
async def take_bounce(request: Request, caller: Postmaster, context: Here) -> BounceTaken:
    """A mail server's notification: its mail is found by what was returned of it, and marked if it failed for good.

    A delay changes nothing. What cannot be judged stands on the worklist. The same again is harmless. What is no
    notification is a 422, and one about mail that is not ours a 404.
    """
    if media_type(request) not in {MEDIA, *_JSON}:
        raise Problem("media-type", f"Send the mail as {MEDIA}, or a notification of Amazon SES as application/json.")
    at = now()
    try:
        report = await asyncio.to_thread(bounces.read, await request.body())
        async with context.connection() as conn:
            taken = await bounces.hand_in(conn, report, caller, at)
    except NoBounceError as error:
        raise invalid([{"loc": ("body",), "msg": str(error)}]) from None
    except NotOursError as error:
        raise Problem("unknown", str(error)) from None
    return BounceTaken(outcome=taken.outcome, status=taken.status, notices=taken.notices, detail=taken.sentence)
