"""How programs outside reach the workflows: start one by its business id, tell it a fact. No workflow imports this.

Everything here may be repeated: ids come from the business, starting twice starts nothing twice, and a fact is known
by its event id whatever run it reaches.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Generic

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import (
    Priority,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, CancelledError, TerminatedError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from coaching_client import details
from coaching_client.attributes import ACADEMY, COACH
from coaching_client.attributes import COHORT as COHORT_ID
from schemas.cohort_facts import CohortScheduled
from schemas.corrections import AnyFact
from schemas.due import UNKNOWN, Refusal
from schemas.engagement_facts import EngagementProposed
from schemas.facts import Fact
from schemas.inputs import SubjectInput, TakenOver, TakeOver, WeeklyMailInput
from schemas.intro_course_facts import IntroCourseScheduled
from schemas.programme import DEFAULT_ZONE
from schemas.subjects import COHORT, ENGAGEMENT, AnyKind, SubjectKind, ToldT, workflow_id

WEEKLY_MAIL_WORKFLOW: Final = "WeeklyMailWorkflow"
TAKE_OVER_WORKFLOW: Final = "TakeOverWorkflow"
TASK_QUEUE: Final = "coaching"
TELL: Final = "tell"
TELL_SCOPED: Final = "tell_scoped"

# What the server says of a call that met a busy, closing or moving workflow. Some were carried out all the same:
# the event id makes the repeat harmless.
WORTH_REPEATING: Final = frozenset(
    {RPCStatusCode.RESOURCE_EXHAUSTED, RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.UNAVAILABLE}
)
_CLOSED_UNDER_THE_UPDATE: Final = "AcceptedUpdateCompletedWorkflow"
_MOVING: Final = "Moving"
_TRIES: Final = 8
_LONGEST_KEY: Final = 64
_FIRST_WAIT: Final = timedelta(milliseconds=50)


class FactRefusedError(Exception):
    """The fact is not accepted and has changed nothing; ``refusal`` says why, in words for the teller."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def weekly_mail_id(academy: str) -> str:
    """The id of the workflow that keeps an academy's weekly mail."""
    return f"weekly-mail:{academy}"


def handle(client: Client, kind: AnyKind, subject: str) -> WorkflowHandle[Any, Any]:
    """The current run of a subject, for its queries."""
    return client.get_workflow_handle(workflow_id(kind, subject))


async def start(  # noqa: PLR0913 - a start says as much
    client: Client,
    kind: AnyKind,
    subject: str,
    opening: AnyFact,
    then: tuple[AnyFact, ...] = (),
    *,
    recorded: bool = False,
    scoped: bool = False,
    task_queue: str = TASK_QUEUE,
) -> WorkflowHandle[Any, Any]:
    """Start a subject, or find it running or ended: a second start changes nothing. ``then`` it is told what follows.

    ``recorded``: its ledger holds the opening and perhaps more already, and is taken up as it is. ``scoped``: as
    :func:`tell`.
    """

    def started(reuse: WorkflowIDReusePolicy) -> Awaitable[WorkflowHandle[Any, Any]]:
        return client.start_workflow(
            kind.workflow,
            SubjectInput(subject=subject, opening=None if recorded else opening, then=then, scoped=scoped),
            id=workflow_id(kind, subject),
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=reuse,
            search_attributes=_attributes(kind, subject, opening),
            priority=_of_academy(subject),
            static_summary=_summary(subject, opening),
            static_details=details.of_subject(kind, subject),
        )

    if recorded:
        return await started(WorkflowIDReusePolicy.ALLOW_DUPLICATE)
    try:
        return await started(WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY)
    except WorkflowAlreadyStartedError:
        found = handle(client, kind, subject)
        if await nothing_recorded(client, found):
            return await started(WorkflowIDReusePolicy.ALLOW_DUPLICATE)
        return found


