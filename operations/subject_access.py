"""Somebody asks what is held about them: all of it, or what stood and happened in a period.

Of others, whose data it is too, their role alone is told, with a number where several have it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from operations import reading
from operations.callers import Caller
from operations.without_others import text_of, without_others
from records import held, pages
from records.database import Connection
from records.held import Section
from records.others import named
from records.pages import Reader
from schemas.words import PersonId

__all__ = ["Days", "Export", "Section", "export"]

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """The days that are asked about, both included; without one, from the first record or to the last."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """All that was held about a person at a moment: what stands, or stood when the ``days`` began; what happened."""

    person: Reader
    made_at: datetime
    days: Days
    state: tuple[Section, ...]
    events: tuple[Section, ...]


async def export(conn: Connection, caller: Caller, person: PersonId, days: Days, at: datetime) -> Export | None:
    """All that is held about somebody; None for nobody. That it was read is noted first."""
    reader = await pages.reader(conn, person)
    if reader is None:
        return None
    await reading.noted(conn, caller, "everything held", reader.academy, at, reader.person)
    since = reader.clock.at(days.first, time()) if days.first else None
    until = reader.clock.at(days.last + _DAY, time()) if days.last else at + _DAY
    found = await held.held(conn, reader.person, since, until)
    everybody = await named(conn, reader.person, text_of((*found.state, *found.events)))
    state, events = without_others(everybody, found.state, found.events)
    return Export(reader, at, days, state, events)
