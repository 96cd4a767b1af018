"""The examples of a page, each with its place, and as somebody would write them today."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

DOCS: Final = Path(__file__).parents[2] / "docs"

WRITTEN: Final = date(2027, 10, 4)
"""The Monday on which the pages' examples happen; what they plan lies after it, what they look back on before."""

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_CURL = re.compile(r"^curl .*?(?=^(?:curl|mca|#)|\Z)", re.DOTALL | re.MULTILINE)
_CALL = re.compile(
    r"`(GET|HEAD|POST|PUT|PATCH|DELETE)\s+([/…][^`\s]*)`(?:[^`.]{0,16}`(\{[^`]*\})`)?", re.DOTALL
)  # fmt: skip
_DAY = re.compile(r"\b20\d\d-\d\d-\d\d")
_MONTH = re.compile(r"(?<=\.intro-)20\d\d-\d\d\b")


@dataclass(frozen=True)
class Example:
    """Something written on a page: a block of a language, a command, or a call in the running text."""

    page: str
    line: int
    text: str
    verb: str = ""
    path: str = ""

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"docs/{self.page}:{self.line}"

    @property
    def read(self) -> Any:
        """It as JSON; None for nothing."""
        return json.loads(self.text) if self.text else None


@dataclass(frozen=True)
class Page:
    """A page of the documentation, whose examples are of this week and of an academy of their own."""

    name: str
    text: str

    @classmethod
    def of(cls, name: str, today: date, academy: str = "sheffield") -> Page:
        """The page, its days moved by whole weeks so that its Monday is the last one before today."""
        written = (DOCS / name).read_text(encoding="utf-8")
        return cls(name, re.sub(r"\bsheffield\b", academy, moved(written, today)))

    def blocks(self, language: str) -> Iterator[Example]:
        """Fenced blocks of a language."""
        for found in _BLOCK.finditer(self.text):
            if found[1] == language:
                yield self._example(found.start(2), found[2])

    def commands(self) -> Iterator[Example]:
        """Every ``curl …`` of its shell blocks."""
        for block in _BLOCK.finditer(self.text):
            if block[1] == "sh":
                for found in _CURL.finditer(block[2]):
                    yield self._example(block.start(2) + found.start(), found[0])

    def calls(self) -> Iterator[Example]:
        """Every ``GET /…`` of the running text, with the JSON that is written beside it."""
        for found in _CALL.finditer(self.text):
            yield self._example(found.start(), found[3] or "", found[1], found[2])

    def _example(self, at: int, text: str, verb: str = "", path: str = "") -> Example:
        return Example(self.name, self.text.count("\n", 0, at) + 1, text, verb, path)


def moved(text: str, today: date) -> str:
    """The text with every day moved to where today is, and the month in a course's id with the course's first day."""
    by = today - timedelta(days=today.weekday() or 7) - WRITTEN
    months = {day[:7]: day for day in re.findall(r'"day_1": "([\d-]+)"', text)}
    text = _MONTH.sub(lambda month: _later(months.get(month[0], f"{month[0]}-15"), by)[:7], text)
    return _DAY.sub(lambda day: _later(day[0], by), text)


def _later(day: str, by: timedelta) -> str:
    return f"{date.fromisoformat(day) + by}"
