"""How a subject is started: by input that can be read, under the id that is its own."""

from __future__ import annotations

from typing import Final, TypeVar

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

T = TypeVar("T")

MALFORMED: Final = "MalformedStart"
"""The type of the failure of a start that nobody can read, or under an id that is another subject's."""


def understood(raw: RawValue, kind: AnyKind) -> tuple[SubjectInput, ApplicationError | None]:
    """What a run was started with, and why the start fails: nobody can read it, or it is another subject's.

    A run that is replayed was understood before: it is never failed, and waits for a release that reads it again.
    """
    given, failure = read(raw, SubjectInput, f"{kind}")
    if given is None:
        return _NOBODY, failure
    if failure := belongs(workflow_id(kind, given.subject), f"{kind}") or _cannot_begin(given, kind):
        return _NOBODY, failure
    return given, None


def read(raw: RawValue, model: type[T], what: str) -> tuple[T | None, ApplicationError | None]:
    """The input of a start, or why it is none."""
    try:
        given: object = workflow.payload_converter().from_payload(raw.payload, model)
    except Exception as unreadable:
        if workflow.unsafe.is_replaying():
            raise
        return None, _malformed(f"This is not how {what} is started: {type(unreadable).__name__}.")
    if not isinstance(given, model):
        return None, _malformed(f"This is not how {what} is started: nothing was given.")
    return given, None


def belongs(id_: str, what: str) -> ApplicationError | None:
    """Why a start fails whose input belongs under another workflow id than its own."""
    if id_ == workflow.info().workflow_id or workflow.unsafe.is_replaying():
        return None
    return _malformed(f"Start {what} under the workflow id {id_}, as its input has it.")


def _cannot_begin(given: SubjectInput, kind: AnyKind) -> ApplicationError | None:
    """Why a start fails that has another kind's opening, or what only a run before it can hand over."""
    if workflow.unsafe.is_replaying():
        return None
    if given.opening is not None and given.opening.kind != kind.opening:
        return _malformed(f"Only {kind.opening} begins {kind}.")
    if given.carried is not None and workflow.info().continued_run_id is None:
        return _malformed(f"No run before this one carried anything to it. Start {kind} without carried.")
    return None


def _malformed(reason: str) -> ApplicationError:
    return ApplicationError(reason, type=MALFORMED, non_retryable=True)
