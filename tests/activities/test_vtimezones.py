"""Zones in calendars: their rules say what the zone database says, whichever zone it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
import vobject  # type: ignore[import-untyped]

from activities.calendars import written
from activities.vtimezones import vtimezone
from lifecycle.diary import Entry, Happening

SOME = ("Europe/London", "Asia/Tokyo", "Asia/Kolkata", "America/New_York", "Australia/Sydney", "Europe/Dublin", "UTC")


def _read(zone: str, at: datetime) -> Any:
    entry = Entry("u", Happening.SESSION, "s", at.date(), at, at + timedelta(hours=1), 0, at, zone=zone)
    return vobject.readOne(written([entry], {}).decode()).vevent.dtstart.value


@pytest.mark.parametrize("zone", SOME)
@pytest.mark.parametrize("month", range(1, 13))
def test_a_session_is_at_its_zones_hour_the_year_round(zone: str, month: int) -> None:
    """Read back by another implementation of iCalendar: the same moment, at the same hour on the wall."""
    at = datetime(2027, month, 14, 9, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    read = _read(zone, at)
    assert read.hour == 9
    assert read.astimezone(UTC) == at


def test_every_zone_of_the_world_has_rules() -> None:
    """Whatever zone a programme may name can be written into a calendar."""
    for zone in sorted(available_timezones()):
        assert vtimezone(zone).to_ical()
