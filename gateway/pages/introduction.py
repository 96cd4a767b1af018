"""Pages of an Introduction course for a delegate: the booking, a place that came free, a missed day, feedback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from activities.links import Purpose
from gateway.pages.answers import UNNAMED, Ask, button, tells
from gateway.pages.asked import NO_PATIENTS, Answer, Choice, Field, Given, Onward, Question, Telling
from gateway.pages.recorded import recorded
from gateway.pages.shown import Nobody, PageContext
from gateway.pages.weekly import asked, marks, topic_of
from lifecycle.dates import Clock, date_range, long_date, time_range
from lifecycle.intro_course.life import ACTIVE, Booking
from records import access_needs, intro_courses
from records.database import Connection
from records.intro_courses import ListedCourse
from schemas import intro_course_facts as facts
from schemas.facts import Fact, Teller
from schemas.sentences import joined, say
from schemas.words import BookingState, Matter, Role

NEEDS_HINT: Final = say(
    "For example, a hearing loop, step-free access or large print. Only the office that "
    "prepares the room reads this. {no_patients}",
    no_patients=NO_PATIENTS,
)
NEEDED: Final = "What you need"
_STANDS: Final[dict[BookingState, str]] = {
    BookingState.CONFIRMED: "You have a place",
    BookingState.WAITING: "You're on the waiting list",
    BookingState.OFFERED: "A place is kept for you",
    BookingState.OFFER_LAPSED: "The place we offered you went to somebody else",
    BookingState.CANCELLED: "Your booking is cancelled",
    BookingState.ATTENDED: "You were there",
    BookingState.PART_ATTENDED: "You were there on one of the days",
    BookingState.NO_SHOW: "You had a place, but weren't there",
}
_BOOKED: Final = frozenset({*ACTIVE, BookingState.ATTENDED})
_MARKS: Final = (
    ("useful", "Was it useful for your work?", ("Not at all", "A little", "Partly", "Mostly", "Very")),
    (
        "confident",
        "Could you start an improvement now?",
        ("Not at all", "With a lot of help", "With some help", "With very little help", "Yes"),
    ),
    ("recommends", "Would you recommend the course?", ("No", "Probably not", "Perhaps", "Probably", "Yes")),
)


def days_in_words(clock: Clock, first: datetime, last: datetime, ends: datetime) -> str:
    """'Wednesday 13 to Thursday 14 January 2027, 9:30am to 4pm'. ``ends`` is when the first of the days ends."""
    one, two, end = (clock.local(at) for at in (first, last, ends))
    apart = (two.date() - one.date()).days > 1
    days = (
        say("{day_1} and {day_2}", day_1=long_date(one.date()), day_2=long_date(two.date()))
        if apart
        else date_range(one.date(), two.date())
    )
    return say("{days}, {times}", days=days, times=time_range(one.time(), end.time()))


def listed_days(listed: ListedCourse) -> str:
    """The days of a course in a list."""
    return days_in_words(listed.clock, listed.day_1_starts_at, listed.day_2_starts_at, listed.day_1_ends_at)


def mine(page: PageContext) -> Booking:
    """The booking that the page is about. Raises Nobody for none."""
    found = page.booking()
    if found is None:
        raise Nobody
    return found


def _days(page: PageContext, booked: Booking) -> str:
    life = page.intro.life
    return days_in_words(
        page.clock, life.starts(booked.days[0]), life.starts(booked.days[-1]), life.ends(booked.days[0])
    )


def of_booking(page: PageContext, booking: str, *kinds: str) -> list[Fact]:
    """What holds of one booking."""
    return [fact for fact in page.holding(*kinds) if getattr(fact, "booking", None) == booking]


def name_of(page: PageContext, booked: Booking) -> str:
    """Whose a booking is, in words."""
    return page.named(
        booked.requested.person, say("booking {number}", number=booked.requested.booking.rpartition(".")[2])
    )


def booking(page: PageContext) -> Question:
    """One's own booking: what is booked, what one needs, and how to give the place back."""
    booked, life = mine(page), page.intro.life
    key, standing = booked.requested.booking, booked.standing(page.present)
    told = of_booking(page, key, "booking_cancelled", "offer_accepted", "place_offered")
    ahead = page.present < life.starts(booked.days[0]) and life.cancelled_at is None
    place = _place(page, key) if ahead else None
    return Question(
        title=f"{_stands(page, booked, ahead=ahead)}{f': number {place}' if place else ''}",
        topic=f"{page.subject}/booking/{key}",
        mark=marks(*told),
        answers=_of_a_place(page, key) if ahead and standing in ACTIVE else (),
        context=tuple(_course_of(page, booked)),
        onward=tuple(_from_booking(page, standing, ahead=ahead)),
        lead=(_offer_until(page, booked),) if standing is BookingState.OFFERED else (),
        also="Anything to change?",
    )


