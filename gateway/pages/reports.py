"""A report of a cohort or an academy: sentences first, then a chart and a table for each thing that is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from gateway.pages.charts import NEVER_NEGATIVE, PERCENT, control_chart
from gateway.pages.figures import Figure, Key, Table, bars, month, short
from lifecycle.charts.suppressed import SMALLEST, suppressed
from lifecycle.dates import long_month
from lifecycle.engagement.measured import Series, Value
from operations.sheets import Cell
from records.reports import CohortCoaches, CourseUse, HandOffQuarter, HeldMonth, MeanMonth
from schemas.programme import Targets
from schemas.sentences import joined, say, say_of
from schemas.subjects import cohort_name

NOT_SHOWN: Final = "not shown"
"""What stands for a number that outsiders don't see."""
_WITHHELD: Final = Figure(
    title="Chart not shown", sentence="Its numbers are too small to show to people outside the academy."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the records counted. ``courses`` is None where a report has no Introduction courses."""

    held: Sequence[HeldMonth]
    between: Sequence[MeanMonth]
    answers: Sequence[MeanMonth]
    decisions: Sequence[MeanMonth]
    coaches: Sequence[CohortCoaches]
    hand_offs: Sequence[HandOffQuarter]
    courses: Sequence[CourseUse] | None


@dataclass(frozen=True, slots=True)
class Section:
    """One thing that is counted. ``said`` stands among the first sentences; columns and rows are its sheet."""

    code: str
    heading: str
    said: str
    figure: Figure
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def sections(found: Counted, targets: Targets, *, shared: bool) -> tuple[Section, ...]:
    """All of them, in the order of a report. What is ``shared`` with outsiders leaves small numbers out."""
    made = [
        _held(found.held, targets.sessions_held_percent, shared=shared),
        _mean(
            "between", "Days between sessions", found.between, targets.days_between_sessions, shared=shared,
            said=("In {month}, teams met every {days}.", "In {month}, teams met every {days}, on average."),
            counted="Gaps between sessions",
        ),
        _mean(
            "answers", "Days until we hear about a missing session", found.answers, targets.days_to_answer,
            shared=shared, said=(
                "In {month}, we heard about a session {days} after it counted as not known.",
                "In {month}, we heard about a session {days} after it counted as not known, on average.",
            ),
            counted="Sessions",
        ),
        _mean(
            "decisions", "Days from a stalled team to a decision", found.decisions, targets.days_to_decide,
            shared=shared, said=(
                "Something was last done about a stalled team in {month}, {days} after we asked.",
                "Something was last done about a stalled team in {month}, {days} after we asked, on average.",
            ),
            counted="Decisions",
        ),
        _coaches(found.coaches, targets.still_coaching_percent, shared=shared),
        _hand_offs(found.hand_offs, targets.sustained_percent, shared=shared),
    ]  # fmt: skip
    if found.courses is not None:
        made.append(_courses(found.courses, targets.places_used_percent, shared=shared))
    return tuple(made)


def _held(rows: Sequence[HeldMonth], target: int, *, shared: bool) -> Section:
    heading = "Percentage of expected sessions that went ahead"
    shown = [row for row in rows if row.teams >= SMALLEST or not shared]
    values = tuple(Value(row.month, 100 * row.held / row.expected) for row in shown)
    said = ""
    if shown:
        last = shown[-1]
        said = say(
            "In {month}, {held} of {expected} expected sessions went ahead: {percent}%. The target is {target}%.",
            month=long_month(last.month),
            held=last.held,
            expected=last.expected,
            percent=f"{values[-1].value:.0f}",
            target=target,
        )
    measured = Series("held", "", higher_is_better=True, values=values, target=float(target))
    figure = control_chart(measured, said=month, within=PERCENT, unit="%")
    columns = ("Month", "Went ahead", "Expected", "Percentage", "Teams")
    cells = [
        (row.month, row.held, row.expected, round(value.value, 1), row.teams)
        for row, value in zip(shown, values, strict=True)
    ]
    return _section("held", heading, said, figure, columns, cells, withheld=shared and bool(rows))


def _mean(
    code: str, heading: str, rows: Sequence[MeanMonth], target: int, *, said: tuple[str, str], counted: str,
    shared: bool,
) -> Section:  # fmt: skip
    """``said`` is the sentence about one case, and about several."""
    shown = [row for row in rows if row.teams >= SMALLEST or not shared]
    values = tuple(Value(row.month, row.mean) for row in shown)
    words = ""
    if shown:
        last = shown[-1]
        mean = f"{last.mean:.1f}".removesuffix(".0")
        days = "1 day" if mean == "1" else say("{mean} days", mean=mean)
        found = say(said[last.cases > 1], month=long_month(last.month), days=days)
        words = joined(" ", (found, say("The target is {target} days at most.", target=target)))
    measured = Series(code, "", higher_is_better=False, values=values, target=float(target))
    figure = control_chart(measured, said=month, within=NEVER_NEGATIVE, unit=" days")
    cells = [(row.month, round(row.mean, 1), row.cases, row.teams) for row in shown]
    columns = ("Month", "Average days", counted, "Teams")
    return _section(code, heading, words, figure, columns, cells, withheld=shared and bool(rows))


def _coaches(rows: Sequence[CohortCoaches], target: int, *, shared: bool) -> Section:
    parts = [(row.coaching, row.trained - row.coaching) for row in rows]
    table = _whole(parts, shared=shared)
    labels = [cohort_name(row.cohort) for row in rows]
    percents = [_percent(row[0], row[2]) for row in table]
    said = ""
    icons: tuple[Key, ...] = ()
    if table and percents[-1] is not None:
        said = say(
            "{coaching} of the {completed} people who completed the course coach a team now: {percent}%. The target is "
            "{target}%.",
            coaching=table[-1][0],
            completed=table[-1][2],
            percent=f"{percents[-1]:.0f}",
            target=target,
        )
        icons = _met(percents[-1], target)
    drawn = [
        (label, f"{percent:.0f}%", percent)
        for label, percent in zip(labels, percents, strict=False)
        if percent is not None
    ]
    figure = _bars("By cohort", said, drawn, 100, icons, target)
    columns = ("Cohort", "Coach a team now", "Don't coach now", "Completed the course", "Percentage")
    cells = [
        (label, *map(_cell, row), _cell(percent))
        for label, row, percent in zip([*labels, "All"], table, percents, strict=False)
    ]
    heading = "Trained coaches who still coach"
    return _section("coaches", heading, said, figure, columns, cells, withheld=shared and bool(rows))


def _hand_offs(rows: Sequence[HandOffQuarter], target: int, *, shared: bool) -> Section:
    table = _whole([(row.sustained, row.aftercare, row.otherwise) for row in rows], shared=shared)
    labels = [say("{first} to {last}", first=month(row.quarter), last=month(_ends(row.quarter))) for row in rows]
    said = ""
    icons: tuple[Key, ...] = ()
    if table and (total := table[-1][3]) is not None:
        said = say_of(
            total,
            "{number} team carried on alone after the hand-off.",
            "{number} teams carried on alone after the hand-off.",
        )
        over = _sum(table[-1][0], table[-1][2])
        kept = _percent(table[-1][0], over)
        if kept is not None:
            kept_up = say(
                "The improvement lasted for {lasted} of the {checked} whose checks are over: {percent}%. The target is "
                "{target}%.",
                lasted=table[-1][0],
                checked=over,
                percent=f"{kept:.0f}",
                target=target,
            )
            said = joined(" ", (said, kept_up))
            icons = _met(kept, target)
    totals = [(label, str(row[3]), row[3]) for label, row in zip(labels, table, strict=False) if row[3] is not None]
    figure = _bars("By quarter", said, totals, max((total for *_, total in totals), default=1), icons)
    columns = ("Quarter", "Improvement kept", "Checks going on", "Not kept, or ended", "Handed off")
    cells = [(label, *map(_cell, row)) for label, row in zip([*labels, "All"], table, strict=False)]
    heading = "Hand-offs, and whether the improvement lasted"
    return _section("hand-offs", heading, said, figure, columns, cells, withheld=shared and bool(rows))


def _courses(rows: Sequence[CourseUse], target: int, *, shared: bool) -> Section:
    table = _whole([(row.both_days, row.one_day, row.absent) for row in rows], shared=shared)
    used = [(row, both[0]) for row, both in zip(rows, table, strict=False) if both[0] is not None]
    values = tuple(Value(row.day, 100 * both / row.places) for row, both in used)
    said = ""
    if used:
        both, places = sum(both for _, both in used), sum(row.places for row, _ in used)
        said = say(
            "On Introduction courses, {both} of {places} places were used on both days: "
            "{percent}%. The target is {target}%.",
            both=both,
            places=places,
            percent=f"{100 * both / places:.0f}",
            target=target,
        )
    measured = Series("courses", "", higher_is_better=True, values=values, target=float(target))
    figure = control_chart(measured, within=PERCENT, unit="%")
    columns = ("Day 1", "Places", "Both days", "One day", "Didn't come", "Had a place")
    cells: list[tuple[Cell, ...]] = [
        (row.day, row.places, *map(_cell, counted)) for row, counted in zip(rows, table, strict=False)
    ]
    if table:
        cells.append(("All", sum(row.places for row in rows), *map(_cell, table[-1])))
    heading = "Percentage of places on Introduction courses used on both days"
    return _section("courses", heading, said, figure, columns, cells, withheld=shared and bool(rows))


def _whole(parts: Sequence[Sequence[int]], *, shared: bool) -> list[list[int | None]]:
    """The parts with their totals beside and below."""
    if shared:
        return suppressed(parts)
    rows: list[list[int | None]] = [[*row, sum(row)] for row in parts]
    return [*rows, [sum(row[place] or 0 for row in rows) for place in range(len(rows[0]))]] if rows else []


def _percent(part: int | None, whole: int | None) -> float | None:
    return None if part is None or not whole else 100 * part / whole


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _cell(number: float | None) -> Cell:
    return NOT_SHOWN if number is None else round(number, 1)


def _ends(quarter: date) -> date:
    return quarter.replace(month=quarter.month + 2)


def _met(percent: float, target: int) -> tuple[Key, ...]:
    return (Key("passes", "The target is met"),) if percent >= target else (Key("fails", "The target isn't met"),)


def _bars(
    title: str, said: str, rows: Sequence[tuple[str, str, float]], whole: float, icons: tuple[Key, ...],
    target: int | None = None,
) -> Figure:  # fmt: skip
    if not rows:
        return Figure(title="Nothing to show yet", sentence="The chart will start with the first numbers.")
    keys = (Key("target", say("Target: {target}%", target=target)),) if target is not None else ()
    return Figure(title=title, sentence=said, keys=keys, icons=icons, **bars(rows, whole, target))


def _section(
    code: str, heading: str, said: str, figure: Figure, columns: tuple[str, ...], cells: Iterable[tuple[Cell, ...]],
    *, withheld: bool,
) -> Section:  # fmt: skip
    rows = tuple(cells)
    if withheld and not (figure.dots or figure.bars):
        figure = _WITHHELD
    words = month if columns[0] == "Month" else _day
    table = Table(columns, tuple(tuple(_in_words(cell, words) for cell in row) for row in rows))
    return Section(code, heading, said, replace(figure, table=table), columns, rows)


def _day(day: date) -> str:
    return short(day)


def _in_words(cell: Cell, words: Callable[[date], str]) -> str:
    if isinstance(cell, date):
        return words(cell)
    return f"{cell:g}" if isinstance(cell, float) else str(cell)
