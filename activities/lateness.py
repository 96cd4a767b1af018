"""Activities that are begun long after they were asked for: all workers or the database were away."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from temporalio import activity

LATE: Final = timedelta(minutes=10)
"""After so long, people may have answered and the hours for notices may be over."""


def is_late() -> bool:
    """Whether this try begins so late that its asker should judge anew, by a clock of now, what may still go."""
    info = activity.info()
    return info.started_time - info.scheduled_time > LATE
