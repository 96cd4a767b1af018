"""Telling: one fact or many, answered when recorded, or kept to be told; and what became of a fact."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field, TypeAdapter

from gateway.access.caller import Teller
from gateway.access.caller import caller as authenticated
from gateway.api import answers
from gateway.api.answers import AnsweredFact, AnsweredFacts, FactStatus, answered, place_of
from gateway.api.bodies import Telling, json_object, named, strictly
from gateway.api.description import failing
from gateway.api.offered import MOST_IN_A_BATCH, batch_body, body_of
from gateway.context import AppContext, context, now
from gateway.problems import AWAY, REFUSED, Problem, from_exception
from operations.callers import Caller
from operations.event_types import type_of
from operations.telling import tell
from records import arrivals, audit, lists
from records.arrivals import Arrival
from schemas.corrections import ANY_FACT, AnyFact
from schemas.due import CohortTold, IntroCourseTold, Told
from schemas.recording import AnyTold
from schemas.subjects import COHORT, ENGAGEMENT, INTRO_COURSE, AnyKind
from schemas.words import Code, CohortId, EngagementId, EventId, IntroCourseId, Said

_DOOR: Final = "http"
_AT_A_TIME: Final = 8

Here = Annotated[AppContext, Depends(context)]
EngagementPath = Annotated[
    EngagementId, Path(description="The engagement's id.", examples=["sheffield.2027-autumn.P01"])
]
CoursePath = Annotated[
    IntroCourseId, Path(description="The Introduction course's id.", examples=["sheffield.intro-2027-09"])
]
CohortPath = Annotated[CohortId, Path(description="The cohort's id.", examples=["sheffield.2027-autumn"])]

router = APIRouter(prefix="/v1", tags=["Facts"])

_KEPT: Final[dict[str, Any]] = {
    "model": answers.Kept,
    "description": "The fact is kept, as `Prefer: respond-async` asked; it is told as soon as it can be.",
    "headers": {
        "Location": {"schema": {"type": "string"}, "description": "Where to look.", "example": "/v1/facts/diary-8841"},
        "Preference-Applied": {
            "schema": {"type": "string"},
            "description": "The preference.",
            "example": "respond-async",
        },
    },
}
_TELLING: Final = failing("unknown", "refused", "media-type")


@router.post(
    "/engagements/{engagement}/facts",
    operation_id="tell_engagement",
    summary="Tell an engagement a fact",
    responses={200: {"model": Told, "description": "It is recorded."}, 202: _KEPT, **_TELLING},
    openapi_extra=body_of(ENGAGEMENT),
)
async def tell_engagement(
    engagement: EngagementPath,
    request: Request,
    response: Response,
    caller: Teller,
    context: Here,
    how: Telling,
) -> Response:
    """Answered when the fact is recorded, with where the engagement stands now and what is due next.

    A repeat gets the first answer. 409: the rules refuse it, and nothing was changed. 503: it is unknown whether it was
    recorded; repeat it with the same id.
    """
    return await _tell(ENGAGEMENT, engagement, await json_object(request), response, caller, context, how)


@router.post(
    "/cohorts/{cohort}/facts",
    operation_id="tell_cohort",
    summary="Tell a cohort a fact",
    responses={200: {"model": CohortTold, "description": "It is recorded."}, 202: _KEPT, **_TELLING},
    openapi_extra=body_of(COHORT),
)
async def tell_cohort(
    cohort: CohortPath,
    request: Request,
    response: Response,
    caller: Teller,
    context: Here,
    how: Telling,
) -> Response:
    """Tell what happened to the course or to an enrolment. As with an engagement's facts."""
    return await _tell(COHORT, cohort, await json_object(request), response, caller, context, how)


@router.post(
    "/intro-courses/{course}/facts",
    operation_id="tell_intro_course",
    summary="Tell an Introduction course a fact",
    responses={200: {"model": IntroCourseTold, "description": "It is recorded."}, 202: _KEPT, **_TELLING},
    openapi_extra=body_of(INTRO_COURSE),
)
async def tell_intro_course(
    course: CoursePath,
    request: Request,
    response: Response,
    caller: Teller,
    context: Here,
    how: Telling,
) -> Response:
    """Tell what happened to the course or to a booking. As with an engagement's facts."""
    return await _tell(INTRO_COURSE, course, await json_object(request), response, caller, context, how)


