"""Why something is due, was done, or is not: rule, parameter, facts, calendar and step, in words, for every subject."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lifecycle.calendar import Calendar
from lifecycle.dates import clock_of, clock_time
from lifecycle.description import Description, Descriptions
from lifecycle.projection import shown
from lifecycle.steps import Done
from schemas.due import Due, DueItem, Why
from schemas.facts import Fact
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
        Why(question=key, answer=f"Carried out on {in_words(calendar, at)}.", done_at=at)
        for key, at in done.items()
        if question in (key, key.split("/")[0])
    ]
    if not (found or carried):
        found = [Why(question=question, answer=nothing)]
    return (*carried, *found)


def carried_out(calendar: Calendar, known: Mapping[str, Fact], item: Due, at: datetime, matters: Descriptions) -> Why:
    """The reason of something that was carried out, as it was noted at the time."""
    answer = (
        f"Carried out on {in_words(calendar, at)}; due on {in_words(calendar, item.at)}, for the "
        f"{item.turn.replace('_', ' ')} to act. {_reason(calendar, item, matters[item.matter])}"
    )
    return Why(question=item.key, answer=answer, due=item, done_at=at, facts=_dated(known, item))


def _item(state: Any, item: DueItem, matters: Descriptions) -> Why:  # noqa: ANN401 - as above
    known, calendar, due = state.account.facts, state.life.calendar, shown(item)
    answer = (
        f"Due on {in_words(calendar, item.at)}; it is then for the {item.turn.replace('_', ' ')} to act. "
        f"{_reason(calendar, due, matters[item.matter])}"
    )
    return Why(question=item.key, answer=answer, due=due, facts=_dated(known, due))


def _reason(calendar: Calendar, item: Due, matter: Description) -> str:
    by = "" if item.parameter in matter.facts else f" Set by the programme: {setting(item.parameter)}."
    return (
        f"{matter.rules.get(item.rule, '')}{by} Counted from {in_words(calendar, item.since)}. "
        f"Step {item.key.rpartition('/')[2]} of {matter.label}. {_by_calendar(calendar, item)}"
    )


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
        return f"Days of {calendar.division}, table {calendar.table}."
    hours = f"{clock_time(calendar.opens)} to {clock_time(calendar.closes)} on working days"
    closed = f", {len(calendar.closed)} closed weeks" if calendar.closed else ""
    return f"Notices go {hours} of {calendar.division}, table {calendar.table}{closed}."


def in_words(calendar: Calendar, at: datetime) -> str:
    """A moment on the subject's clock."""
    return clock_of(calendar.zone).moment(at)
