"""The delegates of a rehearsed year: the sheet as it is read, with what each of them will do."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from enum import StrEnum

from schemas.words import Delegate


class Outcome(StrEnum):
    """What a delegate does who got a place."""

    ATTENDED = "attended"
    DAY_1_ONLY = "day_1_only"
    NO_SHOW = "no_show"
    CANCELLED_EARLY = "cancelled_early"
    CANCELLED_LATE = "cancelled_late"


@dataclass(frozen=True, slots=True)
class BookingLine:
    """One line of the sheet."""

    code: str
    name: str
    address: str
    organisation: str
    delegate: Delegate
    needs: str
    outcome: Outcome


def read_delegates(sheet: bytes) -> tuple[BookingLine, ...]:
    """The lines of a sheet with the columns of ``examples/intro-course-bookings.csv``. Raises ValueError, KeyError."""
    rows = csv.DictReader(io.StringIO(sheet.decode("utf-8-sig")))
    return tuple(
        BookingLine(
            code=row["booking"],
            name=row["name"],
            address=row["email"],
            organisation=row["organisation"],
            delegate=Delegate(row["delegate"]),
            needs=row["needs"],
            outcome=Outcome(row["outcome"]),
        )
        for row in rows
    )


def others(delegates: tuple[BookingLine, ...], number: int) -> tuple[BookingLine, ...]:
    """Other people who behave alike, for another course: they come in another order, and not all of them."""
    turned = delegates[3 * number :] + delegates[: 3 * number]
    kept = turned[: max(1, len(turned) - 3 * number)]
    return tuple(
        replace(one, name=f"{one.name} {_ROMAN[number]}", address=f"course{number}.{one.address}") for one in kept
    )


_ROMAN = ("", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
