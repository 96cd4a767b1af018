"""Why something is due, was done, or is not: rule, parameter, facts, calendar and step, in words, for every subject."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from lifecycle.calendar import Calendar
from lifecycle.dates import clock_time, long_date
from lifecycle.projection import shown
from lifecycle.subject_rules import Done
from schemas.due import Due, DueItem, Why
from schemas.facts import Fact
from schemas.words import Act

RULES: Final[dict[str, str]] = {
    "confirmation_owed": "The office confirms some weeks before the start that the course takes place.",
    "teaching_starts": "The course starts by itself on its first day.",
    "teaching_ends": "The teaching ends by itself after its months, and its last learning session.",
    "leave_begins_or_ends": "A participant's leave begins and ends by itself on its days.",
    "learning_session_changed": "Participants hear at once that a learning session is on another day than was said.",
    "cohort_cancelled": "When a course is cancelled, all its participants hear of it at once.",
    "learning_session_reminded": "Participants are reminded of a learning session, rather earlier than later.",
    "attendance_asked": "After each day of a course the office is asked who was there, until it is told.",
    "make_up_asked": "Whoever missed a learning session is asked to make it up, and once more.",
    "microsystem_wanted": "A participant names a team by the start of the course, and is asked some weeks before.",
    "conditional_start_owed": "When the time of grace is over and there is no team, the office decides.",
    "coaching_looked_at": "Every four weeks the records are read for how the coaches coach.",
    "completion_owed": "After the teaching the office confirms who completed the course.",
    "coach_lapsed": "A coach who coaches no more is offered a refresher; then faculty hears of it.",
    "fact_without_effect": "A fact that a later-told one made impossible has no effect; the office hears of it.",
    "course_moves_on": "The course opens, begins, goes on and closes by itself; an offer ends by itself.",
    "day_made_up_later": "A course whose day somebody makes up later waits until the later course has told it.",
    "booking_confirmed": "Whoever has a place has it in writing at once.",
    "booking_waiting": "Whoever waits for a place has it in writing at once.",
    "booking_cancelled": "Whoever gives up a place has it in writing at once.",
    "booking_offer_lapsed": "An offer that nobody took goes to the next, and its reader hears that it is over.",
    "no_place_came_free": "Whoever waits still when the course begins hears that no place came free.",
    "place_offered": "A place that comes free is offered to the first in line, for some working days.",
    "joining_sent": "Delegates have joining instructions some days before, or at once if they book later.",
    "reminder_sent": "Delegates are reminded shortly before the course.",
    "course_moved": "When a course is moved, everybody who has a place or waits for one hears of it at once.",
    "day_2_moved": "When day 2 alone is moved, everybody who has a place on it hears of it at once.",
    "day_2_cancelled": "When day 2 alone is cancelled, everybody who has a place on it hears of it at once.",
    "day_2_cancelled_for_absent": "Who missed day 1 hears that day 2 is cancelled too, and may choose another course.",
    "course_cancelled": "When a course is cancelled, everybody who has a place or waits for one hears of it at once.",
    "missing_day_offered": "Whoever missed one of the two days is offered it on a later course.",
    "both_days_attended": "Both days attended, here or one of them later, make a certificate.",
    "feedback_asked": "Whoever was there on day 2 is asked how it was, and once more.",
    "wants_to_coach": "A delegate who wants to become a coach stays with the office until a cohort has them.",
}
"""The rules of cohorts and Introduction courses in a sentence each; those of engagements stand with them."""


def why(
    state: Any,  # noqa: ANN401 - a state of any rule book
    done: Done,
    plan: list[DueItem],
    question: str,
    rules: dict[str, str],
    nothing: str,
) -> tuple[Why, ...]:
    """The reasons of an item key, a matter or ``next``. ``nothing`` is said where neither is due nor was done."""
    calendar: Calendar = state.life.calendar
    found = [_item(state, item, rules) for item in plan if question in (item.key, item.matter, "next")]
    found = found[:1] if question == "next" else found
    carried = [
        Why(question=key, answer=f"Carried out on {in_words(calendar, at)}.", done_at=at)
        for key, at in done.items()
        if question in (key, key.split("/")[0])
    ]
    if not (found or carried):
        found = [Why(question=question, answer=nothing)]
    return (*carried, *found)


def carried_out(calendar: Calendar, known: Mapping[str, Fact], item: Due, at: datetime, rules: dict[str, str]) -> Why:
    """The reason of what was carried out, from what was noted of it then."""
    answer = (
        f"Carried out on {in_words(calendar, at)}; due on {in_words(calendar, item.at)}, for the "
        f"{item.turn.replace('_', ' ')} to act. {_reason(calendar, item, rules)}"
    )
    return Why(question=item.key, answer=answer, due=item, done_at=at, facts=_dated(known, item))


def _item(state: Any, item: DueItem, rules: dict[str, str]) -> Why:  # noqa: ANN401 - as above
    known, calendar, due = state.account.facts, state.life.calendar, shown(item)
    answer = (
        f"Due on {in_words(calendar, item.at)}; it is then for the {item.turn.replace('_', ' ')} to act. "
        f"{_reason(calendar, due, rules)}"
    )
    return Why(question=item.key, answer=answer, due=due, facts=_dated(known, due))


def _reason(calendar: Calendar, item: Due, rules: dict[str, str]) -> str:
    return (
        f"{rules.get(item.rule, '')} Parameter: {item.parameter}. Reckoned from {in_words(calendar, item.since)}. "
        f"Step {item.key.rpartition('/')[2]} of {item.matter.replace('_', ' ')}. {_by_calendar(calendar, item)}"
    )


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
    local = calendar.local(at)
    return f"{long_date(local.date())} at {clock_time(local.time())}"
