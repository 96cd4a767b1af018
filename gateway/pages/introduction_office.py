"""Pages of an Introduction course for its office: who is there, who would like to become a coach, and changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from activities.links import Purpose
from gateway.pages.answers import Ask, button, tells
from gateway.pages.asked import Answer, Choice, Field, Given, Onward, Question, Telling
from gateway.pages.introduction import mine, name_of, of_booking
from gateway.pages.recorded import recorded
from gateway.pages.shown import PageContext
from gateway.pages.weekly import asked, marks
from lifecycle.dates import date_range, long_date
from lifecycle.intro_course.life import DAYS
from records.intro_courses import FeedbackSum
from schemas import intro_course_facts as facts
from schemas.facts import Fact
from schemas.sentences import joined, say
from schemas.subjects import cohort_name
from schemas.words import BookingState, IntroStage, Matter

_CANCELS: Final = (
    Choice("too_few_delegates", "Too few delegates"),
    Choice("no_faculty", "No faculty"),
    Choice("no_room", "No room"),
    Choice("other", "Another reason"),
)
_STAGES: Final = {
    IntroStage.SCHEDULED: say("scheduled"),
    IntroStage.OPEN: say("open"),
    IntroStage.FULL: say("full"),
    IntroStage.JOINING: say("joining"),
    IntroStage.DAY_1: "day 1",
    IntroStage.DAY_2: "day 2",
    IntroStage.CLOSED: say("closed"),
    IntroStage.CANCELLED: say("cancelled"),
}
_DAYS_OF_LINKS: Final = {"day-1": 1, "day-2": 2}


def attendance(page: PageContext) -> Question:
    """Who is there? One tap for each, or the whole list."""
    return _attendance(page, int(asked(page)[1].removeprefix("day-").partition(".")[0]))


def _attendance(page: PageContext, day: int) -> Question:
    life = page.intro.life
    title = say("Who is there on day {day}?", day=day) if life.held(day) else say("Day {day} is cancelled", day=day)
    question = Question(
        title=title,
        topic=f"{page.subject}/{Matter.INTRO_ATTENDANCE}/day-{day}.{life.dates[day - 1]:%Y%m%d}",
        mark=(),
        onward=(Onward("The course: places, what delegates need, and changes", page.url(Purpose.COURSE)),),
    )
    if not life.held(day):
        return question
    when = long_date(life.dates[day - 1])
    if not has_come(page, day):
        return replace(question, lead=(say("Day {day} is on {when}.", day=day, when=when),))
    taken = [fact for fact in page.holding("intro_attendance_taken") if getattr(fact, "day", 0) == day]
    taps = [fact for fact in page.holding("delegate_seen") if getattr(fact, "day", 0) == day]
    here = dict(life.with_place(page.present, day))
    there = tuple(key for key, booked in here.items() if booked.seen.get(day))
    each = (_tapped(page, day, key, attended=key not in there) for key in here) if not taken else ()
    return replace(
        question,
        title=say("Who was there on day {day}, {when}?", day=day, when=when)
        if page.present >= life.ends(day)
        else say("Who is there on day {day}, {when}?", day=day, when=when),
        lead=_so_far([name_of(page, here[key]) for key in there], len(here)) if not taken else (),
        mark=marks(*taken, *taps),
        answers=(*each, _whole_list(page, day, taken)),
        recorded=recorded(page, *taken[-1:]),
        settled=bool(taken),
        also="At the end of the day",
        together=True,
    )


def _so_far(there: Sequence[str], of: int) -> tuple[str, ...]:
    lead = "Tap each person as they arrive, then save the list at the end. Anyone not on it is recorded as not there."
    return (
        (lead, say("{number} of {of} are here so far: {names}.", number=len(there), of=of, names=joined(", ", there)))
        if there
        else (lead,)
    )


def _tapped(page: PageContext, day: int, key: str, *, attended: bool) -> Answer:
    def told(given: Given) -> tuple[Telling, ...]:
        return tells(given, facts.DelegateSeen, booking=key, day=day, attended=attended)

    name = name_of(page, page.intro.life.bookings[key])
    label = say("{name} is here", name=name) if attended else say("{name} isn't here after all", name=name)
    return Answer(
        name=f"{'here' if attended else 'not'}-{key.rpartition('.')[2]}", buttons=button(label), tell=told,
        variant="secondary", note=False,
    )  # fmt: skip


def _whole_list(page: PageContext, day: int, taken: Sequence[Fact]) -> Answer:
    here = dict(page.intro.life.with_place(page.present, day))

    def listed(given: Given) -> tuple[Telling, ...]:
        return tells(
            given,
            facts.IntroAttendanceTaken,
            taken[-1].event_id if taken else None,
            occurred_at=taken[-1].occurred_at if taken else given.at,
            day=day,
            attended=given["attended"] or (),
        )

    who = Field(
        name="attended", kind="checkboxes", label="Everyone who was there", optional=True, seen=True,
        value=tuple(key for key, booked in here.items() if booked.seen.get(day)),
        choices=tuple(sorted((Choice(key, name_of(page, booked)) for key, booked in here.items()),
                             key=lambda one: one.label.casefold())),
    )  # fmt: skip
    return Answer(
        name="list", opener="" if taken else "Save the whole list", fields=(who,), buttons=button("Save the list"),
        tell=listed, note=False, as_recorded=bool(taken),
    )  # fmt: skip


def has_come(page: PageContext, day: int) -> bool:
    """Whether the attendance of a day can be told: it takes place, and its morning has come."""
    life = page.intro.life
    return life.held(day) and page.present >= min(
        life.calendar.at(life.dates[day - 1], life.calendar.opens), life.starts(day)
    )


def wish(page: PageContext) -> Question:
    """Somebody wants to become a coach: on which cohort's list do they stand?"""
    booked = mine(page)
    key, name = booked.requested.booking, name_of(page, booked)
    told = of_booking(page, key, "handed_on_to_cohort")

    def handed_on(given: Given) -> tuple[Telling, ...]:
        return tells(
            given, facts.HandedOnToCohort, told[-1].event_id if told else None, booking=key, cohort=given["cohort"]
        )

    cohorts = page.beside.cohorts
    which = Field(
        name="cohort", kind="radios", label="Which cohort's list?", missing="Select a cohort",
        choices=tuple(Choice(cohort, cohort_name(cohort)) for cohort in cohorts),
    )  # fmt: skip
    none_yet = "No cohort is planned yet. Schedule one first. We'll ask again every four weeks."
    return Question(
        title=say("{name} would like to become a coach", name=name),
        lead=("That cohort's office will then see the name and address on its own page.",) if cohorts else (none_yet,),
        topic=f"{page.subject}/{Matter.COACHING_WISH}/{key}",
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
    ahead = page.present < life.starts(2) and life.cancelled_at is None
    return Question(
        title=say("Introduction course of {days}", days=date_range(*life.dates)),
        topic=f"{page.subject}/course",
        # A page that was opened before a day began says something else than what is meant afterwards.
        mark=(*marks(*told), *(f"begun-{day}" for day in DAYS if page.present >= life.starts(day))),
        answers=_changes(page, begun=begun) if ahead else (),
        context=_course_in_words(page),
        recorded=recorded(page, *told[-1:]),
        settled=not life.held(1),
        onward=(*_days_begun(page), *(_for_somebody(page) if ahead and not begun else ())),
        also="What do you want to change?",
    )


def _changes(page: PageContext, *, begun: bool) -> tuple[Answer, ...]:
    """What the office can change of a course; once day 1 has begun, of day 2 alone."""
    return _moves(page, begun=begun), _has_places(page), _cancels(begun=begun)


def _moves(page: PageContext, *, begun: bool) -> Answer:
    life = page.intro.life
    days = (
        Field(name="first", kind="date", label="Day 1", hint="For example, 10 3 2027", missing="Enter day 1"),
        Field(name="second", kind="date", label="Day 2", hint="For example, 11 3 2027", missing="Enter day 2"),
    )
    return Answer(
        name="move",
        opener="Move day 2 to another day" if begun else "Move the course to other days",
        hint=_TOLD_AT_ONCE if begun else _PLACES_KEPT,
        fields=days[1:] if begun else days,
        buttons=button("Move day 2" if begun else "Move the course"),
        tell=lambda given: tells(
            given, facts.IntroCourseMoved, day_1=life.dates[0] if begun else given["first"], day_2=given["second"]
        ),
        note=False,
        variant="secondary",
    )


def _has_places(page: PageContext) -> Answer:
    places = Field(
        name="places", kind="number", label="Places", least=1, most=500, missing="Enter a number",
        value=str(page.intro.life.places),
    )  # fmt: skip
    return Answer(
        name="places",
        opener="Change the number of places",
        hint="If you choose fewer places, nobody who has one loses it.",
        fields=(places,),
        buttons=button("Save the number of places"),
        tell=lambda given: tells(given, facts.IntroPlacesChanged, places=given["places"]),
        note=False,
        variant="secondary",
        as_recorded=True,
    )


def _cancels(*, begun: bool) -> Answer:
    return Answer(
        name="cancel",
        opener="Cancel day 2" if begun else "Cancel the course",
        hint=_DAY_2_LATER if begun else _TOLD_AT_ONCE,
        fields=(Field(name="reason", kind="radios", label="Why?", missing="Select a reason", choices=_CANCELS),),
        buttons=button("Cancel day 2" if begun else "Cancel the course"),
        tell=lambda given: tells(given, facts.IntroCourseCancelled, reason=given["reason"]),
        note=False,
        variant="warning",
        weighty=True,
    )


def _days_begun(page: PageContext) -> Iterator[Onward]:
    for about, day in _DAYS_OF_LINKS.items():
        if has_come(page, day):
            yield Onward(say("Who was there on day {day}?", day=day), page.url(Purpose.COURSE, about))


def _for_somebody(page: PageContext) -> tuple[Onward, ...]:
    return (Onward("Book a place for someone", page.links.page(f"courses/{page.subject}/book")),)


def _course_in_words(page: PageContext) -> tuple[tuple[str, str], ...]:
    life, state = page.intro.life, page.intro
    standing: dict[BookingState, list[str]] = {}
    for booked in life.bookings.values():
        standing.setdefault(state.booking(booked), []).append(name_of(page, booked))
    found = [
        ("Stage", "day 2 is cancelled" if life.cancelled_at and life.held(1) else _STAGES[state.stage]),
        (
            "Places",
            say("{taken} of {places} are taken", taken=life.taken_places(1, page.present), places=life.places),
        ),
    ]
    found += [
        (words, joined(", ", standing[stood]))
        for stood, words in (
            (BookingState.CONFIRMED, "Have a place"),
            (BookingState.OFFERED, "Have been offered one"),
            (BookingState.WAITING, "On the waiting list, in this order"),
            (BookingState.ATTENDED, "Attended"),
            (BookingState.PART_ATTENDED, "Missed a day"),
            (BookingState.NO_SHOW, "Didn't come"),
        )
        if stood in standing
    ]
    names = {key: name_of(page, booked) for key, booked in life.bookings.items()}
    found += [(say("{name} needs", name=names.get(key, key)), needs) for key, needs in page.beside.needs.items()]
    if said := feedback_in_words(page):
        found.append(("Feedback", said))
    return tuple(found)


def feedback_in_words(page: PageContext) -> str:
    """What delegates said, once so many did that nobody is recognised; empty for nothing."""
    said = page.beside.feedback
    return _said(said, page.intro.life.rules.feedback_shown_from) if said is not None and said.answers else ""


def _said(said: FeedbackSum, least: int) -> str:
    if said.useful is None:
        return say("{answers} answered; shown once there are {least} or more", answers=said.answers, least=least)
    marks_given = say(
        "useful {useful}, confident {confident}, would recommend {recommends}, out of 5",
        useful=said.useful,
        confident=said.confident,
        recommends=said.recommends,
    )
    if not said.comments:
        return say("{answers} answered: {marks}", answers=said.answers, marks=marks_given)
    return say(
        "{answers} answered: {marks}. In words: {comments}",
        answers=said.answers,
        marks=marks_given,
        comments=" | ".join(said.comments),
    )


_TOLD_AT_ONCE: Final = "We'll tell everyone with a place or on the waiting list straight away."
_PLACES_KEPT: Final = say("{told_at_once} They keep their places.", told_at_once=_TOLD_AT_ONCE)
_DAY_2_LATER: Final = say(
    "{told_at_once} Anyone who was there on day 1 can come to day 2 of a later course.", told_at_once=_TOLD_AT_ONCE
)


PAGES: Final[dict[str, Ask]] = {
    "intro_attendance": attendance,
    "coaching_wish": wish,
}
"""By the name that a matter gives as its page."""
