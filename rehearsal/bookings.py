"""Delegates for the other courses of a rehearsed year."""

from __future__ import annotations

from dataclasses import replace

from schemas.bookings import BookingLine

_ROMAN = ("", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")


def others(delegates: tuple[BookingLine, ...], number: int) -> tuple[BookingLine, ...]:
    """Other people who behave alike, for another course: they come in another order, and not all of them."""
    turned = delegates[3 * number :] + delegates[: 3 * number]
    kept = turned[: max(1, len(turned) - 3 * number)]
    return tuple(
        replace(line, name=f"{line.name} {_ROMAN[number]}", email=f"course{number}.{line.email}") for line in kept
    )
