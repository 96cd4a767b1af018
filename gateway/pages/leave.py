"""Somebody says when they are away, and takes it back: told to all that is theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from activities.links import Link
from coaching_client.handles import FactRefusedError
from gateway.context import AppContext
from gateway.pages import fields, forms, reading
from gateway.pages.answers import CONFIRMED
from gateway.pages.asked import BACK, Answer, Choice, Field, Question
from gateway.pages.forms import BUTTON, Amiss, Outcome, Same, Stale, Told
from gateway.pages.human import Tap
from gateway.pages.shown import Nobody
from lifecycle.dates import date_range
from operations.callers import Caller
from operations.leaves import Away, agree_leave, leaves_of, take_back_leave
from records import pages
from records.pages import Office, Reader
from schemas.facts import Teller
from schemas.sentences import say
from schemas.words import Role

_LONGEST: Final = timedelta(days=366)

_AWAY: Final = Answer(
    name="away",
    fields=(
        Field(name="first", kind="date", label="Your first day away", missing="Enter your first day away"),
        Field(name="last", kind="date", label="Your last day away", missing="Enter your last day away"),
        CONFIRMED,
    ),
    buttons=(Choice("yes", "Tell everyone who needs to know"),),
    note=False,
)


async def asking(context: AppContext, link: Link, present: datetime) -> tuple[Question, Office | None]:
    """The page, with what was said before. Raises Nobody for somebody who was erased."""
    question, office, _ = await _asking(context, link, present)
    return question, office


async def _asking(context: AppContext, link: Link, present: datetime) -> tuple[Question, Office | None, Reader]:
    """The page, its office, and whoever reads it."""
    async with context.connection() as conn:
        reader = await reading.reader(conn, link.person)
        if reader is None or reader.name is None:
            raise Nobody
        told = await leaves_of(conn, reader.academy, link.person)
        office = await pages.office_of(conn, reader.academy)
    today = reader.clock.today(present)
    days = sorted({(away.first_day, away.last_day) for away in told if away.last_day >= today})
    backs = (
        Answer(
            name=f"{BACK}-{first}-{last}",
            buttons=(Choice("yes", say("Take back: away {days}", days=date_range(first, last))),),
            variant="secondary",
            note=False,
        )
        for first, last in days
    )
    question = Question(
        title="When will you be away?",
        lead=(
            "We'll keep what can wait until you're back. Anything urgent goes to somebody else.",
            "Sessions don't count while the team has no coach.",
        ),
        topic="leave",
        mark=tuple(f"{first}/{last}" for first, last in days),
        answers=(_AWAY, *backs),
    )
    return question, office, reader


async def take(context: AppContext, link: Link, form: Any, present: datetime) -> Outcome:  # noqa: ANN401 - a parsed form
    """Take an answer. The days that are recorded change nothing, but reach whoever has not heard of them yet."""
    question, _, reader = await _asking(context, link, present)
    answer = question.answer(str(form.get(BUTTON) or "").partition(".")[0])
    if answer is None:
        return Stale()
    entered, today = fields.read(answer, form), reader.clock.today(present)
    if not entered.faults and answer is _AWAY:
        entered.faults |= _wrong(entered.values, today)
    if entered.faults:
        return Amiss(answer, entered)
    shown = await forms.pressed(context, form, question, Tap(at=present, today=today))
    first, last = (entered.values["first"], entered.values["last"]) if answer is _AWAY else _days_of(answer)
    caller = Caller.of(f"person:{link.person}", reading.door(link.person), reader.academy)
    tell = agree_leave if answer is _AWAY else take_back_leave
    teller = Teller(role=Role.SERVICE, person=link.person)
    away = Away(reader.academy, link.person, first, last, shown.at, teller, bool(entered.values.get("confirmed")))
    try:
        async with asyncio.timeout(context.settings.tell_seconds):
            heard = await tell(context.engine, caller, away)
    except FactRefusedError as refused:
        return forms.refused_answer(answer, entered, refused)
    known = answer is _AWAY and question.answer(f"{BACK}-{first}-{last}") is not None
    return Same() if known and not heard.told else Told()


def _days_of(answer: Answer) -> tuple[date, date]:
    days = answer.name.removeprefix(f"{BACK}-")
    return date.fromisoformat(days[:10]), date.fromisoformat(days[11:])


def _wrong(days: Mapping[str, date], today: date) -> dict[str, str]:
    first, last = days["first"], days["last"]
    if last < first:
        return {"away-last-day": "Your last day away must be the same as or after your first"}
    if last < today:
        return {"away-last-day": "Your last day away must be today or in the future"}
    if last - first > _LONGEST:
        return {"away-last-day": "You can be away for a year at most: for longer, please ask the programme office"}
    return {}
