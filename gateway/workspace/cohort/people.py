"""The participants of a cohort, each with their team and people; and what can be recorded of one of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages import course, learning, without_team
from gateway.pages.answers import Ask
from gateway.pages.asked import Question
from gateway.pages.completing import evidence
from gateway.pages.course import participant_name
from gateway.pages.shown import PageContext
from gateway.workspace import acting
from gateway.workspace.cohort import places
from gateway.workspace.cohort.answers import put
from gateway.workspace.cohort.frame import (
    STATES,
    back,
    cohort_of,
    cohort_url,
    looks_after,
    show_cohort,
    way_up,
)
from gateway.workspace.cohort.places import Place
from gateway.workspace.downloads import download, offered, wanted
from gateway.workspace.states import STATES as TEAM_STATES
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from lifecycle.cohort.life import Enrolment, Found, engagement_id
from records import cohorts as records
from records import pages as read
from records.caseload import NO_CONCERN
from records.cohorts import Team
from schemas.sentences import joined, raised, say
from schemas.subjects import cohort_name
from schemas.words import CohortStage, EnrolmentState, Matter, Role

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_OPEN: Final = frozenset(CohortStage) - {CohortStage.CANCELLED}
_ENROLS: Final = frozenset({CohortStage.PLANNED, CohortStage.CONFIRMED, CohortStage.IN_TEACHING})


@dataclass(frozen=True, slots=True)
class Line:
    """One participant; ``teams`` are theirs, each with where it is (nowhere before it begins) and how it is."""

    name: str
    url: str
    teams: tuple[tuple[str, str, str], ...]
    coach: str
    faculty: str
    sponsor: str
    attended: str


@pages.api_route("/cohorts/{cohort}/participants", methods=["GET", "HEAD"])
async def participants(visit: Visiting, cohort: str) -> Response:
    """Everybody, by how they are."""
    page = await cohort_of(visit, cohort)
    life, kind = page.course, wanted(visit)
    names = await _names(visit, page)
    by_state: dict[EnrolmentState, list[Line]] = {state: [] for state in STATES}
    for key, place in life.enrolments.items():
        by_state[page.cohort.enrolment(place)].append(_line(visit, page, key, names))
    if kind is not None:
        columns = ("Participant", "State", "Teams", "Coach", "Faculty", "Sponsor", "Learning sessions")
        rows = (
            (line.name, STATES[state], joined("; ", (team for team, _, _ in line.teams)), line.coach, line.faculty,
             line.sponsor, line.attended)
            for state, lines in by_state.items() for line in lines
        )  # fmt: skip
        return download(kind, say("Participants of {cohort}", cohort=cohort_name(cohort)), columns, rows)
    return show_cohort(
        "cohort_people.html",
        visit,
        page,
        "/participants",
        groups=[(STATES[state], lines) for state, lines in by_state.items() if lines],
        enrols=page.cohort.stage in _ENROLS and page.role is Role.OFFICE,
        downloads=offered(visit),
    )


def _beside(page: PageContext) -> set[str]:
    """Who is faculty or sponsor of somebody."""
    placed = page.course.enrolments.values()
    return {person for place in placed for role in (Role.FACULTY, Role.SPONSOR) if (person := place.person(role))}


@dataclass(frozen=True, slots=True)
class _Names:
    """What is called how, beside the participants: teams that run, teams that are about to begin, and people."""

    teams: dict[str, list[Team]]
    found: dict[str, str]
    people: dict[str, str]


async def _names(visit: Visit, page: PageContext) -> _Names:
    async with visit.context.connection() as conn:
        teams = await records.teams(conn, page.subject)
        begun = {team.engagement for theirs in teams.values() for team in theirs}
        ahead = {found.team.microsystem for key in page.course.enrolments for found in _ahead(page, key, begun)}
        found = await records.microsystems(conn, sorted(ahead))
        return _Names(teams, found, await read.names(conn, sorted(_beside(page))))


def _ahead(page: PageContext, key: str, begun: Collection[str]) -> list[Found]:
    """The teams that a participant found, and whose own record hasn't begun yet: that takes a moment."""
    place = page.course.enrolments[key]
    if place.gone:
        return []
    return [found for found in place.teams if engagement_id(key, found.number) not in begun]