@router.post(
    "/facts",
    operation_id="tell_many",
    summary="Tell many facts",
    responses={200: {"model": AnsweredFacts, "description": "What became of each."}, **failing("media-type")},
    openapi_extra=batch_body(),
)
async def tell_many(
    request: Request,
    response: Response,
    caller: Teller,
    context: Here,
    how: Telling,
) -> Response:
    """Each is answered by itself, with a status of its own; facts of one subject are told in the order they come.

    With an `Idempotency-Key`, an item without `event_id` is named by the key and its place in the list.
    """
    said = strictly(_BATCH, await json_object(request))
    taken: list[AnsweredFact | None] = [None] * len(said.facts)
    room = asyncio.Semaphore(_AT_A_TIME)

    async def in_order(numbers: list[int]) -> None:
        for number in numbers:
            one = said.facts[number]
            fact = named(one.fact, caller, how.key, number)
            async with room:
                taken[number] = await _answer(context, caller, one.subject, fact, later=how.later)

    by_subject: dict[str, list[int]] = {}
    for number, one in enumerate(said.facts):
        by_subject.setdefault(one.subject, []).append(number)
    await asyncio.gather(*(in_order(numbers) for numbers in by_subject.values()))
    return answered(response, AnsweredFacts(items=tuple(one for one in taken if one)))


@router.get(
    "/facts/{event_id}",
    operation_id="show_fact",
    summary="What became of a fact",
    responses={200: {"description": "Recorded, waiting, or set aside."}, **failing("unknown")},
)
async def show_fact(
    event_id: Annotated[EventId, Path(description="The fact's event id.", examples=["diary-8841"])],
    caller: Annotated[Caller, Depends(authenticated)],
    context: Here,
) -> FactStatus:
    """The place that a 202 names. Whoever may read the engagement or cohort, or tell it facts, may look."""
    async with context.connection() as conn:
        found = await lists.fate(conn, event_id)
    # Nobody learns of an id that is none of theirs.
    if found is None or not (caller.may("read", found.subject or "") or caller.may("tell", found.subject or "")):
        raise Problem("unknown", "Nothing was told with this event id, as far as the caller may know.")
    return FactStatus(
        event_id=found.event_id,
        subject=found.subject,
        status=found.status,
        recorded_at=found.recorded_at,
        answer=found.answer,
        code=found.code,
        reason=found.reason,
    )


class _Item(Said):
    subject: Code
    fact: dict[str, Any]


class _Batch(Said):
    facts: Annotated[tuple[_Item, ...], Field(min_length=1, max_length=MOST_IN_A_BATCH)]


_BATCH: Final = TypeAdapter(_Batch)


async def _tell(  # noqa: PLR0917 - what a request is made of
    kind: AnyKind,
    subject: Code,
    said: dict[str, Any],
    response: Response,
    caller: Caller,
    context: AppContext,
    how: Telling,
) -> Response:
    caller.require("tell", subject)
    fact = strictly(kind.facts, named(said, caller, how.key))
    return await _One(context, caller, subject, fact, later=how.later).answered(response)


class _One:
    """One fact on its way."""

    def __init__(self, context: AppContext, caller: Caller, subject: str, fact: AnyFact, *, later: bool) -> None:
        self._context = context
        self._caller = caller
        self._subject = subject
        self._fact = fact
        self._later = later

    async def answered(self, response: Response) -> Response:
        """Told or kept, and answered. Raises Problem and whatever telling raises."""
        if not self._later:
            return answered(response, await self.told())
        kept = await self.kept()
        return answered(response, kept, 202, Location=place_of(kept.event_id), Preference_Applied="respond-async")

    async def told(self) -> AnyTold:
        """Recorded."""
        return await tell(self._context.engine, self._caller, self._subject, self._fact)

    async def kept(self) -> answers.Kept:
        """Kept to be told. Raises NotAllowedError, and Problem when the event id was handed in with something else."""
        fact, at = self._fact, now()
        self._caller.require("tell", self._subject)
        arrival = Arrival(
            event_id=fact.event_id,
            source=_DOOR,
            source_id=fact.event_id,
            type=type_of(fact.kind),
            subject=self._subject,
            fact=fact,
            received=fact.model_dump(mode="json"),
            caller=self._caller.id,
            arrived_at=at,
        )
        async with self._context.connection() as conn, conn.transaction():
            await audit.note(conn, at, self._caller.id, _DOOR, f"keep {fact.kind}", self._subject, fact.event_id)
            kept = await arrivals.keep(conn, arrival)
        if not kept.same:
            raise Problem(
                "conflict",
                "Something else was handed in with this event id. Nothing was changed.",
                extra={"code": "different_content", "when": "never"},
            )
        self._context.arrived.set()
        return answers.Kept(event_id=kept.event_id, status=kept.status)


async def _answer(
    context: AppContext, caller: Caller, subject: str, said: dict[str, Any], *, later: bool
) -> AnsweredFact:
    event_id = said.get("event_id")
    shown = event_id if isinstance(event_id, str) else None
    try:
        one = _One(context, caller, subject, strictly(ANY_FACT, said, "fact"), later=later)
        if later:
            kept = await one.kept()
            return AnsweredFact(subject=subject, event_id=shown, status=202, location=place_of(kept.event_id))
        return AnsweredFact(subject=subject, event_id=shown, status=200, told=await one.told())
    except (Problem, *REFUSED, *AWAY) as error:
        problem = from_exception(error)
        return AnsweredFact(subject=subject, event_id=shown, status=problem.status, problem=problem.details())
