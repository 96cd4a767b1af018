"""Pages of an Introduction course: a delegate's booking and answers, and the office's list of those who are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from activities.links import ANSWERABLE_FOR, Link, Purpose
from gateway.pages.answers import UNNAMED, Ask, button, tells
from gateway.pages.asked import NO_PATIENTS, Answer, Choice, Field, Given, Onward, Question, Telling
from gateway.pages.recorded import recorded
from gateway.pages.shown import ZONE, Nobody, PageContext
from gateway.pages.weekly import asked, marks, topic_of
from lifecycle.dates import clock_time, date_range, long_date, time_range
from lifecycle.intro_course.life import ACTIVE, DAYS, Booking
from records import intro_courses
from records.database import Connection
from records.intro_courses import FeedbackSum, ListedCourse
from schemas import intro_course_facts as facts
from schemas.facts import Fact, Teller
from schemas.words import BookingState, Matter, Role

NEEDS_HINT: Final = (
    "For example a hearing loop, step-free access or large print. Only the office that prepares the room reads this. "
    f"{NO_PATIENTS}"
)
_CANCELS: Final = (
    Choice("too_few_delegates", "Too few delegates"),
    Choice("no_faculty", "No faculty"),
    Choice("no_room", "No room"),
    Choice("other", "Another reason"),
)
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
_DAYS_OF_LINKS: Final = {"day-1": 1, "day-2": 2}
_LONG: Final = timedelta(weeks=26)
_MARKS: Final = (
    ("useful", "Was it useful for your work?", ("Not at all", "A little", "Partly", "Mostly", "Very")),
    (
        "confident",
        "Could you start an improvement now?",
        ("Not at all", "With a lot of help", "With some help", "With very little help", "Yes"),
    ),
    ("recommends", "Would you recommend the course?", ("No", "Probably not", "Perhaps", "Probably", "Yes")),
)


def days_in_words(first: datetime, last: datetime, ends: datetime) -> str:
    """'Wednesday 13 to Thursday 14 January 2027, 9:30am to 4pm'. ``ends`` is when the first of the days ends."""
    one, two, end = (at.astimezone(ZONE) for at in (first, last, ends))
    apart = (two.date() - one.date()).days > 1
    days = f"{long_date(one.date())} and {long_date(two.date())}" if apart else date_range(one.date(), two.date())
    return f"{days}, {time_range(one.time(), end.time())}"


def listed_days(one: ListedCourse) -> str:
    """The days of a course in a list."""
    return days_in_words(one.day_1_starts_at, one.day_2_starts_at, one.day_1_ends_at)


def _mine(page: PageContext) -> Booking:
    found = page.booking()
    if found is None:
        raise Nobody
    return found


def _days(page: PageContext, one: Booking) -> str:
    life = page.intro.life
    return days_in_words(life.starts(one.days[0]), life.starts(one.days[-1]), life.ends(one.days[0]))


def _of(page: PageContext, booking: str, *kinds: str) -> list[Fact]:
    return [fact for fact in page.holding(*kinds) if getattr(fact, "booking", None) == booking]


def _name(page: PageContext, one: Booking) -> str:
    return page.named(one.requested.person, f"booking {one.requested.booking.rpartition('.')[2]}")


def booking(page: PageContext) -> Question:
    """One's own booking: what is booked, what one needs, and how to give the place back."""
    one, life = _mine(page), page.intro.life
    key, standing = one.requested.booking, one.standing(page.present)
    told = _of(page, key, "booking_cancelled", "offer_accepted", "place_offered")
    ahead = page.present < life.starts(one.days[0]) and life.cancelled_at is None
    needs = page.beside.needs.get(key, "")

    async def keep(conn: Connection, given: Given) -> None:
        await intro_courses.keep_needs(conn, page.subject, key, page.person, given["needs"] or "", given.at)

    def cancelled(given: Given) -> tuple[Telling, ...]:
        return tells(facts.BookingCancelled(event_id=UNNAMED, occurred_at=given.at, booking=key))

    need = Field(
        name="needs", kind="note", label="What do you need to take part?", hint=NEEDS_HINT, optional=True, seen=True,
        value=needs,
    )  # fmt: skip
    answers = (
        Answer(
            name="needs", opener="Tell us what you need to take part", fields=(need,), buttons=button("Save"),
            tell=lambda _: (), variant="secondary", note=False, keep=keep,
        ),
        Answer(
            name="cancel", opener="I can't come", buttons=button("Cancel my booking"), tell=cancelled,
            variant="warning", note=False, hint="We'll offer your place to somebody on the waiting list.",
        ),
    )  # fmt: skip
    place = _place(page, key) if ahead else None
    context = [("Course", "Introduction to Quality Improvement"), ("When", _days(page, one))]
    if page.beside.venue:
        context.append(("Where", page.beside.venue))
    if page.beside.joining:
        context.append(("Good to know", page.beside.joining))
    context.append(("What you need", needs or "Nothing recorded"))
    offered = standing is BookingState.OFFERED
    stands = _STANDS[page.intro.booking(one)]
    if not life.held(one.days[0]):
        stands = "The course is cancelled"
    elif not life.held(one.days[-1]) and standing is BookingState.CONFIRMED:
        stands = "Day 2 is cancelled"
    elif not ahead and standing is BookingState.WAITING:
        stands = "No place came free"
    return Question(
        title=f"{stands}{f': number {place}' if place else ''}",
        topic=f"{page.subject}/booking/{key}",
        mark=marks(*told),
        answers=answers if ahead and standing in ACTIVE else (),
        context=tuple(context),
        onward=tuple(_from_booking(page, standing, ahead=ahead)),
        lead=(_offer_until(page, one),) if offered else (),
        also="Anything to change?",
    )


