"""The page of a learning session that is to come: a participant says that they cannot come to it."""

from __future__ import annotations

from typing import Final

from gateway.pages import course
from gateway.pages.answers import Ask, button, tells
from gateway.pages.asked import Answer, Question
from gateway.pages.recorded import recorded
from gateway.pages.shown import COACHES, Nobody, PageContext
from gateway.pages.weekly import asked, marks
from lifecycle.cohort.life import Enrolment
from lifecycle.dates import long_date
from schemas import cohort_facts as facts
from schemas.facts import Fact
from schemas.sentences import joined, say
from schemas.words import Matter


def _participant(page: PageContext) -> Enrolment:
    """Whom a notice is about, or else who reads it. Raises Nobody for whoever has no place."""
    here = (place for place in page.course.enrolments.values() if not place.gone)
    found = page.concerned() or next((place for place in here if place.accepted.person == page.person), None)
    if found is None:
        raise Nobody
    return found


def learning_session(page: PageContext) -> Question:
    """Can a participant come to a learning session? Only who cannot need say so."""
    place, number = _participant(page), int(asked(page)[1].partition(".")[0])
    key, starts_at = place.accepted.enrolment, page.course.learning_session(number)
    day, own = page.calendar.day(starts_at), page.role in COACHES
    declined = page.course.declined(place, number)
    told: list[Fact] = [
        fact for fact in course.of_participant(page, key, "learning_session_declined")
        if isinstance(fact, facts.LearningSessionDeclined) and (fact.number, fact.day) == (number, day) and declined
    ]  # fmt: skip
    ahead = page.present < starts_at and number not in page.course.held and page.course.cancelled_at is None
    when = say("Learning session {number} is on {moment}.", number=number, moment=page.clock.moment(starts_at))
    cannot = Answer(
        name="cannot",
        buttons=button("I can't come" if own else "They can't come"),
        tell=lambda given: tells(
            given, facts.LearningSessionDeclined, enrolment=key, number=number, day=day
        ),
        variant="secondary",
    )  # fmt: skip
    return Question(
        title=_title(page, place, number, told=bool(told), own=own),
        lead=_about(page, number, when, ahead=ahead, told=bool(told), own=own),
        topic=f"{page.subject}/{Matter.LEARNING_SESSION}/{number}/{key}",
        mark=marks(*told),
        answers=(cannot,) if ahead and not told else (),
        recorded=recorded(page, *told),
        settled=bool(told) and ahead,
    )


def _title(page: PageContext, place: Enrolment, number: int, *, told: bool, own: bool) -> str:
    if not told:
        return say("Learning session {number}", number=number)
    if own:
        return say("You can't come to learning session {number}", number=number)
    who = course.participant_name(page, place)
    return say("{who} can't come to learning session {number}", who=who, number=number)


def _about(page: PageContext, number: int, when: str, *, ahead: bool, told: bool, own: bool) -> tuple[str, ...]:
    """What will happen: what they miss can be made up, and when the next one is."""
    if not ahead:
        return (
            say(
                "Learning session {number} was due on {moment}.",
                number=number,
                moment=page.clock.moment(page.course.learning_session(number)),
            ),
        )
    makes_up = _YOU_MAKE_UP if own else _THEY_MAKE_UP
    if not told:
        return (when, joined(" ", (_YOU_SAY_SO if own else _THEY_SAY_SO, makes_up)))
    later = [n for n in page.course.numbers if n > number and n not in page.course.held]
    if not later:
        return (when, makes_up)
    following = say("The next one is learning session {number}, on {day}.", number=later[0], day=_day(page, later[0]))
    return (when, joined(" ", (following, makes_up)))


def _day(page: PageContext, number: int) -> str:
    return long_date(page.calendar.day(page.course.learning_session(number)))


_YOU_SAY_SO: Final = (
    "If you can come, there's nothing to do. If not, say so: we'll stop reminding you, and tell the office and faculty."
)
_THEY_SAY_SO: Final = (
    "If they can come, there's nothing to do. If not, say so: we'll stop reminding them, and tell the office and "
    "faculty."
)
_YOU_MAKE_UP: Final = (
    "After the session we'll ask you to arrange with the programme office how to make it up. Once that's done, it "
    "counts as attended."
)
_THEY_MAKE_UP: Final = (
    "After the session we'll ask them to arrange with the programme office how to make it up. Once that's done, it "
    "counts as attended."
)


PAGES: Final[dict[str, Ask]] = {"learning_session": learning_session}
"""By the name that a matter gives as its page."""
