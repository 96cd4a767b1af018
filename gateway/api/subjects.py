"""What is read of every kind of subject at the same addresses: what comes and why, what was told and sent, and who."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from gateway.access.caller import holding
from gateway.api import asking, paging
from gateway.api.answers import (
    Answer,
    DaysTaught,
    DayTaught,
    Facts,
    Notices,
    PeopleInRoles,
    Reasons,
    RoleHeld,
    Scores,
    Sessions,
    Timeline,
    shown,
)
from gateway.api.description import failing
from gateway.api.facts import CohortPath, CoursePath, EngagementPath, Here
from gateway.api.offices import OfAcademy
from gateway.api.paging import Asked
from gateway.context import AppContext
from gateway.problems import Problem
from operations.callers import Caller
from records import lists, roles
from records.lists import ListedNotice, NoticesSought, NoticeStatus
from schemas.grants import Reading
from schemas.subjects import ACADEMY, COHORT, ENGAGEMENT, INTRO_COURSE, AnyKind
from schemas.words import Code, PersonId

_ABOUT: Final = r"^[A-Za-z0-9][A-Za-z0-9._:@+/-]*$"


class Subject(NamedTuple):
    """What is read: something of a kind that is there, and that the caller may read."""

    kind: AnyKind
    id: Code


async def _engagement(
    engagement: EngagementPath, request: Request, caller: Annotated[Caller, holding(Reading.ENGAGEMENTS)], context: Here
) -> None:
    caller.require(Reading.ENGAGEMENTS, engagement)
    await _read(request, context, Subject(ENGAGEMENT, engagement))


async def _cohort(
    cohort: CohortPath, request: Request, caller: Annotated[Caller, holding(Reading.COHORTS)], context: Here
) -> None:
    caller.require(Reading.COHORTS, cohort)
    await _read(request, context, Subject(COHORT, cohort))


async def _course(
    course: CoursePath, request: Request, caller: Annotated[Caller, holding(Reading.COURSES)], context: Here
) -> None:
    caller.require(Reading.COURSES, course)
    await _read(request, context, Subject(INTRO_COURSE, course))


async def _academy(
    academy: OfAcademy, request: Request, caller: Annotated[Caller, holding(Reading.ENGAGEMENTS)], context: Here
) -> None:
    """All that happens there: a grant for a part of it does not do."""
    for reading in (Reading.ENGAGEMENTS, Reading.COHORTS, Reading.COURSES):
        caller.require(reading, academy)
    await _read(request, context, Subject(ACADEMY, academy))


async def _read(request: Request, context: AppContext, subject: Subject) -> None:
    """A grant to read one kind shows none of another, by whichever address it is asked for."""
    async with context.connection() as conn:
        there = await lists.is_there(conn, subject.kind, subject.id)
    if not there:
        raise asking.unknown(subject.kind, subject.id)
    request.state.subject = subject


def _found(request: Request) -> Subject | None:
    """Of an address that is no id there is none; that is refused before an operation sees it."""
    return getattr(request.state, "subject", None)


Read = Annotated[Subject, Depends(_found)]


async def timeline(subject: Read, context: Here) -> Timeline:
    """Every due item to the end, each with its rule, its parameter and the facts behind it."""
    return Timeline(items=await asking.timeline(context, subject.kind, subject.id))


async def why(
    subject: Read,
    context: Here,
    about: Annotated[
        str,
        Query(
            pattern=_ABOUT,
            max_length=200,
            description="The key of a due item (`session/2027-10-11/0`), a matter (`session`), the id of a notice "
            "(`ntc_…`), `next`, or of an engagement `health`.",
            openapi_examples={
                "next": {"summary": "What is due next", "value": "next"},
                "matter": {"summary": "A matter", "value": "session"},
                "health": {"summary": "Why a team is at risk", "value": "health"},
            },
        ),
    ] = "next",
) -> Reasons:
    """The rule, parameter and facts behind something that is due, was done or was sent; or why there is nothing."""
    return Reasons(items=await asking.why(context, subject.id, about))


async def facts(
    subject: Read, request: Request, response: Response, context: Here, asked: Annotated[Asked, Query()]
) -> Facts:
    """The facts in the order they were recorded, corrected ones too: nothing is ever taken out."""
    async with context.connection() as conn:
        found = await lists.facts(conn, subject.id, paging.after_number(request, asked.cursor), asked.limit + 1)
    items, following = paging.page(request, response, found, asked.limit, lambda line: str(line.number))
    return Facts(items=items, next=following)


class NoticesAsked(Asked):
    """Which notices are asked for."""

    status: NoticeStatus | None = Field(default=None, description="Only with this status.")
    person: PersonId | None = Field(default=None, description="Only to this person.")


async def notices(
    subject: Read, request: Request, response: Response, context: Here, asked: Annotated[NoticesAsked, Query()]
) -> Notices:
    """What was sent to whom, what waits, and what was not sent with the reason, oldest first; without its words."""
    async with context.connection() as conn:
        sought = NoticesSought(subject.id, asked.status, asked.person)
        found = await lists.notices(conn, sought, paging.after_moment(request, asked.cursor), asked.limit + 1)
    items, following = paging.page(request, response, found, asked.limit, _place)
    return Notices(items=items, next=following)


def _place(line: ListedNotice) -> str:
    return paging.moment(line.issued_at, line.notice)


async def people(
    subject: Read, request: Request, response: Response, context: Here, asked: Annotated[Asked, Query()]
) -> PeopleInRoles:
    """Who has a part now, by id: in a team, on a course, or in an academy's office."""
    async with context.connection() as conn:
        found = await roles.roles_in(conn, subject.id, paging.after(request, asked.cursor), asked.limit + 1)
    items, following = paging.page(request, response, found, asked.limit, lambda line: f"{line.person}~{line.role}")
    return PeopleInRoles(items=shown(RoleHeld, items), next=following)


