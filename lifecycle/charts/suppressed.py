"""Small numbers left out of what outsiders see, so that nobody is recognised, not even by subtraction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SMALLEST: Final = 5
"""Smaller numbers are not shown."""

Shown = list[list[int | None]]


def suppressed(parts: Sequence[Sequence[int]]) -> Shown:
    """A table of disjoint numbers with a total beside each row and one below each column; None for what is left out.

    Of each row and column, totals included, what is left out can't be worked out from the rest: it is nothing, or two
    numbers or more; beside a total that is shown, at least five together.
    """
    whole = _with_totals(parts)
    shown: Shown = [[cell if cell >= SMALLEST else None for cell in row] for row in whole]
    lines = _lines(len(whole), len(whole[0])) if whole else []
    while any(_hide_another(whole, shown, line) for line in lines):
        pass
    return shown


def _with_totals(parts: Sequence[Sequence[int]]) -> list[list[int]]:
    rows = [[*row, sum(row)] for row in parts]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]] if rows else []


def _lines(rows: int, columns: int) -> list[list[tuple[int, int]]]:
    across = [[(row, column) for column in range(columns)] for row in range(rows)]
    return across + [[(row, column) for row in range(rows)] for column in range(columns)]


def _hide_another(whole: list[list[int]], shown: Shown, line: list[tuple[int, int]]) -> bool:
    """Leave out the smallest number of a line in which what is left out could be worked out."""
    *parts, total = line
    hidden = [whole[row][column] for row, column in parts if shown[row][column] is None]
    seen = [(whole[row][column], row, column) for row, column in parts if shown[row][column] is not None]
    if shown[total[0]][total[1]] is None:
        safe = bool(hidden)
    else:
        safe = not hidden or (len(hidden) > 1 and sum(hidden) >= SMALLEST)
    if safe:
        return False
    _, row, column = min(seen, default=(0, *total))
    shown[row][column] = None
    return True
