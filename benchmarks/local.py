"""The engine recording by local activities: the same workflows, the same activities, run inside the workflow task."""

from __future__ import annotations

from typing import Any, Final

from temporalio import workflow
from temporalio.worker import (
    Interceptor,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Activity

_RECORDING: Final = frozenset({Activity.RECORD, Activity.CARRY_OUT})


class ByLocalActivities(Interceptor):
    """Turns the recording activities of every workflow into local ones, with the same time-outs and retries."""

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - the SDK's signature
    ) -> type[WorkflowInboundInterceptor]:
        """Stands between workflow and activities."""
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))


class _Outbound(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002 - the SDK names it
        if input.activity not in _RECORDING:
            return super().start_activity(input)
        return super().start_local_activity(
            StartLocalActivityInput(
                activity=input.activity,
                args=input.args,
                activity_id=None,
                schedule_to_close_timeout=input.schedule_to_close_timeout,
                schedule_to_start_timeout=input.schedule_to_start_timeout,
                start_to_close_timeout=input.start_to_close_timeout,
                retry_policy=input.retry_policy,
                local_retry_threshold=None,
                cancellation_type=input.cancellation_type,
                headers=input.headers,
                summary=input.summary,
                arg_types=input.arg_types,
                ret_type=input.ret_type,
            )
        )
