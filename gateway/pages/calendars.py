"""Somebody's diary as iCalendar (RFC 5545), which calendar programs subscribe to and read again by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard
from starlette.responses import Response

from activities.links import Link
from gateway.doors import Doors
from gateway.pages.shown import ZONE, Nobody
from lifecycle.diary import Entry, Happening, diary
from lifecycle.gathering import Subject
from records import ledger, pages
from records.database import SECONDS_TO_ACQUIRE
from schemas.recording import Ledger

_HOUR: Final = timedelta(hours=1)
_AGAIN_AFTER: Final = timedelta(hours=6)
_HEADERS: Final = {
    "Cache-Control": "private, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Content-Disposition": 'inline; filename="coaching.ics"',
}


async def feed(doors: Doors, link: Link, present: datetime) -> Response:
    """The diary of the reader of a link. Raises Nobody for nobody, and for somebody who was erased."""
    async with doors.pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
        reader = await pages.reader(conn, link.person)
        if reader is None or reader.name is None:
            raise Nobody
        names = await pages.subjects(conn, reader.person)
        known = await ledger.as_known(conn, names)
        teams = await pages.team_names(conn, names)
    entries = await asyncio.to_thread(_entries, known, reader.person, present)
    return Response(written(entries, teams), media_type="text/calendar", headers=_HEADERS)


def _entries(known: Mapping[str, Ledger], person: str, present: datetime) -> list[Entry]:
    found: list[Entry] = []
    for name, kept in known.items():
        if kept.facts:
            now = max((present, *(fact.occurred_at for fact in kept.facts), *kept.done.values()))
            found += diary(name, Subject.of(kept.facts, kept.done, now), person)
    return found


def written(entries: list[Entry], teams: Mapping[str, str]) -> bytes:
    """A calendar of these entries, with the zone and its rules. The same entries give the same bytes."""
    made = Calendar()
    made.add("prodid", "-//Coaching lifecycle engine//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", "Coaching")
    made.add("refresh-interval", _AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    made.add_component(_london())
    for entry in entries:
        made.add_component(_event(entry, teams.get(entry.subject, entry.subject)))
    return bytes(made.to_ical())


def _london() -> Timezone:
    """Europe/London by its rules, which hold since 1996. Lists of dates instead are misread by some programs."""
    zone = Timezone()
    zone.add("tzid", ZONE.key)
    for kind, name, month, hour, before, after in (
        (TimezoneDaylight, "BST", 3, 1, timedelta(0), _HOUR),
        (TimezoneStandard, "GMT", 10, 2, _HOUR, timedelta(0)),
    ):
        part = kind()
        part.add("dtstart", datetime(1996, month, 31 if month == 3 else 27, hour))  # noqa: DTZ001 - by the wall
        part.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1SU"})
        part.add("tzname", name)
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        zone.add_component(part)
    return zone


def _event(entry: Entry, team: str) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("summary", _summary(entry, team))
    if entry.starts_at is None or entry.ends_at is None:
        event.add("dtstart", entry.day)
        event.add("transp", "TRANSPARENT")
    else:
        event.add("dtstart", entry.starts_at.astimezone(ZONE))
        event.add("dtend", entry.ends_at.astimezone(ZONE))
    event.add("class", "PRIVATE")
    return event


def _summary(entry: Entry, team: str) -> str:
    match entry.what:
        case Happening.SESSION:
            return f"Coaching session: {team}"
        case Happening.REVIEW:
            return f"{entry.number}-month review is due: {team}"
        case Happening.LEARNING_SESSION:
            return f"Learning session {entry.number} of the coaching course"
        case Happening.INTRO_DAY:
            return f"Introduction to Quality Improvement, day {entry.number}"
