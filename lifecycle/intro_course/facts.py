"""What each fact does to an Introduction course, and when it is legal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from lifecycle import holding
from lifecycle.account import Reducer
from lifecycle.calendar import calendar
from lifecycle.dates import clock_time, long_date
from lifecycle.intro_course.life import ACTIVE, DAYS, Booking, Life, Rebooked
from lifecycle.leave import Leave
from lifecycle.shared_facts import closing_refused, leave_refused, merged_alone, other_programme, unknown_calendar
from schemas import intro_course_facts as facts
from schemas.due import Refusal
from schemas.facts import AcademyClosed, CalendarRevised, Fact, LeaveAgreed, PersonLeft, ProgrammeAdopted
from schemas.intro_course_facts import IntroCourseScheduled
from schemas.mail_facts import MailTold
from schemas.subjects import INTRO_COURSE
from schemas.words import BookingId, BookingState

_YEAR: Final = timedelta(days=366)
_AFTER_CANCELLING: Final = frozenset(
    {
        "handed_on_to_cohort",
        "calendar_revised",
        "programme_adopted",
        "academy_closed",
        "leave_agreed",
        "mail_held",
        "mail_skipped",
        "person_left",
        "person_merged",
    }
)
_AFTER_DAY_2_IS_CANCELLED: Final = _AFTER_CANCELLING | {
    "intro_attendance_taken",
    "delegate_seen",
    "missing_day_rebooked",
}


def _no(when: Literal["never", "not_yet"], code: str, reason: str) -> Refusal:
    return Refusal(when=when, code=code, reason=reason)


def begin(opening: IntroCourseScheduled) -> Life:
    """The life of a course that was just scheduled."""
    days = calendar(opening.calendar, opening.division, opening.zone, opening.programme.quiet_hours)
    return Life(opening, opening.programme, days, opening.places, (opening.day_1, opening.day_2))


def step(life: Life, fact: Fact) -> Life | Refusal:
    """The life after a fact, or why the fact is illegal at the moment it occurred."""
    if fact.occurred_at < life.opening.occurred_at:
        return _no("never", "before_the_beginning", "This date is before the course was planned.")
    if life.cancelled_at is not None:
        half = life.held(1)
        if fact.kind not in (_AFTER_DAY_2_IS_CANCELLED if half else _AFTER_CANCELLING):
            return _no("never", "course_is_cancelled", f"{'Day 2 of this' if half else 'This'} course was cancelled.")
    booking = getattr(fact, "booking", None)
    if booking is not None and fact.kind != "place_requested" and booking not in life.bookings:
        return _no("not_yet", "unknown_booking", "We can't find this booking on this course.")
    return _EFFECTS[fact.kind](life, fact)


def _requested(life: Life, fact: facts.PlaceRequested) -> Life | Refusal:
    at = fact.occurred_at
    if fact.booking in life.bookings:
        return _no("never", "booking_known", "There's already a booking with this id.")
    for booking in life.bookings.values():
        if (
            booking.requested.person == fact.person
            and booking.standing(at) in ACTIVE
            and set(booking.days) & set(fact.days)
        ):
            return _booked_already(booking, fact)
    if at >= life.starts(fact.days[0]):
        return _no("never", "course_has_begun", "This course has started. Please choose a later one.")
    confirmed = at if life.has_room(fact.days, at) and not fact.waits else None
    return replace(life, bookings={**life.bookings, fact.booking: Booking(fact, confirmed)})


def _booked_already(booking: Booking, fact: facts.PlaceRequested) -> Refusal:
    standing = {
        BookingState.CONFIRMED: "This person already has a place on this course.",
        BookingState.OFFERED: "This person has already been offered a place on this course. They need only accept it.",
        BookingState.WAITING: "This person is already on the waiting list for this course, and keeps their position.",
    }
    return _no("never", "booked_already", f"{standing[booking.standing(fact.occurred_at)]} Nothing was changed.")


def _offered(life: Life, fact: facts.PlaceOffered) -> Life | Refusal:
    booking, at = life.bookings[fact.booking], fact.occurred_at
    if booking.standing(at) is not BookingState.WAITING:
        return _no("never", "not_waiting", "This booking isn't on the waiting list.")
    if life.free(booking.days, at) < 1:
        return _no("not_yet", "no_free_place", "There's no free place.")
    if not at < fact.until <= life.starts(booking.days[0]):
        return _no("never", "offer_ends", "An offer must end after it's made, and before the course starts.")
    return life.with_booking(fact.booking, offered_at=at, offered_until=fact.until)


def _accepted(life: Life, fact: facts.OfferAccepted) -> Life | Refusal:
    booking, at = life.bookings[fact.booking], fact.occurred_at
    match booking.standing(at):
        case BookingState.OFFERED:
            return life.with_booking(fact.booking, confirmed_at=at)
        case BookingState.CONFIRMED:
            return _no("never", "confirmed_already", "This place has already been accepted.")
        case BookingState.WAITING:
            return _no("not_yet", "not_offered", "No place has come free for this booking yet.")
        case BookingState.OFFER_LAPSED if booking.offered_until is not None:
            until = life.calendar.local(booking.offered_until)
            when = f"{long_date(until.date())} at {clock_time(until.time())}"
            return _no(
                "never", "offer_is_over", f"This place was kept until {when}. It has now been offered to somebody else."
            )
        case _:
            return _no("never", "booking_is_cancelled", "This booking was cancelled.")


def _cancelled(life: Life, fact: facts.BookingCancelled) -> Life | Refusal:
    booking, at = life.bookings[fact.booking], fact.occurred_at
    if booking.standing(at) not in ACTIVE:
        return _no("never", "not_booked", "This booking has no place, and isn't on the waiting list.")
    if at >= life.starts(booking.days[0]):
        return _no("never", "course_has_begun", "The course has started. Record the attendance instead.")
    return life.with_booking(fact.booking, cancelled_at=at)


def _places(life: Life, fact: facts.IntroPlacesChanged) -> Life:
    return replace(life, places=fact.places)


def _moved(life: Life, fact: facts.IntroCourseMoved) -> Life | Refusal:
    today, at = life.calendar.day(fact.occurred_at), fact.occurred_at
    begun = at >= life.starts(1)
    if at >= life.starts(2):
        return _no("never", "course_has_begun", "Both days have started, so they can't be moved.")
    if begun and fact.day_1 != life.dates[0]:
        day_1 = long_date(life.dates[0])
        return _no(
            "never", "course_has_begun", f"The course has started, so only day 2 can move. Day 1 stays on {day_1}."
        )
    wrong = wrong_days(life, fact)
    if wrong:
        return _no("never", "not_course_days", wrong)
    if not today < (fact.day_2 if begun else fact.day_1) <= today + _YEAR:
        return _no("never", "moved_where_to", "A course can only move to days in the future, within a year.")
    dates = (fact.day_1, fact.day_2)
    if dates == life.dates:
        # Nothing changes, and nobody hears of it.
        return life
    bookings = {key: _offer_kept(life, booking, fact) for key, booking in life.bookings.items()}
    return replace(
        life,
        dates=dates,
        moved_at=(*life.moved_at, fact.occurred_at),
        moved_from=life.dates,
        bookings=_unseen(bookings, {day for day in DAYS if dates[day - 1] != life.dates[day - 1]}),
    )


def _unseen(bookings: dict[BookingId, Booking], days: set[int]) -> dict[BookingId, Booking]:
    """Nobody was there on these days, though some were tapped at the door before it was known."""
    return {
        key: replace(booking, seen={day: there for day, there in booking.seen.items() if day not in days})
        for key, booking in bookings.items()
    }


def wrong_days(life: Life, days: facts.IntroCourseMoved | IntroCourseScheduled) -> str:
    """Why a course cannot be on these days; empty if it can."""
    if days.day_2 <= days.day_1 or days.day_2 > days.day_1 + _YEAR:
        return "Day 2 must come after day 1, within a year."
    for day in (days.day_1, days.day_2):
        if not life.calendar.is_working_day(day):
            return f"{long_date(day)} isn't a working day."
    return ""


def _offer_kept(life: Life, booking: Booking, fact: facts.IntroCourseMoved) -> Booking:
    """An offer ends before what it is for does begin."""
    begins = life.calendar.at(fact.day_1 if booking.days[0] == 1 else fact.day_2, life.rules.starts_at)
    if booking.offered_until is None or booking.offered_until <= begins:
        return booking
    return replace(booking, offered_until=begins)


def _taken(life: Life, fact: facts.IntroAttendanceTaken) -> Life | Refusal:
    refused = _day_to_come(life, fact.day, fact)
    if refused is not None:
        return refused
    here = dict(life.with_place(fact.occurred_at, fact.day))
    strangers = [stranger for stranger in fact.attended if stranger not in here]
    if strangers:
        return _no("not_yet", "no_place", f"Not booked for day {fact.day}: {', '.join(strangers)}.")
    for key in here:
        life = _seen(life, key, fact.day, fact, attended=key in fact.attended)
    return life


def _delegate_seen(life: Life, fact: facts.DelegateSeen) -> Life | Refusal:
    refused = _day_to_come(life, fact.day, fact)
    if refused is not None:
        return refused
    if fact.booking not in dict(life.with_place(fact.occurred_at, fact.day)):
        return _no("never", "no_place", f"This booking has no place on day {fact.day}.")
    return _seen(life, fact.booking, fact.day, fact, attended=fact.attended)


def _day_to_come(life: Life, day: int, fact: Fact) -> Refusal | None:
    if not life.held(day):
        return _no("never", "course_is_cancelled", f"Day {day} of this course was cancelled.")
    opens = life.calendar.at(life.dates[day - 1], life.calendar.opens)
    if fact.occurred_at >= min(opens, life.starts(day)):
        return None
    when = long_date(life.dates[day - 1])
    return _no("not_yet", "day_to_come", f"Day {day} is on {when}. You can record attendance from then on.")


def _seen(life: Life, booking: str, day: int, fact: Fact, *, attended: bool) -> Life:
    seen = {**life.bookings[booking].seen, day: attended}
    return life.with_booking(booking, seen=seen, seen_at=fact.occurred_at)


def _rebooked(life: Life, fact: facts.MissingDayRebooked) -> Life | Refusal:
    booking = life.bookings[fact.booking]
    if fact.day not in booking.days or booking.seen.get(fact.day):
        return _no("never", "no_missing_day", f"This booking has no day {fact.day} to make up.")
    before = booking.rebooked.get(fact.day)
    if fact.outcome == "missed" and before is not None and before.course != fact.course:
        # It was missed there, and is booked again somewhere else by now.
        return life
    if before is not None and (before.course, before.outcome) == (fact.course, fact.outcome):
        return life
    rebooked = {**booking.rebooked, fact.day: Rebooked(fact.course, fact.outcome, fact.occurred_at)}
    seen_at = fact.occurred_at if fact.outcome == "attended" else booking.seen_at
    return life.with_booking(fact.booking, rebooked=rebooked, seen_at=seen_at)


def _feedback(life: Life, fact: facts.FeedbackGiven) -> Life | Refusal:
    booking = life.bookings[fact.booking]
    if booking.feedback_at is not None:
        return _no("never", "answered_already", "You've already answered this. Thank you.")
    if not any(booking.present(day) for day in booking.days):
        return _no("not_yet", "was_not_there", "Only people who were there can give feedback.")
    return life.with_booking(fact.booking, feedback_at=fact.occurred_at)


def _wished(life: Life, fact: facts.CoachingWished) -> Life | Refusal:
    if life.bookings[fact.booking].wished_at is not None:
        return _no("never", "wished_already", "This is already recorded.")
    return life.with_booking(fact.booking, wished_at=fact.occurred_at)


def _handed_on(life: Life, fact: facts.HandedOnToCohort) -> Life | Refusal:
    booking = life.bookings[fact.booking]
    if booking.wished_at is None:
        return _no("not_yet", "no_such_wish", "This delegate hasn't said that they'd like to become a coach.")
    if booking.handed_on_to is not None:
        return _no("never", "handed_on_already", f"This delegate is already on the list of {booking.handed_on_to}.")
    return life.with_booking(fact.booking, handed_on_to=fact.cohort)


def _course_cancelled(life: Life, fact: facts.IntroCourseCancelled) -> Life | Refusal:
    if fact.occurred_at >= life.starts(2):
        return _no(
            "never", "course_is_over", "Day 2 has started. If somebody didn't come, record it in the attendance."
        )
    off = replace(life, cancelled_at=fact.occurred_at)
    bookings = {key: _not_offered(booking, fact.occurred_at) for key, booking in life.bookings.items()}
    return replace(off, bookings=_unseen(bookings, {day for day in DAYS if not off.held(day)}))


def _not_offered(booking: Booking, at: datetime) -> Booking:
    """An open offer ends with the course: it does not lapse later, when nothing falls due any more."""
    offered = booking.standing(at) is BookingState.OFFERED
    return replace(booking, offered_at=None, offered_until=None) if offered else booking


def _adopted(life: Life, fact: ProgrammeAdopted) -> Life | Refusal:
    wrong = other_programme(fact, life.programme, "course")
    if wrong:
        return wrong
    at = fact.occurred_at
    begun = {day: (life.starts(day), life.ends(day)) for day in DAYS if life.starts(day) <= at}
    opened_at = life.opens_at if life.opens_at <= at else None
    after = replace(life, programme=fact.programme, begun=begun, opened_at=opened_at)
    return _with_calendar(after, life.calendar.table)


def _revised(life: Life, fact: CalendarRevised) -> Life | Refusal:
    return unknown_calendar(fact) or _with_calendar(life, fact.calendar)


def _with_calendar(life: Life, table: str) -> Life:
    opening, hours = life.opening, life.programme.quiet_hours
    return replace(life, calendar=calendar(table, opening.division, opening.zone, hours, life.calendar.closed))


def _closed(life: Life, fact: AcademyClosed) -> Life | Refusal:
    refused = closing_refused(fact, life.calendar.closed, life.programme.absence)
    return refused or replace(life, calendar=life.calendar.with_closed(fact.first_day, fact.last_day))


def _on_leave(life: Life, fact: LeaveAgreed) -> Life | Refusal:
    told = Leave(fact.person, fact.first_day, fact.last_day, fact.occurred_at)
    return leave_refused(fact, life.leaves, life.programme.absence) or replace(life, leaves=(*life.leaves, told))


def _person_left(life: Life, fact: PersonLeft) -> Life:
    """The places they hold of a course to come are free."""
    life = replace(life, left=life.left | {fact.person})
    for key, booking in life.bookings.items():
        ahead = booking.standing(fact.occurred_at) in ACTIVE and fact.occurred_at < life.starts(booking.days[0])
        if booking.requested.person == fact.person and ahead:
            life = life.with_booking(key, cancelled_at=fact.occurred_at)
    return life


def _mail_told(life: Life, fact: MailTold) -> Life | Refusal:
    return holding.refused(life.mailing, life.calendar, fact) or replace(life, mailing=life.mailing.after(fact))


_EFFECTS: Final[dict[str, Callable[[Life, Any], Life | Refusal]]] = {
    "place_requested": _requested,
    "place_offered": _offered,
    "offer_accepted": _accepted,
    "booking_cancelled": _cancelled,
    "intro_places_changed": _places,
    "intro_course_moved": _moved,
    "intro_attendance_taken": _taken,
    "delegate_seen": _delegate_seen,
    "missing_day_rebooked": _rebooked,
    "feedback_given": _feedback,
    "coaching_wished": _wished,
    "handed_on_to_cohort": _handed_on,
    "intro_course_cancelled": _course_cancelled,
    "calendar_revised": _revised,
    "programme_adopted": _adopted,
    "academy_closed": _closed,
    "leave_agreed": _on_leave,
    "mail_held": _mail_told,
    "mail_skipped": _mail_told,
    "person_left": _person_left,
    "person_merged": lambda life, fact: merged_alone(fact) or life,
}

REDUCER: Final[Reducer[Life]] = Reducer(kinds=INTRO_COURSE.kinds, opening=INTRO_COURSE.opening, begin=begin, step=step)
