"""What was measured, for people as a table and for machines as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
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


def show(results: Iterable[Result], console: Console) -> None:
    """The table that people read."""
    table = Table("Part", "What", "Median", "Lowest to highest", "Aim", "")
    remarks = []
    for result in results:
        if isinstance(result, Remark):
            remarks.append(result)
            continue
        aim = f"{result.aim.bound} {_short(result.aim.value)}" if result.aim else ""
        between = f"{_short(result.low)} to {_short(result.high)}" if result.low is not None else ""
        table.add_row(result.part, result.name, f"{_short(result.value)} {result.unit}", between, aim, result.verdict)
    console.print(table)
    for remark in remarks:
        console.print(f"{remark.part}: {remark.text}", markup=False)


def to_json(results: Iterable[Result]) -> str:
    """The same for machines."""
    listed = list(results)
    figures = [asdict(one) | {"verdict": one.verdict} for one in listed if isinstance(one, Figure)]
    remarks = [asdict(one) for one in listed if isinstance(one, Remark)]
    return json.dumps({"figures": figures, "remarks": remarks}, indent=2) + "\n"


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
