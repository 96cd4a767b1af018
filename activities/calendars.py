"""Diaries and invitations as iCalendar (RFC 5545, RFC 5546): zones with their rules, a UID that never changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from typing import Final

from icalendar import Calendar, Event, vCalAddress, vDuration, vText

from activities.phrases import ENGLISH, Phrases
from activities.vtimezones import vtimezone
from lifecycle.dates import clock_of
from lifecycle.diary import Entry
from lifecycle.invitations import Owed

_AGAIN_AFTER: Final = timedelta(hours=6)


def invitation(
    owed: Owed, team: str, organiser: Address, guest: Address, at: datetime, phrases: Phrases = ENGLISH
) -> str:
    """One message to one calendar: a request, an update or a cancellation, as of ``at``. It wants no reply.

    Nobody is both organiser and guest (see `organiser_for`): their calendar would hold it as their own meeting.
    """
    made = _calendar("CANCEL" if owed.cancels else "REQUEST", (owed.entry,))
    event = _event(owed.entry._replace(sequence=owed.sequence, changed_at=at), team, phrases)
    event.add("status", "CANCELLED" if owed.cancels else "CONFIRMED")
    event.add("organizer", _who(organiser), encode=False)
    attendee = _who(guest)
    for name, value in (("ROLE", "REQ-PARTICIPANT"), ("PARTSTAT", "NEEDS-ACTION"), ("RSVP", "FALSE")):
        attendee.params[name] = vText(value)
    event.add("attendee", attendee, encode=False)
    made.add_component(event)
    return bytes(made.to_ical()).decode()


def organiser_for(guest: Address, *possible: Address) -> Address | None:
    """The first of these that is not the guest's own mailbox."""
    return next((one for one in possible if one.addr_spec.lower() != guest.addr_spec.lower()), None)


def _who(address: Address) -> vCalAddress:
    who = vCalAddress(f"mailto:{address.addr_spec}")
    who.params["CN"] = vText(address.display_name or address.addr_spec)
    return who


def written(entries: Iterable[Entry], teams: Mapping[str, str], phrases: Phrases = ENGLISH) -> bytes:
    """A calendar of these entries, with their zones and the rules of these. The same entries give the same bytes."""
    entries = tuple(entries)
    made = _calendar("PUBLISH", entries)
    made.add("x-wr-calname", phrases.say("calendar"))
    # RFC 7986, and what Outlook read before it.
    made.add("refresh-interval", _AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", vDuration(_AGAIN_AFTER))
    for entry in entries:
        made.add_component(_event(entry, teams.get(entry.subject, entry.subject), phrases))
    return bytes(made.to_ical())


def _calendar(method: str, entries: tuple[Entry, ...]) -> Calendar:
    made = Calendar()
    made.add("prodid", "-//Coaching lifecycle engine//EN")
    made.add("version", "2.0")
    made.add("method", method)
    for zone in sorted({entry.zone for entry in entries}):
        made.add_component(vtimezone(zone))
    return made


def _event(entry: Entry, team: str, phrases: Phrases) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("summary", summary(entry, team, phrases))
    if entry.starts_at is None or entry.ends_at is None:
        event.add("dtstart", entry.day)
        event.add("transp", "TRANSPARENT")
    else:
        event.add("dtstart", clock_of(entry.zone).local(entry.starts_at))
        event.add("dtend", clock_of(entry.zone).local(entry.ends_at))
    if entry.place:
        event.add("location", entry.place)
    event.add("class", "PRIVATE")
    return event


def summary(entry: Entry, team: str, phrases: Phrases = ENGLISH) -> str:
    """What an entry is called."""
    return phrases.say("entry", what=entry.what.value, number=entry.number, team=team)
