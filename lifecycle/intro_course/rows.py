"""The projections of an Introduction course, its notices and its standing. Derived from the state alone."""

from __future__ import annotations

from collections.abc import Iterator

from lifecycle.intro_course.life import ACTIVE, Booking
from lifecycle.intro_course.plan import MATTERS
from lifecycle.intro_course.state import State
from lifecycle.projection import due_rows, shown, turn
from schemas import rows as r
from schemas.due import DueItem, IntroCourseStanding, Notice
from schemas.words import BookingState, Matter, Role, deputy_of


def rows(course: str, state: State, upcoming: list[DueItem]) -> r.Rows:
    """Every row of the course, by table and key. ``upcoming`` is the next item of each matter."""
    found: tuple[r.Row, ...] = (_course(course, state, upcoming), *_bookings(state), *due_rows(upcoming))
    return r.by_key(found)


def _course(course: str, state: State, upcoming: list[DueItem]) -> r.IntroCourseRow:
    life, following = state.life, upcoming[0] if upcoming else None
    counted = standing(state, upcoming)
    return r.IntroCourseRow(
        course=course,
        academy=life.opening.academy,
        stage=state.stage,
        day_1_starts_at=life.starts(1),
        day_1_ends_at=life.ends(1),
        day_2_starts_at=life.starts(2),
        day_2_ends_at=life.ends(2),
        opens_at=life.opens_at,
        places=life.places,
        taken_1=life.taken_places(1, state.now),
        taken_2=life.taken_places(2, state.now),
        confirmed=counted.confirmed,
        waiting=counted.waiting,
        programme=life.programme.label,
        calendar=life.calendar.table,
        zone=life.calendar.zone,
        language=life.programme.language,
        office=life.opening.office,
        turn=turn(upcoming),
        next_due=following.at if following else None,
        next_matter=following.matter if following else None,
    )


def _bookings(state: State) -> Iterator[r.BookingRow]:
    places = _places_in_line(state)
    for key, booking in state.life.bookings.items():
        yield r.BookingRow(
            booking=key,
            person=booking.requested.person,
            delegate=booking.requested.delegate,
            state=state.booking(booking),
            days=booking.days,
            place=places.get(key),
            attended_1=booking.present(1),
            attended_2=booking.present(2),
            feedback=booking.feedback_at is not None,
            wishes_coaching=booking.wished_at is not None,
            handed_on_to=booking.handed_on_to,
        )


def _places_in_line(state: State) -> dict[str, int]:
    bookings = state.life.bookings.items()
    waiting = [key for key, booking in bookings if booking.standing(state.now) is BookingState.WAITING]
    return {key: place for place, key in enumerate(waiting, start=1)}


def standing(state: State, upcoming: list[DueItem]) -> IntroCourseStanding:
    """Where the course stands."""
    standings = [booking.standing(state.now) for booking in state.life.bookings.values()]
    confirmed = standings.count(BookingState.CONFIRMED)
    return IntroCourseStanding(
        as_of=state.now,
        stage=state.stage,
        places=state.life.places,
        confirmed=confirmed,
        waiting=sum(standing in ACTIVE for standing in standings) - confirmed,
        turn=turn(upcoming),
        next_due=shown(upcoming[0]) if upcoming else None,
    )


def notices(state: State, item: DueItem) -> tuple[Notice, ...]:
    """The notice of an item: to the delegate it is about, or to the office. Only an office gathers its own.

    Nothing is sent to a delegate who is no longer there.
    """
    booking = state.life.bookings.get(item.person or "")
    gone = booking is not None and booking.requested.person in state.life.left
    return tuple(
        Notice.of(
            item,
            _person(state, booking, role),
            role,
            starts_at=state.life.starts(booking.days[0]) if booking else None,
            number=_number(state, item),
            detail=item.person,
            gathered=MATTERS[item.matter].gathered(item, state.life.programme.attention),
        )
        for role in item.to
        if not (gone and role is Role.DELEGATE)
    )


def _person(state: State, booking: Booking | None, role: Role) -> str:
    if role is Role.DEPUTY:
        return deputy_of(state.life.opening.academy)
    return booking.requested.person if booking and role is Role.DELEGATE else state.life.opening.office


def _number(state: State, item: DueItem) -> int | None:
    """The day a question is about, or the place on the waiting list."""
    match item.matter:
        case Matter.INTRO_ATTENDANCE:
            return int(item.window.removeprefix("day-").partition(".")[0])
        case Matter.MISSING_DAY:
            return int(item.window.rpartition(".")[2])
        case Matter.BOOKING:
            return _places_in_line(state).get(item.person or "")
        case _:
            return None