def _place(page: PageContext, key: str) -> int | None:
    bookings = page.intro.life.bookings.items()
    waiting = [name for name, one in bookings if one.standing(page.present) is BookingState.WAITING]
    return waiting.index(key) + 1 if key in waiting else None


def _from_booking(page: PageContext, standing: BookingState, *, ahead: bool) -> Iterator[Onward]:
    yield from _still_open(page)
    if ahead and standing in ACTIVE:
        yield Onward("Have the course days in your own calendar", page.links.calendar(page.person, page.present))
    one = page.booking()
    left_over = standing is BookingState.WAITING and not ahead
    if standing not in ACTIVE or left_over or (one is not None and not page.intro.life.held(one.days[0])):
        yield from _elsewhere(page)


def _still_open(page: PageContext) -> Iterator[Onward]:
    """What was asked of this delegate, and is not answered yet."""
    for one in page.beside.asked:
        ask = _ASKED.get(one.notice.matter)
        if ask is None or one.notice.detail != page.about:
            continue
        until = max(one.notice.answer_by or page.present, page.present) + ANSWERABLE_FOR
        link = Link(Purpose.NOTICE, page.person, page.subject, one.id, until)
        question = ask(replace(page, link=link, notice=one.notice))
        if question.asks:
            yield Onward(question.title, page.links.url(link))


def _elsewhere(page: PageContext) -> list[Onward]:
    return [Onward("Choose another course", page.links.page(f"courses/{page.subject.partition('.')[0]}"))]


def _offer_until(page: PageContext, one: Booking) -> str:
    if one.offered_until is None:
        return ""
    local = page.calendar.local(one.offered_until)
    return f"We're keeping a place for you until {clock_time(local.time())} on {long_date(local.date())}."


