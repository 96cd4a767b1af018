"""The panel an operator reads in the Temporal UI: where things stand, whose turn it is, what comes next and why."""

from __future__ import annotations

from lifecycle.calendar import Calendar
from lifecycle.dates import clock_time, long_date
from lifecycle.matters import MATTERS
from schemas.due import DueItem
from schemas.words import Act, Role

_SHOWN = 3
_ABBREVIATIONS = {"pdsa": "PDSA", "sdsa": "SDSA"}


def panel(now: dict[str, str], turn: Role | None, ahead: list[DueItem], calendar: Calendar) -> str:
    """Markdown, in codes, dates and plain words; it holds no name and no sentence anybody wrote."""
    lines = [f"**{label}:** {text}  " for label, text in now.items()]
    lines.append(f"**Whose turn:** {words(turn) if turn else 'nobody, for this has ended'}")
    if ahead:
        lines += ["", "| When | What | Whose turn | Why |", "|---|---|---|---|"]
        lines += [_line(item, calendar) for item in ahead[:_SHOWN]]
    return "\n".join(lines)


def words(code: str) -> str:
    """A code as words."""
    return _ABBREVIATIONS.get(code) or code.replace("_", " ")


def summary(item: DueItem, calendar: Calendar) -> str:
    """One line for a timer or an activity."""
    return f"{_what(item, calendar)}, {_when(item, calendar)}"


def _line(item: DueItem, calendar: Calendar) -> str:
    why = f"{words(item.rule)}; `{item.parameter}`"
    return f"| {_when(item, calendar)} | {_what(item, calendar)} | {words(item.turn)} | {why} |"


def _what(item: DueItem, calendar: Calendar) -> str:
    act = "move on" if item.act is Act.MOVE_ON else item.act.value
    about = f" of {long_date(item.about)}" if item.about and item.about != calendar.day(item.at) else ""
    return f"{act}: {MATTERS[item.matter].label}{about}"


def _when(item: DueItem, calendar: Calendar) -> str:
    local = calendar.local(item.at)
    return f"{long_date(local.date())} at {clock_time(local.time())}"