async def start_weekly_mail(
    client: Client, academy: str, *, zone: str = DEFAULT_ZONE, task_queue: str = TASK_QUEUE
) -> WorkflowHandle[Any, Any]:
    """Start what keeps the weekly mail of an academy, or of one cohort alone, or find it running.

    It looks in the morning of the ``zone``; each mail goes by the calendar of what it is about.
    """
    return await client.start_workflow(
        WEEKLY_MAIL_WORKFLOW,
        WeeklyMailInput(academy=academy, zone=zone),
        id=weekly_mail_id(academy),
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        search_attributes=TypedSearchAttributes([_of(academy)]),
        priority=_of_academy(academy),
        static_summary=f"The weekly mail of {academy}",
        static_details=details.of_helper("It sends each person one email a week with all that can wait."),
    )


async def take_over(client: Client, asked: TakeOver, *, task_queue: str = TASK_QUEUE) -> TakenOver:
    """Have the past of a cohort recorded, and its workflows started; returns when both is done. It may be repeated.

    Ended by somebody's hand on the way, it begins again.
    """
    digest = hashlib.sha256(asked.model_dump_json(exclude={"at"}).encode()).hexdigest()[:16]
    while True:
        try:
            taken: TakenOver = await client.execute_workflow(
                TAKE_OVER_WORKFLOW,
                asked,
                id=f"take-over:{asked.cohort}:{digest}",
                result_type=TakenOver,
                task_queue=task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                priority=_of_academy(asked.cohort),
                static_summary=f"Past of {asked.cohort}",
                static_details=details.of_helper("It records what happened in a cohort before it was run here."),
            )
        except WorkflowFailureError as ended:
            if not isinstance(ended.cause, TerminatedError | CancelledError):
                raise
        else:
            return taken


async def tell(
    client: Client,
    kind: SubjectKind[ToldT, Any],
    subject: str,
    fact: AnyFact,
    *,
    opening: AnyFact | None = None,
    scoped: bool = False,
    task_queue: str = TASK_QUEUE,
) -> ToldT:
    """Tell a subject a fact; returns when it is recorded. A subject that has closed wakes up again for it.

    ``opening`` is its first fact, should nothing be recorded of it yet. ``scoped``: event ids are full ones, as the
    engine's own doors have them; otherwise they are the subject's alone, and the answer says what the full one is.

    Raises FactRefusedError, and RPCError when the server stays unreachable.
    """

    def wake() -> WithStartWorkflowOperation[Any, Any]:
        return WithStartWorkflowOperation(
            kind.workflow,
            SubjectInput(subject=subject, opening=opening, scoped=scoped),
            id=workflow_id(kind, subject),
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=_attributes(kind, subject),
            priority=_of_academy(subject),
            static_details=details.of_subject(kind, subject),
        )

    update = TELL_SCOPED if scoped else TELL
    return await _Telling(client, handle(client, kind, subject), wake, update, fact, kind.told).answered()


async def is_running(client: Client, kind: AnyKind, subject: str) -> bool:
    """Whether a subject runs: of one that was started a moment ago nothing need be recorded yet."""
    try:
        return (await handle(client, kind, subject).describe()).status is WorkflowExecutionStatus.RUNNING
    except RPCError as failed:
        if failed.status is RPCStatusCode.NOT_FOUND:
            return False
        raise


async def nothing_recorded(client: Client, handle: WorkflowHandle[Any, Any]) -> bool:
    """Whether the latest run ended because nothing is recorded under the id."""
    latest = await handle.describe()
    if latest.status is not WorkflowExecutionStatus.COMPLETED:
        return False
    return await client.get_workflow_handle(handle.id, run_id=latest.run_id).result() is None


