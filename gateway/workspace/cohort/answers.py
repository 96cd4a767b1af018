"""Questions about a cohort that no mail asks, or that may be answered before one does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from gateway.pages.answers import Ask, button, day_field, tells
from gateway.pages.asked import Answer, Choice, Field, Given, Question, Telling
from gateway.pages.recorded import recorded
from gateway.pages.shown import PageContext
from lifecycle.dates import long_date, long_month
from lifecycle.roles import called
from schemas import cohort_facts as facts
from schemas.calendars import HOLIDAY_TABLES
from schemas.due import Notice
from schemas.facts import CalendarRevised, Fact, RoleChanged
from schemas.programme import DEFAULT_ZONE
from schemas.sentences import lowered, say
from schemas.words import Act, HolidayDivision, Matter, Role

DIVISIONS: Final = {
    HolidayDivision.ENGLAND_AND_WALES: "England and Wales",
    HolidayDivision.SCOTLAND: "Scotland",
    HolidayDivision.NORTHERN_IRELAND: "Northern Ireland",
}
UNDONE: Final = "If it was a mistake, take it back in the cohort's log."


def put(matter: Matter, ask: Ask, window: str = "any-time", about: str | None = None) -> Ask:
    """A question that otherwise a notice puts, put by whoever opens its page."""

    def asking(page: PageContext) -> Question:
        notice = Notice(
            person=page.person, role=page.role, act=Act.ASK, matter=matter, window=window, turn=page.role,
            reason="recorded_at_any_time", detail=about,
        )  # fmt: skip
        return ask(replace(page, notice=notice))

    return asking


def free(cohort: str, taken: Sequence[str]) -> str:
    """The id of a new place."""
    number = len(taken) + 1
    while f"{cohort}.P{number:02}" in taken:
        number += 1
    return f"{cohort}.P{number:02}"


def to_ask(
    page: PageContext, name: str, title: str, lead: tuple[str, ...], *found: Answer, mark: Sequence[Fact]
) -> Question:
    """A question about the course, by its name; ``mark`` is what is recorded of it."""
    return Question(
        title=title,
        lead=lead,
        topic=f"{page.subject}/record/{name}",
        mark=tuple(fact.event_id for fact in mark),
        answers=found,
        recorded=recorded(page, *mark[-1:]),
        correctable=False,
    )


def _corrections(page: PageContext) -> list[Fact]:
    return [fact for fact in page.facts if fact.kind == "correction"]


def _put_right(page: PageContext, name: str, title: str, lead: tuple[str, ...], answer: Answer) -> Question:
    """A question about the first fact: it is another one after each correction."""
    return replace(to_ask(page, name, title, lead, answer, mark=_corrections(page)), recorded=())


def start(page: PageContext) -> Question:
    """The course starts on another day."""
    opening, first = page.course.opening, page.facts[0].event_id

    def told(given: Given) -> tuple[Telling, ...]:
        return (Telling(opening.model_copy(update={"course_start": given["starts"]}), first),)

    field = day_field("starts", "When does the course start?", page, given=False)
    lead = (
        say("It's due to start on {day}.", day=long_date(opening.course_start)),
        (
            say(
                "All the dates of the course and its teams will move too. Participants get one email "
                "about it. Learning sessions that were moved separately keep their dates. {undone}",
                undone=UNDONE,
            )
        ),
    )
    answer = Answer(name="start", fields=(field,), buttons=button("Move the course"), tell=told, weighty=True)
    return _put_right(page, "start", "Move the course to another start", lead, answer)


def division(page: PageContext) -> Question:
    """The bank holidays of another part of the country hold, and always did."""
    opening, first = page.course.opening, page.facts[0].event_id
    where = Field(
        name="division", kind="radios", label="Where is the cohort?", missing="Select where the cohort is",
        choices=tuple(Choice(part, words) for part, words in DIVISIONS.items()), value=opening.division,
    )  # fmt: skip

    def told(given: Given) -> tuple[Telling, ...]:
        return (Telling(opening.model_copy(update={"division": HolidayDivision(given["division"])}), first),)

    lead = (
        (
            say(
                "We use the bank holidays of {place}. If that's wrong, correct it: we'll work "
                "out all the dates of the course and its teams again. {undone}",
                place=DIVISIONS[opening.division],
                undone=UNDONE,
            )
        ),
    )
    answer = Answer(name="division", fields=(where,), buttons=button("Correct it"), tell=told)
    return _put_right(page, "division", "Which bank holidays does the cohort follow?", lead, answer)


ZONES: Final = {
    DEFAULT_ZONE: "The UK",
    "Europe/Dublin": "Ireland",
    "Europe/Lisbon": "Portugal",
    "Europe/Paris": "Central Europe, for example Paris",
    "Europe/Helsinki": "Eastern Europe, for example Helsinki",
    "America/New_York": "The east of the US and Canada, for example New York",
    "America/Chicago": "The centre of the US and Canada, for example Chicago",
    "America/Denver": "The mountains of the US and Canada, for example Denver",
    "America/Los_Angeles": "The west of the US and Canada, for example Los Angeles",
    "Australia/Sydney": "The east of Australia, for example Sydney",
    "Pacific/Auckland": "New Zealand",
}
"""By whose clocks a cohort may go."""


def zone(page: PageContext) -> Question:
    """The clocks of another place hold, and always did."""
    opening, first = page.course.opening, page.facts[0].event_id
    known = ZONES if opening.zone in ZONES else {opening.zone: opening.zone.replace("_", " "), **ZONES}
    where = Field(name="zone", kind="radios", label="Which clocks?", missing="Select which clocks",
                  choices=tuple(Choice(*each) for each in known.items()), value=opening.zone)  # fmt: skip

    def told(given: Given) -> tuple[Telling, ...]:
        return (Telling(opening.model_copy(update={"zone": given["zone"]}), first),)

    lead = (
        (
            say(
                "All times of the course and its teams are by the clocks of: {place}. If that's "
                "wrong, correct it: 9:30am will be 9:30am there. {undone}",
                place=known[opening.zone],
                undone=UNDONE,
            )
        ),
    )
    answer = Answer(name="zone", fields=(where,), buttons=button("Correct it"), tell=told)
    return _put_right(page, "zone", "Which clocks does the cohort go by?", lead, answer)


def holidays(page: PageContext) -> Question:
    """Another list of bank holidays holds from now on."""
    found = page.holding("calendar_revised")
    choices = tuple(Choice(table, table_in_words(table)) for table in reversed(HOLIDAY_TABLES))
    which = Field(name="table", kind="radios", label="Which list?", missing="Select a list", choices=choices,
                  value=page.calendar.table)  # fmt: skip
    lead = (
        (
            say(
                "The cohort uses the list {table}. Future dates will be worked out again. "
                "Past dates don't change. {undone}",
                table=lowered(table_in_words(page.calendar.table)),
                undone=UNDONE,
            )
        ),
    )
    answer = Answer(
        name="holidays", fields=(which,), buttons=button("Use this list"), as_recorded=True,
        tell=lambda given: tells(given, CalendarRevised, calendar=given["table"]),
    )  # fmt: skip
    return to_ask(page, "holidays", "Use another list of bank holidays", lead, answer, mark=found)


def table_in_words(table: str) -> str:
    """A list of bank holidays by when it was published."""
    year, month = table.removeprefix("uk-").split("-")
    return say("Published by {month}", month=long_month(date(int(year), int(month), 1)))


def role(page: PageContext, part: Role, names: Mapping[str, str]) -> Question:
    """Somebody else is faculty or sponsor: for all whose it was, or for everybody."""
    holders = {place.person(part) for place in page.course.enrolments.values() if not place.gone}
    known = sorted((person for person in holders if person), key=lambda person: names.get(person, ""))
    each = tuple(
        Choice(person, say("Those of {name}", name=names.get(person, "somebody who was erased"))) for person in known
    )
    everybody = (Choice("all", "All participants"),) if part is Role.FACULTY else ()
    theirs = called(part)
    whom = Field(name="whom", kind="radios", label="For which participants?",
                 missing="Select for which participants", choices=(*each, *everybody))  # fmt: skip
    who = Field(name="who", kind="person", label=say("Who is their {role} now?", role=theirs),
                hint="If we know them already, we'll recognise the email address.",
                missing=say("Enter who their {role} is", role=theirs))  # fmt: skip

    def told(given: Given) -> tuple[Telling, ...]:
        instead = given["whom"] if given["whom"] != "all" else None
        return tells(given, RoleChanged, role=part, person=given["who"], instead_of=instead)

    lead = (
        (
            say(
                "From now on we'll contact the new {role}, including about these participants' teams. {undone}",
                role=theirs,
                undone=UNDONE,
            )
        ),
        *(() if each or everybody else ("Nobody in this cohort has one yet.",)),
    )
    answer = Answer(
        name="role",
        fields=(whom, who),
        buttons=button(say("Change the {role}", role=theirs)),
        tell=told,
        weighty=True,
    )
    found = (answer,) if each or everybody else ()
    return to_ask(page, part, say("Change the {role}", role=theirs), lead, *found, mark=page.holding("role_changed"))


def moved(page: PageContext, number: int) -> Question:
    """A learning session is on another day, or at another time."""
    when = page.clock.moment(page.course.learning_session(number))
    told = [fact for fact in page.holding("learning_session_moved") if getattr(fact, "number", 0) == number]
    fields = (
        day_field("day", "On which day?", page, given=False),
        Field(name="time", kind="time", label="At what time?", hint="For example, 9:30am or 14:00",
              missing="Enter the time it starts"),
    )  # fmt: skip
    answer = Answer(
        name="moved", fields=fields, buttons=button("Move the learning session"),
        tell=lambda given: tells(
            given, facts.LearningSessionMoved, number=number, to_day=given["day"], to_time=given["time"]
        ),
    )  # fmt: skip
    lead = (
        say(
            "It's due on {when}. Participants will get an email with the new date, and their calendars will update.",
            when=when,
        ),
    )
    return to_ask(
        page, f"moved-{number}", say("Move learning session {number}", number=number), lead, answer, mark=told
    )


def enrol(page: PageContext, enrolment: str, teams: Sequence[tuple[str, str, str | None]]) -> Question:
    """One more participant."""
    fields = (
        Field(
            name="person",
            kind="person",
            label="Who is the participant?",
            missing="Enter who the participant is",
            hint="If we know them already, we'll recognise the email address.",
        ),
        Field(name="faculty", kind="person", label="Who is their faculty member? (optional)", optional=True, seen=True),
        Field(name="sponsor", kind="person", label="Who is their sponsor? (optional)", optional=True, seen=True),
        Field(
            name="joins",
            kind="radios",
            label="Do they join a team as its co-coach? (optional)",
            optional=True,
            choices=tuple(
                Choice(key, team, say("Coach: {coach}", coach=coach or "nobody")) for key, team, coach in teams
            ),
        ),
    )

    def told(given: Given) -> tuple[Telling, ...]:
        said = {name: given[name] for name in ("person", "faculty", "sponsor", "joins") if given[name]}
        return tells(given, facts.EnrolmentAccepted, enrolment=enrolment, **said)

    lead = (
        (
            "They get the dates of the learning sessions, and until they have a team we ask them which team they'll "
            "coach. If you know their team, you can name it on their page afterwards."
        ),
        UNDONE,
    )
    answer = Answer(name="enrol", fields=fields, buttons=button("Enrol them"), tell=told)
    mark = page.holding("enrolment_accepted")
    return replace(to_ask(page, "enrol", "Enrol a participant", lead, answer, mark=mark), recorded=())
