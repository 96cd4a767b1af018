"""``mca bounce``: mail that came back is handed in."""

from __future__ import annotations

import sys
from typing import Final

from mca import reach
from mca.errors import CommandError, plainly
from mca.tables import say
from operations import bounces
from operations.bounces import NotOursError
from operations.returned import LARGEST_BYTES, NoBounceError

EXAMPLES: Final = "Example: mca bounce < message.eml"


@plainly
async def bounce() -> None:
    """Hand in mail that came back: as the mail server wrote it, or Amazon SES (JSON), on standard input.

    The mail it is about is found by whatever of it was returned, and marked as undeliverable if it failed for good.
    """
    at, caller = reach.now(), reach.caller()
    try:
        report = bounces.read(sys.stdin.buffer.read(LARGEST_BYTES + 1))
        async with reach.connection() as conn:
            taken = await bounces.hand_in(conn, report, caller, at)
    except (NoBounceError, NotOursError) as error:
        raise CommandError(f"{error}") from None
    say(taken.sentence)
