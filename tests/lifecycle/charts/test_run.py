"""Run charts: Anhøj's limits, the known answers, and what holds for any numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lifecycle.charts.run import crossings_needed, longest_allowed, run
from tests.lifecycle.charts.test_xmr import LOANS, NOISE


@pytest.mark.parametrize(
    ("useful", "longest", "crossings"),
    [(10, 6, 2), (12, 7, 3), (15, 7, 4), (20, 7, 6), (24, 8, 8), (30, 8, 10), (50, 9, 19), (100, 10, 41)],
)
def test_the_limits_are_anhojs(useful: int, longest: int, crossings: int) -> None:
    """The longest run, and the fewest crossings, that chance explains."""
    assert (longest_allowed(useful), crossings_needed(useful)) == (longest, crossings)


def test_the_loans_have_no_signal_of_runs() -> None:
    """Around the centre of the first twenty."""
    found = run(LOANS, centre=300.5)
    assert (found.longest, found.longest_allowed, found.crossings, found.crossings_needed) == (6, 8, 20, 14)
    assert not found.signal


def test_points_on_the_median_do_not_count() -> None:
    """Nor do they end a run."""
    found = run([1, 2, 1, 2, 2, 1, 3, 3, 2, 3])
    assert (found.centre, found.useful, found.longest, found.crossings) == (2, 6, 3, 1)


def test_a_level_that_moved_is_a_signal() -> None:
    """Half the points lie below, the other half above."""
    found = run([*NOISE, *(value + 50 for value in NOISE)])
    assert (found.too_long, found.too_few, found.signal) == (True, True, True)


def test_points_that_are_all_the_same_say_nothing() -> None:
    """All lie on the median."""
    found = run([4.0] * 20)
    assert (found.useful, found.signal) == (0, False)


@given(some.lists(some.integers(-50, 50).map(float), min_size=1, max_size=60))
def test_read_backwards_a_chart_says_the_same(values: list[float]) -> None:
    """Runs and crossings have no direction."""
    assert run(values) == run(values[::-1])


@given(some.lists(some.integers(-50, 50).map(float), min_size=1, max_size=60))
def test_runs_and_crossings_make_up_the_points(values: list[float]) -> None:
    """One more run than crossings, none longer than the rest leaves room for."""
    found = run(values)
    if found.useful:
        assert found.longest + found.crossings <= found.useful