def _of_a_place(page: PageContext, key: str) -> tuple[Answer, ...]:
    needs = page.beside.needs.get(key, "")

    async def keep(conn: Connection, given: Given) -> None:
        await access_needs.keep(conn, page.subject, key, page.person, given["needs"] or "", given.at)

    def cancelled(given: Given) -> tuple[Telling, ...]:
        return tells(given, facts.BookingCancelled, booking=key)

    need = Field(
        name="needs", kind="note", label="What do you need to take part?", hint=NEEDS_HINT, optional=True, seen=True,
        value=needs,
    )  # fmt: skip
    return (
        Answer(
            name="needs", opener="Tell us what you need to take part", fields=(need,), buttons=button("Save"),
            variant="secondary", note=False, keep=keep, as_recorded=True,
        ),
        Answer(
            name="cancel", opener="I can't come", buttons=button("Cancel my booking"), tell=cancelled,
            variant="warning", note=False, hint="We'll offer your place to somebody on the waiting list.",
        ),
    )  # fmt: skip


def _course_of(page: PageContext, booked: Booking) -> Iterator[tuple[str, str]]:
    yield "Course", "Introduction to Quality Improvement"
    yield "When", _days(page, booked)
    if page.beside.venue:
        yield "Where", page.beside.venue
    if page.beside.joining:
        yield "Good to know", page.beside.joining
    yield NEEDED, page.beside.needs.get(booked.requested.booking) or "Nothing recorded"


def _stands(page: PageContext, booked: Booking, *, ahead: bool) -> str:
    life, standing = page.intro.life, booked.standing(page.present)
    if not life.held(booked.days[0]):
        return "The course is cancelled"
    if not life.held(booked.days[-1]) and standing is BookingState.CONFIRMED:
        return "Day 2 is cancelled"
    if not ahead and standing is BookingState.WAITING:
        return "No place came free"
    return _STANDS[page.intro.booking(booked)]


def _place(page: PageContext, key: str) -> int | None:
    bookings = page.intro.life.bookings.items()
    waiting = [name for name, booked in bookings if booked.standing(page.present) is BookingState.WAITING]
    return waiting.index(key) + 1 if key in waiting else None


def _from_booking(page: PageContext, standing: BookingState, *, ahead: bool) -> Iterator[Onward]:
    yield from _still_open(page)
    if ahead and standing in ACTIVE:
        yield Onward("Add the course days to your calendar", page.url(Purpose.CALENDAR, subject=""))
    booked = page.booking()
    left_over = standing is BookingState.WAITING and not ahead
    if standing not in ACTIVE or left_over or (booked is not None and not page.intro.life.held(booked.days[0])):
        yield from _elsewhere(page)


def _still_open(page: PageContext) -> Iterator[Onward]:
    """What was asked of this delegate, and is not answered yet."""
    for sent in page.beside.asked:
        ask = _ASKED.get(sent.notice.matter)
        if ask is None or sent.notice.detail != page.about:
            continue
        link = page.link.onward(Purpose.NOTICE, page.subject, sent.id)
        question = ask(replace(page, link=link, notice=sent.notice))
        if question.asks:
            yield Onward(question.title, page.links.url(link))


def _elsewhere(page: PageContext) -> list[Onward]:
    return [Onward("Choose another course", page.links.page(f"courses/{page.subject.partition('.')[0]}"))]