def offer(page: PageContext) -> Question:
    """A place has come free: is it taken?"""
    one = _mine(page)
    key, standing = one.requested.booking, one.standing(page.present)
    told = _of(page, key, "offer_accepted", "booking_cancelled")

    def taken(given: Given) -> tuple[Telling, ...]:
        return tells(facts.OfferAccepted(event_id=UNNAMED, occurred_at=given.at, booking=key))

    def declined(given: Given) -> tuple[Telling, ...]:
        return tells(facts.BookingCancelled(event_id=UNNAMED, occurred_at=given.at, booking=key))

    lead: tuple[str, ...] = (f"The course is on {_days(page, one)}.", _offer_until(page, one))
    if standing is not BookingState.OFFERED:
        lead = (f"{_STANDS[page.intro.booking(one)]}. You don't need to do anything.",)
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
    one, day = _mine(page), int(asked(page)[1].rpartition(".")[2])
    key = one.requested.booking
    told = [fact for fact in _of(page, key, "missing_day_rebooked") if getattr(fact, "day", 0) == day]
    missed = [fact for fact in told if getattr(fact, "outcome", "") == "missed"]
    own = f"{key.rpartition('.')[2]}-{day}{f'-{len(missed)}' if missed else ''}"
    chosen_before = _made_up(page, own)
    later = {listed.course: listed for listed in page.beside.later if _has_room(listed, day, page.present)}

    async def keep(conn: Connection, given: Given) -> None:
        await intro_courses.carry_needs(conn, key, given["course"], f"{given['course']}.{own}", given.at)

    def chosen(given: Given) -> tuple[Telling, ...]:
        fact = facts.PlaceRequested(
            event_id=UNNAMED,
            occurred_at=given.at,
            told_by=Teller(role=Role.DELEGATE, person=page.person),
            booking=f"{given['course']}.{own}",
            person=page.person,
            delegate=one.requested.delegate,
            days=(day,),
            rebooks=facts.BookedBefore(course=page.subject, booking=key),
        )
        return (Telling(fact, None, given["course"]),)

    which = Field(
        name="course", kind="radios", label=f"Which course will you come to for day {day}?", missing="Select a course",
        choices=tuple(Choice(name, _day_of(listed, day)) for name, listed in later.items()),
    )  # fmt: skip
    made = one.present(day)
    return Question(
        title=f"Make up day {day}",
        lead=_how_made_up(page, chosen_before, day, made=bool(made), any_later=bool(later)),
        topic=topic_of(page),
        # Only a day that was missed again is another question: what was chosen may be sent again till then.
        mark=marks(*missed),
        answers=(
            Answer(
                name="choose",
                fields=(which,),
                buttons=button("Book this day"),
                tell=chosen,
                note=False,
                keep=keep,
            ),
        )
        if later and not made
        else (),
        settled=bool(made) or chosen_before is not None,
        correctable=False,
        onward=_booking_of(page, chosen_before, own) if chosen_before else (),
    )


def _made_up(page: PageContext, own: str) -> tuple[ListedCourse, BookingState] | None:
    """The later course that was chosen, and how the booking stands there."""
    booked = ((listed, page.beside.elsewhere.get(f"{listed.course}.{own}")) for listed in page.beside.later)
    return next(((listed, state) for listed, state in booked if state in _BOOKED and state is not None), None)


def _how_made_up(
    page: PageContext, chosen: tuple[ListedCourse, BookingState] | None, day: int, *, made: bool, any_later: bool
) -> tuple[str, ...]:
    if made:
        return (f"You have attended day {day}. You don't need to do anything.",)
    if chosen is not None:
        return (f"{_STANDS[chosen[1]]}: {_day_of(chosen[0], day)}.",)
    if any_later:
        missing = long_date(page.intro.life.dates[day - 1])
        return (f"You missed day {day}, on {missing}. Come on that day of a later course.",)
    return ("No later course has a free place yet. We'll write again when there may be one.",)


def _booking_of(page: PageContext, chosen: tuple[ListedCourse, BookingState], own: str) -> tuple[Onward, ...]:
    course, until = chosen[0].course, chosen[0].day_2_ends_at + ANSWERABLE_FOR
    url = page.links.url(Link(Purpose.BOOKING, page.person, course, f"{course}.{own}", until))
    return (Onward("Change or cancel this booking", url),)


def _has_room(one: ListedCourse, day: int, present: datetime) -> bool:
    starts, taken = (one.day_1_starts_at, one.taken_1) if day == 1 else (one.day_2_starts_at, one.taken_2)
    return starts > present and taken < one.places


