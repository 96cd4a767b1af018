"""What a series of measurements says as a chart: in one message, with the reason, drawn, and as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from math import inf
from typing import Final

from gateway.pages.figures import Canvas, Figure, Key, Look, Scorer, Shape, Table, in_words, short
from lifecycle.charts import run, xmr
from lifecycle.charts.xmr import Assurance, Limits, Phase, Point, Signal, Variation
from lifecycle.dates import Clock
from lifecycle.engagement.life import Score
from lifecycle.engagement.measured import Series
from schemas.sentences import joined, listed, lowered, raised, say

SIGNALS: Final = {
    Signal.OUTSIDE: "outside the limits",
    Signal.SHIFT: say("one of {run} or more in a row on one side of the mean", run=xmr.RUN),
    Signal.TREND: say("one of {run} or more in a row that all rise or all fall", run=xmr.RUN),
    Signal.NEAR_LIMIT: "one of 2 out of 3 close to the same limit",
}
"""Each signal, as in "this value is …"."""

_MESSAGES: Final = {
    Variation.IMPROVEMENT: "Better than before, and not by chance",
    Variation.CONCERN: "Worse than before, and not by chance",
    Variation.COMMON_CAUSE: "No change: these are the usual ups and downs",
}
_TOO_FEW: Final = "Too few values to tell yet"
_ASSURED: Final = {
    Assurance.PASSES: "The target will always be met",
    Assurance.FAILS: "The target will never be met",
    Assurance.HIT_AND_MISS: "The target will sometimes be met, and sometimes missed",
}
_UNCHANGED: Final = {
    Assurance.PASSES: "If nothing changes, the target of {target}{unit} will always be met.",
    Assurance.FAILS: "If nothing changes, the target of {target}{unit} will never be met.",
    Assurance.HIT_AND_MISS: (
        "If nothing changes, the target of {target}{unit} will sometimes be met, and sometimes missed."
    ),
}
_SHAPES: Final = {
    "common_cause": "The usual ups and downs",
    "improvement": "A change for the better",
    "concern": "A change for the worse",
    "left_out": "Left out: something agreed lay in between",
}

_LATEST: Final = {"team": "team {score}", "faculty": "faculty {score}"}
_SCORERS: Final[Mapping[Scorer, Look]] = {"team": "values", "faculty": "second"}

_SCALE: Final = (0, 1, 2, 3, 4, 5)

READING: Final = (
    (
        "XmR chart",
        "It shows which values are no more than the usual ups and downs, and which say that something has changed.",
    ),
    (
        "Limits",
        "Nearly all values fall between the two limits as long as nothing changes; one outside is worth a question.",
    ),
    (
        "Trial limits",
        say(
            "With fewer than {enough} values the limits are a first guess, and move with each new value.",
            enough=xmr.TRIAL_BELOW,
        ),
    ),
    (
        "Run chart",
        "It shows the same values around the one in the middle, the median, and whether their level has moved.",
    ),
)
"""What each kind of chart says, in a sentence."""

Marks = Sequence[tuple[date, str]]

ENDLESS: Final = (-inf, inf)
NEVER_NEGATIVE: Final = (0, inf)
PERCENT: Final = (0, 100)
"""What a value can be, least and most: no limit is drawn or said beyond."""


def control_chart(
    found: Series,
    marks: Marks = (),
    *,
    screened: bool = False,
    said: Callable[[date], str] = short,
    within: tuple[float, float] = ENDLESS,
    unit: str = "",
) -> Figure:
    """The XmR chart: limits, signals, the icon of the last point, and the target if there is one.

    ``said`` is how its days are written; ``within`` is what a value can be, least and most; ``unit`` is said after it.
    """
    if not found.values:
        return Figure(title="No values yet", sentence="The chart will start with the first value.")
    phases = phases_of(found, screened=screened)
    shapes = [_shape(point, higher=found.higher_is_better) for phase in phases for point in phase.points]
    canvas = _drawn(found, phases, shapes, marks, said, within)
    return Figure(
        title=_message(phases[-1], higher=found.higher_is_better),
        sentence=_sentence(found, phases[-1], within, unit, screened=screened),
        lines=tuple(canvas.lines),
        dots=tuple(canvas.dots),
        labels=tuple(canvas.labels),
        keys=(*_keys(shapes, found, phases, unit), *_cycle_key(canvas)),
        icons=_icons(found, phases[-1]),
        table=Table(
            _COLUMNS, tuple((said(row[0]), f"{row[1]:,.9g}", row[2]) for row in rows(found, screened=screened))
        ),
    )


def phases_of(found: Series, *, screened: bool = False) -> tuple[Phase, ...]:
    """The values with their limits and signals."""
    numbers = [value.value for value in found.values]
    left_out = [number for number, value in enumerate(found.values) if value.left_out]
    return xmr.phases(numbers, left_out=left_out, breaks=found.breaks, screened=screened)


def run_chart(found: Series, marks: Marks = ()) -> Figure:
    """The same values around their median, without limits."""
    counted = [value for value in found.values if not value.left_out]
    if not counted:
        return Figure(title="No values yet", sentence="The chart will start with the first value.")
    days, numbers = [value.day for value in counted], [value.value for value in counted]
    canvas = Canvas.around(days, [*numbers, *_target(found)])
    starts = sorted({0, len(counted), *(sum(day < since for day in days) for since, _ in found.rebased)})
    sides: list[str] = []
    for start, end in pairwise(starts):
        said = run.run(numbers[start:end])
        sides += [_side(number, said.centre) for number in numbers[start:end]]
        canvas.level("mean", said.centre, days[start], days[end - 1])
        canvas.line("values", list(zip(days[start:end], numbers[start:end], strict=True)))
    for day, number in zip(days, numbers, strict=True):
        canvas.dot("common_cause", day, number)
    if found.target is not None:
        canvas.level("target", found.target, days[0], days[-1])
    canvas.named(said.centre)
    canvas.marked(marks)
    return Figure(
        title=_run_message(said),
        sentence=_run_sentence(said),
        lines=tuple(canvas.lines),
        dots=tuple(canvas.dots),
        labels=tuple(canvas.labels),
        keys=(Key("mean", "Median"), *_target_key(found), *_cycle_key(canvas)),
        table=Table(
            _COLUMNS,
            tuple((short(day), f"{number:,.9g}", side) for day, number, side in zip(days, numbers, sides, strict=True)),
        ),
    )


def _side(number: float, median: float) -> str:
    if number == median:
        return "On the median: doesn't count"
    return "Above the median" if number > median else "Below the median"


def score_chart(scores: Sequence[Score], clock: Clock, gate: float) -> Figure:
    """The scores of team and faculty, each a line of its own, and what the hand-off needs."""
    if not scores:
        return Figure(title="No progress scores yet", sentence="We ask the team and faculty for one each month.")
    placed = [(clock.today(score.at), score) for score in sorted(scores, key=lambda score: score.at)]
    canvas = Canvas.around((day for day, _ in placed), _SCALE, _SCALE)
    canvas.level("target", gate, placed[0][0], placed[-1][0])
    latest = []
    for scorer, look in _SCORERS.items():
        theirs = [(day, score.score) for day, score in placed if score.scorer == scorer]
        if theirs:
            canvas.line(look, theirs)
            latest.append(say(_LATEST[scorer], score=f"{theirs[-1][1]:g}"))
        for day, number in theirs:
            canvas.dot(scorer, day, number)
    said = {(day, score.scorer): f"{score.score:g}" for day, score in placed}
    by_day = sorted({day for day, _ in placed})
    return Figure(
        title=say("Latest progress score: {scores}", scores=joined(", ", latest)),
        sentence=say(
            "The scale goes up to 5. The hand-off needs {gate} or more from both. We never average them.",
            gate=f"{gate:g}",
        ),
        lines=tuple(canvas.lines),
        dots=tuple(canvas.dots),
        labels=tuple(canvas.labels),
        keys=(
            Key("team", "Scored by the team"),
            Key("faculty", "Scored by faculty"),
            Key("target", "Needed for the hand-off"),
        ),
        table=Table(
            ("Date", "Team", "Faculty"),
            tuple((short(day), said.get((day, "team"), ""), said.get((day, "faculty"), "")) for day in by_day),
        ),
    )


COLUMNS: Final = ("Date", "Value", "What it says", "Mean", "Lower limit", "Upper limit")
"""Of a chart's numbers, as a file has them. On the page the limits stand in the sentence."""

