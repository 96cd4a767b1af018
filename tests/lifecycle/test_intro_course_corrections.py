"""An Introduction course told wrongly and put right, more than once: what people heard last is true."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from schemas import intro_course_facts as facts
from schemas.corrections import Correction
from schemas.words import BookingState, Matter
from tests.lifecycle.intro_courses import B, C, fresh, request
from tests.lifecycle.lives import without_dates


def test_an_offer_that_holds_again_after_a_correction_was_taken_back_is_told_again() -> None:
    """The request before theirs taken back, restored and taken back once more: offered, waiting, offered."""
    lived = fresh("A", "B", places=1)
    request_of_a = next(fact.event_id for fact in lived.known.facts.values() if fact.kind == "place_requested")
    taken_back = lived.after(60).tell(Correction, corrects=request_of_a)
    lived.after(60).tell(Correction, corrects=taken_back)
    assert lived.is_now(B) is BookingState.WAITING
    lived.after(60).tell(Correction, corrects=request_of_a)
    assert lived.is_now(B) is BookingState.OFFERED
    heard = [each.partition(" ")[0] for each in lived.heard("B")]
    assert heard == ["booking_waiting", "place_offered", "booking_waiting", "place_offered"]
    lived.go(lived.now.replace(hour=23))
    assert len(lived.heard("B", Matter.OFFER)) == 2


def test_an_acceptance_taken_back_is_an_offer_again_and_told_as_one() -> None:
    """Somebody who never took the place has the rest of its time to take it."""
    lived = fresh("A", "B", places=1)
    lived.cancel("A")
    lived.after(60).take("B")
    accepted = max(lived.known.facts.values(), key=lambda fact: fact.occurred_at)
    lived.after(60).tell(Correction, corrects=accepted.event_id)
    heard = [each.partition(" ")[0] for each in lived.heard("B")]
    assert heard == ["booking_waiting", "place_offered", "booking_confirmed", "place_offered"]


def test_an_open_offer_ends_with_a_course_that_is_cancelled() -> None:
    """It does not lapse days later, when nothing falls due any more and no row would say it."""
    lived = fresh("A", "B", places=1)
    lived.cancel("A")
    assert lived.is_now(B) is BookingState.OFFERED
    told = lived.after().tell(facts.IntroCourseCancelled, reason="no_room")
    assert lived.is_now(B) is BookingState.WAITING
    lived.go("2026-08-10 12:00")
    assert lived.heard("B")[2:] == ["course_cancelled 2026-07-22 12:03"]
    assert without_dates(lived.written) == without_dates(lived.rows())
    lived.tell(Correction, corrects=told)
    assert lived.is_now(B) is BookingState.OFFER_LAPSED


def test_the_id_of_a_booking_that_was_taken_back_is_not_used_again() -> None:
    """Else what was told of the first booking, such as an offer, would hold for the second, before those who wait."""
    lived = fresh("A", "B", "C", places=1)
    request_of_b = [fact.event_id for fact in lived.known.facts.values() if fact.kind == "place_requested"][1]
    lived.cancel("A")
    lived.after().tell(Correction, corrects=request_of_b)
    assert lived.is_now(C) is BookingState.OFFERED
    refused = lived.after().refused(facts.PlaceRequested, **request(lived.course, "B"))
    assert (refused.when, refused.code) == ("never", "booking_known")
    lived.tell(facts.PlaceRequested, **request(lived.course, "B") | {"booking": f"{B}.2"})
    assert lived.is_now(f"{B}.2") is BookingState.WAITING
    assert lived.is_now(C) is BookingState.OFFERED


@pytest.mark.parametrize("seconds", [0, 1, 3600])
def test_a_cancellation_taken_back_is_said_once_and_so_is_the_next(seconds: int) -> None:
    """Nobody hears the same over and over; what was taken back before it could be said is not said."""
    lived = fresh("A")
    for _ in range(2):
        wrong = lived.tell(facts.IntroCourseCancelled, reason="other")
        lived.go(lived.now + timedelta(seconds=seconds))
        lived.tell(Correction, corrects=wrong)
        lived.go(lived.now + timedelta(seconds=max(1, seconds)))
    heard = [each.partition(" ")[0] for each in lived.heard("A")]
    assert heard == ["booking_confirmed", *["course_cancelled", "booking_confirmed"] * (2 if seconds else 1)]


def test_of_two_moves_in_one_second_the_last_is_heard_last() -> None:
    """As it is when the second of them is taken back."""
    lived = fresh("A")
    days = [date(2026, 10, 21), date(2026, 11, 4)]
    for day in days:
        wrong = lived.tell(facts.IntroCourseMoved, day_1=day, day_2=day + timedelta(days=1))
    lived.go(lived.now + timedelta(seconds=1))
    lived.tell(Correction, corrects=wrong)
    lived.go(lived.now + timedelta(days=1))
    heard = [notice.about for _, notice in lived.sent if notice.reason == "course_moved" and notice.person == "per_A"]
    assert heard == [*days, days[0]]


def test_a_move_to_the_days_it_is_on_tells_nobody() -> None:
    """Told by two, or sent again by a service under another id: it is on these days already."""
    lived = fresh("A")
    lived.tell(facts.IntroCourseMoved, day_1=date(2026, 10, 21), day_2=date(2026, 10, 22))
    lived.go(lived.now + timedelta(days=1))
    lived.tell(facts.IntroCourseMoved, day_1=date(2026, 10, 21), day_2=date(2026, 10, 22))
    lived.go(lived.now + timedelta(days=1))
    assert len([reason for reason in lived.heard("A") if reason.startswith("course_moved")]) == 1