def _line(visit: Visit, page: PageContext, key: str, known: _Names) -> Line:
    place, teams, names = page.course.enrolments[key], known.teams, known.people
    theirs = teams.get(key, [])
    ahead = _ahead(page, key, {team.engagement for team in theirs})
    if at := place.accepted.joins:
        theirs = [*theirs, *(team for found in teams.values() for team in found if team.engagement == at)]
    return Line(
        name=participant_name(page, place),
        url=cohort_url(visit, page.subject, f"/participants/{code_of(key)}"),
        teams=(
            *(
                (team.team or "A team without a name", f"{visit.root}/teams/{team.engagement}", _state(team))
                for team in theirs
            ),
            *((known.found.get(found.team.microsystem, "Their team"), "", "About to begin") for found in ahead),
        ),
        coach=joined(", ", dict.fromkeys(team.coach or say("nobody") for team in theirs)),
        faculty=names.get(place.person(Role.FACULTY) or "", say("nobody")),
        sponsor=names.get(place.person(Role.SPONSOR) or "", say("nobody")),
        attended=say("{attended} of {planned}", attended=len(place.attended), planned=len(page.course.numbers)),
    )


def _state(team: Team) -> str:
    return "Ended" if team.ended else TEAM_STATES[team.concern or NO_CONCERN][0]