_COLUMNS: Final = COLUMNS[:3]

Row = tuple[date, float, str, float | None, float | None, float | None]


def rows(found: Series, *, screened: bool = False) -> list[Row]:
    """The numbers behind a chart."""
    placed = [(point, phase) for phase in phases_of(found, screened=screened) for point in phase.points]
    return [_row(value.day, point, phase) for value, (point, phase) in zip(found.values, placed, strict=True)]


def _row(day: date, point: Point, phase: Phase) -> Row:
    said = joined("; ", (SIGNALS[signal] for signal, _ in point.signals)) or ("left out" if point.left_out else "")
    limits = phase.limits
    levels = (limits.mean, limits.lower, limits.upper) if limits else (None, None, None)
    return (day, point.value, raised(said), *levels)


def _shape(point: Point, *, higher: bool) -> Shape:
    if point.left_out:
        return "left_out"
    shape: Shape = xmr.variation(point, higher_is_better=higher).value
    return shape


def _icons(found: Series, phase: Phase) -> tuple[Key, ...]:
    """What the last point says, and whether the target will be met."""
    counted = [point for point in phase.points if not point.left_out]
    if phase.limits is None or not counted:
        return ()
    icons = []
    if not _too_few(phase, higher=found.higher_is_better):
        last = xmr.variation(counted[-1], higher_is_better=found.higher_is_better)
        words = _SHAPES[last.value]
        icons.append(Key(last.value, say("The last value: {words}", words=lowered(words))))
    if found.target is not None:
        assured = xmr.assurance(phase.limits, found.target, higher_is_better=found.higher_is_better)
        icons.append(Key(assured.value, _ASSURED[assured]))
    return tuple(icons)


