"""The Nexus operations: other workflows start, tell and ask, without this namespace's ids or a client of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn, TypeVar, cast
from urllib.parse import urlsplit

import asyncpg
from nexusrpc import HandlerError, HandlerErrorType, OperationError, OperationErrorState
from nexusrpc.handler import StartOperationContext, service_handler, sync_operation
from temporalio.client import WorkflowQueryFailedError, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from coaching_client.answers import CohortStarted
from coaching_client.client import CoachingClient, UnknownSubjectError
from coaching_client.handles import FactRefusedError
from coaching_client.nexus import (
    AskCohort,
    AskEngagement,
    CoachingService,
    StartCohort,
    TellCohort,
    TellEngagement,
    refused,
)
from operations.audited import audited
from operations.callers import Caller, NotAllowedError
from operations.context import EngineContext
from operations.telling import as_handed_in, tell
from schemas.cohort_facts import CohortScheduled, EnrolmentAccepted
from schemas.due import UNKNOWN, CohortStanding, CohortTold, Refusal, Standing, Told
from schemas.grants import Grant, Managing, Reading
from schemas.subjects import COHORT, ENGAGEMENT, StandingT, SubjectKind

BOUND: Final = timedelta(seconds=8)
"""A synchronous operation must be answered within ten seconds; the caller's server then tries again."""

_IN_THE_FUTURE: Final = Refusal(
    when="not_yet", code="in_the_future", reason="This hasn't happened yet: its date is in the future."
)

T = TypeVar("T")


@service_handler(service=CoachingService)
class CoachingOperations:
    """Answers the operations with the client that every program has. A refusal fails an operation for good."""

    def __init__(self, engine: EngineContext, granted: Mapping[str, tuple[Grant, ...]]) -> None:
        """``granted`` is what each namespace may do, under ``*`` every other; one that is not there, nothing."""
        self._engine = engine
        self._granted = granted
        self._coaching = CoachingClient(engine.client, task_queue=engine.task_queue, scoped=True)

    @sync_operation
    async def start_cohort(self, called: StartOperationContext, asked: StartCohort) -> CohortStarted:
        """Start a cohort, or tell a running one its late enrolments; answered when all is recorded."""
        if asked.opening.occurred_at > datetime.now(UTC):
            # Its workflow would begin only then, and the caller would be told of time-outs until then.
            _fail(_IN_THE_FUTURE)
        return await _answered(self._start_cohort(self._caller(called), asked))

    @sync_operation
    async def tell(self, called: StartOperationContext, asked: TellEngagement) -> Told:
        """Tell an engagement a fact; answered when it is recorded."""
        return cast("Told", await _answered(tell(self._engine, self._caller(called), asked.engagement, asked.fact)))

    @sync_operation
    async def tell_cohort(self, called: StartOperationContext, asked: TellCohort) -> CohortTold:
        """Tell a cohort a fact; answered when it is recorded."""
        return cast("CohortTold", await _answered(tell(self._engine, self._caller(called), asked.cohort, asked.fact)))

    @sync_operation
    async def state(self, called: StartOperationContext, asked: AskEngagement) -> Standing:
        """Where an engagement stands."""
        return await _answered(self._asked(called, Reading.ENGAGEMENTS, ENGAGEMENT, asked.engagement))

    @sync_operation
    async def cohort_state(self, called: StartOperationContext, asked: AskCohort) -> CohortStanding:
        """Where a cohort stands."""
        return await _answered(self._asked(called, Reading.COHORTS, COHORT, asked.cohort))

    async def _asked(
        self, called: StartOperationContext, reading: Reading, kind: SubjectKind[Any, StandingT], subject: str
    ) -> StandingT:
        self._caller(called).require(reading, subject)
        return await self._coaching.state(kind, subject)

    def _caller(self, called: StartOperationContext) -> Caller:
        """Whose workflow calls: its namespace, where the server links the operation to it. Nobody else may anything."""
        linked = (urlsplit(link.url).path.split("/") for link in called.inbound_links)
        namespace = next((parts[2] for parts in linked if parts[1:2] == ["namespaces"] and len(parts) > 2), None)
        if namespace is None:
            return Caller("nexus:unknown", "nexus", ())
        return Caller(f"nexus:{namespace}", "nexus", self._granted.get(namespace, self._granted.get("*", ())))

    async def _start_cohort(self, caller: Caller, asked: StartCohort) -> CohortStarted:
        caller.require(Managing.COHORTS, asked.cohort)
        for fact in (asked.opening, *asked.enrolments):
            caller.require_telling(asked.cohort, fact)
        async with audited(self._engine, caller, "start", asked.cohort):
            opening = as_handed_in(caller, asked.cohort, asked.opening)
            enrolments = [as_handed_in(caller, asked.cohort, enrolment) for enrolment in asked.enrolments]
            return await self._coaching.start_cohort(
                asked.cohort, cast("CohortScheduled", opening), cast("list[EnrolmentAccepted]", enrolments)
            )


async def _answered(call: Coroutine[Any, Any, T]) -> T:
    """The answer; a refusal as a failure of the operation, trouble of the engine as one that is tried again."""
    try:
        async with asyncio.timeout(BOUND.total_seconds()):
            return await call
    except FactRefusedError as error:
        _fail(error.refusal)
    except UnknownSubjectError:
        _fail(UNKNOWN)
    except NotAllowedError as error:
        raise HandlerError(str(error), type=HandlerErrorType.UNAUTHORIZED) from None
    except TimeoutError:
        raise _trouble("The engine has not answered yet.", HandlerErrorType.UPSTREAM_TIMEOUT) from None
    except (WorkflowUpdateFailedError, WorkflowQueryFailedError) as error:
        raise _trouble(f"The engine could not answer: {type(error).__name__}.") from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise _trouble(f"The records could not be asked: {type(error).__name__}.") from None
    except RPCError as error:
        if error.status is RPCStatusCode.INVALID_ARGUMENT:
            raise HandlerError("Temporal refused what was sent.", type=HandlerErrorType.BAD_REQUEST) from None
        raise _trouble(f"Temporal could not be asked: {error.status.name}.") from None


def _fail(refusal: Refusal) -> NoReturn:
    raise OperationError(refusal.reason, state=OperationErrorState.FAILED) from refused(refusal)


def _trouble(message: str, kind: HandlerErrorType = HandlerErrorType.UNAVAILABLE) -> HandlerError:
    return HandlerError(f"{message} Repeating is harmless.", type=kind, retryable_override=True)
