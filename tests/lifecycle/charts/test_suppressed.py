"""Numbers under five are left out of what outsiders see, and cannot be worked out from the rest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.charts.suppressed import SMALLEST, suppressed


def test_a_small_number_takes_another_with_it() -> None:
    """Its row and its column would give it away."""
    assert suppressed([[3, 20, 9], [12, 30, 8], [15, 10, 7]]) == [
        [None, 20, None, 32],
        [None, 30, None, 50],
        [15, 10, 7, 32],
        [30, 60, 24, 114],
    ]


def test_two_small_ones_that_are_small_together_take_a_third() -> None:
    """One and two left out of thirteen say three."""
    assert suppressed([[1, 2, 10]])[0] == [None, None, None, 13]


def test_what_is_large_enough_is_shown_whole() -> None:
    """And of nothing there is nothing to show."""
    assert suppressed([[5, 6], [7, 8]]) == [[5, 6, 11], [7, 8, 15], [12, 14, 26]]
    assert suppressed([]) == []


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(st.integers(0, 30), min_size=width, max_size=width))))
def test_no_line_gives_away_what_it_leaves_out(parts: list[list[int]]) -> None:
    """Where a total is shown, two numbers or more are left out of it, of five or more together; or none."""
    shown = suppressed(parts)
    rows = [[*row, sum(row)] for row in parts]
    whole = [*rows, [sum(column) for column in zip(*rows, strict=True)]] if rows else []
    flat = [
        (cell, found) for row, line in zip(whole, shown, strict=True) for cell, found in zip(row, line, strict=True)
    ]
    assert all(found is None if cell < SMALLEST else found in (None, cell) for cell, found in flat)
    for line, seen in (
        *zip(whole, shown, strict=True),
        *zip(zip(*whole, strict=True), zip(*shown, strict=True), strict=True),
    ):
        hidden = [cell for cell, found in zip(line[:-1], seen[:-1], strict=True) if found is None]
        if seen[-1] is None:
            assert hidden
        else:
            assert not hidden or (len(hidden) > 1 and sum(hidden) >= SMALLEST)
