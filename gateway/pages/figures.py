"""Lines, points and words as a figure that a template draws as plain SVG, and as a table for who does not see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import floor, log10
from typing import Any, Final, Literal, NamedTuple

from lifecycle.dates import MONTHS
from schemas.sentences import SHORT_DAY, SHORT_MONTH, say_day

Look = Literal["mean", "limit", "target", "values", "cycle", "second"]
Scorer = Literal["team", "faculty"]
Shape = Literal["common_cause", "improvement", "concern", "left_out"] | Scorer

_WIDTH: Final = 320
_HEIGHT: Final = 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 38, 276, 30, 170
_APART: Final = 13


class Line(NamedTuple):
    """A line through points, as SVG has it."""

    look: Look
    points: str


class Dot(NamedTuple):
    """A point: the shape says what it is, the colour says it again."""

    shape: Shape
    x: float
    y: float


class Label(NamedTuple):
    """Words, always horizontal."""

    words: str
    x: float
    y: float
    anchor: Literal["start", "middle", "end"] = "start"


class Bar(NamedTuple):
    """A bar from the left edge, with what it stands for above it and its number behind it."""

    words: str
    number: str
    y: float
    width: float


class Key(NamedTuple):
    """What a shape or a line of the figure means."""

    look: str
    words: str


@dataclass(frozen=True, slots=True)
class Table:
    """What the figure is drawn from."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One message, a sentence, the drawing, and the table behind it. Without dots and bars nothing is drawn.

    ``icons`` say at a glance what the last value says, and whether the target will be met.
    """

    title: str
    sentence: str
    width: int = _WIDTH
    height: int = _HEIGHT
    lines: tuple[Line, ...] = ()
    dots: tuple[Dot, ...] = ()
    labels: tuple[Label, ...] = ()
    bars: tuple[Bar, ...] = ()
    keys: tuple[Key, ...] = ()
    icons: tuple[Key, ...] = ()
    table: Table | None = None


@dataclass(slots=True)
class Canvas:
    """Where days and numbers stand on the drawing."""

    days: tuple[date, date]
    numbers: tuple[float, float]
    lines: list[Line] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)

    @classmethod
    def around(
        cls,
        days: Iterable[date],
        numbers: Iterable[float],
        ticks: Sequence[float] = (),
        said: Callable[[date], str] | None = None,
    ) -> Canvas:
        """Room for all of these, with the scale beside it (``ticks`` if given), and the first and last day below."""
        said = said or short
        all_days, all_numbers = list(days), list(numbers)
        ticks = ticks or scale(min(all_numbers), max(all_numbers))
        made = cls((min(all_days), max(all_days)), (ticks[0], ticks[-1]))
        for tick in ticks:
            made.labels.append(Label(in_words(tick), _LEFT - 8, made.y(tick) + 4, "end"))
        first, last = made.days
        made.labels.append(Label(said(first), _LEFT, _BOTTOM + 24))
        if last > first:
            made.labels.append(Label(said(last), _RIGHT, _BOTTOM + 24, "end"))
        return made

    def x(self, day: date) -> float:
        """Where a day stands."""
        first, last = self.days
        share = (day - first).days / max(1, (last - first).days) if last > first else 0.5
        return round(_LEFT + min(1, max(0, share)) * (_RIGHT - _LEFT), 1)

    def y(self, number: float) -> float:
        """Where a number stands."""
        low, high = self.numbers
        return round(_BOTTOM - (number - low) / ((high - low) or 1) * (_BOTTOM - _TOP), 1)

    def line(self, look: Look, points: Sequence[tuple[date, float]]) -> None:
        """A line through points."""
        self.lines.append(Line(look, " ".join(f"{self.x(day)},{self.y(number)}" for day, number in points)))

    def level(self, look: Look, number: float, since: date, until: date) -> None:
        """A line that stays where it is: all the way across where there is only one day."""
        if self.days[0] == self.days[1]:
            self.lines.append(Line(look, f"{_LEFT},{self.y(number)} {_RIGHT},{self.y(number)}"))
        else:
            self.line(look, ((since, number), (until, number)))

    def dot(self, shape: Shape, day: date, number: float) -> None:
        """A point."""
        self.dots.append(Dot(shape, self.x(day), self.y(number)))

    def named(self, *levels: float) -> None:
        """The numbers of levels, at the right, none over another."""
        below = float("inf")
        for number in sorted(set(levels)):
            place = min(self.y(number) + 4, below - _APART)
            self.labels.append(Label(in_words(number), _RIGHT + 8, place))
            below = place

    def marked(self, marks: Sequence[tuple[date, str]]) -> None:
        """Upright lines at the days shown, with short words above, a row higher where they would meet."""
        rows = [-float("inf")] * 2
        for day, words in sorted(mark for mark in marks if self.days[0] <= mark[0] <= self.days[1]):
            x = self.x(day)
            row = next((number for number, taken in enumerate(rows) if x - taken >= 2 * _APART), 0)
            rows[row] = x
            self.lines.append(Line("cycle", f"{x},{_TOP - 4} {x},{_BOTTOM}"))
            self.labels.append(Label(words, x, _TOP - 8 - row * _APART, "middle"))


def short(day: date) -> str:
    """A day in few letters, e.g. 3 Mar 2027."""
    return say_day(f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}", day, SHORT_DAY)


def in_words(number: float) -> str:
    """A number as it's read out: three figures, or all that stand before the point, e.g. 67.7 or 1,235."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{round(number, 9):.3g}"


def month(day: date) -> str:
    """A day's month in few letters, e.g. Mar 2027."""
    return say_day(f"{MONTHS[day.month - 1][:3]} {day.year}", day, SHORT_MONTH)


def bars(rows: Sequence[tuple[str, str, float]], whole: float, target: float | None = None) -> dict[str, Any]:
    """What a figure needs to show these as bars: words, number in words, and length of a ``whole`` one."""
    width, top, each = _WIDTH - 60, 8, 40
    height = top + each * len(rows)
    drawn = tuple(
        Bar(words, number, top + each * place, round(value / (whole or 1) * width, 1))
        for place, (words, number, value) in enumerate(rows)
    )
    found: dict[str, Any] = {"bars": drawn, "height": height}
    if target is not None:
        x = round(target / (whole or 1) * width, 1)
        found["lines"] = (Line("target", f"{x},{top} {x},{height}"),)
    return found


def scale(low: float, high: float) -> list[float]:
    """Round numbers from below the lowest to above the highest, of three figures: what differs by less is the same."""
    finest = 10.0 ** (floor(log10(max(abs(low), abs(high)) or 1)) - 2)
    low, high = (round(number / finest) * finest for number in (low, high))
    span = (high - low) or abs(high) or 1
    rough = span / 3
    size = 10 ** floor(log10(rough))
    step = next(step for step in (size, 2 * size, 5 * size, 10 * size) if step >= rough)
    first = floor(low / step)
    found = [first * step]
    while found[-1] < high:
        found.append((first + len(found)) * step)
    return [round(tick, 10) for tick in found] if len(found) > 1 else [found[0], found[0] + step]


def sparkline(values: Sequence[float], between: tuple[float, float] | None = None) -> str:
    """The points of a line no larger than a word, as SVG has them; on the scale of its values or on another one."""
    low, high = between or (min(values), max(values))
    step = 96 / max(1, len(values) - 1)
    return " ".join(
        f"{2 + number * step:.1f},{22 - (value - low) / ((high - low) or 1) * 20:.1f}"
        for number, value in enumerate(values)
    )
