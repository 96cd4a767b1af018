"""A team's improvement work as it is shown: its step and aims, change ideas, cycles, charts and scores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from gateway.pages.charts import ENDLESS, NEVER_NEGATIVE, READING, control_chart, run_chart, score_chart
from gateway.pages.figures import Figure, sparkline
from gateway.pages.improving_answers import aim_row, called, ideas
from gateway.pages.measuring import baseline_words, measure_words, measured
from gateway.pages.named import AS_PREDICTED, DECISIONS, STEPS
from gateway.pages.shown import PageContext
from lifecycle.dates import date_range, long_date
from lifecycle.engagement.life import Cycle
from lifecycle.engagement.measured import Series, days_between
from schemas import improvement_facts as facts
from schemas.sentences import joined, say

_LAST: Final = 12


@dataclass(frozen=True, slots=True)
class Tested:
    """A PDSA or SDSA cycle: plan, prediction, what the study showed, what was decided."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure with its charts. ``points`` is its line in little, empty for fewer than two values."""

    anchor: str
    name: str
    better: str
    control: Figure
    run: Figure | None
    points: str
    baselines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """All that is shown of a team's work."""

    summary: tuple[tuple[str, str], ...]
    ideas: tuple[str, ...]
    cycles: tuple[Tested, ...]
    measures: tuple[Measured, ...]
    scores: Figure
    sessions: Measured
    screened: bool
    reading: tuple[tuple[str, str], ...] = READING


def work(page: PageContext, *, screened: bool = False) -> Work:
    """The team's work. ``screened`` limits leave extreme jumps out."""
    marks = [
        (cycle.from_day, f"{'S' if cycle.standardise else 'P'}{cycle.number}") for cycle in page.life.cycles.values()
    ]
    gate = page.life.programme.gate.progress_at_least
    sessions = days_between(page.engagement)
    return Work(
        summary=_summary(page),
        ideas=ideas(page),
        cycles=tuple(_cycle(page, cycle) for cycle in reversed(list(page.life.cycles.values()))),
        measures=tuple(
            _measure(page, found, measure_words(page, found.measure), marks, ENDLESS, screened=screened)
            for found in measured(page)
        ),
        scores=score_chart(page.life.scores, page.clock, gate),
        sessions=_measure(page, sessions, "Days from one session to the next", [], NEVER_NEGATIVE, screened=screened),
        screened=screened,
    )


def _summary(page: PageContext) -> tuple[tuple[str, str], ...]:
    step, aim = page.life.ramp_step, page.life.aim
    overall = [fact for fact in page.holding("aim_set") if isinstance(fact, facts.AimSet) and fact.aim == "global"]
    words = page.words_of(overall[-1].event_id) if overall else ""
    return (
        ("Where the work has got to", STEPS[step] if step else "Not recorded yet"),
        ("Global aim", words or ("Set, but not in words" if overall else "Not set yet")),
        ("Specific aim", aim_row(page, aim)[1] if aim else "None at the moment"),
    )


def _cycle(page: PageContext, cycle: Cycle) -> Tested:
    said = dict(line.partition(": ")[::2] for line in page.words_of(cycle.event_id).splitlines())
    found = [
        ("Plan", said.get("Plan", "")),
        ("Prediction", said.get("Prediction", "")),
        ("Days", date_range(cycle.from_day, cycle.until_day)),
    ]
    if cycle.studied_at is None:
        found.append(("Study", "Not studied yet"))
    for fact in page.holding("pdsa_studied"):
        if isinstance(fact, facts.PdsaStudied) and fact.cycle == cycle.number:
            shown = (AS_PREDICTED[fact.as_predicted], page.words_of(fact.event_id))
            found.append(("Study", joined(". ", (part for part in shown if part))))
            day = long_date(page.calendar.day(fact.occurred_at))
            found.append(("Decision", say("{decision}, {day}", decision=DECISIONS[fact.decision], day=day)))
    return Tested(called(cycle), tuple((name, words) for name, words in found if words))


def _measure(
    page: PageContext, found: Series, name: str, marks: list[tuple[date, str]], within: tuple[float, float], *,
    screened: bool,
) -> Measured:  # fmt: skip
    values = [value.value for value in found.values]
    return Measured(
        anchor=f"measure-{found.measure}",
        name=name,
        better="Higher is better" if found.higher_is_better else "Lower is better",
        control=control_chart(found, marks, screened=screened, within=within),
        run=run_chart(found, marks) if len(values) > 1 else None,
        points=sparkline(values[-_LAST:]) if len(values) > 1 else "",
        baselines=tuple(baseline_words(page, found)),
    )