@dataclass(frozen=True, slots=True)
class _Telling(Generic[ToldT]):
    """One fact on its way to one workflow. ``wake`` starts the workflow again, should it have closed."""

    client: Client
    handle: WorkflowHandle[Any, Any]
    wake: Callable[[], WithStartWorkflowOperation[Any, Any]]
    update: str
    fact: Fact
    answer: type[ToldT]

    async def answered(self) -> ToldT:
        """The answer, or FactRefusedError."""
        try:
            return await self._persistently(_update_id(self.fact))
        except (FactRefusedError, WorkflowUpdateFailedError) as failed:
            if isinstance(failed, FactRefusedError) and failed.refusal == UNKNOWN:
                raise
            # The server keeps the outcome of an update by its id, also one that no longer holds.
            return await self._persistently(None)

    async def _persistently(self, update_id: str | None) -> ToldT:
        send, wait = self._to_running, _FIRST_WAIT
        for last in (*(False,) * (_TRIES - 1), True):
            try:
                return await send(update_id)
            except WorkflowUpdateFailedError as failed:
                await self._judge(failed)
                if last or not (_closed_under(failed) or _moving(failed)):
                    raise
            except RPCError as failed:
                if last or failed.status not in WORTH_REPEATING | {RPCStatusCode.NOT_FOUND}:
                    raise
                if failed.status is RPCStatusCode.NOT_FOUND:
                    send = self._to_woken
                    continue
            await asyncio.sleep(wait.total_seconds())
            wait *= 2
        raise AssertionError("the last try returns or raises")

    async def _to_running(self, update_id: str | None) -> ToldT:
        told: ToldT = await self.handle.execute_update(self.update, self.fact, id=update_id, result_type=self.answer)
        return told

    async def _to_woken(self, update_id: str | None) -> ToldT:
        told: ToldT = await self.client.execute_update_with_start_workflow(
            self.update, self.fact, start_workflow_operation=self.wake(), id=update_id, result_type=self.answer
        )
        return told

    async def _judge(self, failed: WorkflowUpdateFailedError) -> None:
        cause = failed.cause
        if isinstance(cause, ApplicationError) and (cause.type or "").startswith("Refused.") and cause.details:
            raise FactRefusedError(Refusal.model_validate(cause.details[0])) from None
        if _closed_under(failed) and await nothing_recorded(self.client, self.handle):
            raise FactRefusedError(UNKNOWN) from None


def _update_id(fact: Fact) -> str:
    """The same telling has the same id; the same event id with other content has another, and reaches the workflow."""
    digest = hashlib.sha256(fact.model_dump_json().encode()).hexdigest()
    return f"{fact.event_id}/{digest[:16]}"


def _closed_under(failed: WorkflowUpdateFailedError) -> bool:
    return isinstance(failed.cause, ApplicationError) and failed.cause.type == _CLOSED_UNDER_THE_UPDATE


def _moving(failed: WorkflowUpdateFailedError) -> bool:
    return isinstance(failed.cause, ApplicationError) and failed.cause.type == _MOVING


def _of_academy(subject: str) -> Priority:
    """Academies take turns where tasks queue up: none waits until another's are done."""
    return Priority(fairness_key=subject.partition(".")[0][:_LONGEST_KEY])


def _of(subject: str) -> SearchAttributePair[str]:
    return SearchAttributePair(ACADEMY, subject.partition(".")[0])


def _attributes(kind: AnyKind, subject: str, opening: AnyFact | None = None) -> TypedSearchAttributes:
    """What a subject is found by before its workflow says more."""
    pairs = [_of(subject)]
    if kind is COHORT:
        pairs.append(SearchAttributePair(COHORT_ID, subject))
    if kind is ENGAGEMENT:
        pairs.append(SearchAttributePair(COHORT_ID, ".".join(subject.split(".")[:2])))
    if isinstance(opening, EngagementProposed):
        pairs[1:] = [SearchAttributePair(COHORT_ID, opening.cohort), SearchAttributePair(COACH, opening.people.coach)]
    return TypedSearchAttributes(pairs)


def _summary(subject: str, opening: AnyFact) -> str:
    match opening:
        case EngagementProposed():
            return f"Coaching {opening.enrolment} with {opening.microsystem}, from {opening.course_start}"
        case CohortScheduled():
            return f"Cohort {subject}, course start {opening.course_start}"
        case IntroCourseScheduled():
            return f"Introduction course {subject}, {opening.day_1} and {opening.day_2}"
        case _:
            return subject