def _day_of(one: ListedCourse, day: int) -> str:
    starts = (one.day_1_starts_at if day == 1 else one.day_2_starts_at).astimezone(ZONE)
    where = f", {one.venue}" if one.venue else ""
    return f"{long_date(starts.date())} at {clock_time(starts.time())}{where}"


def feedback(page: PageContext) -> Question:
    """How was it? Three marks, perhaps a word, and whether somebody wants to become a coach."""
    one = _mine(page)
    key, least = one.requested.booking, page.intro.life.rules.feedback_shown_from
    told = _of(page, key, "feedback_given")

    async def keep(conn: Connection, given: Given) -> None:
        said = {name: int(given[name]) for name, _, _ in _MARKS}
        await intro_courses.keep_feedback(conn, page.subject, key, given.at, **said, comment=given["comment"] or "")

    def gave(given: Given) -> tuple[Telling, ...]:
        found = [Telling(facts.FeedbackGiven(event_id=UNNAMED, occurred_at=given.at, booking=key))]
        if given["coach"] and one.wished_at is None:
            found.append(Telling(facts.CoachingWished(event_id=UNNAMED, occurred_at=given.at, booking=key)))
        return tuple(found)

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
        Field(name="coach", kind="checkboxes", label="And you?", optional=True, seen=True,
              choices=(Choice("yes", "I would like to become a coach"),)),
    )  # fmt: skip
    return Question(
        title="How was the Introduction course?",
        lead=(f"We only show answers added together, and only once there are {least} or more.",),
        topic=topic_of(page),
        mark=marks(*told),
        answers=()
        if told
        else (
            Answer(
                name="feedback", fields=(*marks_given, *rest), buttons=button("Send"), tell=gave, note=False, keep=keep
            ),
        ),
        recorded=recorded(page, *told[-1:]),
        settled=bool(told),
    )


def attendance(page: PageContext) -> Question:
    """Who is there? One tap for each, or the whole list."""
    return _attendance(page, int(asked(page)[1].removeprefix("day-").partition(".")[0]))


def _attendance(page: PageContext, day: int) -> Question:
    life = page.intro.life
    topic = f"{page.subject}/{Matter.INTRO_ATTENDANCE}/day-{day}.{life.dates[day - 1]:%Y%m%d}"
    to_course = (Onward("The course: places, what delegates need, and changes", page.url(Purpose.COURSE, "", _LONG)),)
    if not life.held(day):
        return Question(title=f"Day {day} is cancelled", topic=topic, mark=(), onward=to_course)
    taken = [fact for fact in page.holding("intro_attendance_taken") if getattr(fact, "day", 0) == day]
    taps = [fact for fact in page.holding("delegate_seen") if getattr(fact, "day", 0) == day]
    here = dict(life.with_place(page.present, day))
    there = tuple(key for key, one in here.items() if one.seen.get(day))
    if not _has_come(page, day):
        when = long_date(life.dates[day - 1])
        not_yet = (f"Day {day} is on {when}.",)
        return Question(title=f"Who is there on day {day}?", lead=not_yet, topic=topic, mark=(), onward=to_course)

    def listed(given: Given) -> tuple[Telling, ...]:
        fact = facts.IntroAttendanceTaken(
            event_id=UNNAMED,
            occurred_at=taken[-1].occurred_at if taken else given.at,
            day=day,
            attended=given["attended"] or (),
        )
        return tells(fact, taken[-1].event_id if taken else None)

    def tapped(key: str, *, attended: bool) -> Answer:
        def told(given: Given) -> tuple[Telling, ...]:
            fact = facts.DelegateSeen(event_id=UNNAMED, occurred_at=given.at, booking=key, day=day, attended=attended)
            return tells(fact)

        name = _name(page, here[key])
        label = f"{name} is here" if attended else f"{name} isn't here after all"
        return Answer(
            name=f"{'here' if attended else 'not'}-{key.rpartition('.')[2]}", buttons=button(label), tell=told,
            variant="secondary", note=False,
        )  # fmt: skip

    who = Field(
        name="attended", kind="checkboxes", label="Everyone who was there", optional=True, seen=True, value=there,
        choices=tuple(Choice(key, _name(page, one)) for key, one in here.items()),
    )  # fmt: skip
    each = tuple(tapped(key, attended=key not in there) for key in here) if not taken else ()
    whole = Answer(
        name="list", opener="" if taken else "Save the whole list", fields=(who,), buttons=button("Save the list"),
        tell=listed, note=False,
    )  # fmt: skip
    so_many = f"{len(there)} of {len(here)} are here so far: {', '.join(_name(page, here[key]) for key in there)}."
    lead = "Tap each person as they arrive, then save the list at the end. Anyone not on it is recorded as not there."
    return Question(
        title=f"Who is there on day {day}, {long_date(life.dates[day - 1])}?",
        lead=(lead, *((so_many,) if there else ())) if not taken else (),
        topic=topic,
        mark=marks(*taken, *taps),
        answers=(*each, whole),
        recorded=recorded(page, *taken[-1:]),
        settled=bool(taken),
        also="At the end of the day",
        onward=to_course,
    )


