"""Sheets as people send them: some rows are right, some wrong, and a heading is one that nobody knows."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Final

from operations.sheets import Kind, written
from rehearsal.demonstration.rosters import COACHING, DELEGATE, TEACHING, address_of

_DAY: Final = (date.today() + timedelta(days=20)).isoformat()  # noqa: DTZ011 - a day as somebody writes it
_COACHES: Final = [place.coach for place in TEACHING]
_LEAVERS: Final = (
    (address_of(COACHING[0].coach), _DAY), (address_of(COACHING[0].lead), _DAY), ("nobody@example.org", _DAY),
    (address_of(COACHING[1].coach), "soon"),
)  # fmt: skip
_BOOKINGS: Final = (
    ("Nell New", "nell.new@example.org", "Example Trust", "external", "step-free access"),
    (DELEGATE, address_of(DELEGATE), "Teaching Hospitals", "internal", ""),
    ("Willa Wrong", "willa.wrong@example.org", "Example Trust", "perhaps", ""),
    ("Another Name", address_of(COACHING[2].coach), "Example Trust", "internal", ""),
)
_THERE: Final = (
    *((name, address_of(name), "yes") for name in _COACHES[:3]),
    (_COACHES[3], address_of(_COACHES[3]), "perhaps"), ("Nora Nobody", "", "yes"),
)  # fmt: skip
_DAY_1: Final = (("Alice Beck", "", "yes"), ("Bella Cross", "", "yes"), ("Nora Nobody", "", "perhaps"))
_NAMES: Final = ("Name", "Email", "There")
_BOOKED: Final = ("Name", "Email", "Organisation", "Delegate", "Needs")


def _sheets(rows: tuple[tuple[str, ...], ...], header: tuple[str, ...], strange: tuple[str, ...]) -> dict[str, bytes]:
    return {"rows": written(Kind.CSV, "Sheet", header, rows), "headings": written(Kind.CSV, "Sheet", strange, rows)}


SHEETS: Final[dict[str, dict[str, bytes]]] = {
    "/people/leavers": _sheets(_LEAVERS, ("person", "last day"), ("person", "Finishing")),
    "/introduction-courses/{course}/book/sheet": _sheets(_BOOKINGS, _BOOKED, ("Attendee", *_BOOKED[1:])),
    "/cohorts/{cohort}/attendance/{number}/sheet": _sheets(_THERE, _NAMES, (*_NAMES[:2], "Came")),
    "/introduction-courses/{course}/day-{day:int}/sheet": _sheets(_DAY_1, _NAMES, (*_NAMES[:2], "Came")),
    "/cohorts/import": {"rows": (Path(__file__).parents[2] / "examples/roster-messy.csv").read_bytes()},
}
"""By the page on which they are chosen, what is called how, and sent there."""
