"""Diaries and invitations as iCalendar (RFC 5545, RFC 5546): Europe/London with its rules, a UID that never changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from typing import Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vText

from lifecycle.diary import Entry, Happening
from lifecycle.invitations import Owed

ZONE: Final = ZoneInfo("Europe/London")
_HOUR: Final = timedelta(hours=1)
_AGAIN_AFTER: Final = timedelta(hours=6)


def invitation(owed: Owed, team: str, office: Address, guest: Address, at: datetime) -> str:
    """One message to one calendar: a request, an update or a cancellation, as of ``at``. It wants no reply."""
    made = _calendar("CANCEL" if owed.cancels else "REQUEST")
    event = _event(owed.entry._replace(sequence=owed.sequence, changed_at=at), team)
    event.add("status", "CANCELLED" if owed.cancels else "CONFIRMED")
    event.add("organizer", _who(office), encode=False)
    attendee = _who(guest)
    for name, value in (("ROLE", "REQ-PARTICIPANT"), ("PARTSTAT", "ACCEPTED"), ("RSVP", "FALSE")):
        attendee.params[name] = vText(value)
    event.add("attendee", attendee, encode=False)
    made.add_component(event)
    return bytes(made.to_ical()).decode()


def _who(address: Address) -> vCalAddress:
    who = vCalAddress(f"mailto:{address.addr_spec}")
    who.params["CN"] = vText(address.display_name or address.addr_spec)
    return who


def written(entries: Iterable[Entry], teams: Mapping[str, str]) -> bytes:
    """A calendar of these entries, with the zone and its rules. The same entries give the same bytes."""
    made = _calendar("PUBLISH")
    made.add("x-wr-calname", "Coaching")
    made.add("refresh-interval", _AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    for entry in entries:
        made.add_component(_event(entry, teams.get(entry.subject, entry.subject)))
    return bytes(made.to_ical())


def _calendar(method: str) -> Calendar:
    made = Calendar()
    made.add("prodid", "-//Coaching lifecycle engine//EN")
    made.add("version", "2.0")
    made.add("method", method)
    made.add_component(_london())
    return made


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
    event.add("summary", summary(entry, team))
    if entry.starts_at is None or entry.ends_at is None:
        event.add("dtstart", entry.day)
        event.add("transp", "TRANSPARENT")
    else:
        event.add("dtstart", entry.starts_at.astimezone(ZONE))
        event.add("dtend", entry.ends_at.astimezone(ZONE))
    if entry.place:
        event.add("location", entry.place)
    event.add("class", "PRIVATE")
    return event


def summary(entry: Entry, team: str) -> str:
    """What an entry is called."""
    match entry.what:
        case Happening.SESSION:
            return f"Coaching session: {team}"
        case Happening.REVIEW:
            return f"{entry.number}-month review is due: {team}"
        case Happening.LEARNING_SESSION:
            return f"Learning session {entry.number} of the coaching course"
        case Happening.INTRO_DAY:
            return f"Introduction to Quality Improvement, day {entry.number}"