def _has_come(page: PageContext, day: int) -> bool:
    life = page.intro.life
    return page.present >= min(life.calendar.at(life.dates[day - 1], life.calendar.opens), life.starts(day))


def wish(page: PageContext) -> Question:
    """Somebody wants to become a coach: on which cohort's list do they stand?"""
    one = _mine(page)
    key, name = one.requested.booking, _name(page, one)
    told = _of(page, key, "handed_on_to_cohort")

    def handed_on(given: Given) -> tuple[Telling, ...]:
        fact = facts.HandedOnToCohort(event_id=UNNAMED, occurred_at=given.at, booking=key, cohort=given["cohort"])
        return tells(fact, told[-1].event_id if told else None)

    cohorts = page.beside.cohorts
    which = Field(
        name="cohort", kind="radios", label="Which cohort's list?", missing="Select a cohort",
        choices=tuple(Choice(one, one.partition(".")[2]) for one in cohorts),
    )  # fmt: skip
    none_yet = "No cohort is planned yet. Schedule one first. We'll ask again every four weeks."
    return Question(
        title=f"{name} would like to become a coach",
        lead=("That cohort's office will then see the name and address on its own page.",) if cohorts else (none_yet,),
        topic=topic_of(page),
        mark=marks(*told),
        answers=(
            Answer(name="hand-on", fields=(which,), buttons=button("Put on the list"), tell=handed_on, note=False),
        )
        if cohorts
        else (),
        recorded=recorded(page, *told[-1:]),
        settled=bool(told),
    )


def course(page: PageContext) -> Question:
    """The office's page of a course: how it stands, what delegates need, and what can be told of it."""
    life = page.intro.life
    if page.link.about in _DAYS_OF_LINKS:
        return _attendance(page, _DAYS_OF_LINKS[page.link.about])
    told = page.holding("intro_course_moved", "intro_course_cancelled", "intro_places_changed")
    begun = page.present >= life.starts(1)

    def moved(given: Given) -> tuple[Telling, ...]:
        fact = facts.IntroCourseMoved(
            event_id=UNNAMED,
            occurred_at=given.at,
            day_1=life.dates[0] if begun else given["first"],
            day_2=given["second"],
        )
        return tells(fact)

    def cancelled(given: Given) -> tuple[Telling, ...]:
        return tells(facts.IntroCourseCancelled(event_id=UNNAMED, occurred_at=given.at, reason=given["reason"]))

    def places(given: Given) -> tuple[Telling, ...]:
        return tells(facts.IntroPlacesChanged(event_id=UNNAMED, occurred_at=given.at, places=given["places"]))

    what, hint = ("day 2", _TOLD_AT_ONCE) if begun else ("the course", f"{_TOLD_AT_ONCE} They keep their places.")
    days = (
        Field(name="first", kind="date", label="Day 1", hint="For example, 27 3 2027", missing="Enter day 1"),
        Field(name="second", kind="date", label="Day 2", hint="For example, 28 3 2027", missing="Enter day 2"),
    )
    answers = (
        Answer(
            name="move", opener=f"Move {what} to {'another day' if begun else 'other days'}", hint=hint,
            fields=days[1:] if begun else days,
            buttons=button(f"Move {what}"), tell=moved, note=False, variant="secondary",
        ),
        Answer(
            name="places", opener="Change the number of places", hint="Nobody loses a place.",
            fields=(Field(name="places", kind="number", label="Places", least=1, most=500, missing="Enter a number",
                          value=str(life.places)),),
            buttons=button("Save"), tell=places, note=False, variant="secondary",
        ),
        Answer(
            name="cancel", opener=f"Cancel {what}",
            hint=f"{_TOLD_AT_ONCE}{_DAY_2_LATER if begun else ''}",
            fields=(Field(name="reason", kind="radios", label="Why?", missing="Select a reason", choices=_CANCELS),),
            buttons=button(f"Cancel {what}"), tell=cancelled, note=False, variant="warning",
        ),
    )  # fmt: skip
    ahead = page.present < life.starts(2) and life.cancelled_at is None
    return Question(
        title=f"Introduction course of {date_range(*life.dates)}",
        topic=f"{page.subject}/course",
        # A page that was opened before a day began says something else than what is meant afterwards.
        mark=(*marks(*told), *(f"begun-{day}" for day in DAYS if page.present >= life.starts(day))),
        answers=answers if ahead else (),
        context=_course_in_words(page),
        recorded=recorded(page, *told[-1:]),
        settled=not life.held(1),
        onward=(*_days_begun(page), *(_for_somebody(page) if ahead and not begun else ())),
        also="What do you want to change?",
    )


