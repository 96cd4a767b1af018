"""Whose clock a time is said by: that of its subject, everywhere, and no zone is written into the code."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from lifecycle.dates import clock_of
from schemas.engagement_facts import EngagementProposed
from schemas.words import Matter
from tests.lifecycle.lives import PROGRAMME, agreed, proposed

_PRODUCT = ("activities", "coaching_client", "gateway", "lifecycle", "mca", "operations", "process", "records",
            "rehearsal", "schemas", "worker", "workflows")  # fmt: skip
_ROOT = Path(__file__).parent.parent.parent
TOKYO = PROGRAMME.model_copy(update={"zone": "Asia/Tokyo"})


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Tokyo", "Tuesday 1 December 2026 at 8:30am"),
        ("Europe/London", "Monday 30 November 2026 at 11:30pm"),
        ("Asia/Kolkata", "Tuesday 1 December 2026 at 5am"),
    ],
)
def test_a_moment_is_said_by_the_clock_of_its_zone(zone: str, said: str) -> None:
    """Day and hour."""
    assert clock_of(zone).moment(datetime(2026, 11, 30, 23, 30, tzinfo=UTC)) == said


def test_a_clock_is_made_once() -> None:
    """A worklist of thousands asks for the same few."""
    assert clock_of("Asia/Tokyo") is clock_of("Asia/Tokyo")


def test_a_day_and_an_hour_are_a_moment_of_the_zone() -> None:
    """The end of a day in Tokyo is the afternoon in London."""
    assert clock_of("Asia/Tokyo").at(date(2026, 12, 1), time(23, 59)) == datetime(2026, 12, 1, 14, 59, tzinfo=UTC)


def test_whoever_names_no_zone_lives_by_that_of_the_programme() -> None:
    """A subject that is told with a programme of Tokyo is not in London."""
    assert proposed(programme=TOKYO).zone == "Asia/Tokyo"
    told = proposed(programme=TOKYO).model_dump(mode="json", exclude={"zone"})
    assert EngagementProposed.model_validate(told).zone == "Asia/Tokyo"


def test_what_falls_due_goes_by_the_programmes_clock() -> None:
    """Asked an hour after a session at nine, on the weekly morning at eight, as Tokyo's clocks read."""
    lived = agreed(programme=TOKYO)
    clock = clock_of("Asia/Tokyo")
    assert {clock.time(item.at) for item in lived.ahead(Matter.SESSION)[:20]} == {"11am"}
    assert {clock.time(item.at) for item in lived.ahead(Matter.PROGRESS_TEAM)[:20]} == {"8am"}


def test_no_zone_is_named_outside_a_programme() -> None:
    """Only the default of a programme names one; whoever says a time knows whose it is."""
    found = [
        (path.relative_to(_ROOT).as_posix(), line.strip())
        for folder in _PRODUCT
        for path in sorted((_ROOT / folder).rglob("*"))
        if path.suffix in {".py", ".sql", ".txt", ".html", ".yaml"}
        for line in path.read_text().splitlines()
        if "Europe/London" in line
    ]
    assert [where for where, _ in found] == ["schemas/programme.py", "schemas/programmes/sheffield-mca.yaml"]


def test_local_times_are_made_in_one_place() -> None:
    """Pages, mails and commands ask the clock of a zone; calendars of the rules reckon by their own."""
    own = {"lifecycle/calendar.py", "lifecycle/dates.py", "rehearsal/measure.py"}
    found = {
        path.relative_to(_ROOT).as_posix()
        for folder in _PRODUCT
        for path in sorted((_ROOT / folder).rglob("*.py"))
        if re.search(r"astimezone\((?!UTC\))", path.read_text())
    }
    assert found <= own | {"lifecycle/gathering.py"}