def _offer_until(page: PageContext, booked: Booking) -> str:
    if booked.offered_until is None:
        return ""
    until = booked.offered_until
    return say(
        "We're keeping a place for you until {time} on {day}.", time=page.clock.time(until), day=page.clock.date(until)
    )


def offer(page: PageContext) -> Question:
    """A place has come free: is it taken?"""
    booked = mine(page)
    key, standing = booked.requested.booking, booked.standing(page.present)
    told = of_booking(page, key, "offer_accepted", "booking_cancelled")

    def taken(given: Given) -> tuple[Telling, ...]:
        return tells(given, facts.OfferAccepted, booking=key)

    def declined(given: Given) -> tuple[Telling, ...]:
        return tells(given, facts.BookingCancelled, booking=key)

    lead: tuple[str, ...] = (say("The course is on {days}.", days=_days(page, booked)), _offer_until(page, booked))
    if standing is not BookingState.OFFERED:
        lead = (say("{stands}. You don't need to do anything.", stands=_STANDS[page.intro.booking(booked)]),)
    answers = (
        Answer(name="take", buttons=button("Yes, I'd like the place"), tell=taken, note=False),
        Answer(
            name="decline", buttons=button("No, thank you"), tell=declined, variant="secondary", note=False,
        ),
    )  # fmt: skip
    return Question(
        title="Would you like this place?",
        lead=lead,
        topic=topic_of(page),
        mark=marks(*told),
        answers=answers if standing is BookingState.OFFERED else (),
        recorded=recorded(page, *told[-1:]),
        settled=bool(told),
        onward=() if standing in ACTIVE else tuple(_elsewhere(page)),
    )


def missing_day(page: PageContext) -> Question:
    """On which later course is the missing day made up?"""
    booked, day = mine(page), int(asked(page)[1].rpartition(".")[2])
    key = booked.requested.booking
    told = [fact for fact in of_booking(page, key, "missing_day_rebooked") if getattr(fact, "day", 0) == day]
    missed = [fact for fact in told if getattr(fact, "outcome", "") == "missed"]
    own = f"{key.rpartition('.')[2]}-{day}{f'-{len(missed)}' if missed else ''}"
    chosen_before = _made_up(page, own)
    later = {listed.course: listed for listed in page.beside.later if _has_room(listed, day, page.present)}

    made = booked.present(day)
    return Question(
        title=say("Make up day {day}", day=day),
        lead=_how_made_up(page, chosen_before, day, made=bool(made), any_later=bool(later)),
        topic=topic_of(page),
        # Only a day that was missed again is another question: what was chosen may be sent again till then.
        mark=marks(*missed),
        answers=(_chosen(page, day, own, later),) if later and not made else (),
        settled=bool(made) or chosen_before is not None,
        correctable=False,
        onward=_booking_of(page, chosen_before, own) if chosen_before else (),
    )


def _chosen(page: PageContext, day: int, own: str, later: Mapping[str, ListedCourse]) -> Answer:
    """Which of these courses. ``own`` is the end of the booking's id there."""
    booked = mine(page)
    key = booked.requested.booking

    async def keep(conn: Connection, given: Given) -> None:
        await access_needs.carry_over(conn, key, given["course"], f"{given['course']}.{own}", given.at)

    def chosen(given: Given) -> tuple[Telling, ...]:
        fact = facts.PlaceRequested(
            event_id=UNNAMED,
            occurred_at=given.at,
            told_by=Teller(role=Role.DELEGATE, person=page.person),
            booking=f"{given['course']}.{own}",
            person=page.person,
            delegate=booked.requested.delegate,
            days=(day,),
            rebooks=facts.BookedBefore(course=page.subject, booking=key),
        )
        return (Telling(fact, None, given["course"]),)

    which = Field(
        name="course",
        kind="radios",
        label=say("Which course will you come to for day {day}?", day=day),
        missing="Select a course",
        choices=tuple(Choice(name, _day_of(listed, day)) for name, listed in later.items()),
    )
    return Answer(name="choose", fields=(which,), buttons=button("Book this day"), tell=chosen, note=False, keep=keep)


def _made_up(page: PageContext, own: str) -> tuple[ListedCourse, BookingState] | None:
    """The later course that was chosen, and how the booking stands there."""
    booked = ((listed, page.beside.elsewhere.get(f"{listed.course}.{own}")) for listed in page.beside.later)
    return next(((listed, state) for listed, state in booked if state in _BOOKED and state is not None), None)


