"""Programmes drawn from their whole range: every parameter by the schema, and what fits together."""

from __future__ import annotations

from datetime import time
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.programme import Programme
from schemas.words import Matter

ZONES = (
    "Europe/London",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "America/St_Johns",
    "Pacific/Auckland",
    "Pacific/Pago_Pago",
    "UTC",
)
_RISING = (
    ("health.at_risk_after", "health.stalled_after"),
    ("ladder.faculty_after_working_days", "ladder.office_after_working_days"),
    ("hand_off.planned_after_months", "hand_off.limit_after_months"),
    ("gate.chaired_by_team", "gate.of_last_sessions"),
    ("pause.reviewed_every_weeks", "pause.decided_after_weeks"),
    ("transition.fortnightly_after_weeks", "transition.monthly_after_weeks"),
    ("aftercare.chased_after_working_days", "aftercare.office_after_working_days"),
    ("progress.asked_every_months", "progress.flat_months"),
    ("quiet_hours.opens", "quiet_hours.closes"),
    ("completion.learning_sessions_attended", "course.learning_sessions"),
    ("intro_course.reminder_days_before", "intro_course.joining_days_before"),
    ("course.participants_at_least", "course.participants_at_most"),
)
"""Pairs whose second is never less: drawn the other way round, they change places."""

_FALLING = ("microsystem.asked_weeks_before", "course.reminder_days_before")


def programmes() -> st.SearchStrategy[Programme]:
    """Whatever a programme may say: each section by itself is the default, or drawn to its bounds and between."""
    schema = Programme.model_json_schema()
    sections = {
        name: st.just(None) | _drawn(field, schema["$defs"])
        for name, field in schema["properties"].items()
        if name not in {"name", "version", "zone"}
    }
    return st.fixed_dictionaries({"zone": st.sampled_from(ZONES), **sections}).map(_whole)


def _drawn(field: dict[str, Any], types: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in field:
        return _drawn(types[field["$ref"].rpartition("/")[2]], types)
    if "enum" in field:
        return st.sampled_from(field["enum"])
    match field.get("type"):
        case "object":
            return st.fixed_dictionaries({name: _drawn(inner, types) for name, inner in field["properties"].items()})
        case "array":
            items = st.lists(_drawn(field["items"], types), max_size=4, unique=True)
            return items.map(
                lambda found: sorted(found, key=str) if found and isinstance(found[0], str) else sorted(found)
            )
        case "integer":
            low, high = field["minimum"], field["maximum"]
            return st.sampled_from((low, high)) | st.integers(low, high)
        case "number":
            return st.integers(1, 10).map(lambda halves: halves / 2)
    return st.times(max_value=time(23, 59)).map(lambda at: at.replace(second=0, microsecond=0).isoformat())


def _whole(said: dict[str, Any]) -> Programme:
    plain = {name: value for name, value in said.items() if value is not None}
    given: dict[str, Any] = Programme(name="drawn", version=1).model_dump(mode="json") | plain
    course, ending = given["course"], given["hand_off"]
    course["learning_sessions"] = min(
        course["learning_sessions"], 1 + course["length_months"] // course["learning_session_every_months"]
    )
    ending["extensions_at_most"] = min(ending["extensions_at_most"], 60 // ending["extension_months"])
    for first, second in _RISING:
        (one, low), (other, high) = first.split("."), second.split(".")
        if given[one][low] > given[other][high]:
            given[one][low], given[other][high] = given[other][high], given[one][low]
    for name in _FALLING:
        section, field = name.split(".")
        given[section][field] = sorted(given[section][field], reverse=True)
    given["attention"]["at_once"] = [Matter.LEARNING_SESSION, Matter.SESSION, *given["attention"]["at_once"]]
    try:
        return Programme.model_validate(given)
    except ValidationError:
        reject()
