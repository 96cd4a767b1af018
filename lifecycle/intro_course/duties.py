"""What falls due in an Introduction course, matter by matter. Each duty yields its items in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from operator import attrgetter
from typing import Final

from lifecycle.account import Account, account
from lifecycle.calendar import Calendar
from lifecycle.intro_course.life import ACTIVE, DAYS, Booking, Life
from lifecycle.intro_course.state import State
from lifecycle.leave import back, once_back
from lifecycle.steps import Case, Done, Step, again, digest, pending_steps, put_off
from schemas.due import DueItem
from schemas.facts import Fact
from schemas.intro_course_facts import IntroCourseCorrection, IntroCourseMoved
from schemas.words import Act, BookingState, Matter, Role

_OFFICE: Final = (Role.OFFICE,)
_DELEGATE: Final = (Role.DELEGATE,)
_MONTH: Final = 4
_AFTER: Final = timedelta(microseconds=1)
_TOLD: Final = (
    BookingState.WAITING,
    BookingState.OFFERED,
    BookingState.OFFER_LAPSED,
    BookingState.CONFIRMED,
    BookingState.CANCELLED,
)


@dataclass(frozen=True, slots=True)
class PlanContext:
    """Where duties are derived: the state, and what was carried out already."""

    state: State
    done: Done

    @property
    def life(self) -> Life:
        """What the facts say."""
        return self.state.life

    @property
    def calendar(self) -> Calendar:
        """The days and hours the course counts by."""
        return self.state.life.calendar

    def pending(self, case: Case, steps: Iterable[Step]) -> Iterator[DueItem]:
        """The steps of a case that are still to come."""
        return pending_steps(case, steps, self.done, self.state.now, self.calendar)

    def once(self, case: Case, at: datetime, act: Act, parameter: str) -> Iterator[DueItem]:
        """One message to a delegate at this very time: receipts and same-day changes wait for no hours."""
        item = DueItem(
            at=at, act=act, matter=case.matter, window=case.window, step=0, turn=Role.DELEGATE, to=_DELEGATE,
            rule=case.rule, parameter=parameter, since=case.since, about=case.about, answer_by=case.answer_by,
            person=case.person,
        )  # fmt: skip
        if item.key not in self.done:
            yield item

    def once_back(self, one: Booking, at: datetime, before: datetime) -> datetime:
        """When a delegate has what is due at a time: after their leave, unless it is over by then."""
        return once_back(self.life.leaves, one.requested.person, self.calendar, at, before)

    def chased_once_back(self, one: Booking, steps: list[Step]) -> Iterator[Step]:
        """The steps, but that nobody is asked again while they are away."""
        who, leaves = one.requested.person, self.life.leaves
        later = put_off(steps[1:], self.calendar, lambda at: back(leaves, who, self.calendar, at))
        return chain(steps[:1], later)

    def said(self, matter: Matter, window: str) -> list[datetime]:
        """When something was said that may have to be said again, after a late fact or a correction."""
        found: list[datetime] = []
        while (at := self.done.get(f"{matter}/{numbered(window, len(found))}/0")) is not None:
            found.append(at)
        return found

    def told_of_a_move(self, booking: str) -> bool:
        """Whether a delegate was told of other days."""
        return any(key.startswith(f"{Matter.COURSE_CHANGED}/{booking}.moved.") for key in self.done)

    def said_since(self, matter: Matter, window: str, since: datetime) -> str:
        """The window of what is said of this very moment: another one than those of earlier moments."""
        return numbered(window, sum(at < since for at in self.said(matter, window)))


def numbered(window: str, before: int) -> str:
    """A window that was used so many times before."""
    return f"{window}#{before}" if before else window


def _in_time(items: Iterable[DueItem]) -> Iterator[DueItem]:
    """Earliest first: whoever looks for what is due next looks no further than the first that is not."""
    return iter(sorted(items, key=attrgetter("at")))


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
        (f"{key}.lapses", one.offered_until, "offer_stands_working_days")
        for key, one in life.bookings.items()
        if one.offered_until is not None and one.confirmed_at is None and one.cancelled_at is None
    ]
    return _in_time(item for one in named for item in _moment(context, *one))


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
    """A course whose day somebody makes up later is looked at every month, until the later course has told it."""
    life = context.life
    if not life.rebooked_still():
        return iter(())
    case = Case(Matter.INTRO_COURSE, f"made-up-later.{life.closes_at:%Y%m%d}", "day_made_up_later", life.closes_at)
    steps = again(life.closes_at, _MONTH, Role.OFFICE, (), "intro_course.closes_after_weeks")
    return context.pending(case, (step._replace(act=Act.MOVE_ON) for step in steps))


def receipts(context: PlanContext) -> Iterator[DueItem]:
    """Whoever books, waits, takes an offer or cancels has it in writing at once; a lapsed offer is told in hours.

    So is what a late fact or a correction changed since the delegate was last told.
    """
    life, now = context.life, context.state.now
    items: list[DueItem] = []
    for key, one in life.bookings.items():
        standing, since = one.standing(now), _since(one, now)
        told_at, told = _told_last(context, key)
        if since is None or told is standing or life.cancelled_at is not None:
            continue
        own_doing = standing is not BookingState.OFFER_LAPSED and (told_at is None or told_at <= since)
        at = since if own_doing else context.calendar.sendable(max(since, now))
        if max(at, now) >= _too_late(life, one, standing, told):
            continue
        window = f"{key}.{standing}"
        window = numbered(window, len(context.said(Matter.BOOKING, window)))
        day = life.dates[one.days[0] - 1]
        case = Case(Matter.BOOKING, window, f"booking_{standing}", since, about=day, person=key)
        items += context.once(case, at, Act.FLAG, "intro_course.places")
    return _in_time(items)


def _too_late(life: Life, one: Booking, standing: BookingState, told: BookingState | None) -> datetime:
    """From when on how a booking stands is no news: that a cancelled day 2 is on again, once it has begun."""
    if standing is BookingState.CANCELLED:
        return life.ends(one.days[-1])
    on_again = standing is BookingState.CONFIRMED and told is BookingState.CANCELLED
    return life.starts(one.days[-1] if on_again else one.days[0])


def unplaced(context: PlanContext) -> Iterator[DueItem]:
    """Who waits still when the course begins hears that no place came free, and may choose a later one."""
    life = context.life
    items: list[DueItem] = []
    for key, one in life.bookings.items():
        begins = life.starts(one.days[0])
        if one.standing(begins) is not BookingState.WAITING or life.cancelled_at is not None:
            continue
        at = context.calendar.sendable(max(begins, context.state.now))
        if at < life.ends(2):
            case = Case(
                Matter.BOOKING, f"{key}.unplaced.{begins:%Y%m%d}", "no_place_came_free", begins,
                about=life.dates[one.days[0] - 1], person=key,
            )  # fmt: skip
            items += context.once(case, at, Act.FLAG, "intro_course.places")
    return _in_time(items)


def _told_last(context: PlanContext, key: str) -> tuple[datetime | None, BookingState | None]:
    """What a delegate was told last of their booking, and when; of one moment, what follows from the rest."""
    said = [
        *((at, rank, told) for rank, told in enumerate(_TOLD) for at in context.said(Matter.BOOKING, f"{key}.{told}")),
        *((at, 1, BookingState.OFFERED) for at in context.said(Matter.OFFER, key)),
        *((at, len(_TOLD), BookingState.CANCELLED) for at in context.said(Matter.COURSE_CHANGED, f"{key}.cancelled")),
    ]
    at, _, told = max(said, default=(None, 0, None))
    return at, told


def _since(one: Booking, now: datetime) -> datetime | None:
    """Since when a booking stands as it does; None while it is offered a place, which is told as an offer."""
    match one.standing(now):
        case BookingState.WAITING:
            return one.requested.occurred_at
        case BookingState.OFFER_LAPSED:
            return one.offered_until
        case BookingState.CANCELLED:
            return one.cancelled_at
        case _:
            return one.confirmed_at


def offers(context: PlanContext) -> Iterator[DueItem]:
    """A place has come free: would the first in line like it? Only while it is theirs.

    Who heard since that the course is cancelled, and it is not, hears of the offer once more.
    """
    now = context.state.now
    items: list[DueItem] = []
    for key, one in context.life.bookings.items():
        if one.standing(now) is not BookingState.OFFERED or one.offered_at is None or one.offered_until is None:
            continue
        parameter = f"intro_course.offer_stands_working_days = {context.life.rules.offer_stands_working_days}"
        told_at, told = _told_last(context, key)
        off = told_at is not None and told is BookingState.CANCELLED and told_at + _AFTER
        window = context.said_since(Matter.OFFER, key, off or one.offered_at)
        case = Case(
            Matter.OFFER, window, "place_offered", one.offered_at, about=context.life.dates[one.days[0] - 1],
            answer_by=one.offered_until, person=key,
        )  # fmt: skip
        steps = [Step(Act.ASK, one.offered_at, Role.DELEGATE, _DELEGATE, parameter)]
        items += (item for item in context.pending(case, steps) if item.at < one.offered_until)
    return _in_time(items)


def joining(context: PlanContext) -> Iterator[DueItem]:
    """Joining instructions, and a reminder: rather earlier than later. Who books late has the instructions at once."""
    life, now = context.life, context.state.now
    items: list[DueItem] = []
    for key, one in life.with_place(now):
        first = one.days[0]
        instructions = life.before(first, life.rules.joining_days_before)
        reminder = life.before(first, life.rules.reminder_days_before)
        joins = _reminder(context, key, one, "joining", instructions)
        items += joins
        told_at = joins[0].at if joins else context.done.get(f"{Matter.JOINING}/{_window(life, key, one, 'joining')}/0")
        if one.confirmed_at is not None and max(one.confirmed_at, told_at or one.confirmed_at) < reminder:
            items += _reminder(context, key, one, "reminder", reminder)
    return _in_time(items)


def _window(life: Life, key: str, one: Booking, what: str) -> str:
    return f"{key}.{what}.{life.dates[one.days[0] - 1]:%Y%m%d}"


def _reminder(context: PlanContext, key: str, one: Booking, what: str, planned: datetime) -> list[DueItem]:
    life, now, first = context.life, context.state.now, one.days[0]
    starts = life.starts(first)
    at = planned if planned >= now else context.calendar.sendable(now)
    at = context.once_back(one, at, context.calendar.add_days(starts, -1))
    if at >= starts or life.dates[first - 1] < context.calendar.day(life.opening.occurred_at):
        return []
    window, day = _window(life, key, one, what), life.dates[first - 1]
    case = Case(Matter.JOINING, window, f"{what}_sent", starts, about=day, answer_by=starts, person=key)
    act = Act.FLAG if what == "joining" else Act.REMIND
    return list(context.once(case, at, act, f"intro_course.{what}_days_before"))


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
    for key, one in life.bookings.items():
        if one.requested.occurred_at > since or not _concerned(context, one, since):
            continue
        if mended and moves == [since] and one.requested.occurred_at < mended[0] and not context.told_of_a_move(key):
            continue
        window = f"{key}.moved.{since:%Y%m%dT%H%M%S}"
        if life.cancelled_at is not None:
            window = context.said_since(Matter.COURSE_CHANGED, f"{key}.cancelled", since)
        missed = rule == "day_2_cancelled" and one.seen.get(1) is False
        said = f"{rule}_for_absent" if missed else rule
        case = Case(Matter.COURSE_CHANGED, window, said, since, about=about, person=key)
        items += context.once(case, at, Act.FLAG, "intro_course.starts_at")
    return _in_time(items)


def _days_mended(known: Account[Life]) -> tuple[datetime, datetime] | None:
    """When the move was that a correction last made another, or undid, and when that was; None if none changed days."""
    order = known.rules.order
    mends = [one for one in known.facts.values() if isinstance(one, IntroCourseCorrection)]
    for mend in sorted(mends, key=order, reverse=True):
        wrong: Fact = mend
        while isinstance(wrong, IntroCourseCorrection):
            wrong = known.facts[wrong.corrects]
        if isinstance(wrong, IntroCourseMoved):
            before = [one for one in known.facts.values() if order(one) < order(mend)]
            if account(known.rules, before).life.dates != account(known.rules, [*before, mend]).life.dates:
                return wrong.occurred_at, mend.occurred_at
    return None


def _concerned(context: PlanContext, one: Booking, since: datetime) -> bool:
    """Whether a change is news: who had a place hears to the end that there is no course, who waited to its start."""
    life, now = context.life, context.state.now
    off = life.cancelled_at is not None
    standing = one.standing(since if off else now)
    if off and all(life.held(day) for day in one.days):
        return False
    if off and standing is BookingState.CONFIRMED:
        return now < life.ends(one.days[-1])
    begun = since >= life.starts(1) and standing is BookingState.CONFIRMED
    starts = life.starts(one.days[-1] if begun else one.days[0])
    return standing in ACTIVE and (since if off else now) < starts and now < life.ends(one.days[-1])


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
    parameter = "intro_course.minutes"
    for day in DAYS:
        if not life.untold(context.state.now, day):
            continue
        starts = life.starts(day)
        morning = calendar.sendable_before(calendar.at(life.dates[day - 1], calendar.opens))
        asked = calendar.sendable(life.ends(day) + timedelta(minutes=life.programme.sessions.asked_after_minutes))
        first = (
            _list_of_the_day(context, life.ends(day), morning, parameter),
            Step(Act.ASK, asked, Role.OFFICE, _OFFICE, parameter),
        )
        window = f"day-{day}.{life.dates[day - 1]:%Y%m%d}"
        case = Case(Matter.INTRO_ATTENDANCE, window, "attendance_asked", starts, about=life.dates[day - 1])
        items += context.pending(case, chain(first, again(asked, 1, Role.OFFICE, _OFFICE, parameter)))
    return _in_time(items)


def _list_of_the_day(context: PlanContext, ends: datetime, morning: datetime, parameter: str) -> Step:
    """The list goes on the morning; after an outage over the day it goes to nobody."""
    if context.state.now < ends:
        return Step(Act.FLAG, morning, Role.OFFICE, _OFFICE, parameter)
    return Step(Act.MOVE_ON, morning, Role.OFFICE, (), parameter)


def missing_day(context: PlanContext) -> Iterator[DueItem]:
    """Who missed one of the days is offered it on a later course, and once more a month later.

    So is who missed it there again, or was told that it does not take place.
    """
    life = context.life
    items: list[DueItem] = []
    for key, one in life.with_place(context.state.now):
        if context.state.booking(one) is not BookingState.PART_ATTENDED or one.seen_at is None:
            continue
        missing = next(day for day in one.days if not one.present(day))
        later = one.rebooked.get(missing)
        if later is not None and later.outcome != "missed":
            continue
        window, since = f"{key}.{missing}", max(one.seen_at, life.cancelled_at or one.seen_at)
        if later is not None:
            window, since = f"{key}.missed-{later.told_at:%Y%m%dT%H%M%S}.{missing}", later.told_at
        over = life.ends(2 if life.held(2) else 1)
        weeks = life.rules.missing_day_asked_again_after_weeks
        parameter = f"intro_course.missing_day_asked_again_after_weeks = {weeks}"
        opens = context.once_back(one, context.calendar.sendable(max(since, over)), life.closes_at)
        steps = [
            Step(Act.ASK, opens, Role.DELEGATE, _DELEGATE, parameter),
            Step(Act.REMIND, opens, Role.DELEGATE, _DELEGATE, parameter, weeks),
        ]
        case = Case(
            Matter.MISSING_DAY, window, "missing_day_offered", since,
            about=life.dates[missing - 1], person=key,
        )  # fmt: skip
        items += (
            item for item in context.pending(case, context.chased_once_back(one, steps)) if item.at < life.closes_at
        )
    return _in_time(items)


def certificates(context: PlanContext) -> Iterator[DueItem]:
    """Whoever attended both days, here or one of them on a later course, has a certificate."""
    items: list[DueItem] = []
    for key, one in context.life.with_place(context.state.now):
        if one.days != DAYS or context.state.booking(one) is not BookingState.ATTENDED or one.seen_at is None:
            continue
        ready = context.calendar.sendable(max(one.seen_at, context.life.ends(2)))
        at = context.once_back(one, ready, context.life.closes_at)
        case = Case(Matter.CERTIFICATE, key, "both_days_attended", one.seen_at, about=context.life.dates[1], person=key)
        items += context.pending(case, [Step(Act.FLAG, at, Role.DELEGATE, _DELEGATE, "intro_course")])
    return _in_time(items)


def feedback(context: PlanContext) -> Iterator[DueItem]:
    """What was it like? Asked after day 2 of those who were there, and chased once."""
    life, rules = context.life, context.life.rules
    items: list[DueItem] = []
    for key, one in life.with_place(context.state.now):
        if one.feedback_at is not None or not one.seen.get(2) or one.seen_at is None:
            continue
        after = life.ends(2) + timedelta(minutes=life.programme.sessions.asked_after_minutes)
        opens = context.once_back(one, context.calendar.sendable(max(after, one.seen_at)), life.closes_at)
        days = rules.feedback_chased_after_working_days
        parameter = f"intro_course.feedback_chased_after_working_days = {days}"
        steps = [
            Step(Act.ASK, opens, Role.DELEGATE, _DELEGATE, parameter),
            Step(Act.REMIND, opens, Role.DELEGATE, _DELEGATE, parameter, working_days=days),
        ]
        case = Case(Matter.FEEDBACK, key, "feedback_asked", life.ends(2), about=life.dates[1], person=key)
        items += (
            item for item in context.pending(case, context.chased_once_back(one, steps)) if item.at < life.closes_at
        )
    return _in_time(items)


def wishes(context: PlanContext) -> Iterator[DueItem]:
    """Who wants to become a coach is put to the office, and again, until they stand on a cohort's list."""
    items: list[DueItem] = []
    for key, one in context.life.bookings.items():
        if one.wished_at is None or one.handed_on_to is not None:
            continue
        opens = digest(context.life.programme, context.calendar, one.wished_at)
        first = Step(Act.ASK, opens, Role.OFFICE, _OFFICE, "intro_course")
        case = Case(Matter.COACHING_WISH, key, "wants_to_coach", one.wished_at, person=key)
        items += context.pending(case, chain((first,), again(opens, _MONTH, Role.OFFICE, _OFFICE, "intro_course")))
    return _in_time(items)


def contradictions(context: PlanContext) -> Iterator[DueItem]:
    """An accepted fact that a later-told one made impossible is put to the office, once."""
    items: list[DueItem] = []
    for event_id in context.state.account.void:
        since = context.state.account.facts[event_id].occurred_at
        step = Step(Act.FLAG, context.calendar.sendable(since), Role.OFFICE, _OFFICE, "corrections")
        items += context.pending(
            Case(Matter.CONTRADICTION, event_id, "fact_without_effect", since, (event_id,)), [step]
        )
    return _in_time(items)


DUTIES: Final = (
    moments,
    closing,
    waiting_for_days,
    receipts,
    unplaced,
    offers,
    joining,
    changed,
    attendance,
    missing_day,
    certificates,
    feedback,
    wishes,
    contradictions,
)

AFTER_THE_END: Final = (closing, changed, certificates, wishes, contradictions)

AFTER_DAY_2_IS_CANCELLED: Final = (*AFTER_THE_END, attendance, missing_day, waiting_for_days)
