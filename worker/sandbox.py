"""Where workflows run: in Temporal's sandbox, which is entered for their own code and for nothing else.

The SDK asks for the context of every payload it reads or writes, several times each, and the sandbox is entered for
every answer: a quarter of the worker's processor. Our converter looks at no context and nothing is stored elsewhere, so
"none" is answered outside. Whoever brings in a codec, converter or storage that does look must run them in
``SandboxedWorkflowRunner`` itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from temporalio import workflow
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner


@dataclass(frozen=True)
class Sandbox(SandboxedWorkflowRunner):
    """The sandbox, for data converters that look at no context."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """A workflow in the sandbox."""
        return _WithoutContext(super().create_instance(det))


class _WithoutContext(WorkflowInstance):
    def __init__(self, sandboxed: WorkflowInstance) -> None:
        self._sandboxed = sandboxed

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        return self._sandboxed.activate(act)

    def get_info(self) -> workflow.Info:
        return self._sandboxed.get_info()

    def get_thread_id(self) -> int | None:
        return self._sandboxed.get_thread_id()

    def get_serialization_context(self, command_info: object) -> None:
        """No context, whichever command a payload belongs to."""

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:  # noqa: ARG002 - as above
        return _NOWHERE


_NOWHERE = StorageDriverStoreContext(target=None)