def _drawn(
    found: Series, phases: Sequence[Phase], shapes: Sequence[Shape], marks: Marks, said: Callable[[date], str],
    within: tuple[float, float],
) -> Canvas:  # fmt: skip
    days = [value.day for value in found.values]
    levels = [level for phase in phases if phase.limits for level in _between(phase.limits, within)]
    canvas = Canvas.around(days, [*(value.value for value in found.values), *levels, *_target(found)], said=said)
    begins = 0
    for phase in phases:
        ends = begins + len(phase.points)
        if phase.limits:
            canvas.level("mean", phase.limits.mean, days[begins], days[ends - 1])
            for limit in _between(phase.limits, within):
                canvas.level("limit", limit, days[begins], days[ends - 1])
        counted = [
            (days[begins + number], point.value) for number, point in enumerate(phase.points) if not point.left_out
        ]
        if counted:
            canvas.line("values", counted)
        begins = ends
    if found.target is not None:
        canvas.level("target", found.target, days[0], days[-1])
    for day, value, shape in zip(days, found.values, shapes, strict=True):
        canvas.dot(shape, day, value.value)
    if last := phases[-1].limits:
        canvas.named(last.mean, *_between(last, within))
    canvas.marked(marks)
    return canvas


def _between(limits: Limits, within: tuple[float, float]) -> tuple[float, float]:
    """The limits, as far as a value can reach."""
    return max(limits.lower, within[0]), min(limits.upper, within[1])


