"""Facts that are told through Temporal itself must be signed, where the installation has a key.

An update is judged in its validator, which never runs again when a history is replayed; a start before anything has
happened. So another key, or none, replays every history alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from hmac import compare_digest
from typing import Any, Final

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    ExecuteWorkflowInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from coaching_client.handles import TELL, TELL_SCOPED
from coaching_client.signing import HEADER, START, Headers, content, signature
from schemas.inputs import SubjectInput, TakeOver
from workflows.starting import read

UNSIGNED: Final = "Unsigned"
_SENTENCE: Final = (
    "This isn't signed with the installation's key (MCA_TELLING_KEYS), so nothing was recorded. Tell it by HTTP, "
    "events, Nexus or mca, or sign it."
)
_EXTERN: Final = "coaching_signed"


class MustBeSigned(Interceptor):
    """Lets through what is signed with one of the keys."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002 - the SDK's name
        """Stands before each workflow; the keys stay outside its sandbox."""
        input.unsafe_extern_functions[_EXTERN] = self._signed
        return _BeforeWorkflow

    def _signed(self, found: str, *said: str) -> bool:
        return any(compare_digest(found, signature(key, *said)) for key in self._keys)


def must_be_signed(keys: Sequence[str]) -> list[Interceptor]:
    """What a worker checks: nothing without keys."""
    return [MustBeSigned(keys)] if keys else []


class _BeforeWorkflow(WorkflowInboundInterceptor):
    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002, ANN401 - the SDK's
        info = workflow.info()
        begins = info.continued_run_id is None and not workflow.unsafe.is_replaying()
        if begins and (given := _telling(input.args)) is not None:
            _require(input.headers, info.workflow_id, START, START, content([given]))
        return await self.next.execute_workflow(input)

    def handle_update_validator(self, input: HandleUpdateInput) -> None:  # noqa: A002
        if input.update in {TELL, TELL_SCOPED}:
            _require(input.headers, workflow.info().workflow_id, input.update, input.id, content(input.args))
        self.next.handle_update_validator(input)


def _telling(args: Sequence[Any]) -> SubjectInput | TakeOver | None:
    """What a start tells a subject; None where it only takes up what is recorded, or starts something else."""
    for raw in args:
        given, _ = read(raw, SubjectInput, "a subject") if isinstance(raw, RawValue) else (None, None)
        if given is not None and (given.opening or given.then or given.carried):
            return given
        past, _ = read(raw, TakeOver, "a taking over") if isinstance(raw, RawValue) and given is None else (None, None)
        if past is not None:
            return past
    return None


def _require(headers: Headers, *said: str) -> None:
    found = headers[HEADER].data.decode() if HEADER in headers else ""
    if not workflow.extern_functions()[_EXTERN](found, *said):
        raise ApplicationError(_SENTENCE, type=UNSIGNED, non_retryable=True)
