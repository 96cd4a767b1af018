"""What was measured, as series: one value a day, what is left out, where lines begin anew."""

from __future__ import annotations

from datetime import date

import pytest

from lifecycle import account
from lifecycle.engagement.measured import Series, days_between, series
from schemas import engagement_facts as facts
from schemas import improvement_facts as improvement
from schemas.engagement_facts import PauseReason
from tests.lifecycle.lives import Lived, agreed


def _measured(*values: tuple[date, float]) -> Lived:
    lived = agreed()
    lived.weekly("2026-10-06")
    lived.tell(improvement.MeasureDefined, measure="m1", better="lower")
    for day, value in values:
        lived.tell(improvement.MeasurementRecorded, measure="m1", day=day, value=value)
    return lived


def _series(lived: Lived) -> Series:
    held = [fact.model_copy(update={"event_id": name}) for name, fact in account.holding(lived.state.account)]
    (found,) = series(held)
    return found


def test_values_stand_by_day_and_the_one_told_last_holds() -> None:
    """In whatever order they were told."""
    one, two = date(2026, 9, 1), date(2026, 9, 8)
    found = _series(_measured((two, 4), (one, 3), (two, 5)))
    assert [(value.day, value.value) for value in found.values] == [(one, 3), (two, 5)]
    assert not found.higher_is_better


def test_a_new_baseline_begins_at_the_first_value_from_its_day() -> None:
    """Of several each at its own."""
    lived = _measured(*((date(2026, 8, day), day) for day in (3, 10, 17, 24)))
    for day in (date(2026, 8, 8), date(2026, 8, 24)):
        lived.tell(improvement.ChartRebased, measure="m1", from_day=day, reason="process_changed")
    assert _series(lived).breaks == (1, 3)


def test_the_latest_aim_is_the_target() -> None:
    """Of its own measure."""
    lived = _measured()
    for target in (9.0, 8.0):
        lived.tell(improvement.AimSet, aim="specific", measure="m1", target=target, by_day=date(2027, 3, 1))
    assert _series(lived).target == 8


def test_a_value_of_a_day_to_come_is_refused() -> None:
    """It can't have been measured."""
    lived = _measured()
    with pytest.raises(AssertionError, match="in the future"):
        lived.tell(improvement.MeasurementRecorded, measure="m1", day=date(2027, 1, 1), value=1)


def test_days_between_sessions_leave_out_what_was_excused() -> None:
    """A pause makes no long gap."""
    lived = agreed()
    lived.weekly("2026-09-29")
    lived.tell(facts.PauseStarted, reason=PauseReason.STAFFING)
    lived.go("2026-10-21")
    lived.tell(facts.PauseEnded)
    lived.weekly("2026-11-10")
    found = days_between(lived.state).values
    assert {value.value for value in found if not value.left_out} == {7}
    assert [value.value > 7 for value in found if value.left_out] == [True]
