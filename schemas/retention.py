"""How long what is personal is kept, in months, by kind of record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

KEPT_MONTHS: Final[Mapping[str, int]] = {
    "people": 72,
    "notes": 36,
    "feedback": 24,
    "events": 6,
    "snoozes": 6,
    "sign_ins": 6,
    "audit": 72,
}
"""As shipped. Months count from the last use: an open engagement, cohort or course is in use."""

LONGEST: Final = 1200

WRITTEN: Final = " ".join(f"{kind}={months}" for kind, months in KEPT_MONTHS.items())


class BadPeriodError(ValueError):
    """This is no period. The message says how one is written."""


def periods(written: str) -> dict[str, int]:
    """The months by kind, as ``notes=36 audit=72``; a kind that is left out keeps its own. Raises BadPeriodError."""
    found = dict(KEPT_MONTHS)
    for part in written.split():
        kind, _, months = part.partition("=")
        if kind not in KEPT_MONTHS or not months.isdigit() or not 1 <= int(months) <= LONGEST:
            raise BadPeriodError(
                f"{part!r} is no period: write one of {', '.join(KEPT_MONTHS)} and its months, as in notes=36"
            )
        found[kind] = int(months)
    return found
