"""How a subject is started: by input that can be read, under the id that is its own."""

from __future__ import annotations

from typing import Final

from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from schemas.inputs import SubjectInput
    from schemas.subjects import AnyKind, workflow_id

NOTHING: Final = RawValue(Payload())
"""What a start without input is given."""

_NOBODY: Final = SubjectInput(subject="nobody")

MALFORMED: Final = "MalformedStart"
"""The type of the failure of a start that nobody can read, or under an id that is another subject's."""


def understood(raw: RawValue, kind: AnyKind) -> tuple[SubjectInput, ApplicationError | None]:
    """What a run was started with, and why the start fails: nobody can read it, or it is another subject's.

    A run that is replayed was understood before: it is never failed, and waits for a release that reads it again.
    """
    try:
        given: object = workflow.payload_converter().from_payload(raw.payload, SubjectInput)
    except Exception as unreadable:
        if workflow.unsafe.is_replaying():
            raise
        return _NOBODY, _malformed(f"This is not how {kind} is started: {type(unreadable).__name__}.")
    if not isinstance(given, SubjectInput):
        return _NOBODY, _malformed(f"This is not how {kind} is started: nothing was given.")
    id_ = workflow_id(kind, given.subject)
    if id_ != workflow.info().workflow_id and not workflow.unsafe.is_replaying():
        return _NOBODY, _malformed(f"Start {kind} under the workflow id {id_}, as its input has it.")
    return given, None


def _malformed(reason: str) -> ApplicationError:
    return ApplicationError(reason, type=MALFORMED, non_retryable=True)
