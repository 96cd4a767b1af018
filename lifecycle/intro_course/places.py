"""Who comes first: requests in the order in which the course takes them, and offers while nobody else has the place."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from lifecycle.account import Account, advance
from lifecycle.intro_course.life import HOLDING, Life
from schemas.due import Refusal
from schemas.facts import Fact
from schemas.intro_course_facts import OfferAccepted, PlaceRequested

_OFFERED_ON: Final = Refusal(
    when="never", code="offer_is_over", reason="This place was offered to somebody else meanwhile, who has it now."
)
_USED_BEFORE: Final = Refusal(
    when="never", code="booking_known", reason="There was a booking with this id before. Book again under a new one."
)


def in_turn(known: Account[Life], fact: PlaceRequested, now: datetime) -> PlaceRequested:
    """A request as the course takes it: after every one that it took before, whatever moment it bears.

    It has a place if there was one when it occurred, and there still is: so nobody loses theirs to who came later.
    """
    if fact.event_id in known.facts:
        return fact
    before = [request for request in known.facts.values() if isinstance(request, PlaceRequested)]
    taken = fact.model_copy(
        update={
            "occurred_at": max([fact.occurred_at, *(request.occurred_at for request in before)]),
            "number": 1 + max([0, *(request.number for request in before)]),
            "waits": False,
        }
    )
    after = advance(known, taken, now)
    if isinstance(after, Refusal):
        return taken
    undone = after.void.keys() - known.void.keys()
    return taken.model_copy(update={"waits": bool(undone) or not known.life.has_room(fact.days, now)})


def refused(before: Account[Life], after: Account[Life], fact: Fact, now: datetime) -> Refusal | None:
    """Why a course does not take a fact that would be legal: an offer taken too late, or the id of another booking.

    What was told of a booking whose request was taken back would hold for one that is asked for under the same id.
    """
    if isinstance(fact, OfferAccepted) and _given_away(before, after, now):
        return _OFFERED_ON
    if isinstance(fact, PlaceRequested) and fact.event_id not in before.facts:
        used = any(getattr(told, "booking", None) == fact.booking for told in before.facts.values())
        return _USED_BEFORE if used else None
    return None


def _given_away(before: Account[Life], after: Account[Life], now: datetime) -> bool:
    return any(
        booking.standing(now) in HOLDING and after.life.bookings[key].standing(now) not in HOLDING
        for key, booking in before.life.bookings.items()
    )
