"""How programs outside reach the workflows: start one by its business id, tell it a fact. No workflow imports this.

Everything here may be repeated: ids come from the business, starting twice starts nothing twice, and a fact is known
by its event id whatever run it reaches.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Generic, TypeVar

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
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from coaching_client.attributes import ACADEMY, COACH, COHORT
from schemas.cohort_facts import COHORT_KINDS, CohortFact, CohortScheduled, EnrolmentAccepted
from schemas.due import CohortTold, IntroCourseTold, Refusal, Told
from schemas.facts import EngagementFact, EngagementProposed, Fact
from schemas.inputs import AcademyInput, CohortInput, EngagementInput, IntroCourseInput
from schemas.intro_course_facts import INTRO_COURSE_KINDS, IntroCourseFact, IntroCourseScheduled
from schemas.recording import AnyFact, AnyTold

ENGAGEMENT_WORKFLOW: Final = "EngagementWorkflow"
COHORT_WORKFLOW: Final = "CohortWorkflow"
ACADEMY_WORKFLOW: Final = "AcademyWorkflow"
INTRO_COURSE_WORKFLOW: Final = "IntroCourseWorkflow"
TASK_QUEUE: Final = "coaching"
TELL: Final = "tell"

# What the server says of a call that met a busy, closing or moving workflow. Some were carried out all the same:
# the event id makes the repeat harmless.
WORTH_REPEATING: Final = frozenset(
    {RPCStatusCode.RESOURCE_EXHAUSTED, RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.UNAVAILABLE}
)
_CLOSED_UNDER_THE_UPDATE: Final = "AcceptedUpdateCompletedWorkflow"
_MOVING: Final = "Moving"
_UNKNOWN_TYPE: Final = "Unknown"
UNKNOWN: Final = Refusal(when="never", code="unknown", reason="Nothing is recorded under this id. Is it written right?")
_TRIES: Final = 8
_LONGEST_KEY: Final = 64
_FIRST_WAIT: Final = timedelta(milliseconds=50)

AnswerT = TypeVar("AnswerT", Told, CohortTold, IntroCourseTold)


class FactRefusedError(Exception):
    """The fact is not accepted and has changed nothing; ``refusal`` says why, in words for the teller."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def engagement_workflow_id(engagement: str) -> str:
    """The workflow id of an engagement."""
    return f"engagement:{engagement}"


def cohort_workflow_id(cohort: str) -> str:
    """The workflow id of a cohort."""
    return f"cohort:{cohort}"


def intro_course_workflow_id(course: str) -> str:
    """The workflow id of an Introduction course."""
    return f"intro-course:{course}"


def academy_workflow_id(academy: str) -> str:
    """The workflow id of an academy."""
    return f"academy:{academy}"


def engagement_handle(client: Client, engagement: str) -> WorkflowHandle[Any, Any]:
    """The current run of an engagement, for its queries."""
    return client.get_workflow_handle(engagement_workflow_id(engagement))


def cohort_handle(client: Client, cohort: str) -> WorkflowHandle[Any, Any]:
    """The current run of a cohort, for its queries."""
    return client.get_workflow_handle(cohort_workflow_id(cohort))


def intro_course_handle(client: Client, course: str) -> WorkflowHandle[Any, Any]:
    """The current run of an Introduction course, for its queries."""
    return client.get_workflow_handle(intro_course_workflow_id(course))


async def start_engagement(
    client: Client,
    engagement: str,
    opening: EngagementProposed,
    *,
    recorded: bool = False,
    task_queue: str = TASK_QUEUE,
) -> WorkflowHandle[Any, Any]:
    """Start an engagement, or find it running or ended: a second start changes nothing.

    ``recorded``: its ledger holds the opening and perhaps more already, and is taken up as it is.
    """
    try:
        return await client.start_workflow(
            ENGAGEMENT_WORKFLOW,
            EngagementInput(engagement=engagement, opening=None if recorded else opening),
            id=engagement_workflow_id(engagement),
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            search_attributes=_engagement_attributes(engagement, opening),
            priority=_of_academy(engagement),
            static_summary=f"Coaching {opening.enrolment} with {opening.microsystem}, from {opening.course_start}",
        )
    except WorkflowAlreadyStartedError:
        return engagement_handle(client, engagement)