def _too_few(phase: Phase, *, higher: bool) -> bool:
    """Whether nothing stands out, and nothing could be seen yet in a run chart either."""
    counted = [point for point in phase.points if not point.left_out]
    usual = xmr.variation(counted[-1], higher_is_better=higher) is Variation.COMMON_CAUSE
    return len(counted) < run.FEWEST and usual


def _message(phase: Phase, *, higher: bool) -> str:
    counted = [point for point in phase.points if not point.left_out]
    if len(counted) < xmr.FEWEST:
        return "Too early to tell: one value so far" if counted else "Too early to tell: no value counts yet"
    if _too_few(phase, higher=higher):
        return _TOO_FEW
    return _MESSAGES[xmr.variation(counted[-1], higher_is_better=higher)]


def _sentence(found: Series, phase: Phase, within: tuple[float, float], unit: str, *, screened: bool) -> str:
    counted = [point for point in phase.points if not point.left_out]
    if phase.limits is None:
        return "We need at least two values to work out limits."
    last, limits = counted[-1], phase.limits
    said = []
    if last.signals:
        signals = listed(SIGNALS[signal] for signal, _ in last.signals)
        said.append(
            say("The last value, {value}{unit}, is {signals}.", value=in_words(last.value), unit=unit, signals=signals)
        )
    elif any(point.signals for point in counted):
        said.append("Some earlier values stand out; the last one doesn't.")
    lower, upper = (in_words(limit) for limit in _between(limits, within))
    said.append(
        say(
            "The mean is {mean}{unit}. By chance alone, values fall between {lower} and {upper}{unit}.",
            mean=in_words(limits.mean),
            unit=unit,
            lower=lower,
            upper=upper,
        )
    )
    if phase.trial:
        said.append(say("These are trial limits: there are only {number} values so far.", number=len(counted)))
    if found.target is not None:
        assured = xmr.assurance(limits, found.target, higher_is_better=found.higher_is_better)
        said.append(say(_UNCHANGED[assured], target=in_words(found.target), unit=unit))
    said.append(
        "The limits leave out extreme jumps."
        if screened
        else "The limits are worked out as in NHS England's Making Data Count tool."
    )
    return joined(" ", said)


def _keys(shapes: Sequence[Shape], found: Series, phases: Sequence[Phase], unit: str) -> tuple[Key, ...]:
    limits = any(phase.limits for phase in phases)
    return (
        *(Key(shape, words) for shape, words in _SHAPES.items() if shape in shapes),
        *((Key("mean", "Mean"), Key("limit", "Limits")) if limits else ()),
        *_target_key(found, unit),
    )


def _target(found: Series) -> list[float]:
    return [] if found.target is None else [found.target]


def _target_key(found: Series, unit: str = "") -> tuple[Key, ...]:
    return (
        ()
        if found.target is None
        else (Key("target", say("Target: {target}{unit}", target=in_words(found.target), unit=unit)),)
    )


def _cycle_key(canvas: Canvas) -> tuple[Key, ...]:
    drawn = any(line.look == "cycle" for line in canvas.lines)
    return (Key("cycle", "A PDSA (P) or SDSA (S) cycle begins"),) if drawn else ()


def _run_message(said: run.Run) -> str:
    if said.signal:
        return "The level has moved, and not by chance"
    if said.useful < run.FEWEST:
        return _TOO_FEW
    return "No sign of a change"


def _run_sentence(said: run.Run) -> str:
    if said.useful < run.FEWEST:
        return say("The median is {centre}. Values on the median don't count.", centre=in_words(said.centre))
    return say(
        "The median is {centre}. The longest run on one side of it has {longest} values "
        "(more than {longest_allowed} would be a sign of change), and the line crosses it "
        "{crossings} times (fewer than {crossings_needed} would be one). Values on the "
        "median don't count.",
        centre=in_words(said.centre),
        longest=said.longest,
        longest_allowed=said.longest_allowed,
        crossings=said.crossings,
        crossings_needed=said.crossings_needed,
    )
