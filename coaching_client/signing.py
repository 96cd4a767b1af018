"""What is told through Temporal is signed by whoever has the installation's key, where it has one.

A signature is for one workflow, one update and one content: whoever finds it in a history can only repeat what it was
for, which changes nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from pydantic import BaseModel
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Interceptor,
    OutboundInterceptor,
    StartWorkflowInput,
    StartWorkflowUpdateInput,
    StartWorkflowUpdateWithStartInput,
    WorkflowHandle,
    WorkflowUpdateHandle,
)

HEADER: Final = "coaching-signature"
START: Final = "start"

Headers = Mapping[str, Payload]


def signature(key: str, *said: str) -> str:
    """The signature of what is said, in this order."""
    return hmac.digest(key.encode(), "\n".join(said).encode(), "sha256").hex()


def content(args: Sequence[Any]) -> str:
    """What is signed of the arguments, as a workflow has read them: the one that says something."""
    return args[0].model_dump_json() if len(args) == 1 and isinstance(args[0], BaseModel) else ""


def _as_read(args: Sequence[Any]) -> list[Any]:
    """The arguments as a workflow will read them, however they were put together."""
    return [type(arg).model_validate_json(arg.model_dump_json()) if isinstance(arg, BaseModel) else arg for arg in args]


class Signing(Interceptor):
    """Signs with the last of the keys whatever a client tells or starts."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._key = keys[-1]

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """Stand before the client."""
        return _Signed(next, self._key)


class _Signed(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, key: str) -> None:
        super().__init__(following)
        self._key = key

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002
        input.headers = self._with(input.headers, input.id, START, START, content(_as_read(input.args)))
        return await self.next.start_workflow(input)

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:  # noqa: A002
        input.update_id = input.update_id or f"{uuid4()}"
        said = content(_as_read(input.args))
        input.headers = self._with(input.headers, input.id, input.update, input.update_id, said)
        return await self.next.start_workflow_update(input)

    async def start_update_with_start_workflow(
        self,
        input: StartWorkflowUpdateWithStartInput,  # noqa: A002
    ) -> WorkflowUpdateHandle[Any]:
        start, update = input.start_workflow_input, input.update_workflow_input
        update.update_id = update.update_id or f"{uuid4()}"
        start.headers = self._with(start.headers, start.id, START, START, content(_as_read(start.args)))
        said = content(_as_read(update.args))
        update.headers = self._with(update.headers, start.id, update.update, update.update_id, said)
        return await self.next.start_update_with_start_workflow(input)

    def _with(self, headers: Headers, *said: str) -> Headers:
        return {**headers, HEADER: Payload(data=signature(self._key, *said).encode())}
