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
from gateway.api.bodies import IdempotencyKey, Prefer, json_object, named, responds_async, strictly
from gateway.api.description import failing
from gateway.api.offered import MOST_IN_A_BATCH, batch_body, body_of
from gateway.context import AppContext, context, now
from gateway.problems import AWAY, REFUSED, Problem, from_exception
from lifecycle.identity import full
from operations.callers import Caller
from operations.event_types import type_of
from operations.telling import as_handed_in, tell
from records import arrivals, audit, lists
from records.arrivals import Arrival
from schemas.corrections import ANY_FACT, AnyFact
from schemas.due import CohortTold, IntroCourseTold, Told
from schemas.grants import Reading
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


class _Item(Said):
    subject: Code
    fact: dict[str, Any]


class _Batch(Said):
    facts: Annotated[tuple[_Item, ...], Field(min_length=1, max_length=MOST_IN_A_BATCH)]


_BATCH: Final = TypeAdapter(_Batch)


class _Call:
    """A call that tells: whose it is, by which key it names facts, and whether it waits until they are recorded."""

    def __init__(
        self,
        request: Request,
        response: Response,
        caller: Teller,
        context: Here,
        key: IdempotencyKey = None,
        prefer: Prefer = None,
    ) -> None:
        self.request, self.response = request, response
        self._caller, self._context, self._key = caller, context, key
        self._later = responds_async(prefer)

    async def tell(self, kind: AnyKind, subject: Code) -> Response:
        """Tell a subject the fact of the body, or keep it. Raises Problem and whatever telling raises."""
        said = await json_object(self.request)
        fact = strictly(kind.facts, named(said, self._caller, self._key))
        if not self._later:
            return answered(self.response, await tell(self._context.engine, self._caller, subject, fact))
        kept = await self._keep(subject, fact)
        place = place_of(kept.event_id)
        return answered(self.response, kept, 202, Location=place, Preference_Applied="respond-async")

    async def answer(self, item: _Item, number: int) -> AnsweredFact:
        """What became of one fact of many."""
        said = named(item.fact, self._caller, self._key, number)
        event_id = said.get("event_id")
        about: dict[str, Any] = {
            "subject": item.subject, "event_id": event_id if isinstance(event_id, str) else None,
        }  # fmt: skip
        try:
            fact = strictly(ANY_FACT, said, "fact")
            if self._later:
                kept = await self._keep(item.subject, fact)
                return AnsweredFact(**about, status=202, location=place_of(kept.event_id))
            told = await tell(self._context.engine, self._caller, item.subject, fact)
            return AnsweredFact(**about, status=200, told=told)
        except (Problem, *REFUSED, *AWAY) as error:
            problem = from_exception(error)
            return AnsweredFact(**about, status=problem.status, problem=problem.details())

    async def _keep(self, subject: Code, fact: AnyFact) -> answers.Kept:
        """Keep a fact to be told. Raises NotAllowedError, and Problem when its event id was handed in otherwise."""
        at = now()
        self._caller.require_telling(subject, fact)
        chosen, fact = fact.event_id, as_handed_in(self._caller, subject, fact)
        arrival = Arrival(
            event_id=fact.event_id,
            source=_DOOR,
            source_id=chosen,
            type=type_of(fact.kind),
            subject=subject,
            fact=fact,
            received=fact.model_dump(mode="json"),
            caller=self._caller.id,
            grants=self._caller.written_grants,
            arrived_at=at,
        )
        async with self._context.connection() as conn, conn.transaction():
            await audit.note(conn, at, self._caller.id, _DOOR, f"keep {fact.kind}", subject, fact.event_id)
            kept = await arrivals.keep(conn, arrival)
        if not kept.same:
            raise Problem(
                "conflict",
                "Something else was handed in with this event id. Nothing was changed.",
                extra={"code": "different_content", "when": "never"},
            )
        self._context.arrived.set()
        return answers.Kept(event_id=kept.event_id, status=kept.status)


Call = Annotated[_Call, Depends()]

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
async def tell_engagement(engagement: EngagementPath, call: Call) -> Response:
    """Answered when the fact is recorded, with where the engagement stands now and what is due next.

    A repeat gets the first answer. 409: the rules refuse it, and nothing was changed. 503: it is unknown whether it was
    recorded; repeat it with the same id.
    """
    return await call.tell(ENGAGEMENT, engagement)


@router.post(
    "/cohorts/{cohort}/facts",
    operation_id="tell_cohort",
    summary="Tell a cohort a fact",
    responses={200: {"model": CohortTold, "description": "It is recorded."}, 202: _KEPT, **_TELLING},
    openapi_extra=body_of(COHORT),
)
async def tell_cohort(cohort: CohortPath, call: Call) -> Response:
    """Tell what happened to the course or to an enrolment. As with an engagement's facts."""
    return await call.tell(COHORT, cohort)


@router.post(
    "/intro-courses/{course}/facts",
    operation_id="tell_intro_course",
    summary="Tell an Introduction course a fact",
    responses={200: {"model": IntroCourseTold, "description": "It is recorded."}, 202: _KEPT, **_TELLING},
    openapi_extra=body_of(INTRO_COURSE),
)
async def tell_intro_course(course: CoursePath, call: Call) -> Response:
    """Tell what happened to the course or to a booking. As with an engagement's facts."""
    return await call.tell(INTRO_COURSE, course)


@router.post(
    "/facts",
    operation_id="tell_many",
    summary="Tell many facts",
    responses={200: {"model": AnsweredFacts, "description": "What became of each."}, **failing("media-type")},
    openapi_extra=batch_body(),
)
async def tell_many(call: Call) -> Response:
    """Each is answered by itself, with a status of its own; facts of one subject are told in the order they come.

    With an `Idempotency-Key`, an item without `event_id` is named by the key and its place in the list.
    """
    said = strictly(_BATCH, await json_object(call.request))
    taken: list[AnsweredFact | None] = [None] * len(said.facts)
    room = asyncio.Semaphore(_AT_A_TIME)

    async def in_order(numbers: list[int]) -> None:
        for number in numbers:
            async with room:
                taken[number] = await call.answer(said.facts[number], number)

    by_subject: dict[str, list[int]] = {}
    for number, item in enumerate(said.facts):
        by_subject.setdefault(item.subject, []).append(number)
    await asyncio.gather(*(in_order(numbers) for numbers in by_subject.values()))
    return answered(call.response, AnsweredFacts(items=tuple(answer for answer in taken if answer)))


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
    """The place that a 202 names; an event id of the caller's own will do.

    Whoever may read the engagement or cohort, or tell it facts, may look.
    """
    async with context.connection() as conn:
        found = await lists.fate(conn, full(caller.scope, event_id)) or await lists.fate(conn, event_id)
    # Nobody learns of an id that is none of theirs.
    if found is None or not (_reads(caller, found.subject or "") or caller.may_tell(found.subject or "")):
        raise Problem("unknown", "Nothing was told with this event id, as far as the caller may know.")
    return FactStatus.model_validate(found, from_attributes=True)


def _reads(caller: Caller, subject: Code) -> bool:
    return any(caller.may(reading, subject) for reading in (Reading.ENGAGEMENTS, Reading.COHORTS, Reading.COURSES))