def _days_begun(page: PageContext) -> Iterator[Onward]:
    for about, day in _DAYS_OF_LINKS.items():
        if page.intro.life.held(day) and _has_come(page, day):
            yield Onward(f"Who was there on day {day}?", page.url(Purpose.COURSE, about, _LONG))


def _for_somebody(page: PageContext) -> tuple[Onward, ...]:
    return (Onward("Book somebody", page.links.page(f"courses/{page.subject}/book")),)


def _course_in_words(page: PageContext) -> tuple[tuple[str, str], ...]:
    life, state = page.intro.life, page.intro
    standing: dict[BookingState, list[str]] = {}
    for one in life.bookings.values():
        standing.setdefault(state.booking(one), []).append(_name(page, one))
    found = [
        ("Stage", "day 2 is cancelled" if life.cancelled_at and life.held(1) else state.stage.replace("_", " ")),
        ("Places", f"{life.taken_places(1, page.present)} of {life.places} are taken"),
    ]
    found += [
        (words, ", ".join(standing[one]))
        for one, words in (
            (BookingState.CONFIRMED, "Have a place"),
            (BookingState.OFFERED, "Have been offered one"),
            (BookingState.WAITING, "On the waiting list, in this order"),
            (BookingState.ATTENDED, "Attended"),
            (BookingState.PART_ATTENDED, "Missed a day"),
            (BookingState.NO_SHOW, "Did not come"),
        )
        if one in standing
    ]
    names = {key: _name(page, one) for key, one in life.bookings.items()}
    found += [(f"{names.get(key, key)} needs", needs) for key, needs in page.beside.needs.items()]
    said = page.beside.feedback
    if said is not None and said.answers:
        found.append(("Feedback", _said(said, life.rules.feedback_shown_from)))
    return tuple(found)


def _said(said: FeedbackSum, least: int) -> str:
    if said.useful is None:
        return f"{said.answers} answered; shown once there are {least} or more"
    marks_given = f"useful {said.useful}, confident {said.confident}, would recommend {said.recommends}, of 5"
    comments = f". In words: {' | '.join(said.comments)}" if said.comments else ""
    return f"{said.answers} answered: {marks_given}{comments}"


_DAY_2_LATER: Final = " Anyone who was there on day 1 can come to day 2 of a later course."
_TOLD_AT_ONCE: Final = "We'll tell everyone with a place or on the waiting list straight away."

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
    "intro_attendance": attendance,
    "coaching_wish": wish,
}
"""By the name that a matter gives as its page."""
