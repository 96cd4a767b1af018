"""What was measured: for people as a table, for documents as Markdown, for machines as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from statistics import median
from typing import Literal

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Aim:
    """What a figure is held against. It is reported, never a failure."""

    bound: Literal["at most", "at least"]
    value: float

    def met(self, value: float) -> bool:
        """Whether a value keeps to it."""
        return value <= self.value if self.bound == "at most" else value >= self.value


@dataclass(frozen=True, slots=True)
class Figure:
    """One number; with several rounds their median, and ``low`` and ``high`` of them."""

    part: str
    name: str
    value: float
    unit: str = ""
    low: float | None = None
    high: float | None = None
    aim: Aim | None = None

    @property
    def verdict(self) -> str:
        """Whether the aim is met, in a word."""
        if self.aim is None:
            return ""
        return "met" if self.aim.met(self.value) else "missed"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that is no number: what did not run, and why."""

    part: str
    text: str


Result = Figure | Remark


def spread(part: str, name: str, rounds: Sequence[float], unit: str = "", aim: Aim | None = None) -> Figure:
    """The figure of several rounds."""
    return Figure(part, name, median(rounds), unit, min(rounds), max(rounds), aim)


def over(runs: Sequence[Sequence[Result]]) -> list[Result]:
    """The results of several runs as one: of each figure the median of the runs, and the lowest and highest of them."""
    if len(runs) == 1:
        return list(runs[0])
    found: dict[tuple[str, str], list[Figure]] = {}
    remarks: dict[Remark, None] = {}
    for result in chain.from_iterable(runs):
        if isinstance(result, Figure):
            found.setdefault((result.part, result.name), []).append(result)
        else:
            remarks[result] = None
    first = [(figures[0], [figure.value for figure in figures]) for figures in found.values()]
    return [*(spread(one.part, one.name, values, one.unit, one.aim) for one, values in first), *remarks]


def show(results: Iterable[Result], console: Console) -> None:
    """The table that people read."""
    table = Table("Part", "What", "Median", "Lowest to highest", "Aim", "")
    remarks = []
    for result in results:
        if isinstance(result, Remark):
            remarks.append(result)
            continue
        table.add_row(result.part, result.name, *_cells(result), result.verdict)
    console.print(table)
    for remark in remarks:
        console.print(f"{remark.part}: {remark.text}", markup=False)


def to_markdown(results: Iterable[Result]) -> str:
    """What has an aim, as a table."""
    figures = [result for result in results if isinstance(result, Figure) and result.aim]
    rows = [" | ".join((one.part, one.name, *_cells(one), one.verdict)) for one in figures]
    head = ["Part | What | Median | Lowest to highest | Aim | ", "--- | --- | --- | --- | --- | ---"]
    return "\n".join(f"| {row} |" for row in [*head, *rows])


def to_json(results: Iterable[Result]) -> str:
    """The same for machines."""
    listed = list(results)
    figures = [asdict(one) | {"verdict": one.verdict} for one in listed if isinstance(one, Figure)]
    remarks = [asdict(one) for one in listed if isinstance(one, Remark)]
    return json.dumps({"figures": figures, "remarks": remarks}, indent=2) + "\n"


def _cells(figure: Figure) -> tuple[str, str, str]:
    between = f"{_short(figure.low)} to {_short(figure.high)}" if figure.low is not None else ""
    aim = f"{figure.aim.bound} {_short(figure.aim.value)}" if figure.aim else ""
    return f"{_short(figure.value)} {figure.unit}".strip(), between, aim


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