async def sessions(
    subject: Read, request: Request, response: Response, context: Here, asked: Annotated[Asked, Query()]
) -> Sessions:
    """Those that are expected, and extra ones, as they begin; each with what became of it."""
    async with context.connection() as conn:
        found = await lists.sessions(conn, subject.id, paging.after_moment(request, asked.cursor), asked.limit + 1)
    items, following = paging.page(
        request, response, found, asked.limit, lambda line: paging.moment(line.starts_at, line.session)
    )
    return Sessions(items=items, next=following)


async def scores(
    subject: Read, request: Request, response: Response, context: Here, asked: Annotated[Asked, Query()]
) -> Scores:
    """The progress scores of the team itself and of faculty, oldest first."""
    async with context.connection() as conn:
        found = await lists.scores(conn, subject.id, paging.after_moment(request, asked.cursor), asked.limit + 1)
    items, following = paging.page(
        request, response, found, asked.limit, lambda line: paging.moment(line.scored_at, line.event_id)
    )
    return Scores(items=items, next=following)


async def taught(
    subject: Read, request: Request, response: Response, context: Here, asked: Annotated[Asked, Query()]
) -> DaysTaught:
    """Each with its day and times, whether it was held, how many were expected and came, and the facts that say so."""
    after = paging.after_number(request, asked.cursor)
    found = [day for day in await asking.taught(context, subject.id) if day.number > after]
    items, following = paging.page(request, response, found, asked.limit, lambda day: str(day.number))
    return DaysTaught(items=shown(DayTaught, items), next=following)


class _Reads(NamedTuple):
    """One thing that is read, at which address, and what its operation is called; of pages, what a page is of."""

    operation: Callable[..., Awaitable[Answer]]
    path: str
    name: str
    summary: str
    paged: str = ""


_OF_AN_ACADEMY: Final = (
    _Reads(notices, "/notices", "list_{}notices", "What was sent, and what was not", "the notices"),
    _Reads(people, "/people", "list_{}people_in_roles", "Who has a part", "them"),
)
_OF_A_SUBJECT: Final = (
    _Reads(timeline, "/timeline", "show_{}timeline", "What will fall due"),
    _Reads(why, "/why", "show_{}why", "Why, and why not"),
    _Reads(facts, "/facts", "list_{}facts", "What was told", "the ledger"),
    *_OF_AN_ACADEMY,
)
_OF_A_TEAM: Final = (
    *_OF_A_SUBJECT,
    _Reads(sessions, "/sessions", "list_sessions", "List a team's sessions", "them"),
    _Reads(scores, "/scores", "list_scores", "List a team's progress scores", "them"),
)
_OF_A_COHORT: Final = (
    *_OF_A_SUBJECT,
    _Reads(taught, "/sessions", "list_learning_sessions", "List a cohort's learning sessions", "them"),
)
_OF_A_COURSE: Final = (
    *_OF_A_SUBJECT,
    _Reads(taught, "/sessions", "list_course_days", "List the days of a course", "them"),
)
_LACKED: Final[dict[AnyKind, dict[str, str]]] = {
    ENGAGEMENT: {},
    COHORT: {
        "/scores": "Progress is scored of a team, so a cohort has no scores: list its teams at "
        "/v1/engagements?cohort=…, and read each one's at /v1/engagements/…/scores.",
    },
    INTRO_COURSE: {
        "/scores": "Nobody scores progress on an Introduction course. What delegates said of it is at "
        "/v1/intro-courses/…/feedback.",
    },
    ACADEMY: {
        "/sessions": "An academy has no sessions of its own: read those of its teams, cohorts and courses, at "
        "/v1/engagements/…/sessions and so on.",
        "/scores": "An academy has no scores of its own: read those of its teams, at /v1/engagements/…/scores.",
    },
}
"""What somebody may look for where there is none, and what to read instead: a 404, of which the tags speak."""


def _none(reason: str) -> Callable[..., Awaitable[None]]:
    async def none(_: Read) -> None:
        raise Problem("unknown", reason)

    return none


def _router(
    kind: AnyKind, place: str, tag: str, infix: str, readable: Callable[..., Any], reads: tuple[_Reads, ...]
) -> APIRouter:
    made = APIRouter(prefix=f"/v1{place}", tags=[tag], dependencies=[Depends(readable)])
    for read in reads:
        page: dict[int | str, dict[str, Any]] = {}
        if read.paged:
            page = {200: {"headers": paging.LINK, "description": f"A page of {read.paged}."}}
        made.add_api_route(
            read.path,
            read.operation,
            operation_id=read.name.format(infix),
            summary=read.summary,
            responses={**page, **failing("unknown")},
        )
    for path, reason in _LACKED[kind].items():
        made.add_api_route(path, _none(reason), include_in_schema=False)
    return made


routers: Final = (
    _router(ENGAGEMENT, "/engagements/{engagement}", "Engagements", "", _engagement, _OF_A_TEAM),
    _router(COHORT, "/cohorts/{cohort}", "Cohorts", "cohort_", _cohort, _OF_A_COHORT),
    _router(INTRO_COURSE, "/intro-courses/{course}", "Introduction courses", "course_", _course, _OF_A_COURSE),
    _router(ACADEMY, "/academies/{academy}", "Academies", "academy_", _academy, _OF_AN_ACADEMY),
)
