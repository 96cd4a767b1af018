"""``mca bounce``: mail that came back is handed in."""

from __future__ import annotations

import sys
from typing import Final

from mca import reach
from mca.errors import CommandError, plainly
from mca.tables import say
from operations import bounces
from operations.bounces import NoBounceError, NotOursError
from records import audit

EXAMPLES: Final = "Example: mca bounce < message.eml"


@plainly
async def bounce() -> None:
    """Hand in mail that came back: a delivery status notification, on standard input.

    The mail it is about is found by its Message-ID, and marked as undeliverable if it failed for good.
    """
    at, caller = reach.now(), reach.caller()
    try:
        report = bounces.read(sys.stdin.buffer.read(bounces.LARGEST_BYTES + 1))
        async with reach.connection() as conn:
            mail = await bounces.find(conn, report)
            await audit.note(conn, at, caller.id, caller.door, f"bounce {report.status}", mail.subject)
            taken = await bounces.take(conn, mail, report, at)
    except (NoBounceError, NotOursError) as error:
        raise CommandError(f"{error}") from None
    say(taken.sentence)
