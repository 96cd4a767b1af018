"""What falls due after the days of a course: a missed day, certificates, feedback, and who would like to coach."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from lifecycle.description import Description, During, Loss, in_time
from lifecycle.intro_course.context import DELEGATE, PlanContext
from lifecycle.intro_course.life import DAYS
from lifecycle.plan_context import OFFICE
from lifecycle.steps import Case, Step, repeated
from schemas.due import DueItem
from schemas.words import Act, BookingState, Matter, Role


def missing_day(context: PlanContext) -> Iterator[DueItem]:
    """Who missed one of the days is offered it on a later course, and once more a month later.

    So is who missed it there again, or was told that it does not take place.
    """
    life = context.life
    items: list[DueItem] = []
    for key, booking in life.with_place(context.state.now):
        if context.state.booking(booking) is not BookingState.PART_ATTENDED or booking.seen_at is None:
            continue
        missing = next(day for day in booking.days if not booking.present(day))
        later = booking.rebooked.get(missing)
        if later is not None and later.outcome != "missed":
            continue
        window, since = f"{key}.{missing}", max(booking.seen_at, life.cancelled_at or booking.seen_at)
        if later is not None:
            window, since = f"{key}.missed-{later.told_at:%Y%m%dT%H%M%S}.{missing}", later.told_at
        over = life.ends(2 if life.held(2) else 1)
        weeks = life.rules.missing_day_asked_again_after_weeks
        parameter = f"intro_course.missing_day_asked_again_after_weeks = {weeks}"
        opens = context.once_back(booking, context.calendar.sendable(max(since, over)), life.closes_at)
        steps = [
            Step(Act.ASK, opens, Role.DELEGATE, DELEGATE, parameter),
            Step(Act.REMIND, opens, Role.DELEGATE, DELEGATE, parameter, weeks),
        ]
        case = Case(
            Matter.MISSING_DAY, window, "missing_day_offered", since,
            about=life.dates[missing - 1], person=key,
        )  # fmt: skip
        items += (
            item for item in context.pending(case, context.chased_once_back(booking, steps)) if item.at < life.closes_at
        )
    return in_time(items)


def certificates(context: PlanContext) -> Iterator[DueItem]:
    """Whoever attended both days, here or one of them on a later course, has a certificate."""
    items: list[DueItem] = []
    for key, booking in context.life.with_place(context.state.now):
        if (
            booking.days != DAYS
            or context.state.booking(booking) is not BookingState.ATTENDED
            or booking.seen_at is None
        ):
            continue
        ready = context.calendar.sendable(max(booking.seen_at, context.life.ends(2)))
        at = context.once_back(booking, ready, context.life.closes_at)
        case = Case(
            Matter.CERTIFICATE, key, "both_days_attended", booking.seen_at, about=context.life.dates[1], person=key
        )
        items += context.pending(case, [Step(Act.FLAG, at, Role.DELEGATE, DELEGATE, "intro_course")])
    return in_time(items)


def feedback(context: PlanContext) -> Iterator[DueItem]:
    """What was it like? Asked after day 2 of those who were there, and chased once."""
    life, rules = context.life, context.life.rules
    items: list[DueItem] = []
    for key, booking in life.with_place(context.state.now):
        if booking.feedback_at is not None or not booking.seen.get(2) or booking.seen_at is None:
            continue
        after = life.ends(2) + timedelta(minutes=life.programme.sessions.asked_after_minutes)
        opens = context.once_back(booking, context.calendar.sendable(max(after, booking.seen_at)), life.closes_at)
        days = rules.feedback_chased_after_working_days
        parameter = f"intro_course.feedback_chased_after_working_days = {days}"
        steps = [
            Step(Act.ASK, opens, Role.DELEGATE, DELEGATE, parameter),
            Step(Act.REMIND, opens, Role.DELEGATE, DELEGATE, parameter, working_days=days),
        ]
        case = Case(Matter.FEEDBACK, key, "feedback_asked", life.ends(2), about=life.dates[1], person=key)
        items += (
            item for item in context.pending(case, context.chased_once_back(booking, steps)) if item.at < life.closes_at
        )
    return in_time(items)


def wishes(context: PlanContext) -> Iterator[DueItem]:
    """Who wants to become a coach is put to the office, and again, until they stand on a cohort's list."""
    weeks = context.life.rules.wish_asked_every_weeks
    parameter = f"intro_course.wish_asked_every_weeks = {weeks}"
    items: list[DueItem] = []
    for key, booking in context.life.bookings.items():
        if booking.wished_at is None or booking.handed_on_to is not None:
            continue
        opens = context.digest(booking.wished_at)
        case = Case(Matter.COACHING_WISH, key, "wants_to_coach", booking.wished_at, person=key)
        items += context.pending(case, repeated(opens, weeks, Role.OFFICE, OFFICE, parameter))
    return in_time(items)


MISSING_DAY: Final = Description(
    matter=Matter.MISSING_DAY,
    label="missed day",
    duties={missing_day: During.RUNNING | During.DAY_2_CANCELLED},
    loss=Loss.LATER,
    suggestion="Choose a later course for the day that was missed.",
    rules={"missing_day_offered": "Anyone who missed one of the two days is offered that day on a later course."},
    parameters=("intro_course.missing_day_asked_again_after_weeks",),
)

CERTIFICATE: Final = Description(
    matter=Matter.CERTIFICATE,
    label="certificate",
    duties={certificates: During.RUNNING | During.DAY_2_CANCELLED | During.ENDED},
    loss=Loss.LATER,
    suggestion=None,
    rules={"both_days_attended": "Anyone who attended both days, here or one of them later, gets a certificate."},
    parameters=("intro_course",),
)

FEEDBACK: Final = Description(
    matter=Matter.FEEDBACK,
    label="feedback",
    duties={feedback: During.RUNNING},
    loss=Loss.LATER,
    suggestion="Tell us what the course was like.",
    rules={"feedback_asked": "Anyone who was there on day 2 is asked how it was, and reminded once."},
    parameters=("intro_course.feedback_chased_after_working_days",),
)

COACHING_WISH: Final = Description(
    matter=Matter.COACHING_WISH,
    label="would like to coach",
    duties={wishes: During.RUNNING | During.DAY_2_CANCELLED | During.ENDED},
    loss=Loss.LATER,
    suggestion="Put the delegate on the next cohort's list, and record which cohort.",
    rules={
        "wants_to_coach": "A delegate who would like to coach stays with the office until they are on a cohort's list.",
    },
    parameters=("intro_course.wish_asked_every_weeks",),
)

MATTERS: Final = (MISSING_DAY, CERTIFICATE, FEEDBACK, COACHING_WISH)
