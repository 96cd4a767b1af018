"""Pages about the course and its participants: a cohort's matters."""

from __future__ import annotations

from typing import Final

from activities.links import Purpose
from gateway.pages.answers import Ask, button, day_field, on_day, tells
from gateway.pages.asked import Answer, Choice, Field, Given, Onward, Question, Telling
from gateway.pages.recorded import in_words, recorded
from gateway.pages.shown import COACHES, Nobody, PageContext
from gateway.pages.weekly import asked, marks, topic_of
from lifecycle.cohort.life import Enrolment, engagement_id
from lifecycle.dates import long_date
from schemas import cohort_facts as facts
from schemas.facts import Fact
from schemas.sentences import say, say_of
from schemas.words import CohortStage, Role

_CANCELS: Final = (
    Choice("too_few_participants", "Too few participants"),
    Choice("no_faculty", "No faculty"),
    Choice("other", "Another reason"),
)


def of_participant(page: PageContext, enrolment: str, *kinds: str) -> list[Fact]:
    """What holds of one participant."""
    return [fact for fact in page.holding(*kinds) if getattr(fact, "enrolment", None) == enrolment]


def concerned(page: PageContext) -> Enrolment:
    """The participant a page is about. Raises Nobody where there is none."""
    found = page.concerned()
    if found is None:
        raise Nobody
    return found


def participant_name(page: PageContext, enrolment: Enrolment) -> str:
    """A participant's name, or which of them it is."""
    return page.named(
        enrolment.accepted.person,
        say("participant {number}", number=enrolment.accepted.enrolment.rpartition(".")[2]),
    )


def _starts(page: PageContext) -> str:
    return say_of(
        sum(not enrolment.gone for enrolment in page.course.enrolments.values()),
        "The course starts on {day}, with {number} participant so far.",
        "The course starts on {day}, with {number} participants so far.",
        day=long_date(page.course.opening.course_start),
    )


def confirmation(page: PageContext) -> Question:
    """Will the course run?"""
    told_before = page.holding("cohort_confirmed", "cohort_cancelled")
    instead = told_before[-1].event_id if told_before else None
    since = told_before[-1].occurred_at if told_before else None

    def confirmed(given: Given) -> tuple[Telling, ...]:
        return tells(given, facts.CohortConfirmed, instead, occurred_at=since or given.at)

    why = Field(name="reason", kind="radios", label="Why not?", missing="Select why it won't run", choices=_CANCELS)
    return Question(
        title="Will the course run?",
        lead=(_starts(page),),
        topic=topic_of(page),
        mark=(*marks(*told_before), page.course.opening.event_id),
        answers=(
            Answer(name="confirm", buttons=button("Yes, it will run"), tell=confirmed),
            _moves(page),
            Answer(
                name="cancel",
                opener="No, the course is cancelled",
                hint="This ends the course and the coaching of its teams. We'll tell everyone.",
                fields=(why,),
                buttons=button("Cancel the course"),
                tell=lambda given: tells(
                    given, facts.CohortCancelled, instead, occurred_at=since or given.at, reason=given["reason"]
                ),
                variant="warning",
                weighty=True,
            ),
        ),
        recorded=recorded(page, *told_before[-1:]),
        settled=bool(told_before) or page.cohort.stage is not CohortStage.PLANNED,
        correctable=bool(told_before) and page.cohort.stage in (CohortStage.CONFIRMED, CohortStage.CANCELLED),
    )


def _moves(page: PageContext) -> Answer:
    """The course starts on another day: its first fact is put right."""
    opening = page.course.opening

    def moved(given: Given) -> tuple[Telling, ...]:
        return (Telling(opening.model_copy(update={"course_start": given["starts"]}), opening.event_id),)

    return Answer(
        name="move",
        opener="It will run, but start on a different day",
        hint="All the dates of the course and its teams move with it. We'll tell the participants.",
        fields=(day_field("starts", "When will it start?", page, given=False),),
        buttons=button("Move the course"),
        tell=moved,
        variant="secondary",
        weighty=True,
    )


def attendance(page: PageContext) -> Question:
    """Who was at a learning session?"""
    number = int(asked(page)[1].partition(".")[0])
    held = [
        fact for fact in page.holding("learning_session_held")
        if isinstance(fact, facts.LearningSessionHeld) and fact.number == number
    ]  # fmt: skip
    day = page.calendar.day(page.course.learning_session(number))

    def told(given: Given) -> tuple[Telling, ...]:
        at = held[-1].occurred_at if held else given.at
        return tells(
            given,
            facts.LearningSessionHeld,
            held[-1].event_id if held else None,
            occurred_at=at,
            number=number,
            attended=given["attended"] or (),
        )

    here = {key: enrolment for key, enrolment in page.course.enrolments.items() if not enrolment.gone}
    who = Field(
        name="attended",
        kind="checkboxes",
        label="Who was there?",
        hint="Select everyone who attended.",
        optional=True,
        seen=True,
        choices=tuple(
            Choice(
                key,
                participant_name(page, enrolment),
                "Told us beforehand that they couldn't come" if page.course.declined(enrolment, number) else "",
            )
            for key, enrolment in here.items()
        ),
        value=tuple(held[-1].attended) if held else (),
    )
    return Question(
        title=say("Who was at learning session {number} on {day}?", number=number, day=long_date(day)),
        lead=() if held else ("We'll ask anyone who missed it to make it up.",),
        topic=topic_of(page),
        mark=marks(*held),
        answers=(
            Answer(
                name="attended", fields=(who,), buttons=button("Save the attendance"), tell=told, as_recorded=bool(held)
            ),
        ),
        recorded=recorded(page, *held[-1:]),
        settled=bool(held),
    )


