"""Who has which part in a team since when, who had it before, and the way to hand a part on, cover it or vacate it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages import answers
from gateway.pages.answers import Ask, button, day_field, on_day, tells
from gateway.pages.asked import Answer, Choice, Field, Given, Question, Telling
from gateway.pages.mistakes import with_way_back
from gateway.pages.places import Crumb
from gateway.pages.recorded import recorded
from gateway.pages.shown import PageContext
from gateway.workspace import acting
from gateway.workspace.downloads import download, offered, wanted
from gateway.workspace.team.frame import RUN, show_team, team_of, team_url, way_up
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from lifecycle.engagement.changes import ACTIVE, COACHED
from lifecycle.engagement.life import OWNERS, Assignment
from lifecycle.roles import called
from records import pages as read
from schemas import engagement_facts as facts
from schemas.engagement_facts import CoachPart
from schemas.facts import Fact
from schemas.sentences import raised, say
from schemas.words import COACHING, Role, Stage

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_PARTS: Final = {Role.COACH: CoachPart.MAIN, Role.INTERIM_COACH: CoachPart.INTERIM, Role.CO_COACH: CoachPart.CO}
_ROLES: Final = (*_PARTS, Role.FACULTY, Role.SPONSOR, Role.TEAM_LEAD, *OWNERS)
_ALONE: Final = {
    Role.COACH: (Choice("main", "Name them as the new coach"),),
    Role.INTERIM_COACH: (Choice("interim", "They'll stand in"),),
    Role.CO_COACH: (Choice("co", "Name them as co-coach"),),
}
_KINDS: Final = (
    "coach_assigned", "coach_left", "coach_stopped", "role_changed", "owner_named", "person_left", "person_merged",
)  # fmt: skip
"""The facts by which parts change hands."""

_MAY: Final = {
    Role.TEAM_LEAD: RUN | COACHING | {Role.TEAM_LEAD},
    Role.SPONSOR: RUN | COACHING,
    Role.PROCESS_OWNER: RUN | COACHING | {Role.TEAM_LEAD},
    Role.MEASURE_OWNER: RUN | COACHING | {Role.TEAM_LEAD},
}
"""Who changes a part; every other one the office and faculty."""


@dataclass(frozen=True, slots=True)
class Line:
    """A part, and who has it. ``url`` is where it is changed, ``record`` the page of who has it."""

    part: str
    name: str
    since: str
    url: str
    record: str


@pages.api_route("/teams/{engagement}/people", methods=["GET", "HEAD"])
async def people(visit: Visiting, engagement: str) -> Response:
    """Who has which part."""
    page = await team_of(visit, engagement)
    before = [one for one in page.life.assignments if one.until is not None]
    async with visit.context.connection() as conn:
        names = page.names | await read.names(conn, sorted({one.person for one in before}))
    lines = [_line(visit, page, role) for role in _ROLES if _person(page, role) or _may_change(page, role)]
    if (file := wanted(visit)) is not None:
        rows = [(line.part, line.name, line.since) for line in lines]
        return download(file, say("People of {team}", team=page.team), ("Part", "Name", "Since"), rows)
    return show_team(
        "team_people.html",
        visit,
        page,
        "/people",
        downloads=offered(visit),
        lines=lines,
        before=[_earlier(page, one, names.get(one.person, "Somebody whose name we no longer have")) for one in before],
    )


def _line(visit: Visit, page: PageContext, role: Role) -> Line:
    person, since = _person(page, role), _since(page, role)
    return Line(
        part=raised(called(role)),
        name=page.named(person, "Somebody whose name we no longer have") if person else "Nobody",
        since=say("since {day}", day=page.clock.date(since)) if since else "",
        url=team_url(visit, page.subject, f"/people/{role.value}") if _may_change(page, role) else "",
        record=f"{visit.root}/people/{person}" if visit.runs and person in page.names else "",
    )


def _earlier(page: PageContext, one: Assignment, name: str) -> str:
    part = next(called(role) for role, part in _PARTS.items() if part == one.part)
    since = page.clock.date(one.since)
    if one.until is None:
        return say("{name}, {part}: {day}", name=name, part=part, day=since)
    return say("{name}, {part}: {first} to {last}", name=name, part=part, first=since, last=page.clock.date(one.until))


def _person(page: PageContext, role: Role) -> str | None:
    return page.life.coaching(_PARTS[role]) if role in _PARTS else page.life.people.get(role)


def _since(page: PageContext, role: Role) -> datetime | None:
    """Since when a part is as it is: somebody's, or nobody's."""
    if role in _PARTS:
        found = [one for one in page.life.assignments if one.part == _PARTS[role] and one.until is None]
        return found[-1].since if found else page.life.vacant_since if role is Role.COACH else None
    changed = _changes(page, role)
    if changed:
        return changed[-1].occurred_at
    return page.life.opening.occurred_at if page.life.people.get(role) else None


def _changes(page: PageContext, role: Role) -> list[Fact]:
    if role in _PARTS:
        return [
            fact for fact in page.holding("coach_assigned", "coach_left", "coach_stopped")
            if not isinstance(fact, facts.CoachAssigned) or fact.part == _PARTS[role]
        ]  # fmt: skip
    return [fact for fact in page.holding("role_changed", "owner_named") if getattr(fact, "role", "") == role]


def _may_change(page: PageContext, role: Role) -> bool:
    """Whether the reader may change a part, and it can change at this stage."""
    if page.role not in _MAY.get(role, RUN) or page.engagement.ended:
        return False
    if role in _PARTS:
        return page.engagement.stage in ACTIVE
    in_time = page.engagement.stage in (*COACHED, Stage.AFTERCARE, Stage.RELAPSED)
    return in_time if role in OWNERS else True


@pages.api_route("/teams/{engagement}/people/{role}", methods=["GET", "HEAD"])
async def ask(visit: Visiting, engagement: str, role: str) -> Response:
    """Who has the part from now on."""
    page, question = await _asked(visit, engagement, role)
    return await acting.asked(visit, page, question, *_above(visit, page))


@pages.post("/teams/{engagement}/people/{role}")
async def take(visit: Visiting, engagement: str, role: str) -> Response:
    """Hand it on, or leave it to nobody."""
    page, question = await _asked(visit, engagement, role)
    own = page.role is not Role.OFFICE and _person(page, Role(role)) == visit.person
    # Who hands their own part on may see the team no more.
    to = f"{visit.root}/home" if own else team_url(visit, page.subject, "/people")
    return await acting.taken(visit, page, question, *_above(visit, page), to=to)


def _above(visit: Visit, page: PageContext) -> tuple[Crumb, ...]:
    return *way_up(visit, page, to_team=True), Crumb("People", team_url(visit, page.subject, "/people"))


async def _asked(visit: Visit, engagement: str, named: str) -> tuple[PageContext, Ask]:
    page = await team_of(visit, engagement)
    role = next((role for role in _ROLES if role == named), None)
    if role is None or not _may_change(page, role):
        raise NotTheirs
    return page, lambda at: with_way_back(at, _question(at, role))


def _question(page: PageContext, role: Role) -> Question:
    person, part = _person(page, role), called(role)
    name = page.named(person)
    told = sorted(_changes(page, role), key=lambda fact: page.told_at.get(fact.event_id, fact.occurred_at))
    return Question(
        title=say("Who is the {part} of {team}?", part=part, team=page.team),
        lead=(
            say("At the moment it's {name}.", name=name) if person else "Nobody does this at the moment.",
            say(_MEANS, part=part),
        ),
        topic=f"{page.subject}/people/{role}",
        mark=tuple(fact.event_id for fact in page.facts if fact.kind in (*_KINDS, "correction")),
        answers=tuple(_answers(page, role, person)),
        recorded=recorded(page, *told[-1:]),
        correctable=False,
        also="What has changed?",
    )


_MEANS: Final = (
    "When the {part} changes, our emails go to the new one, including about anything still open. We won't ask the "
    "previous one any more."
)


def _answers(page: PageContext, role: Role, person: str | None) -> Iterator[Answer]:
    if role in _PARTS:
        opener = (
            say("Somebody else is the {role} now", role=called(role))
            if person
            else say("Name the {role}", role=called(role))
        )
        yield replace(answers.new_coach(page, _ALONE[role]), opener=opener, weighty=True)
        if person is not None:
            yield _vacates(page, role, person)
        return
    yield _hands_on(page, role, person)
    if person is not None:
        yield _vacates(page, role, person)


def _hands_on(page: PageContext, role: Role, person: str | None) -> Answer:
    part = called(role)
    who = Field(
        name="who",
        kind="person",
        label=say("Who is the new {part}?", part=part),
        hint="If we already know them, we'll recognise their email address.",
        missing=say("Enter who the new {part} is", part=part),
    )

    def told(given: Given) -> tuple[Telling, ...]:
        at = on_day(page, given)
        if role in OWNERS:
            return tells(given, facts.OwnerNamed, occurred_at=at, role=role.value, person=given["who"])
        return tells(given, facts.RoleChanged, occurred_at=at, role=role, person=given["who"], instead_of=person)

    return Answer(
        name="who",
        opener="Somebody else has taken over" if person else "Somebody does it now",
        fields=(who, day_field("on", "Since when?", page)),
        buttons=button("Record the name"),
        tell=told,
        weighty=True,
    )


def _vacates(page: PageContext, role: Role, person: str) -> Answer:
    def told(given: Given) -> tuple[Telling, ...]:
        at = on_day(page, given)
        if role in _PARTS:
            return tells(given, facts.CoachLeft, occurred_at=at, person=person)
        return tells(given, facts.RoleChanged, occurred_at=at, role=role, instead_of=person)

    return Answer(
        name="nobody",
        opener=say("{name} no longer does it, and nobody has taken over", name=raised(page.named(person))),
        hint="Nobody needs to take over. If that isn't right, you can take it back."
        if role is Role.CO_COACH
        else "We'll ask who takes over. If that isn't right, you can take it back.",
        fields=(day_field("on", "Since when?", page),),
        buttons=button("Nobody does it now"),
        tell=told,
        variant="secondary",
        weighty=True,
    )
