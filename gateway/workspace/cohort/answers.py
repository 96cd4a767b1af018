"""Questions about a cohort that no mail asks, or that may be answered before one does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from gateway.pages.answers import Ask, button, day_field, on_day, tells
from gateway.pages.asked import Answer, Choice, Field, Given, Question, Telling
from gateway.pages.course import participant_name
from gateway.pages.recorded import OFFER_ANSWERS, recorded
from gateway.pages.shown import PageContext
from lifecycle.cohort.life import Enrolment
from lifecycle.dates import long_date
from schemas import cohort_facts as facts
from schemas.calendars import HOLIDAY_TABLES
from schemas.due import Notice
from schemas.facts import CalendarRevised, Fact, RoleChanged
from schemas.programme import DEFAULT_ZONE
from schemas.words import Act, HolidayDivision, Matter, Role

DIVISIONS: Final = {
    HolidayDivision.ENGLAND_AND_WALES: "England and Wales",
    HolidayDivision.SCOTLAND: "Scotland",
    HolidayDivision.NORTHERN_IRELAND: "Northern Ireland",
}
_LEAVES: Final = (
    Choice("capacity", "Not enough capacity"),
    Choice("time", "Not enough time"),
    Choice("left_post", "They've left their post"),
    Choice("health", "Health"),
    Choice("other", "Another reason"),
)
UNDONE: Final = "If it was a mistake, take it back in the cohort's log."


@dataclass(frozen=True, slots=True)
class Place:
    """A course that somebody may move to, and the id of the place that they have there already, if they do."""

    cohort: str
    label: str
    starts: date
    enrolment: str | None


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


def _question(
    page: PageContext, name: str, title: str, lead: tuple[str, ...], *found: Answer, mark: Sequence[Fact]
) -> Question:
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
    return replace(_question(page, name, title, lead, answer, mark=_corrections(page)), recorded=())


def start(page: PageContext) -> Question:
    """The course starts on another day."""
    opening, first = page.course.opening, page.facts[0].event_id

    def told(given: Given) -> tuple[Telling, ...]:
        return (Telling(opening.model_copy(update={"course_start": given["starts"]}), first),)

    field = day_field("starts", "When does the course start?", page, given=False)
    lead = (
        f"It's due to start on {long_date(opening.course_start)}.",
        (
            "All the dates of the course and its teams will move too. Participants get one email about it. "
            f"Learning sessions that were moved separately keep their dates. {UNDONE}"
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
            f"We use the bank holidays of {DIVISIONS[opening.division]}. If that's wrong, correct it: we'll work "
            f"out all the dates of the course and its teams again. {UNDONE}"
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
            f"All times of the course and its teams are by the clocks of: {known[opening.zone]}. If that's wrong, "
            f"correct it: 9:30am will be 9:30am there. {UNDONE}"
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
            f"The cohort uses the list {table_in_words(page.calendar.table).lower()}. Future dates will be worked "
            f"out again. Past dates don't change. {UNDONE}"
        ),
    )
    answer = Answer(
        name="holidays", fields=(which,), buttons=button("Use this list"), as_recorded=True,
        tell=lambda given: tells(given, CalendarRevised, calendar=given["table"]),
    )  # fmt: skip
    return _question(page, "holidays", "Use another list of bank holidays", lead, answer, mark=found)


def table_in_words(table: str) -> str:
    """A list of bank holidays by when it was published."""
    year, month = table.removeprefix("uk-").split("-")
    return f"Published by {long_date(date(int(year), int(month), 1)).split(' ', 2)[2]}"


def role(page: PageContext, part: Role, names: Mapping[str, str]) -> Question:
    """Somebody else is faculty or sponsor: for all whose it was, or for everybody."""
    holders = {place.person(part) for place in page.course.enrolments.values() if not place.gone}
    known = sorted((person for person in holders if person), key=lambda person: names.get(person, ""))
    each = tuple(Choice(person, f"Those of {names.get(person, 'somebody who was erased')}") for person in known)
    everybody = (Choice("all", "All participants"),) if part is Role.FACULTY else ()
    called = "faculty member" if part is Role.FACULTY else "sponsor"
    whom = Field(name="whom", kind="radios", label="For which participants?",
                 missing="Select for which participants", choices=(*each, *everybody))  # fmt: skip
    who = Field(name="who", kind="person", label=f"Who is their {called} now?",
                hint="If we know them already, we'll recognise the email address.",
                missing=f"Enter who their {called} is")  # fmt: skip

    def told(given: Given) -> tuple[Telling, ...]:
        instead = given["whom"] if given["whom"] != "all" else None
        return tells(given, RoleChanged, role=part, person=given["who"], instead_of=instead)

    lead = (
        (f"From now on we'll contact the new {called}, including about these participants' teams. {UNDONE}"),
        *(() if each or everybody else ("Nobody in this cohort has one yet.",)),
    )
    answer = Answer(name="role", fields=(whom, who), buttons=button(f"Change the {called}"), tell=told, weighty=True)
    found = (answer,) if each or everybody else ()
    return _question(page, part, f"Change the {called}", lead, *found, mark=page.holding("role_changed"))


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
    lead = (f"It's due on {when}. Participants will get an email with the new date, and their calendars will update.",)
    return _question(page, f"moved-{number}", f"Move learning session {number}", lead, answer, mark=told)


def enrol(page: PageContext, enrolment: str, teams: Sequence[tuple[str, str, str | None]]) -> Question:
    """One more participant."""
    fields = (
        Field(name="person", kind="person", label="Who is the participant?", missing="Enter who the participant is",
              hint="If we know them already, we'll recognise the email address."),
        Field(name="faculty", kind="person", label="Who is their faculty member? (optional)", optional=True, seen=True),
        Field(name="sponsor", kind="person", label="Who is their sponsor? (optional)", optional=True, seen=True),
        Field(name="joins", kind="radios", label="Do they join a team as its co-coach? (optional)", optional=True,
              choices=tuple(Choice(key, team, f"Coach: {coach or 'nobody'}") for key, team, coach in teams)),
    )  # fmt: skip

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
    return replace(_question(page, "enrol", "Enrol a participant", lead, answer, mark=mark), recorded=())


def _teams_after(page: PageContext, enrolment: Enrolment, *, ends: bool) -> str:
    if not page.course.has_team(enrolment):
        return "They have no team, so nothing else changes."
    if ends:
        return "Unless their team has a co-coach, its coaching ends too."
    return "Their team stays, and we'll ask who will coach it."


def _of(page: PageContext, key: str, *kinds: str) -> list[Fact]:
    return [fact for fact in page.holding(*kinds) if getattr(fact, "enrolment", "") == key]


def defer(page: PageContext, key: str, places: Sequence[Place]) -> Question:
    """A participant moves to a later course: with a place there, or before it is known which."""
    enrolment = page.course.enrolments[key]
    name, later = participant_name(page, enrolment), {place.cohort: place for place in places}
    choices = (
        *(Choice(place.cohort, f"{place.label}, which starts on {long_date(place.starts)}") for place in places),
        Choice("unknown", "We don't know yet"),
    )
    where = Field(name="to", kind="radios", label="To which course?", missing="Select a course", choices=choices)

    def told(given: Given) -> tuple[Telling, ...]:
        place = later.get(given["to"])
        if place is None:
            return tells(given, facts.EnrolmentDeferred, enrolment=key)
        to = {"to_enrolment": place.enrolment} if place.enrolment else {}
        return tells(given, facts.EnrolmentDeferred, enrolment=key, to_cohort=place.cohort, **to)

    lead = (
        (
            "They leave this cohort, and get a place on the other course with the same faculty member and sponsor. "
            f"{_teams_after(page, enrolment, ends=True)} {UNDONE}"
        ),
    )
    answer = Answer(name="defer", fields=(where,), buttons=button("Move them"), tell=told, variant="warning",
                    weighty=True)  # fmt: skip
    gone = _of(page, key, "enrolment_deferred", "enrolment_withdrawn")
    return _question(page, f"defer/{key}", f"Move {name} to a later course", lead,
                     *(() if enrolment.gone else (answer,)), mark=gone)  # fmt: skip


def withdraw(page: PageContext, key: str) -> Question:
    """A participant leaves the course."""
    enrolment = page.course.enrolments[key]
    why = Field(name="reason", kind="radios", label="Why do they leave?", missing="Select why they leave",
                choices=_LEAVES)  # fmt: skip
    answer = Answer(
        name="withdraw", fields=(day_field("on", "When did they leave?", page), why),
        buttons=button("Record that they've left"), variant="warning",
        weighty=True,
        tell=lambda given: tells(
            given, facts.EnrolmentWithdrawn, occurred_at=on_day(page, given), enrolment=key, reason=given["reason"]
        ),
    )  # fmt: skip
    lead = (f"We won't ask them for anything more. {_teams_after(page, enrolment, ends=False)} {UNDONE}",)
    gone = _of(page, key, "enrolment_deferred", "enrolment_withdrawn")
    return _question(page, f"withdraw/{key}", f"{participant_name(page, enrolment)} leaves the course", lead,
                     *(() if enrolment.gone else (answer,)), mark=gone)  # fmt: skip


def conditional(page: PageContext, key: str) -> Question:
    """May a participant go on without a team? Decided at any time."""
    name = participant_name(page, page.course.enrolments[key])
    told = _of(page, key, "conditional_start_decided")
    until = day_field("until", "Until when?", page, given=False)
    found = (
        Answer(
            name="allow", fields=(until,), buttons=button("Yes, until this date"),
            tell=lambda given: tells(
                given, facts.ConditionalStartDecided, enrolment=key, allowed=True, until=given["until"]
            ),
        ),
        Answer(
            name="refuse", opener="They can't start without a team", buttons=button("Not without a team"),
            variant="secondary",
            tell=lambda given: tells(given, facts.ConditionalStartDecided, enrolment=key, allowed=False),
        ),
    )  # fmt: skip
    lead = (f"If they can, we'll ask again on that date. If not, they stay enrolled without a team. {UNDONE}",)
    return _question(page, f"conditional/{key}", f"May {name} start without a team?", lead, *found, mark=told)


def offered(page: PageContext, key: str) -> Question:
    """Somebody who coaches nobody was asked whether they would again."""
    name = participant_name(page, page.course.enrolments[key])
    said = Field(
        name="answer", kind="radios", label="What did they say?", missing="Select what they said",
        choices=tuple(Choice(code, words) for code, words in OFFER_ANSWERS.items()),
    )  # fmt: skip
    answer = Answer(
        name="offered", fields=(said,), buttons=button("Record the answer"),
        tell=lambda given: tells(given, facts.CoachingOffered, enrolment=key, answer=given["answer"]),
    )  # fmt: skip
    lead = (f"We'll show the answer beside their name, and send nobody an email about it. {UNDONE}",)
    told = _of(page, key, "coaching_offered")
    return _question(page, f"offered/{key}", f"Would {name} coach again?", lead, answer, mark=told)


def refresher(page: PageContext, key: str) -> Question:
    """A coach had a refresher."""
    name = participant_name(page, page.course.enrolments[key])
    answer = Answer(
        name="refreshed", fields=(day_field("on", "When was the refresher held?", page),),
        buttons=button("A refresher was held"),
        tell=lambda given: tells(given, facts.RefresherHeld, occurred_at=on_day(page, given), enrolment=key),
    )  # fmt: skip
    lead = ("They'll have the same length of time again before we ask whether they still coach.",)
    told = _of(page, key, "refresher_held")
    return _question(page, f"refresher/{key}", f"A refresher for {name}", lead, answer, mark=told)