def make_up(page: PageContext) -> Question:
    """Was a missed learning session made up?"""
    enrolment, number = concerned(page), int(asked(page)[1].partition(".")[0])
    key = enrolment.accepted.enrolment
    made_up = [
        fact for fact in of_participant(page, key, "learning_session_made_up") if getattr(fact, "number", 0) == number
    ]
    own = page.role in COACHES
    made = Answer(
        name="made-up",
        fields=(day_field("on", "When was it made up?", page),),
        buttons=button("It was made up"),
        tell=lambda given: tells(
            given,
            facts.LearningSessionMadeUp,
            made_up[-1].event_id if made_up else None,
            occurred_at=on_day(page, given),
            number=number,
            enrolment=key,
        ),
    )
    return Question(
        title=say("Learning session {number}: make up what was missed", number=number),
        lead=(
            say("You missed learning session {number}. Once it's made up, it counts as attended.", number=number)
            if own
            else say(
                "{name} missed learning session {number}. Once it's made up, it counts as attended.",
                name=participant_name(page, enrolment),
                number=number,
            ),
            *(("Please arrange with the programme office how to make it up.",) if own and not made_up else ()),
        ),
        topic=topic_of(page),
        mark=marks(*made_up),
        answers=() if own else (made,),
        recorded=recorded(page, *made_up[-1:]),
        settled=bool(made_up) and not own,
        correctable=not own,
    )


def lapse(page: PageContext) -> Question:
    """A coach who coaches no more: a refresher, or they have stopped."""
    enrolment = concerned(page)
    key = enrolment.accepted.enrolment
    held = of_participant(page, key, "refresher_held")
    opened = min((at for k, at in page.done.items() if k.startswith("/".join(asked(page)))), default=page.present)
    since = [fact for fact in held if fact.occurred_at >= opened]

    def told(given: Given) -> tuple[Telling, ...]:
        at = on_day(page, given)
        return tells(given, facts.RefresherHeld, occurred_at=at, enrolment=key)

    held_on = Answer(
        name="refreshed",
        fields=(day_field("on", "When was the refresher held?", page),),
        buttons=button("A refresher was held"),
        tell=told,
    )
    own = page.role in COACHES
    return Question(
        title="Would a refresher help you to coach again?"
        if own
        else say("{name} hasn't coached for a while", name=participant_name(page, enrolment)),
        lead=("Many coaches pause like this, and most can start again after a short refresher.",)
        if not own
        else (
            "If you'd like a refresher, reply to the email: the programme office will arrange it.",
            "If you've been coaching after all, or have stopped, tell us below.",
        ),
        topic=topic_of(page),
        mark=marks(*held),
        answers=() if own or since else (held_on,),
        recorded=recorded(page, *since),
        correctable=False,
        onward=_stopped(page, enrolment) if own else (),
    )


def _stopped(page: PageContext, enrolment: Enrolment) -> tuple[Onward, ...]:
    key = enrolment.accepted.enrolment
    coached = [engagement_id(key, number) for number in range(1, len(enrolment.teams) + 1)]
    coached += [enrolment.accepted.joins] if enrolment.accepted.joins else []
    home = Onward("Record a session, or anything else", page.url(Purpose.HOME, subject=""))
    return (
        home,
        *(Onward("I've stopped coaching", page.url(Purpose.STOPPED, subject=team)) for team in coached),
    )


_IF_WRONG: Final = {
    True: "If it was wrong, take it back. If the later report was wrong, correct that one.",
    False: ("If it was wrong, take it back. If the later report was wrong, correct that one, or reply to the email."),
}
_IF_RIGHT: Final = {
    True: "If the later one is right, take the other back. If not, correct the later one.",
    False: ("If the later one is right, take the other back. If not, correct the later one, or reply to the email."),
}
"""What to do about two reports that contradict each other, by whether the office is asked."""


def contradiction(page: PageContext) -> Question:
    """A report that has no effect, since another made it impossible or overruled it: take it back, or leave it."""
    detail = (page.notice.detail if page.notice else None) or asked(page)[1]
    void, overruled = page.state.account.void, page.state.account.overruled
    known = {fact.event_id: fact for fact in page.facts}
    report, holds = known.get(detail), known.get(overruled.get(detail, ""))
    lead: tuple[str, ...] = ("The two reports no longer contradict each other. You don't need to do anything.",)
    context: tuple[tuple[str, str], ...] = ()
    twice = False
    if report and detail in void:
        lead = (
            "Something recorded later makes this report impossible. We've kept it, but it no longer counts.",
            void[detail].reason,
            _IF_WRONG[page.role is Role.OFFICE],
        )
        context = (("The report that no longer counts", in_words(report, page.clock)),)
    elif report and holds:
        twice = True
        lead = (
            "The later correction counts. We've kept the other one.",
            _IF_RIGHT[page.role is Role.OFFICE],
        )
        context = (
            ("The correction that counts", in_words(holds, page.clock)),
            ("The other one", in_words(report, page.clock)),
        )
    label = "Take the other correction back" if twice else "Take this report back"
    takes_back = Answer(
        name="withdraw",
        buttons=button(label),
        tell=lambda _given: (Telling(None, detail),),
        variant="secondary",
        weighty=True,
    )
    return Question(
        title="A report was corrected twice" if twice else "Two reports contradict each other",
        lead=lead,
        context=context,
        topic=topic_of(page),
        mark=(*void, *overruled, *marks(*page.facts[-1:])),
        answers=(takes_back,) if context and page.role is Role.OFFICE else (),
        correctable=False,
    )


PAGES: Final[dict[str, Ask]] = {
    "contradiction": contradiction,
    "cohort_confirmation": confirmation,
    "attendance": attendance,
    "make_up": make_up,
    "lapse": lapse,
}
"""By the name that a matter gives as its page."""
