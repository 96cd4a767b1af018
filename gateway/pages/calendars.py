"""Somebody's diary as iCalendar (RFC 5545), which calendar programs subscribe to and read again by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from starlette.responses import Response

from activities.calendars import written
from activities.links import Link
from gateway.context import AppContext
from gateway.pages.shown import Nobody
from lifecycle.diary import Entry, diary
from lifecycle.gathering import Subject
from records import ledger, pages
from schemas.recording import Ledger

_HEADERS: Final = {
    "Cache-Control": "private, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Content-Disposition": 'inline; filename="coaching.ics"',
}


async def feed(context: AppContext, link: Link, present: datetime) -> Response:
    """The diary of the reader of a link. Raises Nobody for nobody, and for somebody who was erased."""
    async with context.connection() as conn:
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
