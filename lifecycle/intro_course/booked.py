"""What falls due of a booking before the course: receipts, offers of a place, joining instructions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from lifecycle.description import Description, During, Loss, Mail, in_time
from lifecycle.intro_course.context import AFTER, DELEGATE, SECOND, PlanContext, numbered
from lifecycle.intro_course.life import Booking, Life
from lifecycle.steps import Case, Step
from schemas.due import DueItem
from schemas.words import Act, BookingState, Matter, Role

_TOLD: Final = (
    BookingState.WAITING,
    BookingState.OFFERED,
    BookingState.OFFER_LAPSED,
    BookingState.CONFIRMED,
    BookingState.CANCELLED,
)


def receipts(context: PlanContext) -> Iterator[DueItem]:
    """Anyone who books, waits, takes an offer or cancels has it in writing at once, at any hour.

    An offer that lapsed, and what a late fact or a correction changed, is told within the hours for mail.
    """
    life, now = context.life, context.state.now
    items: list[DueItem] = []
    for key, booking in life.bookings.items():
        standing, since = booking.standing(now), _since(booking, now)
        told_at, told = told_last(context, key)
        if since is None or told is standing or life.cancelled_at is not None:
            continue
        own_doing = standing is not BookingState.OFFER_LAPSED and (told_at is None or told_at <= since)
        at = since if own_doing else context.calendar.sendable(max(since, now))
        if max(at, now) >= _too_late(life, booking, standing, told):
            continue
        window = f"{key}.{standing}"
        before = len(context.said(Matter.BOOKING, window))
        if told_at is not None and (before or not own_doing):
            at = max(at, told_at + SECOND)
        window = numbered(window, before)
        day = life.dates[booking.days[0] - 1]
        case = Case(Matter.BOOKING, window, f"booking_{standing}", since, about=day, person=key)
        items += context.once(case, at, Act.FLAG, "intro_course.places")
    return in_time(items)


def _too_late(life: Life, booking: Booking, standing: BookingState, told: BookingState | None) -> datetime:
    """From when on how a booking stands is no news: that a cancelled day 2 is on again, once it has begun."""
    if standing is BookingState.CANCELLED:
        return life.ends(booking.days[-1])
    on_again = standing is BookingState.CONFIRMED and told is BookingState.CANCELLED
    return life.starts(booking.days[-1] if on_again else booking.days[0])


def unplaced(context: PlanContext) -> Iterator[DueItem]:
    """Who waits still when the course begins hears that no place came free, and may choose a later one."""
    life = context.life
    items: list[DueItem] = []
    for key, booking in life.bookings.items():
        begins = life.starts(booking.days[0])
        if booking.standing(begins) is not BookingState.WAITING or life.cancelled_at is not None:
            continue
        at = context.calendar.sendable(max(begins, context.state.now))
        if at < life.ends(2):
            case = Case(
                Matter.BOOKING, f"{key}.unplaced.{begins:%Y%m%d}", "no_place_came_free", begins,
                about=life.dates[booking.days[0] - 1], person=key,
            )  # fmt: skip
            items += context.once(case, at, Act.FLAG, "intro_course.places")
    return in_time(items)


def told_last(context: PlanContext, key: str) -> tuple[datetime | None, BookingState | None]:
    """What a delegate was told last of their booking, and when; of one moment, what follows from the rest.

    What is said again is said a second later at the earliest, so that it is the last.
    """
    said = [
        *((at, rank, told) for rank, told in enumerate(_TOLD) for at in context.said(Matter.BOOKING, f"{key}.{told}")),
        *((at, 1, BookingState.OFFERED) for at in context.said(Matter.OFFER, key)),
        *((at, len(_TOLD), BookingState.CANCELLED) for at in context.said(Matter.COURSE_CHANGED, f"{key}.cancelled")),
    ]
    at, _, told = max(said, default=(None, 0, None))
    return at, told


def _since(booking: Booking, now: datetime) -> datetime | None:
    """Since when a booking stands as it does; None while it is offered a place, which is told as an offer."""
    match booking.standing(now):
        case BookingState.WAITING:
            return booking.requested.occurred_at
        case BookingState.OFFER_LAPSED:
            return booking.offered_until
        case BookingState.CANCELLED:
            return booking.cancelled_at
        case _:
            return booking.confirmed_at


def offers(context: PlanContext) -> Iterator[DueItem]:
    """A place has come free: would the first in line like it? Only while it is theirs.

    Who heard since that they stand otherwise, such as that the course is cancelled, and do not, hears of it once more.
    """
    now = context.state.now
    items: list[DueItem] = []
    for key, booking in context.life.bookings.items():
        if (
            booking.standing(now) is not BookingState.OFFERED
            or booking.offered_at is None
            or booking.offered_until is None
        ):
            continue
        parameter = f"intro_course.offer_stands_working_days = {context.life.rules.offer_stands_working_days}"
        told_at, told = told_last(context, key)
        since = booking.offered_at
        if told_at is not None and told is not BookingState.OFFERED:
            since = max(since, told_at + AFTER)
        window = context.said_since(Matter.OFFER, key, since)
        case = Case(
            Matter.OFFER, window, "place_offered", booking.offered_at, about=context.life.dates[booking.days[0] - 1],
            answer_by=booking.offered_until, person=key,
        )  # fmt: skip
        steps = [Step(Act.ASK, booking.offered_at, Role.DELEGATE, DELEGATE, parameter)]
        items += (item for item in context.pending(case, steps) if item.at < booking.offered_until)
    return in_time(items)


def joining(context: PlanContext) -> Iterator[DueItem]:
    """Joining instructions, and a reminder: rather earlier than later. Who books late has the instructions at once."""
    life, now = context.life, context.state.now
    items: list[DueItem] = []
    for key, booking in life.with_place(now):
        first = booking.days[0]
        instructions = life.before(first, life.rules.joining_days_before)
        reminder = life.before(first, life.rules.reminder_days_before)
        joins = _reminder(context, key, booking, "joining", instructions)
        items += joins
        told_at = (
            joins[0].at if joins else context.done.get(f"{Matter.JOINING}/{_window(life, key, booking, 'joining')}/0")
        )
        if booking.confirmed_at is not None and max(booking.confirmed_at, told_at or booking.confirmed_at) < reminder:
            items += _reminder(context, key, booking, "reminder", reminder)
    return in_time(items)


def _window(life: Life, key: str, booking: Booking, what: str) -> str:
    return f"{key}.{what}.{life.dates[booking.days[0] - 1]:%Y%m%d}"


def _reminder(context: PlanContext, key: str, booking: Booking, what: str, planned: datetime) -> list[DueItem]:
    life, now, first = context.life, context.state.now, booking.days[0]
    starts = life.starts(first)
    at = planned if planned >= now else context.calendar.sendable(now)
    at = context.once_back(booking, at, context.calendar.add_days(starts, -1))
    if at >= starts or life.dates[first - 1] < context.calendar.day(life.opening.occurred_at):
        return []
    window, day = _window(life, key, booking, what), life.dates[first - 1]
    case = Case(Matter.JOINING, window, f"{what}_sent", starts, about=day, answer_by=starts, person=key)
    act = Act.FLAG if what == "joining" else Act.REMIND
    return list(context.once(case, at, act, f"intro_course.{what}_days_before"))


BOOKING: Final = Description(
    matter=Matter.BOOKING,
    label="booking",
    duties={receipts: During.RUNNING, unplaced: During.RUNNING},
    loss=Loss.LATER,
    suggestion=None,
    rules={
        "booking_confirmed": "Anyone who has a place gets an email to say so, straight away.",
        "booking_waiting": "Anyone on the waiting list gets an email to say so, straight away.",
        "booking_cancelled": "Anyone who gives up a place gets an email to say so, straight away.",
        "booking_offer_lapsed": "An offer that nobody took goes to the next person, and whoever had it "
        "is told that it has ended.",
        "no_place_came_free": "Anyone still waiting when the course starts is told that no place came free.",
    },
    parameters=("intro_course.places",),
    mail=Mail.AT_ONCE,
)

OFFER: Final = Description(
    matter=Matter.OFFER,
    label="offer of a place",
    duties={offers: During.RUNNING},
    loss=Loss.DECISION,
    suggestion="Take the place, or let it go to somebody else.",
    rules={"place_offered": "A free place is offered to the next person on the waiting list, for some working days."},
    parameters=("intro_course.offer_stands_working_days",),
    mail=Mail.AT_ONCE,
)

JOINING: Final = Description(
    matter=Matter.JOINING,
    label="joining instructions",
    duties={joining: During.RUNNING},
    loss=Loss.LATER,
    suggestion=None,
    rules={
        "joining_sent": "Delegates get joining instructions some days before the course, or straight "
        "away if they book later.",
        "reminder_sent": "Delegates are reminded shortly before the course.",
    },
    parameters=("intro_course.joining_days_before", "intro_course.reminder_days_before"),
    mail=Mail.AT_ONCE,
    page="booking",
)

MATTERS: Final = (BOOKING, OFFER, JOINING)
