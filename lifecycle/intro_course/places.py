"""Whether a request, or an offer taken, takes somebody's place.

Facts count in the order they occurred, and requests of one second tie.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from lifecycle.account import Account
from lifecycle.intro_course.life import HOLDING, Life
from schemas.due import Refusal

OFFERED_ON: Final = Refusal(
    when="never", code="offer_is_over", reason="This place was offered to somebody else meanwhile, who has it now."
)
OTHERS_FIRST: Final = Refusal(
    when="not_yet",
    code="others_first",
    reason="Somebody booked this course at the very same moment, and was told so first. Please try again.",
)


def takes_a_place(before: Account[Life], after: Account[Life], now: datetime) -> bool:
    """Whether somebody who holds a place, or has been told their booking, loses it by what was told now."""
    return any(
        key not in after.life.bookings
        or (one.standing(now) in HOLDING and after.life.bookings[key].standing(now) not in HOLDING)
        for key, one in before.life.bookings.items()
    )
