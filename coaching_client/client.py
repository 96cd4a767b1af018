"""A small typed client: start, tell and ask, by ids alone. It needs a Temporal server and neither rules nor records."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final, Self, TypeVar

from temporalio.client import Client, WorkflowHandle, WorkflowQueryFailedError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

from coaching_client import handles
from coaching_client.answers import CohortStarted, RefusedEnrolment
from coaching_client.handles import TASK_QUEUE, WORTH_REPEATING, FactRefusedError
from coaching_client.signing import Signing
from schemas.cohort_facts import CohortScheduled, EnrolmentAccepted
from schemas.corrections import AnyFact
from schemas.due import Due, Why
from schemas.subjects import COHORT, AnyKind, StandingT, SubjectKind, ToldT
from schemas.words import CohortId

_TRIES: Final = 7
_FIRST_WAIT: Final = timedelta(milliseconds=50)

T = TypeVar("T")


class UnknownSubjectError(Exception):
    """Temporal keeps no workflow of this id: it never was, or it closed longer ago than the namespace keeps.

    What was recorded of it can still be read from the records, and a fact told to it wakes it up.
    """

    def __init__(self, workflow_id: str) -> None:
        super().__init__(f"There is no workflow {workflow_id}. Is the id written right?")


class CoachingClient:
    """Starts subjects of every kind (``schemas.subjects``), tells them facts, asks them. Everything may be repeated.

    Calls wait for the engine as long as it takes: bound them with :func:`asyncio.timeout`. What a call was cut off
    from may have happened, and its repeat is harmless. All raise RPCError when the Temporal server stays unreachable.
    """

    def __init__(self, temporal: Client, *, task_queue: str = TASK_QUEUE, scoped: bool = False) -> None:
        """``temporal`` must have Temporal's pydantic data converter, as :meth:`connect` gives it.

        ``scoped`` is for the engine's own doors: the event ids are full ones.
        """
        self._temporal = temporal
        self._scoped = scoped
        self._task_queue = task_queue

    @classmethod
    async def connect(
        cls,
        *,
        address: str | None = None,
        namespace: str | None = None,
        profile: str | None = None,
        task_queue: str = TASK_QUEUE,
        telling_key: str | None = None,
    ) -> Self:
        """Connect as Temporal's ``TEMPORAL_*`` variables and profiles say; what is given here goes first.

        ``telling_key`` is the installation's, where it has one (``MCA_TELLING_KEYS``): without it nothing is recorded.

        Raises RuntimeError when no server answers.
        """
        config: dict[str, Any] = dict(ClientConfig.load_client_connect_config(profile=profile))
        config |= {"target_host": address or config.get("target_host", "localhost:7233")}
        if namespace:
            config |= {"namespace": namespace}
        signing = [Signing([telling_key])] if telling_key else []
        temporal = await Client.connect(**config, data_converter=pydantic_data_converter, interceptors=signing)
        return cls(temporal, task_queue=task_queue)

    async def start(self, kind: SubjectKind[ToldT, Any], subject: str, opening: AnyFact) -> ToldT:
        """Start an engagement or a course; returns when its opening is recorded, a repeat with the first answer.

        Raises FactRefusedError (``different_content``, ``began_already``) when it was begun before with another
        opening. Usually a cohort starts its engagements itself. People are ids: the records must know them.
        """
        await handles.start(self._temporal, kind, subject, opening, scoped=self._scoped, task_queue=self._task_queue)
        return await self.tell(kind, subject, opening)

    async def start_cohort(
        self, cohort: CohortId, opening: CohortScheduled, enrolments: Iterable[EnrolmentAccepted] = ()
    ) -> CohortStarted:
        """Start a cohort; returns when it and its enrolments are recorded. A running one is told the late enrolments.

        Raises FactRefusedError (``different_content``, ``began_already``) when it was begun before with another
        opening. People are ids: whoever they are must be known to the records already.
        """
        given = tuple(enrolments)
        await handles.start(
            self._temporal, COHORT, cohort, opening, given, scoped=self._scoped, task_queue=self._task_queue
        )
        await self.tell(COHORT, cohort, opening)
        refused = []
        for enrolment in given:
            try:
                await self.tell(COHORT, cohort, enrolment)
            except FactRefusedError as error:
                refused.append(RefusedEnrolment(enrolment=enrolment.enrolment, refusal=error.refusal))
        return CohortStarted(standing=await self.state(COHORT, cohort), refused=tuple(refused))

    async def tell(self, kind: SubjectKind[ToldT, Any], subject: str, fact: AnyFact) -> ToldT:
        """Tell a subject a fact; returns when it is recorded, a repeat with the first answer.

        Raises FactRefusedError: nothing was changed, and its ``refusal`` says why.
        """
        return await handles.tell(self._temporal, kind, subject, fact, scoped=self._scoped, task_queue=self._task_queue)

    async def state(self, kind: SubjectKind[Any, StandingT], subject: str) -> StandingT:
        """Where a subject stands, and whose turn it is. Raises UnknownSubjectError."""
        return await self._asked(handles.handle(self._temporal, kind, subject), "state", kind.standing)

    async def timeline(self, kind: AnyKind, subject: str) -> list[Due]:
        """Everything that will fall due, earliest first, to the end. Raises UnknownSubjectError."""
        return await self._asked(handles.handle(self._temporal, kind, subject), "timeline", list[Due])

    async def why(self, kind: AnyKind, subject: str, about: str) -> list[Why]:
        """The reason of a due item (by its key), a matter, ``health`` or ``next``. Raises UnknownSubjectError."""
        return await self._asked(handles.handle(self._temporal, kind, subject), "why", list[Why], about)

    async def _asked(self, handle: WorkflowHandle[Any, Any], query: str, answer: type[T], *about: str) -> T:
        """A query, asked again while the workflow has not begun, or is between two runs."""
        wait = _FIRST_WAIT
        for last in (*(False,) * (_TRIES - 1), True):
            try:
                found: T = await handle.query(query, args=about, result_type=answer)
            except WorkflowQueryFailedError:
                if await handles.nothing_recorded(self._temporal, handle):
                    raise UnknownSubjectError(handle.id) from None
                if last:
                    raise
            except RPCError as failed:
                if failed.status is RPCStatusCode.NOT_FOUND:
                    raise UnknownSubjectError(handle.id) from None
                if last or failed.status not in WORTH_REPEATING:
                    raise
            else:
                return found
            await asyncio.sleep(wait.total_seconds())
            wait *= 2
        raise AssertionError("the last try returns or raises")
