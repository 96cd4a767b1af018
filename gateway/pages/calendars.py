"""Somebody's diary as iCalendar (RFC 5545), which calendar programs read again by themselves; and its own address.

The address is no signed link: it is shown once, when it is made, and can be stopped alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from starlette.datastructures import FormData
from starlette.responses import Response

from activities.calendars import written
from activities.links import Link, LinkForged, Purpose
from activities.phrases import Phrases
from gateway.context import AppContext, now
from gateway.pages import reading
from gateway.pages.asked import Answer, Choice, Question
from gateway.pages.drawing import draw_question
from gateway.pages.forms import BUTTON, STATE, Forms
from gateway.pages.route import root_of
from gateway.pages.shown import Nobody, links_of
from lifecycle.diary import Entry, diary
from lifecycle.gathering import Subject
from operations import calendar_feeds
from records import ledger, pages
from schemas.recording import Ledger
from schemas.sentences import say

_HEADERS: Final = {
    "Cache-Control": "private, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Content-Disposition": 'inline; filename="coaching.ics"',
}


async def feed(context: AppContext, token: str, present: datetime, known_as: str = "") -> Response:
    """The diary that is read under a token; a 304 for whoever has it as it is (``known_as``, an If-None-Match).

    Raises LinkForged for nobody's, and for one that was stopped.
    """
    async with context.connection() as conn:
        person = await calendar_feeds.read_by(conn, token)
        reader = await reading.reader(conn, person) if person else None
        if reader is None or reader.name is None:
            raise LinkForged
        names = await pages.subjects(conn, reader.person)
        known = await ledger.as_known(conn, names)
        teams = await pages.team_names(conn, names)
    entries = await asyncio.to_thread(entries_of, known, reader.person, present)
    body = await asyncio.to_thread(written, entries, teams, Phrases(language=reader.language))
    headers = _HEADERS | {"ETag": f'"{sha256(body).hexdigest()[:32]}"'}
    if {tag.strip().removeprefix("W/") for tag in known_as.split(",")} & {headers["ETag"], "*"}:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="text/calendar", headers=headers)


def entries_of(known: Mapping[str, Ledger], person: str, present: datetime) -> list[Entry]:
    """Somebody's diary in all of these."""
    found: list[Entry] = []
    for name, kept in known.items():
        if kept.facts:
            now = max((present, *(fact.occurred_at for fact in kept.facts), *kept.done.values()))
            found += diary(name, Subject.of(kept.facts, kept.done, now), person)
    return found


_MAKE: Final = Answer(name="make", buttons=(Choice("yes", "Get a calendar address"),), note=False)
_ANEW: Final = Answer(
    name="make",
    buttons=(Choice("yes", "Get a new address"),),
    hint="The earlier address then stops working.",
    variant="secondary",
    note=False,
)
_STOP: Final = Answer(name="stop", buttons=(Choice("yes", "Stop it"),), variant="warning", note=False)
_ASKING: Final = Question(
    title="Your calendar",
    topic="calendar",
    mark=(),
    lead=(
        "Your calendar can show your sessions, course days and reviews, and keep them up to date by itself.",
        "You'll get an address to subscribe to. Whoever has it can see these dates, so don't share it.",
    ),
    answers=(_MAKE,),
)


async def page(context: AppContext, link: Link, made: str = "") -> Response:
    """Whether a calendar reads the reader's diary. An address that was ``made`` now is shown, this once."""
    async with context.connection() as conn:
        reader = await reading.reader(conn, link.person)
        if reader is None or reader.name is None:
            raise Nobody
        since = await calendar_feeds.made_at(conn, reader.person)
        office = await pages.office_of(conn, reader.academy)
    question = _ASKING
    if made:
        lead = ("Subscribe to this address in your calendar. Copy it now: we can't show it again.", made)
        question = replace(_ASKING, lead=lead, answers=(_STOP,))
    elif since is not None:
        lead = (
            say("A calendar has been reading your dates since {day}.", day=reader.clock.date(since)),
            _ASKING.lead[1],
        )
        question = replace(_ASKING, lead=lead, answers=(_ANEW, _STOP))
    return draw_question(
        question,
        state=Forms(context.settings.signing_keys).state(_ASKING, now()),
        changing=False,
        home=links_of(context).url(link.onward(Purpose.HOME)),
        office=office,
        root=root_of(context),
    )


async def take(context: AppContext, link: Link, form: FormData) -> Response:
    """Make an address, in place of an earlier one, or stop it."""
    shown = Forms(context.settings.signing_keys).own(form.get(STATE), _ASKING.topic)
    wanted = str(form.get(BUTTON) or "").partition(".")[0]
    if shown is None or wanted not in (_MAKE.name, _STOP.name):
        return await page(context, link)
    async with context.connection() as conn:
        if wanted == _STOP.name:
            await calendar_feeds.stop(conn, link.person)
            return await page(context, link)
        token = await calendar_feeds.make(conn, link.person, now())
    return await page(context, link, links_of(context).page(f"calendar/{token}.ics"))