async def start_cohort(
    client: Client,
    cohort: str,
    opening: CohortScheduled,
    enrolments: tuple[EnrolmentAccepted, ...] = (),
    *,
    recorded: bool = False,
    task_queue: str = TASK_QUEUE,
) -> WorkflowHandle[Any, Any]:
    """Start a cohort, or find it running or closed: a second start changes nothing. ``recorded`` as for engagements."""
    try:
        return await client.start_workflow(
            COHORT_WORKFLOW,
            CohortInput(cohort=cohort, opening=None if recorded else opening, enrolments=enrolments),
            id=cohort_workflow_id(cohort),
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            search_attributes=_cohort_attributes(cohort),
            priority=_of_academy(cohort),
            static_summary=f"Cohort {cohort}, course start {opening.course_start}",
        )
    except WorkflowAlreadyStartedError:
        return cohort_handle(client, cohort)


async def start_intro_course(
    client: Client,
    course: str,
    opening: IntroCourseScheduled,
    *,
    recorded: bool = False,
    task_queue: str = TASK_QUEUE,
) -> WorkflowHandle[Any, Any]:
    """Start an Introduction course, or find it running or closed: a second start changes nothing.

    ``recorded`` as for engagements.
    """
    try:
        return await client.start_workflow(
            INTRO_COURSE_WORKFLOW,
            IntroCourseInput(course=course, opening=None if recorded else opening),
            id=intro_course_workflow_id(course),
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            search_attributes=_academy_attributes(course),
            priority=_of_academy(course),
            static_summary=f"Introduction course {course}, {opening.day_1} and {opening.day_2}",
        )
    except WorkflowAlreadyStartedError:
        return intro_course_handle(client, course)


async def start_academy(client: Client, academy: str, *, task_queue: str = TASK_QUEUE) -> WorkflowHandle[Any, Any]:
    """Start what keeps the weekly mail of an academy, or of one cohort alone, or find it running."""
    return await client.start_workflow(
        ACADEMY_WORKFLOW,
        AcademyInput(academy=academy),
        id=academy_workflow_id(academy),
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        search_attributes=_academy_attributes(academy),
        priority=_of_academy(academy),
        static_summary=f"The weekly mail of {academy}",
    )


async def tell(client: Client, engagement: str, fact: EngagementFact, *, task_queue: str = TASK_QUEUE) -> Told:
    """Tell an engagement a fact; returns when it is recorded. An engagement that has closed wakes up again for it.

    Raises FactRefusedError, and RPCError when the server stays unreachable.
    """

    def wake() -> WithStartWorkflowOperation[Any, Any]:
        return WithStartWorkflowOperation(
            ENGAGEMENT_WORKFLOW,
            EngagementInput(engagement=engagement, opening=None),
            id=engagement_workflow_id(engagement),
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=_engagement_attributes(engagement),
            priority=_of_academy(engagement),
        )

    return await _Telling(client, engagement_handle(client, engagement), wake, fact, Told).answered()


async def tell_cohort(client: Client, cohort: str, fact: CohortFact, *, task_queue: str = TASK_QUEUE) -> CohortTold:
    """Tell a cohort a fact, as :func:`tell` does an engagement."""

    def wake() -> WithStartWorkflowOperation[Any, Any]:
        return WithStartWorkflowOperation(
            COHORT_WORKFLOW,
            CohortInput(cohort=cohort, opening=None),
            id=cohort_workflow_id(cohort),
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=_cohort_attributes(cohort),
            priority=_of_academy(cohort),
        )

    return await _Telling(client, cohort_handle(client, cohort), wake, fact, CohortTold).answered()