def code_of(enrolment: str) -> str:
    """Which participant of the cohort an enrolment is."""
    return enrolment.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that can be recorded of a participant: its words, for whom it is offered, and its question."""

    label: str
    offered: Callable[[PageContext, Enrolment], bool]
    ask: Callable[[str], Ask]


def _here(page: PageContext, place: Enrolment) -> bool:
    return not place.gone and page.cohort.stage in _OPEN


def _learning(page: PageContext, place: Enrolment) -> bool:
    after = page.cohort.stage in {CohortStage.TEACHING_COMPLETE, CohortStage.CLOSED}
    return _here(page, place) and place.completed is None and not after


def _teamless(page: PageContext, place: Enrolment) -> bool:
    return _here(page, place) and not page.course.has_team(place)


def _lapsed(page: PageContext, place: Enrolment) -> bool:
    return _here(page, place) and bool(place.completed)


_KINDS: Final = {
    "team": Kind(
        "Name the team they coach", _here,
        lambda key: put(Matter.MICROSYSTEM, without_team.microsystem, key, key),
    ),
    "help": Kind(
        "Say what came of the help they asked for, to find a team",
        lambda page, place: _teamless(page, place) and place.helped is not None,
        lambda key: put(Matter.TEAM_HELP, without_team.team_help, key, key),
    ),
    "start": Kind(
        "Decide whether they may start without a team", _teamless,
        lambda key: lambda page: places.conditional(page, key),
    ),
    "leave": Kind(
        "Record that they've left the course", lambda page, place: _here(page, place) and place.completed is None,
        lambda key: lambda page: places.withdraw(page, key),
    ),
    "offered": Kind(
        "Record whether they'd coach again", _lapsed, lambda key: lambda page: places.offered(page, key)
    ),
    "refresher": Kind("Record a refresher", _lapsed, lambda key: lambda page: places.refresher(page, key)),
}  # fmt: skip


@pages.api_route("/cohorts/{cohort}/participants/{code}", methods=["GET", "HEAD"])
async def participant(visit: Visiting, cohort: str, code: str) -> Response:
    """One participant: how they are, and what can be recorded of them."""
    page, key = await _one(visit, cohort, code)
    place = page.course.enrolments[key]
    line = _line(visit, page, key, await _names(visit, page))
    said = [
        ("Now", STATES[page.cohort.enrolment(place)]),
        ("Evidence", evidence(page, place)),
        ("Faculty", line.faculty),
        ("Sponsor", line.sponsor),
        ("Moved to", cohort_name(place.deferred_to.rpartition(".")[0]) if place.deferred_to else ""),
    ]
    return show_cohort(
        "cohort_person.html",
        visit,
        page,
        "/participants",
        name=line.name,
        teams=line.teams,
        rows=[{"key": {"text": key}, "value": {"text": raised(value)}} for key, value in said if value],
        ways=list(_ways(visit, page, key)),
    )


def _ways(visit: Visit, page: PageContext, key: str) -> Iterator[tuple[str, str]]:
    here = cohort_url(visit, page.subject, f"/participants/{code_of(key)}")
    return ((label, f"{here}/{name}") for name, label in _recordable(page, page.course.enrolments[key]))


def _recordable(page: PageContext, place: Enrolment) -> Iterator[tuple[str, str]]:
    """What the reader may record of a participant, by the end of its address: nothing else is taken either."""
    if not looks_after(page, place):
        return
    for name, kind in _KINDS.items():
        if kind.offered(page, place):
            yield name, kind.label
    if _learning(page, place):
        yield "defer", "Move them to a later course"
    for number in _to_come(page, place):
        yield f"absent-{number}", say("Record that they can't come to learning session {number}", number=number)
    for number in page.course.held:
        if _here(page, place) and number not in place.attended:
            yield f"made-up-{number}", say("Record that they made up learning session {number}", number=number)


def _to_come(page: PageContext, place: Enrolment) -> list[int]:
    """The learning sessions to which a participant might not come."""
    ahead = (n for n in page.course.numbers if page.course.learning_session(n) > page.present)
    return [n for n in ahead if n not in page.course.held] if _learning(page, place) else []


async def _one(visit: Visit, cohort: str, code: str) -> tuple[PageContext, str]:
    key = f"{cohort}.{code}"
    page = await cohort_of(visit, cohort, key)
    if key not in page.course.enrolments:
        raise NotTheirs
    return page, key


async def _asking(visit: Visit, cohort: str, code: str, what: str) -> tuple[PageContext, Ask]:
    """What is asked: answers are taken only while they are offered, and from who looks after the participant."""
    page, key = await _one(visit, cohort, code)
    if not looks_after(page, page.course.enrolments[key]):
        raise NotTheirs
    ask = await _ask(visit, page, key, what)

    def asking(at: PageContext) -> Question:
        question = ask(at)
        offered_now = what in dict(_recordable(at, at.course.enrolments[key]))
        return question if offered_now else replace(question, answers=())

    return page, back(asking)


async def _ask(visit: Visit, page: PageContext, key: str, what: str) -> Ask:
    if what == "defer":
        return partial(places.defer, key=key, places=await _later(visit, page, key))
    if what in _KINDS:
        return _KINDS[what].ask(key)
    name, _, number = what.rpartition("-")
    if number not in {str(one) for one in page.course.numbers} or name not in _OF_A_SESSION:
        raise NotTheirs
    matter, ask = _OF_A_SESSION[name]
    return put(matter, ask, f"{number}.{key}", key)


_OF_A_SESSION: Final[dict[str, tuple[Matter, Ask]]] = {
    "absent": (Matter.LEARNING_SESSION, learning.learning_session),
    "made-up": (Matter.MAKE_UP, course.make_up),
}


async def _later(visit: Visit, page: PageContext, key: str) -> list[Place]:
    person, starts = page.course.enrolments[key].accepted.person, page.course.opening.course_start
    async with visit.context.connection() as conn:
        found = await records.places(conn, page.subject.partition(".")[0])
        have = await records.held_by(conn, person)
    return [
        Place(other, cohort_name(other), at, have.get(other))
        for other, (at, _) in found.items()
        if other != page.subject and at >= starts
    ]


@pages.api_route("/cohorts/{cohort}/participants/{code}/{what}", methods=["GET", "HEAD"])
async def ask(visit: Visiting, cohort: str, code: str, what: str) -> Response:
    """What can be recorded, and what will happen."""
    page, question = await _asking(visit, cohort, code, what)
    return await acting.asked(visit, page, question, *way_up(visit, cohort, "/participants"))


@pages.post("/cohorts/{cohort}/participants/{code}/{what}")
async def take(visit: Visiting, cohort: str, code: str, what: str) -> Response:
    """Record it, and go back to the participant."""
    page, question = await _asking(visit, cohort, code, what)
    to = cohort_url(visit, cohort, f"/participants/{code}")
    return await acting.taken(visit, page, question, *way_up(visit, cohort, "/participants"), to=to)
