"""Why something is due, was done, or is not: rule, parameter, facts, calendar and step, in words, for every subject."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lifecycle.calendar import Calendar
from lifecycle.dates import clock_of, clock_time
from lifecycle.description import Description, Descriptions
from lifecycle.projection import shown
from lifecycle.roles import ROLES
from lifecycle.steps import Done
from schemas.due import Due, DueItem, Why
from schemas.facts import Fact
from schemas.sentences import joined, say
from schemas.words import Act


def why(
    state: Any,  # noqa: ANN401 - a state of any rule book
    done: Done,
    plan: list[DueItem],
    question: str,
    matters: Descriptions,
    nothing: str,
) -> tuple[Why, ...]:
    """The reasons of an item key, a matter or ``next``. ``nothing`` is said where neither is due nor was done."""
    calendar: Calendar = state.life.calendar
    found = [_item(state, item, matters) for item in plan if question in (item.key, item.matter, "next")]
    found = found[:1] if question == "next" else found
    carried = [
        Why(question=key, answer=say("Carried out on {moment}.", moment=in_words(calendar, at)), done_at=at)
        for key, at in done.items()
        if question in (key, key.split("/")[0])
    ]
    if not (found or carried):
        found = [Why(question=question, answer=nothing)]
    return (*carried, *found)


def carried_out(calendar: Calendar, known: Mapping[str, Fact], item: Due, at: datetime, matters: Descriptions) -> Why:
    """The reason of something that was carried out, as it was noted at the time."""
    answer = say(
        "Carried out on {done}; due on {due}, for {turn} to act. {reason}",
        done=in_words(calendar, at),
        due=in_words(calendar, item.at),
        turn=ROLES[item.turn],
        reason=_reason(calendar, item, matters[item.matter]),
    )
    return Why(question=item.key, answer=answer, due=item, done_at=at, facts=_dated(known, item))


def _item(state: Any, item: DueItem, matters: Descriptions) -> Why:  # noqa: ANN401 - as above
    known, calendar, due = state.account.facts, state.life.calendar, shown(item)
    answer = say(
        "Due on {moment}; it is then for {turn} to act. {reason}",
        moment=in_words(calendar, item.at),
        turn=ROLES[item.turn],
        reason=_reason(calendar, due, matters[item.matter]),
    )
    return Why(question=item.key, answer=answer, due=due, facts=_dated(known, due))


def _reason(calendar: Calendar, item: Due, matter: Description) -> str:
    said = [matter.rules.get(item.rule, "")]
    if item.parameter not in matter.facts:
        said.append(say("Set by the programme: {setting}.", setting=setting(item.parameter)))
    said += [
        say("Counted from {moment}.", moment=in_words(calendar, item.since)),
        say("Step {step} of {matter}.", step=item.key.rpartition("/")[2], matter=matter.label),
        _by_calendar(calendar, item),
    ]
    return joined(" ", said)


def setting(parameter: str) -> str:
    """A parameter of the programme in words: ``sessions, asked after minutes: 60``."""
    name, _, value = parameter.partition(" = ")
    words = name.replace(".", ", ").replace("_", " ")
    return f"{words}: {value}" if value else words


def _dated(known: Mapping[str, Fact], item: Due) -> tuple[str, ...]:
    return tuple(f"{known[event_id].occurred_at:%Y-%m-%d} {event_id}" for event_id in item.facts if event_id in known)


def _by_calendar(calendar: Calendar, item: Due) -> str:
    """By which days and hours it was put where it is."""
    if item.act is Act.MOVE_ON:
        return say("Days of {division}, table {table}.", division=calendar.division, table=calendar.table)
    return say(
        "Notices go {opens} to {closes} on working days of {division}, table {table}, {closed} closed weeks."
        if calendar.closed
        else "Notices go {opens} to {closes} on working days of {division}, table {table}.",
        opens=clock_time(calendar.opens),
        closes=clock_time(calendar.closes),
        division=calendar.division,
        table=calendar.table,
        closed=len(calendar.closed),
    )


def in_words(calendar: Calendar, at: datetime) -> str:
    """A moment on the subject's clock."""
    return clock_of(calendar.zone).moment(at)
