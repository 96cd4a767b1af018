"""Pauses with little time between them are one pause; a long one is decided, and confirmed until a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from schemas import engagement_facts as facts
from schemas.due import Refusal
from schemas.engagement_facts import PauseReason
from schemas.programme import Absence
from schemas.words import Act, Matter, Role
from tests.lifecycle.lives import PROGRAMME, Lived, agreed, local, read


def _paused(at: str = "2026-12-02") -> Lived:
    """A team that has met every week, and pauses."""
    lived = agreed()
    lived.weekly(at)
    _pause(lived)
    return lived


def _pause(lived: Lived, review_on: date | None = None, *, confirmed: bool = False) -> None:
    lived.tell(facts.PauseStarted, reason=PauseReason.STAFFING, review_on=review_on, confirmed=confirmed)


def _ended(lived: Lived, on: str) -> None:
    lived.go(on)
    lived.tell(facts.PauseEnded)


def test_a_pause_ended_and_begun_again_every_27_days_is_reviewed() -> None:
    """Over two years: looked at every four weeks, decided after twelve, begun anew after 26 only if it is confirmed."""
    refused = 0
    lived = _paused("2026-10-05")
    for number in range(1, 27):
        _ended(lived, read(local("2026-10-05") + timedelta(days=27 * number)))
        lived.go(lived.now + timedelta(hours=20))
        if isinstance(lived.try_to(facts.PauseStarted, reason=PauseReason.STAFFING), Refusal):
            refused += 1
            _pause(lived, confirmed=True)
    assert lived.went(Matter.PAUSE_DECISION)[0] == "2026-12-29 08:00"
    assert len(lived.went(Matter.PAUSE_DECISION)) > 12
    assert len(lived.went(Matter.PAUSE_REVIEW)) > 12
    assert refused >= 9


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_pause_is_looked_at_on_a_day_ahead(*, confirmed: bool) -> None:
    """Neither when it begins nor when it goes on is it to be asked about on that day, or one that is over."""
    lived = agreed()
    said: dict[str, Any] = {"reason": PauseReason.STAFFING, "confirmed": confirmed}
    for day in (date(2026, 9, 6), date(1900, 1, 1)):
        assert lived.refused(facts.PauseStarted, review_on=day, **said).code == "reviewed_in_the_past"
    lived.tell(facts.PauseStarted, review_on=date(2026, 9, 7), **said)
    assert lived.refused(facts.PauseReviewed, review_on=date(2026, 9, 6)).code == "reviewed_in_the_past"


def test_ended_and_begun_again_within_the_hour_too() -> None:
    """Nobody confirms anything: the coach is asked every four weeks, faculty and office after twelve."""
    lived = _paused("2026-10-05")
    for number in range(1, 7):
        _ended(lived, read(local("2026-10-05") + timedelta(days=27 * number)))
        lived.go(lived.now + timedelta(hours=1))
        _pause(lived)
    lived.go("2027-04-10")
    assert len(lived.went(Matter.PAUSE_REVIEW)) == 6
    assert lived.heard(Role.FACULTY, Matter.PAUSE_DECISION)[0] == "2026-12-29 08:00"
    assert lived.went(Matter.PAUSE_DECISION)[-1] == "2027-04-05 12:00"


def test_two_weeks_of_work_make_the_next_pause_another_one() -> None:
    """A day less, and it goes on counting from the first day."""
    for gap, since in ((13, "2026-12-02"), (14, "2027-01-06")):
        lived = _paused()
        _ended(lived, "2026-12-23")
        lived.weekly(read(local("2026-12-23") + timedelta(days=gap)))
        _pause(lived)
        (asked, *_) = lived.ahead(Matter.PAUSE_REVIEW)
        assert asked.since == local(since)


def test_joined_pauses_move_deadlines_by_the_time_really_paused_alone() -> None:
    """The week of work between them is no pause."""
    lived = _paused()
    planned = lived.state.hand_off_planned()
    _ended(lived, "2026-12-16")
    lived.weekly("2026-12-23")
    _pause(lived)
    _ended(lived, "2027-01-06")
    assert lived.state.hand_off_planned() - planned == timedelta(weeks=4)


def test_beginning_a_pause_anew_does_not_put_its_review_off() -> None:
    """A date named then can only be an earlier one; one named by a look at the pause holds."""
    lived = _paused()
    _ended(lived, "2026-12-16")
    _pause(lived, review_on=date(2027, 3, 1))
    lived.go("2026-12-30 13:00")
    assert lived.went(Matter.PAUSE_REVIEW) == ["2026-12-30 12:00"]
    lived.tell(facts.PauseReviewed, review_on=date(2027, 2, 15))
    lived.go("2027-02-15 09:00")
    assert lived.went(Matter.PAUSE_REVIEW) == ["2026-12-30 12:00", "2027-02-15 08:00"]


def test_a_pause_past_26_weeks_is_put_anew_to_faculty_and_office() -> None:
    """Nobody decided when it was asked first: then it needs a confirmation, and goes on being asked."""
    lived = _paused()
    lived.go("2027-07-30")
    put = [item.at for _, item in lived.carried if item.rule == "pause_unconfirmed"]
    assert [read(at) for at in put] == ["2027-06-02 12:00", "2027-06-30 12:00", "2027-07-28 12:00"]
    assert "2027-06-02 12:00" in lived.heard(Role.FACULTY, Matter.PAUSE_DECISION)


def test_a_pause_that_goes_on_confirmed_is_asked_about_again_on_that_day() -> None:
    """And not before: neither the decision nor the confirmation."""
    lived = _paused()
    lived.go("2027-03-01")
    asked = lived.went(Matter.PAUSE_DECISION, Act.ASK)
    lived.tell(facts.PauseReviewed, review_on=date(2027, 9, 6), confirmed=True)
    lived.go("2027-09-07")
    assert lived.went(Matter.PAUSE_DECISION, Act.ASK) == [*asked, "2027-09-06 08:00"]
    lived.tell(facts.PauseReviewed, review_on=date(2027, 9, 20), confirmed=True)
    lived.go("2027-09-13")
    assert len(lived.went(Matter.PAUSE_DECISION, Act.ASK)) == len(asked) + 1


def test_a_programme_says_which_pauses_are_one() -> None:
    """Five weeks, for an academy that wants it so."""
    rules = Absence(pauses_joined_within_weeks=5)
    lived = agreed(programme=PROGRAMME.model_copy(update={"version": 2, "absence": rules}))
    lived.weekly("2026-12-02")
    _pause(lived)
    _ended(lived, "2026-12-23")
    lived.weekly("2027-01-20")
    _pause(lived)
    assert lived.ahead(Matter.PAUSE_REVIEW)[0].since == local("2026-12-02")
