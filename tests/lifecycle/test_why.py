"""Why something is due has an answer, and so has a question nobody foresaw."""

from __future__ import annotations

from lifecycle import cohort
from lifecycle.matters import MATTERS
from schemas.words import BookingState, Matter
from tests.lifecycle.cohorts import scheduled
from tests.lifecycle.lives import local


def test_a_receipt_of_each_standing_is_said_in_words() -> None:
    """A place, a place in the line, a cancelled booking, a lapsed offer."""
    for standing in (BookingState.CONFIRMED, BookingState.WAITING, BookingState.CANCELLED, BookingState.OFFER_LAPSED):
        assert f"booking_{standing}" in MATTERS[Matter.BOOKING].rules


def test_a_change_of_a_course_is_said_in_words() -> None:
    """Days moved or cancelled, all of them or day 2 alone."""
    said = {f"{what}_{how}" for what in ("course", "day_2") for how in ("moved", "cancelled")}
    assert said | {"day_2_cancelled_for_absent"} == set(MATTERS[Matter.COURSE_CHANGED].rules)


def test_what_is_next_names_rule_parameter_calendar_and_step() -> None:
    """Enough to see why, without asking anybody."""
    state = cohort.fold([scheduled()], local("2026-06-22"))
    (reason,) = cohort.why(state, {}, "next")
    assert "The office confirms" in reason.answer
    assert "decisions, cohort confirmation, within weeks: 2" in reason.answer
    assert reason.due is not None
    assert reason.due.parameter == "decisions.cohort_confirmation.within_weeks = 2"
    assert "england-and-wales, table uk-2026-11" in reason.answer
    assert "Step 0" in reason.answer
    (nothing,) = cohort.why(state, {}, "lapse")
    assert nothing.answer.startswith("Nothing of this kind is due")
