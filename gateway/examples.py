"""One example of every kind of fact, for descriptions, made from its model; a test holds them against the models.

What a model requires is filled by the field's name where that is said here, else by its type.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.subjects import KINDS

_EVENT_ID: Final = "diary-8841"
_MOMENT: Final = "2027-10-04T10:00:00Z"
_SLOT: Final = {"day": "monday", "at": "09:00"}
_HELD: Final = {"day": "2027-10-04", "attendance": 7, "chaired_by": "team", "evaluation": 8}

_BY_NAME: Final[dict[str, Any]] = {
    "academy": "sheffield",
    "booking": "sheffield.intro-2027-09.B01",
    "calendar": LATEST_HOLIDAY_TABLE,
    "coach": "per_3f2a",
    "cohort": "sheffield.2027-autumn",
    "corrects": "diary-8840",
    "course": "sheffield.intro-2027-11",
    "cycle": 3,
    "day_1": "2027-09-08",
    "day_2": "2027-09-09",
    "enrolment": "sheffield.2027-autumn.P01",
    "first_day": "2027-12-20",
    "from_day": "2027-10-04",
    "idea": 2,
    "last_day": "2027-12-31",
    "measure": "on_time_starts",
    "microsystem": "ms_ward_7",
    "month": 6,
    "person": "per_3f2a",
    "places": 20,
    "programme": {"name": "sheffield-mca", "version": 1},
    "review_on": "2028-01-31",
    "score": 2.5,
    "slot": _SLOT,
    "to_day": "2027-10-06",
    "until_day": "2027-10-29",
    "value": 71.5,
    "watched_from": "2027-08-02T09:00:00Z",
}

_OWN: Final[dict[str, dict[str, Any]]] = {
    "role_changed": {"role": "sponsor", "person": "per_58d2"},
    "session_held": _HELD,
    "aim_set": {"aim": "specific", "target": 90, "by_day": "2028-03-31", "measure": "on_time_starts"},
    "pause_started": {"review_on": "2028-01-31"},
    "ended_early": {"reason": "team_merged", "successor": "ms_ward_8"},
    "correction": {
        "replacement": {"kind": "session_held", "event_id": "diary-8840-right", "occurred_at": _MOMENT, **_HELD}
    },
    "enrolment_accepted": {"team": {"microsystem": "ms_ward_7", "team_lead": "per_9c41", "slot": _SLOT}},
    "learning_session_declined": {"number": 2, "day": "2027-10-04"},
    "conditional_start_decided": {"until": "2027-11-15"},
    "learning_session_held": {"attended": ["sheffield.2027-autumn.P01", "sheffield.2027-autumn.P02"]},
    "place_requested": {"person": "per_61fe", "delegate": "external"},
    "place_offered": {"until": "2027-10-06T10:00:00Z"},
    "intro_attendance_taken": {"attended": ["sheffield.intro-2027-09.B01"]},
    "missing_day_rebooked": {"day": 2},
}
"""What the fields of one kind say, if not the same as those of others, or beside what it requires."""

_MODELS: Final = {kind: model for subject in KINDS for kind, model in zip(subject.kinds, subject.models, strict=True)}


@cache
def example_of(kind: str) -> dict[str, Any]:
    """A fact of this kind, as JSON. Raises KeyError for a kind that nobody can be told."""
    schema = _MODELS[kind].model_json_schema()
    said = {"kind": kind, "event_id": _EVENT_ID, "occurred_at": _MOMENT, "told_by": {"role": "coach"}}
    return {**_required(schema, schema.get("$defs", {})), **said, **_OWN.get(kind, {})}


def _required(schema: dict[str, Any], types: dict[str, Any]) -> dict[str, Any]:
    return {name: _BY_NAME.get(name, _of_type(schema["properties"][name], types)) for name in schema["required"]}


def _of_type(schema: dict[str, Any], types: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """The first, least or only value, a day for a date, and a code for a string."""
    match schema:
        case {"$ref": name}:
            return _of_type(types[name.rpartition("/")[2]], types)
        case {"examples": [first, *_]} | {"enum": [first, *_]} | {"minimum": first}:
            return first
        case {"type": "object"}:
            return _required(schema, types)
        case {"type": "array"}:
            return [_of_type(schema["items"], types)]
        case {"type": "boolean"}:
            return True
        case {"format": "date"}:
            return _MOMENT[:10]
        case {"format": "date-time"}:
            return _MOMENT
    return "code-1"
