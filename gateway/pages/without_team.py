"""Pages about participants who have no team: which one it is, help to find one, and whether they may go on without."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from activities.links import Purpose
from gateway.pages import answers
from gateway.pages.answers import SLOT_FIELDS, Ask, button, tells
from gateway.pages.asked import NO_PATIENTS, Answer, Field, Given, Onward, Question, Telling
from gateway.pages.course import concerned, of_participant, participant_name
from gateway.pages.recorded import recorded
from gateway.pages.shown import COACHES, PageContext
from gateway.pages.weekly import asked, marks, topic_of
from lifecycle.cohort.life import Enrolment
from lifecycle.dates import long_date
from schemas import cohort_facts as facts
from schemas.sentences import say
from schemas.words import Matter

ASKS_FOR_HELP: Final = Field(
    name="words",
    kind="note",
    label="What have you tried, and what would help? (optional)",
    hint=say("One or two sentences for the programme office. {no_patients}", no_patients=NO_PATIENTS),
    optional=True,
    seen=True,
)


def microsystem(page: PageContext) -> Question:
    """Which team will a participant coach? Reached by a notice, or by a link of their own."""
    enrolment = concerned(page)
    key = enrolment.accepted.enrolment
    named = of_participant(page, key, "microsystem_identified")
    helped = of_participant(page, key, "team_help_asked", "no_team_found")
    own = page.role in COACHES
    first = page.link.purpose is Purpose.NOTICE
    without = not page.course.has_team(enrolment)
    return Question(
        title=_which_team(page, enrolment) if first else "Name another team that you coach",
        lead=("The team must be willing and able to meet every week.", *_helping(page, enrolment))
        if not (named and first)
        else ("If it's the wrong team, reply to the email: it goes to the programme office.",),
        topic=f"{page.subject}/{Matter.MICROSYSTEM}/{key}",
        mark=marks(*named, *helped),
        answers=(names_team(key), *((help_asked(page, key),) if without and not _waits(page, enrolment) else ())),
        recorded=recorded(page, *named, *(helped if without else ())),
        settled=bool(named) and first,
        correctable=False,
        onward=_other_team(page, key) if named and first and own else (),
        together=True,
    )


def _which_team(page: PageContext, enrolment: Enrolment) -> str:
    if page.role in COACHES:
        return "Which team will you coach?"
    return say("Which team will {name} coach?", name=participant_name(page, enrolment))


def names_team(key: str) -> Answer:
    """A participant's team, and the hour it meets."""

    def told(given: Given) -> tuple[Telling, ...]:
        team = facts.Team(microsystem=given["team"], team_lead=given["lead"], slot=answers.slot_of(given))
        return tells(given, facts.MicrosystemIdentified, enrolment=key, team=team)

    team = Field(name="team", kind="team", label="What is the team called?", missing="Enter the name of the team",
                 hint="For example, Ward 12 or Eye clinic")  # fmt: skip
    lead = Field(name="lead", kind="person", label="Who leads the team? (optional)", optional=True, seen=True)
    return Answer(name="team", fields=(team, *SLOT_FIELDS, lead), buttons=button("Send the team"), tell=told)


def _waits(page: PageContext, enrolment: Enrolment) -> bool:
    """Whether the office was asked for help, and still has time to answer."""
    return enrolment.helped is not None and page.present < page.course.help_ends(enrolment.helped)


def _helping(page: PageContext, enrolment: Enrolment) -> tuple[str, ...]:
    if enrolment.helped is None or not _waits(page, enrolment):
        return ()
    until = long_date(page.calendar.day(page.course.help_ends(enrolment.helped)))
    if page.role in COACHES:
        said = "The programme office is looking for a team. We won't ask you again before {day}, unless it answers."
    else:
        said = "The programme office is looking for a team. We won't ask them again before {day}, unless it answers."
    return (say(said, day=until),)


def _other_team(page: PageContext, enrolment: str) -> tuple[Onward, ...]:
    return (Onward("Name another team that you coach", page.url(Purpose.TEAM, enrolment)),)


