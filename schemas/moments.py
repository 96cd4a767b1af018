"""How moments, local times and sessions are named, wherever they are said."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, StringConstraints, WithJsonSchema


def _in_utc_seconds(moment: datetime) -> datetime:
    if moment.tzinfo is UTC and not moment.microsecond:
        return moment
    try:
        return moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise ValueError("must be a moment that UTC can write too") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc_seconds)]
"""A point in time, UTC, whole seconds. Input with any other offset is converted."""


def _on_the_wall(written: time) -> time:
    if written.tzinfo is not None or written.microsecond:
        raise ValueError("must be a local time like 09:30, without an offset")
    return written


WallTime = Annotated[
    time,
    AfterValidator(_on_the_wall),
    WithJsonSchema(
        {
            "type": "string",
            "format": "local-time",
            "pattern": r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$",
            "examples": ["09:30"],
        }
    ),
]
"""A local time of day, as a clock on the wall shows it. (JSON Schema's own ``time`` would need an offset.)"""


def _day_of_calendar(written: str) -> str:
    date.fromisoformat(written.partition(".")[0])
    return written


SessionId = Annotated[
    str,
    StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}(\.[2-9])?$"),
    AfterValidator(_day_of_calendar),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\d{4}-\d{2}-\d{2}(\.[2-9])?$",
            "examples": ["2027-10-05", "2027-10-05.2"],
        }
    ),
]
"""Names a session by the day it was first planned for, wherever it has moved since: ``2027-10-05``.

A further meeting on that day has a number: ``2027-10-05.2``.
"""