async def tell_intro_course(
    client: Client, course: str, fact: IntroCourseFact, *, task_queue: str = TASK_QUEUE
) -> IntroCourseTold:
    """Tell an Introduction course a fact, as :func:`tell` does an engagement."""

    def wake() -> WithStartWorkflowOperation[Any, Any]:
        return WithStartWorkflowOperation(
            INTRO_COURSE_WORKFLOW,
            IntroCourseInput(course=course, opening=None),
            id=intro_course_workflow_id(course),
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=_academy_attributes(course),
            priority=_of_academy(course),
        )

    return await _Telling(client, intro_course_handle(client, course), wake, fact, IntroCourseTold).answered()


async def tell_any(client: Client, subject: str, fact: AnyFact, *, task_queue: str = TASK_QUEUE) -> AnyTold:
    """Tell a fact to whatever its kind belongs to. Each kind of fact has one owner."""
    telling = tell
    if fact.kind in COHORT_KINDS:
        telling = tell_cohort  # type: ignore[assignment] # by kind
    elif fact.kind in INTRO_COURSE_KINDS:
        telling = tell_intro_course  # type: ignore[assignment] # by kind
    return await telling(client, subject, fact, task_queue=task_queue)  # type: ignore[arg-type] # by kind


async def nothing_recorded(client: Client, handle: WorkflowHandle[Any, Any]) -> bool:
    """Whether the latest run failed because nothing is recorded under the id."""
    latest = await handle.describe()
    if latest.status is not WorkflowExecutionStatus.FAILED:
        return False
    try:
        await client.get_workflow_handle(handle.id, run_id=latest.run_id).result()
    except WorkflowFailureError as failed:
        return isinstance(failed.cause, ApplicationError) and failed.cause.type == _UNKNOWN_TYPE
    return False


@dataclass(frozen=True, slots=True)
class _Telling(Generic[AnswerT]):
    """One fact on its way to one workflow. ``wake`` starts the workflow again, should it have closed."""

    client: Client
    handle: WorkflowHandle[Any, Any]
    wake: Callable[[], WithStartWorkflowOperation[Any, Any]]
    fact: Fact
    answer: type[AnswerT]

    async def answered(self) -> AnswerT:
        """The answer, or FactRefusedError."""
        try:
            return await self._persistently(_update_id(self.fact))
        except FactRefusedError:
            # The server keeps the outcome of an update by its id, also a refusal that no longer holds.
            return await self._persistently(None)

    async def _persistently(self, update_id: str | None) -> AnswerT:
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

    async def _to_running(self, update_id: str | None) -> AnswerT:
        told: AnswerT = await self.handle.execute_update(TELL, self.fact, id=update_id, result_type=self.answer)
        return told

    async def _to_woken(self, update_id: str | None) -> AnswerT:
        told: AnswerT = await self.client.execute_update_with_start_workflow(
            TELL, self.fact, start_workflow_operation=self.wake(), id=update_id, result_type=self.answer
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


def _engagement_attributes(engagement: str, opening: EngagementProposed | None = None) -> TypedSearchAttributes:
    academy, _, rest = engagement.partition(".")
    cohort = opening.cohort if opening else f"{academy}.{rest.partition('.')[0]}"
    pairs = [SearchAttributePair(ACADEMY, academy), SearchAttributePair(COHORT, cohort)]
    if opening:
        pairs.append(SearchAttributePair(COACH, opening.people.coach))
    return TypedSearchAttributes(pairs)


def _academy_attributes(subject: str) -> TypedSearchAttributes:
    return TypedSearchAttributes([SearchAttributePair(ACADEMY, subject.partition(".")[0])])


def _cohort_attributes(cohort: str) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [SearchAttributePair(ACADEMY, cohort.partition(".")[0]), SearchAttributePair(COHORT, cohort)]
    )
