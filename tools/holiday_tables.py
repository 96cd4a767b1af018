"""Makes the shipped bank-holiday tables: `python -m tools.holiday_tables`.

The published part comes from the copy of gov.uk's list inside the package `govuk-bank-holidays`, the later, provisional
years from the package `holidays`; neither reads the network. To ship a new table, add a recipe and its name to
`schemas.calendars.HOLIDAY_TABLES`. A file that exists is never written again.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version as installed_version
from importlib.resources import files
from pathlib import Path
from typing import Final

import holidays

from schemas.calendars import HolidayTable
from schemas.words import HolidayDivision

FIRST_YEAR: Final = 2020
LAST_YEAR: Final = 2040
SATURDAY: Final = 5

SUBDIVISIONS: Final = {
    HolidayDivision.ENGLAND_AND_WALES: "ENG",
    HolidayDivision.SCOTLAND: "SCT",
    HolidayDivision.NORTHERN_IRELAND: "NIR",
}

# Proclaimed on 3 February 2026 (Scotland's football World Cup) and on gov.uk since, but newer than the packaged copy.
WORLD_CUP: Final = date(2026, 6, 15)


@dataclass(frozen=True)
class Recipe:
    """How far gov.uk had published when the table was made, and what it had added since the packaged copy."""

    last_published_year: int
    added: Mapping[HolidayDivision, tuple[date, ...]] = field(default_factory=dict)


RECIPES: Final = {
    "uk-2025-12": Recipe(last_published_year=2027),
    "uk-2026-11": Recipe(last_published_year=2028, added={HolidayDivision.SCOTLAND: (WORLD_CUP,)}),
}


def published_holidays(division: HolidayDivision) -> set[date]:
    """Every bank holiday of the division in the packaged copy of gov.uk's list."""
    listed = json.loads((files("govuk_bank_holidays") / "bank-holidays.json").read_text(encoding="utf-8"))
    return {date.fromisoformat(event["date"]) for event in listed[division.value]["events"]}


def computed_holidays(division: HolidayDivision, first_year: int, last_year: int) -> set[date]:
    """The division's bank holidays by the usual rules: substitute days instead of weekends, as gov.uk lists them."""
    days = holidays.country_holidays("GB", subdiv=SUBDIVISIONS[division], years=range(first_year, last_year + 1))
    return {day for day in days if day.weekday() < SATURDAY}


def make_table(version: str) -> HolidayTable:
    """The table of that recipe, from the installed packages."""
    recipe = RECIPES[version]
    last = recipe.last_published_year
    divisions = {}
    for division in HolidayDivision:
        published = {day for day in published_holidays(division) if FIRST_YEAR <= day.year <= last}
        if max(published).year != last:
            raise ValueError(f"the installed govuk-bank-holidays does not reach {last} for {division}")
        later = computed_holidays(division, last + 1, LAST_YEAR)
        divisions[division] = tuple(sorted(published | later | set(recipe.added.get(division, ()))))
    return HolidayTable(
        version=version,
        sources=tuple(f"{name} {installed_version(name)}" for name in ("govuk-bank-holidays", "holidays")),
        covers_from=date(FIRST_YEAR, 1, 1),
        covers_until=date(LAST_YEAR, 12, 31),
        published_until={division: date(last, 12, 31) for division in HolidayDivision},
        divisions=divisions,
    )


def write_missing(folder: Path) -> list[Path]:
    """Writes the tables that `folder` does not hold yet, and returns their files."""
    written = []
    for version in RECIPES:
        file = folder / f"{version}.json"
        if not file.exists():
            file.write_text(make_table(version).model_dump_json(indent=2) + "\n", encoding="utf-8")
            written.append(file)
    return written


if __name__ == "__main__":
    new = write_missing(Path(__file__).parents[1] / "schemas" / "holiday_tables")
    sys.stdout.write("".join(f"wrote {file.name}\n" for file in new) or "every table is there already\n")