def _how_made_up(
    page: PageContext, chosen: tuple[ListedCourse, BookingState] | None, day: int, *, made: bool, any_later: bool
) -> tuple[str, ...]:
    if made:
        return (say("You have attended day {day}. You don't need to do anything.", day=day),)
    if chosen is not None:
        return (say("{stands}: {moment}.", stands=_STANDS[chosen[1]], moment=_day_of(chosen[0], day)),)
    if any_later:
        missed = long_date(page.intro.life.dates[day - 1])
        return (say("You missed day {day}, on {missed}. Come on that day of a later course.", day=day, missed=missed),)
    return ("No later course has a free place yet. We'll write again when there may be one.",)


def _booking_of(page: PageContext, chosen: tuple[ListedCourse, BookingState], own: str) -> tuple[Onward, ...]:
    course = chosen[0].course
    return (Onward("Change or cancel this booking", page.url(Purpose.BOOKING, f"{course}.{own}", course)),)


def _has_room(listed: ListedCourse, day: int, present: datetime) -> bool:
    starts, taken = (listed.day_1_starts_at, listed.taken_1) if day == 1 else (listed.day_2_starts_at, listed.taken_2)
    return starts > present and taken < listed.places


def _day_of(listed: ListedCourse, day: int) -> str:
    starts = listed.day_1_starts_at if day == 1 else listed.day_2_starts_at
    return joined(", ", filter(None, (listed.clock.moment(starts), listed.venue)))


def feedback(page: PageContext) -> Question:
    """How was it? Three marks, perhaps a word, and whether somebody wants to become a coach."""
    booked = mine(page)
    key, least = booked.requested.booking, page.intro.life.rules.feedback_shown_from
    told = of_booking(page, key, "feedback_given")

    async def keep(conn: Connection, given: Given) -> None:
        said = {name: int(given[name]) for name, _, _ in _MARKS}
        await intro_courses.keep_feedback(conn, page.subject, key, given.at, **said, comment=given["comment"] or "")

    def gave(given: Given) -> tuple[Telling, ...]:
        found = [Telling(facts.FeedbackGiven(event_id=UNNAMED, occurred_at=given.at, booking=key))]
        if given["coach"] and booked.wished_at is None:
            found.append(Telling(facts.CoachingWished(event_id=UNNAMED, occurred_at=given.at, booking=key)))
        return tuple(found)

    return Question(
        title="How was the Introduction course?",
        lead=(say("We only show answers added together, and only once there are {least} or more.", least=least),),
        topic=topic_of(page),
        mark=marks(*told),
        answers=()
        if told
        else (
            Answer(name="feedback", fields=_of_feedback(), buttons=button("Send"), tell=gave, note=False, keep=keep),
        ),
        recorded=recorded(page, *told[-1:]),
        settled=bool(told),
    )


def _of_feedback() -> tuple[Field, ...]:
    marks_given = tuple(
        Field(
            name=name, kind="radios", label=label, missing="Select one of the answers",
            choices=tuple(Choice(str(number), words) for number, words in enumerate(scale, 1)),
        )
        for name, label, scale in _MARKS
    )  # fmt: skip
    rest = (
        Field(name="comment", kind="note", label="What should we keep, and what should we change? (optional)",
              hint=NO_PATIENTS, optional=True, seen=True),
        Field(name="coach", kind="checkboxes", label="What about you?", optional=True, seen=True,
              choices=(Choice("yes", "I would like to become a coach"),)),
    )  # fmt: skip
    return (*marks_given, *rest)


_ASKED: Final[dict[Matter, Callable[[PageContext], Question]]] = {
    Matter.OFFER: offer,
    Matter.MISSING_DAY: missing_day,
    Matter.FEEDBACK: feedback,
}
"""What a delegate finds on the page of their booking, as long as it is open."""


PAGES: Final[dict[str, Ask]] = {
    "booking": booking,
    "offer": offer,
    "missing_day": missing_day,
    "feedback": feedback,
}
"""By the name that a matter gives as its page."""
