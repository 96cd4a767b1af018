"""The shipped bank-holiday tables: immutable, complete, and the same as what gov.uk publishes."""

import hashlib
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import ValidationError

import schemas.calendars
from schemas.calendars import (
    HOLIDAY_TABLES,
    LATEST_HOLIDAY_TABLE,
    HolidayTable,
    UnknownHolidayTableError,
    holiday_table,
)
from schemas.words import HolidayDivision
from tools.holiday_tables import RECIPES, WORLD_CUP, computed_holidays, make_table, published_holidays, write_missing

FOLDER = Path(schemas.calendars.__file__).parent / "holiday_tables"

SHIPPED = {
    "uk-2025-12": "aad4c479d1d5900a16be0cb05fe60feda8695b94173835ec0eeee4b161bd67d7",
    "uk-2026-11": "180cc3f8d4727c66263811c2c29dbc70c2dabe4116f5e9e054b85b06e9a010b9",
}

EASTER_MONDAYS = [
    date(2024, 4, 1),
    date(2025, 4, 21),
    date(2026, 4, 6),
    date(2027, 3, 29),
    date(2028, 4, 17),
    date(2029, 4, 2),
    date(2030, 4, 22),
    date(2031, 4, 14),
    date(2032, 3, 29),
    date(2033, 4, 18),
    date(2034, 4, 10),
    date(2035, 3, 26),
    date(2036, 4, 14),
]

ENGLAND = HolidayDivision.ENGLAND_AND_WALES
SCOTLAND = HolidayDivision.SCOTLAND
ULSTER = HolidayDivision.NORTHERN_IRELAND


def latest(division: HolidayDivision) -> tuple[date, ...]:
    """The holidays of the division in the newest table."""
    return holiday_table(LATEST_HOLIDAY_TABLE).divisions[division]


def test_a_shipped_table_never_changes() -> None:
    """Every shipped file has the content it was shipped with; a change needs a new name."""
    found = {file.stem: hashlib.sha256(file.read_bytes()).hexdigest() for file in FOLDER.glob("*.json")}
    assert found == SHIPPED


def test_every_named_table_is_shipped_and_has_a_recipe() -> None:
    """Names, files and recipes agree, and a file says its own name."""
    assert set(HOLIDAY_TABLES) == set(SHIPPED) == set(RECIPES)
    assert [holiday_table(version).version for version in HOLIDAY_TABLES] == list(HOLIDAY_TABLES)


def test_a_table_is_read_once() -> None:
    """Asking twice gives the same object."""
    assert holiday_table(LATEST_HOLIDAY_TABLE) is holiday_table(LATEST_HOLIDAY_TABLE)


def test_an_unknown_table_is_refused_with_the_known_names() -> None:
    """The error names what was asked for and what there is."""
    with pytest.raises(UnknownHolidayTableError, match=r"'uk-1999'.*uk-2025-12, uk-2026-11"):
        holiday_table("uk-1999")


@pytest.mark.parametrize("version", HOLIDAY_TABLES)
@pytest.mark.parametrize("division", HolidayDivision)
def test_published_years_are_those_of_gov_uk(version: str, division: HolidayDivision) -> None:
    """Up to the publication date a table holds gov.uk's dates, and only those proclaimed later besides."""
    table = holiday_table(version)
    until = table.published_until[division]
    ours = {day for day in table.divisions[division] if day <= until}
    theirs = {day for day in published_holidays(division) if table.covers_from <= day <= until}
    assert ours - theirs == set(RECIPES[version].added.get(division, ()))
    assert theirs <= ours


@pytest.mark.parametrize("division", HolidayDivision)
def test_both_sources_agree_where_they_overlap(division: HolidayDivision) -> None:
    """The computed rules give gov.uk's dates in all published years, but for one day newer than the packaged copy."""
    published = published_holidays(division)
    first, last = min(published).year, max(published).year
    exceptions = {WORLD_CUP} if division is SCOTLAND else set()
    assert published ^ computed_holidays(division, first, last) == exceptions


@pytest.mark.parametrize("version", HOLIDAY_TABLES)
def test_a_table_can_be_made_again(version: str, tmp_path: Path) -> None:
    """The generator gives the shipped dates again, and leaves a file that is there alone."""
    made = make_table(version)
    assert made.model_copy(update={"sources": holiday_table(version).sources}) == holiday_table(version)
    kept = tmp_path / f"{version}.json"
    kept.write_text("kept", encoding="utf-8")
    assert kept not in write_missing(tmp_path)
    assert kept.read_text(encoding="utf-8") == "kept"