def conditional_start(page: PageContext) -> Question:
    """May a participant go on without a team?"""
    enrolment = concerned(page)
    if page.role in COACHES:
        return microsystem(page)
    key, name = enrolment.accepted.enrolment, participant_name(page, enrolment)
    decided = of_participant(page, key, "conditional_start_decided", "enrolment_deferred", "microsystem_identified")
    opened = min((at for k, at in page.done.items() if k.startswith("/".join(asked(page)))), default=page.present)
    since = [fact for fact in decided if fact.occurred_at >= opened]

    def told(given: Given) -> tuple[Telling, ...]:
        return tells(
            given, facts.ConditionalStartDecided, enrolment=key, allowed=given.choice == "yes", until=given["until"]
        )

    until = Field(name="until", kind="date", label="Until when?", hint="For example, 27 3 2027",
                  missing="Enter until when", value=page.today + timedelta(weeks=4))  # fmt: skip
    found = (
        Answer(name="allow", fields=(until,), buttons=button("Yes, until this date"), tell=told),
        Answer(name="refuse", opener="They can't start without a team", buttons=button("Not without a team", "no"),
               tell=told, variant="secondary"),
        Answer(name="defer", opener="A place on a later course", buttons=button("Move to a later course"),
               tell=lambda given: tells(given, facts.EnrolmentDeferred, enrolment=key), variant="secondary"),
    )  # fmt: skip
    return Question(
        title=say("May {name} carry on without a team?", name=name),
        lead=(say("The grace period has ended, and {name} still has no team to coach.", name=name),),
        topic=topic_of(page),
        mark=marks(*decided),
        answers=() if since or enrolment.gone or page.course.has_team(enrolment) else found,
        recorded=recorded(page, *since),
        correctable=False,
    )


def help_asked(page: PageContext, key: str) -> Answer:
    """A participant who has no team asks the office to help them find one."""
    weeks = page.course.programme.microsystem.help_within_weeks
    return Answer(
        name="help",
        opener="I need help to find a team" if page.role in COACHES else "They need help to find a team",
        hint="The programme office will look for a team, and tell you what it finds. We won't ask you for a team "
        "until it answers, or for a week."
        if weeks == 1
        else say(
            "The programme office will look for a team, and tell you what it finds. We won't ask you for a team "
            "until it answers, or for {weeks} weeks.",
            weeks=weeks,
        ),
        fields=(ASKS_FOR_HELP,),
        buttons=button("Ask for help"),
        tell=lambda given: tells(given, facts.TeamHelpAsked, enrolment=key),
        variant="secondary",
        note=False,
    )


def team_help(page: PageContext) -> Question:
    """A participant asked for help to find a team: the office names one, or says that it found none."""
    if page.role in COACHES:
        return microsystem(page)
    place = concerned(page)
    key, helped, name = place.accepted.enrolment, place.helped, participant_name(page, place)
    told = of_participant(page, key, "team_help_asked", "no_team_found", "microsystem_identified")
    since = [fact for fact in told if helped and fact.occurred_at >= helped.asked_at and fact.event_id != helped.by]
    open_now = helped is not None and helped.answered_at is None and not page.course.has_team(place) and not place.gone
    words = page.words_of(helped.by) if helped else ""
    return Question(
        title=say("{name} needs help to find a team", name=name),
        lead=("Name a team for them, or tell them you haven't found one.",) if open_now
        else ("This has been dealt with.",) if helped else ("They no longer need help.",),
        context=((say("What {name} wrote", name=name), words),) if words and open_now else (),
        topic=f"{page.subject}/{Matter.TEAM_HELP}/{key}",
        mark=marks(*told),
        answers=(names_team(key), _none_found(key)) if open_now else (),
        recorded=recorded(page, *since),
        correctable=False,
        together=True,
    )  # fmt: skip


def _none_found(key: str) -> Answer:
    def told(given: Given) -> tuple[Telling, ...]:
        return tells(given, facts.NoTeamFound, enrolment=key)

    return Answer(
        name="none", opener="We haven't found a team", hint="We'll tell them, and ask them for a team again.",
        buttons=button("Tell them we haven't found one"), tell=told, variant="secondary",
    )  # fmt: skip


PAGES: Final[dict[str, Ask]] = {
    "microsystem": microsystem,
    "conditional_start": conditional_start,
    "team_help": team_help,
}
"""By the name that a matter gives as its page."""
