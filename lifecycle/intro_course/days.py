"""What falls due of a course's days: that it moves on, that days changed, and who was there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from lifecycle.account import Account, account
from lifecycle.description import Description, During, Loss, Mail, in_time
from lifecycle.intro_course.booked import told_last
from lifecycle.intro_course.context import AFTER, SECOND, PlanContext
from lifecycle.intro_course.life import ACTIVE, DAYS, Booking, Life
from lifecycle.plan_context import OFFICE
from lifecycle.steps import Case, Step, again, repeated
from schemas.corrections import Correction
from schemas.due import DueItem
from schemas.facts import Fact
from schemas.intro_course_facts import IntroCourseMoved
from schemas.words import Act, BookingState, Matter, Role


def moments(context: PlanContext) -> Iterator[DueItem]:
    """The course opens, begins and goes on by itself, and an offer ends by itself."""
    life = context.life
    named: list[tuple[str, datetime, str]] = [
        ("opens", life.opens_at, "opens_weeks_before"),
        ("joining", life.joining_at, "joining_days_before"),
        ("day-1", life.starts(1), "starts_at"),
        ("day-2", life.starts(2), "starts_at"),
    ]
    named += [
        (f"{key}.lapses", booking.offered_until, "offer_stands_working_days")
        for key, booking in life.bookings.items()
        if booking.offered_until is not None and booking.confirmed_at is None and booking.cancelled_at is None
    ]
    return in_time(item for moment in named for item in _moment(context, *moment))


def closing(context: PlanContext) -> Iterator[DueItem]:
    """The course closes by itself; one that was cancelled before it began was told so.

    It is closed already when this is carried out.
    """
    if not context.life.held(1):
        return iter(())
    return _moment(context, "closes", context.life.closes_at, "closes_after_weeks")


def _moment(context: PlanContext, window: str, at: datetime, parameter: str) -> Iterator[DueItem]:
    at = max(at, context.life.opening.occurred_at)
    case = Case(Matter.INTRO_COURSE, f"{window}.{at:%Y%m%dT%H%M}", "course_moves_on", at)
    return context.pending(case, [Step(Act.MOVE_ON, at, Role.OFFICE, (), f"intro_course.{parameter}")])


def waiting_for_days(context: PlanContext) -> Iterator[DueItem]:
    """A course whose day somebody makes up later is looked at again and again, until the later course has told it."""
    life = context.life
    if not life.rebooked_still():
        return iter(())
    case = Case(Matter.INTRO_COURSE, f"made-up-later.{life.closes_at:%Y%m%d}", "day_made_up_later", life.closes_at)
    weeks = life.rules.made_up_checked_every_weeks
    parameter = f"intro_course.made_up_checked_every_weeks = {weeks}"
    steps = again(life.closes_at, weeks, Role.OFFICE, (), parameter)
    return context.pending(case, (step._replace(act=Act.MOVE_ON) for step in steps))


def changed(context: PlanContext) -> Iterator[DueItem]:
    """The course, or day 2 alone, was moved or cancelled: all who have a place or wait for one are told at once.

    So they are when a move they heard of was withdrawn, or another took its place.
    """
    life, mended = context.life, _days_mended(context.state.account)
    moves = [*life.moved_at, *((mended[1],) if mended else ())]
    since = life.cancelled_at or max(moves, default=None)
    if since is None:
        return iter(())
    at, items = _at_once(context, since), list[DueItem]()
    what, about = ("day_2", life.dates[1]) if since >= life.starts(1) else ("course", life.dates[0])
    rule = f"{what}_{'moved' if life.cancelled_at is None else 'cancelled'}"
    for key, booking in life.bookings.items():
        if booking.requested.occurred_at > since or not _concerned(context, booking, since):
            continue
        if (
            mended
            and moves == [since]
            and booking.requested.occurred_at < mended[0]
            and not context.told_of_a_move(key)
        ):
            continue
        said_so = _other_days if life.cancelled_at is None else _off
        window, goes_at = said_so(context, key, since, at)
        missed = rule == "day_2_cancelled" and booking.seen.get(1) is False
        said = f"{rule}_for_absent" if missed else rule
        case = Case(Matter.COURSE_CHANGED, window, said, since, about=about, person=key)
        items += context.once(case, goes_at, Act.FLAG, "intro_course.starts_at")
    return in_time(items)


def _other_days(context: PlanContext, key: str, since: datetime, at: datetime) -> tuple[str, datetime]:
    """The window of these days, and when they are said: of moves in one second each is said, the last of them last."""
    first, second = context.life.dates
    start = f"{key}.moved.{since:%Y%m%dT%H%M%S}."
    window = f"{start}{first:%Y%m%d}-{second:%Y%m%d}"
    told = context.told_of_days(key).items()
    others = [said for name, said in told if name.startswith(start) and not name.startswith(window)]
    if not others:
        return window, at
    other = max(others)
    return context.said_since(Matter.COURSE_CHANGED, window, other + AFTER), max(at, other + SECOND)


def _off(context: PlanContext, key: str, since: datetime, at: datetime) -> tuple[str, datetime]:
    """The window of the cancellation, and when it is said: once more if it was said since that the course runs."""
    told_at, told = told_last(context, key)
    if told_at is not None and told is not BookingState.CANCELLED:
        since = max(since, told_at + AFTER)
    window = context.said_since(Matter.COURSE_CHANGED, f"{key}.cancelled", since)
    again = told_at is not None and context.said(Matter.COURSE_CHANGED, f"{key}.cancelled")
    return window, max(at, told_at + SECOND) if told_at is not None and again else at


def _days_mended(known: Account[Life]) -> tuple[datetime, datetime] | None:
    """When the move was that a correction last made another, or undid, and when that was; None if none changed days."""
    order = known.rules.order
    mends = [fact for fact in known.facts.values() if isinstance(fact, Correction)]
    for mend in sorted(mends, key=order, reverse=True):
        wrong: Fact = mend
        while isinstance(wrong, Correction):
            wrong = known.facts[wrong.corrects]
        if isinstance(wrong, IntroCourseMoved):
            before = [fact for fact in known.facts.values() if order(fact) < order(mend)]
            if account(known.rules, before).life.dates != account(known.rules, [*before, mend]).life.dates:
                return wrong.occurred_at, mend.occurred_at
    return None


def _concerned(context: PlanContext, booking: Booking, since: datetime) -> bool:
    """Whether somebody must still hear of a change: with a place to the end of the course, waiting until its start."""
    life, now = context.life, context.state.now
    off = life.cancelled_at is not None
    standing = booking.standing(since if off else now)
    if off and all(life.held(day) for day in booking.days):
        return False
    if off and standing is BookingState.CONFIRMED:
        return now < life.ends(booking.days[-1])
    begun = since >= life.starts(1) and standing is BookingState.CONFIRMED
    starts = life.starts(booking.days[-1] if begun else booking.days[0])
    return standing in ACTIVE and (since if off else now) < starts and now < life.ends(booking.days[-1])


def _at_once(context: PlanContext, since: datetime) -> datetime:
    """In the hours for notices, unless a day begins, or would have begun, before these open again."""
    life, now = context.life, max(since, context.state.now)
    opens = context.calendar.sendable(now)
    begin = [context.calendar.at(day, life.rules.starts_at) for day in (*life.dates, *life.moved_from)]
    return since if any(now <= at <= opens for at in begin) else opens


def attendance(context: PlanContext) -> Iterator[DueItem]:
    """Who is there? The office has the list on the morning of each day, and is asked for it until it is told."""
    life, calendar = context.life, context.calendar
    items: list[DueItem] = []
    weeks = life.rules.attendance_asked_every_weeks
    parameter = f"intro_course.attendance_asked_every_weeks = {weeks}"
    for day in DAYS:
        if not life.untold(context.state.now, day):
            continue
        starts = life.starts(day)
        morning = calendar.sendable_before(calendar.at(life.dates[day - 1], calendar.opens))
        asked = calendar.sendable(life.ends(day) + timedelta(minutes=life.programme.sessions.asked_after_minutes))
        first = _list_of_the_day(context, life.ends(day), morning, parameter)
        window = f"day-{day}.{life.dates[day - 1]:%Y%m%d}"
        case = Case(Matter.INTRO_ATTENDANCE, window, "attendance_asked", starts, about=life.dates[day - 1])
        items += context.pending(case, chain((first,), repeated(asked, weeks, Role.OFFICE, OFFICE, parameter)))
    return in_time(items)


def _list_of_the_day(context: PlanContext, ends: datetime, morning: datetime, parameter: str) -> Step:
    """The list goes on the morning; after an outage over the day it goes to nobody."""
    if context.state.now < ends:
        return Step(Act.FLAG, morning, Role.OFFICE, OFFICE, parameter)
    return Step(Act.MOVE_ON, morning, Role.OFFICE, (), parameter)


INTRO_COURSE: Final = Description(
    matter=Matter.INTRO_COURSE,
    label="course stages",
    duties={
        moments: During.RUNNING,
        closing: During.RUNNING | During.DAY_2_CANCELLED | During.ENDED,
        waiting_for_days: During.RUNNING | During.DAY_2_CANCELLED,
    },
    loss=Loss.LATER,
    suggestion=None,
    rules={
        "course_moves_on": "The course opens, starts, moves on and closes automatically. Offers end automatically too.",
        "day_made_up_later": "A course stays open while somebody makes up one of its days on a later course.",
    },
    parameters=("intro_course",),
    mail=Mail.NONE,
    page=None,
)

COURSE_CHANGED: Final = Description(
    matter=Matter.COURSE_CHANGED,
    label="course moved or cancelled",
    duties={changed: During.RUNNING | During.DAY_2_CANCELLED | During.ENDED},
    loss=Loss.RECORD,
    suggestion=None,
    rules={
        "course_moved": "When a course moves, everyone with a place or on the waiting list is told straight away.",
        "day_2_moved": "When only day 2 moves, everyone with a place on it is told straight away.",
        "day_2_cancelled": "When only day 2 is cancelled, everyone with a place on it is told straight away.",
        "day_2_cancelled_for_absent": "Anyone who missed day 1 is told that day 2 is cancelled too, "
        "and can choose another course.",
        "course_cancelled": "When a course is cancelled, everyone with a place or on the waiting list "
        "is told straight away.",
    },
    parameters=("intro_course.starts_at",),
    mail=Mail.AT_ONCE,
    page="booking",
)

INTRO_ATTENDANCE: Final = Description(
    matter=Matter.INTRO_ATTENDANCE,
    label="who was there",
    duties={attendance: During.RUNNING | During.DAY_2_CANCELLED},
    loss=Loss.RECORD,
    suggestion="Record who was there on this day of the Introduction course. Certificates depend on it.",
    rules={"attendance_asked": "After each day of a course we ask the office who was there, until it is recorded."},
    parameters=("intro_course.attendance_asked_every_weeks",),
    mail=Mail.FIRST_AT_ONCE,
)

MATTERS: Final = (INTRO_COURSE, COURSE_CHANGED, INTRO_ATTENDANCE)