@pytest.mark.parametrize("monday", EASTER_MONDAYS)
def test_easter_is_right_in_each_division(monday: date) -> None:
    """Good Friday is a holiday everywhere, Easter Monday everywhere but in Scotland."""
    assert all(monday - timedelta(days=3) in latest(division) for division in HolidayDivision)
    assert monday in latest(ENGLAND)
    assert monday in latest(ULSTER)
    assert monday not in latest(SCOTLAND)


def test_weekend_holidays_stand_on_their_substitute_days() -> None:
    """Christmas 2027 and 2032 fall on a weekend, Christmas 2033 and New Year 2034 on a Sunday."""
    for year in (2027, 2032):
        assert [d.day for d in latest(ENGLAND) if (d.year, d.month) == (year, 12)] == [27, 28]
    assert [d.day for d in latest(ENGLAND) if (d.year, d.month) == (2033, 12)] == [26, 27]
    assert [d.day for d in latest(ENGLAND) if (d.year, d.month) == (2034, 1)] == [2]
    assert [d.day for d in latest(SCOTLAND) if (d.year, d.month) == (2034, 1)] == [2, 3]
    assert date(2036, 7, 14) in latest(ULSTER)
    assert not [d for division in HolidayDivision for d in latest(division) if d.weekday() >= 5]


def test_divisions_keep_their_own_days() -> None:
    """St Andrew's Day, St Patrick's Day, the Twelfth and the August holidays belong where they belong."""
    own = {
        date(2027, 11, 30): SCOTLAND,
        date(2027, 3, 17): ULSTER,
        date(2027, 7, 12): ULSTER,
        date(2027, 8, 2): SCOTLAND,
    }
    for day, owner in own.items():
        assert [division for division in HolidayDivision if day in latest(division)] == [owner]
    assert [division for division in HolidayDivision if date(2027, 8, 30) in latest(division)] == [ENGLAND, ULSTER]


def test_the_newer_table_reaches_further_and_holds_what_was_proclaimed_since() -> None:
    """Between the two shipped tables Scotland gained a day, and a year became official."""
    old, new = (holiday_table(version) for version in HOLIDAY_TABLES)
    assert set(new.divisions[SCOTLAND]) - set(old.divisions[SCOTLAND]) == {date(2026, 6, 15)}
    assert old.divisions[ENGLAND] == new.divisions[ENGLAND]
    assert all(old.published_until[division] < new.published_until[division] for division in HolidayDivision)


@pytest.mark.parametrize("version", HOLIDAY_TABLES)
@pytest.mark.parametrize("division", HolidayDivision)
def test_no_year_lacks_its_holidays(version: str, division: HolidayDivision) -> None:
    """Every covered year has at least its usual eight, nine or ten, and none lies more than 130 days from the next."""
    table = holiday_table(version)
    days = table.divisions[division]
    usual = {ENGLAND: 8, SCOTLAND: 9, ULSTER: 10}[division]
    years = range(table.covers_from.year, table.covers_until.year + 1)
    assert (years[0], years[-1]) == (2020, 2040)
    assert all(sum(day.year == year for day in days) >= usual for year in years)
    assert max(later - earlier for earlier, later in pairwise(days)) <= timedelta(days=130)


@pytest.mark.parametrize(
    ("days", "fault"),
    [
        ((date(2026, 12, 25), date(2026, 1, 1)), "not in order"),
        ((date(2026, 1, 1), date(2026, 1, 1)), "repeat"),
        ((date(2019, 12, 25),), "within the table's dates"),
        ((), "within the table's dates"),
    ],
)
def test_a_faulty_table_is_refused(days: tuple[date, ...], fault: str) -> None:
    """Days out of order, repeated, beyond the covered years or missing do not make a table."""
    content = holiday_table(LATEST_HOLIDAY_TABLE).model_dump()
    content["divisions"][SCOTLAND] = days
    with pytest.raises(ValidationError, match=fault):
        HolidayTable.model_validate(content)


def test_a_table_without_a_division_is_refused() -> None:
    """All three divisions must be there."""
    content = holiday_table(LATEST_HOLIDAY_TABLE).model_dump()
    del content["divisions"][SCOTLAND]
    with pytest.raises(ValidationError, match="every division"):
        HolidayTable.model_validate(content)
