"""What a history holds: events, bytes, and the actions Temporal Cloud would bill. Virtual time is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from rehearsal.clocks import is_virtual_time_event

_BILLED: Final = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
        EventType.EVENT_TYPE_TIMER_STARTED,
        EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
    }
)
"""One action each. A continue-as-new is the start of the run it leads to."""


@dataclass(frozen=True, slots=True)
class Measured:
    """``bytes`` as the server stores the events, ``actions`` without queries and without refused updates."""

    events: int
    bytes: int
    actions: int

    def __sub__(self, earlier: Measured) -> Measured:
        """What came since."""
        return Measured(self.events - earlier.events, self.bytes - earlier.bytes, self.actions - earlier.actions)

    def __add__(self, other: Measured) -> Measured:
        """Of two runs together."""
        return Measured(self.events + other.events, self.bytes + other.bytes, self.actions + other.actions)


def measured(events: Sequence[HistoryEvent]) -> Measured:
    """The measures of these events of one run."""
    kept = [event for event in events if not is_virtual_time_event(event)]
    return Measured(len(kept), sum(event.ByteSize() for event in kept), _actions(kept))


def _actions(events: Sequence[HistoryEvent]) -> int:
    billed = sum(event.event_type in _BILLED for event in events)
    # Every attempt of an activity is an action; the event of its start names the last one.
    attempts = sum(
        event.activity_task_started_event_attributes.attempt
        for event in events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED
    )
    # All local activities of one workflow task are one action.
    local = {
        event.marker_recorded_event_attributes.workflow_task_completed_event_id
        for event in events
        if event.marker_recorded_event_attributes.marker_name == "core_local_activity"
    }
    return billed + attempts + len(local)
