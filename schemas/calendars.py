"""Bank-holiday tables: shipped, versioned, never changed once shipped.

An engagement's state names the table it counts by, and moves to another only by a fact. Dates are those of gov.uk as
far as it had published when the table was made; later ones are computed and provisional.
"""

from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final, Self

from pydantic import model_validator

from schemas.words import HolidayDivision, Said

HOLIDAY_TABLES: Final = ("uk-2025-12", "uk-2026-11")
"""Names of the shipped tables, oldest first."""

LATEST_HOLIDAY_TABLE: Final = HOLIDAY_TABLES[-1]

_FOLDER: Final = Path(__file__).parent / "holiday_tables"


class UnknownHolidayTableError(LookupError):
    """No shipped bank-holiday table has this name."""

    def __init__(self, version: str) -> None:
        super().__init__(f"no bank-holiday table {version!r}; known are {', '.join(HOLIDAY_TABLES)}")
        self.version = version


class HolidayTable(Said):
    """The bank holidays of each division from `covers_from` to `covers_until`, both inclusive.

    `published_until` is the last date whose holidays were official when the table was made; holidays after it are
    computed by the usual rules and provisional. A holiday that falls on a weekend stands on its substitute day only.
    """

    version: str
    sources: tuple[str, ...]
    covers_from: date
    covers_until: date
    published_until: dict[HolidayDivision, date]
    divisions: dict[HolidayDivision, tuple[date, ...]]

    @model_validator(mode="after")
    def _is_complete_and_sorted(self) -> Self:
        every = set(HolidayDivision)
        if set(self.divisions) != every or set(self.published_until) != every:
            raise ValueError("a bank-holiday table needs every division")
        for division, days in self.divisions.items():
            if any(later <= earlier for earlier, later in pairwise(days)):
                raise ValueError(f"bank holidays of {division} are not in order, or repeat")
            if not days or days[0] < self.covers_from or days[-1] > self.covers_until:
                raise ValueError(f"bank holidays of {division} do not lie within the table's dates")
        return self


@lru_cache(maxsize=len(HOLIDAY_TABLES))
def holiday_table(version: str) -> HolidayTable:
    """The shipped table of that name, read once a process. Raises UnknownHolidayTableError, naming the known ones."""
    if version not in HOLIDAY_TABLES:
        raise UnknownHolidayTableError(version)
    return HolidayTable.model_validate_json((_FOLDER / f"{version}.json").read_bytes())
