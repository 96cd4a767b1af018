"""An example of every answer, and of every body that has none, made from its schema.

What a field holds is said here by its name, where that fits; else it is the default, or the first of its values.
"""

from __future__ import annotations

from typing import Any, Final

from gateway.examples import example_of
from operations.event_types import type_of
from schemas.programme_file import shipped_programme

_COHORT: Final = "sheffield.2027-autumn"
_ENGAGEMENT: Final = f"{_COHORT}.P01"
_COURSE: Final = "sheffield.intro-2027-09"
_MOMENT: Final = "2027-10-04T16:12:09Z"
_ASKED: Final = "2027-10-11T10:00:00Z"
_HELD: Final = type_of("session_held")

_BY_NAME: Final[dict[str, tuple[Any, ...]]] = {
    "about": (_ENGAGEMENT, "2027-10-11"),
    "academy": ("sheffield",),
    "act": ("ask",),
    "action": ("tell session_held",),
    "added": ([_ENGAGEMENT],),
    "answer": ("Due on Monday 11 October 2027 at 11am; it is then for the coach to act.", {}),
    "answer_by": ("2027-10-20T10:00:00Z",),
    "answers": (14,),
    "at": (_ASKED,),
    "award": ("coaching_course",),
    "booking": (f"{_COURSE}.5f0c1b6a7d",),
    "calendar": ("uk-2026-11",),
    "caller": ("key_5b1f0c93aa",),
    "coach": ("per_3f2a",),
    "code": (None, "7KQ2-9XWB-M4TR"),
    "cohort": (_COHORT,),
    "column": ("session_time",),
    "comments": (["More time."],),
    "confident": (3.9,),
    "confirmed": (17,),
    "course": (_COURSE,),
    "created_by": ("key_5b1f0c93aa",),
    "day_1_ends_at": ("2027-09-08T15:00:00Z",),
    "day_1_starts_at": ("2027-09-08T08:30:00Z",),
    "day_2_ends_at": ("2027-09-09T15:00:00Z",),
    "day_2_starts_at": ("2027-09-09T08:30:00Z",),
    "days": ([1, 2],),
    "delegate": ("external",),
    "detail": ("The mail came back (5.1.1). 1 notice is marked as failed; see the worklist.",),
    "door": ("http",),
    "due": ({},),
    "email": ("office@example.org",),
    "engagement": (_ENGAGEMENT,),
    "engagements": (26, [_ENGAGEMENT]),
    "enrolment": (_ENGAGEMENT,),
    "enrolments": (28,),
    "event_id": ("diary-8841",),
    "events": (12,),
    "evidence": (["Raised 3 times, most recently on Monday 18 October 2027."],),
    "example": ({"specversion": "1.0", "type": _HELD, "id": "8841", "source": "urn:example:diary"},),
    "fact": (example_of("session_held"),),
    "first_day": ("2027-08-02",),
    "fresh": (True,),
    "hand_off_planned": ("2029-04-04",),
    "health": ("on_track",),
    "id": ("8841",),
    "item": (f"{_ENGAGEMENT}/escalation/2027-10-04",),
    "joining": ("Tea and coffee from 9am.",),
    "key": ("session/2027-10-11/0",),
    "known": ([_ENGAGEMENT],),
    "label": ("sheffield-mca@1",),
    "last_day": ("2027-08-13",),
    "limit_on": ("2029-10-04",),
    "line": (3,),
    "matter": ("session",),
    "name": ("sheffield-mca",),
    "next_due": (_ASKED, {}),
    "next_matter": ("session",),
    "notice": ("ntc_5f0c1b6a7d2e",),
    "opens_at": ("2027-06-16T08:30:00Z",),
    "parameter": ("sessions.asked_after_minutes = 60",),
    "person": ("per_3f2a",),
    "phase": ("action",),
    "places": (20,),
    "problem": ("is not a time",),
    "programme": (shipped_programme().model_dump(mode="json"), "sheffield-mca@1"),
    "question": ("session/2027-10-11/0",),
    "reason": (None, "Faculty meets the team that day."),
    "received": ({"specversion": "1.0", "type": _HELD, "id": "8841", "source": "urn:example:diary"},),
    "recommends": (4.7,),
    "recorded": (True,),
    "recorded_at": (_MOMENT,),
    "remedy": ("write hours and minutes from 00:00 to 23:59, like 09:30",),
    "rule": ("session_asked",),
    "running": (26,),
    "seen": ("escalation/2027-10-04/2",),
    "since": ("2027-10-11T09:00:00Z",),
    "source": ("urn:example:diary",),
    "source_id": ("8841",),
    "stage": ("action", "in_teaching", "open"),
    "state": ("in_training", "confirmed"),
    "status": ("5.1.1", 200),
    "subject": (_ENGAGEMENT,),
    "subjects": (["engagement"],),
    "subscription": ("dashboard",),
    "suggestion": ("Speak to the coach. Record what you agreed: a next session, a pause, or ending the coaching.",),
    "summary": ("A session took place.",),
    "taken_in": (True,),
    "told": ([_ENGAGEMENT], {}),
    "turn": ("coach",),
    "type": (_HELD,),
    "types": ([_HELD, "org.coaching-lifecycle.changed.health"],),
    "url": ("https://dashboard.example.org/hook",),
    "useful": (4.6,),
    "venue": ("Seminar room 3",),
    "warnings": ([],),
    "where": ("line 3, column session_time",),
    "within": ("sheffield",),
}
"""The first that fits the field's schema; an object is filled up by its own fields."""

_OF_PARTS: Final[dict[str, dict[str, Any]]] = {
    # One with a `type` and an `example` would be taken for a schema by linters.
    "list_event_types/200": {"types": []},
    "put_off/200": {"snoozed_until": "2027-10-18"},
    "put_subscription/200": {"secret": None},
    "ready/200": {"status": "ready"},
    "revoke_certificate/200": {"status": "revoked", "revoked_at": _MOMENT, "revoked_because": "issued_in_error"},
    "rotate_secret/200": {"previous_until": "2027-10-05T16:12:09Z"},
    "schedule_cohort/200": {"fresh": False, "added": []},
    "schedule_intro_course/200": {"fresh": False},
    "test_subscription/200": {"type": "org.coaching-lifecycle.test", "subject": "dashboard", "status": "delivered"},
}
"""What one answer says differently, by its operation and status."""


def sample_of(schema: dict[str, Any], schemas: dict[str, Any], part: str) -> Any:  # noqa: ANN401 - any JSON
    """An example of what a schema describes. ``schemas`` are those it refers to, ``part`` the operation and status."""
    made = _made(schema.get("anyOf", [schema])[0], "", schemas)
    return made | _OF_PARTS.get(part, {}) if isinstance(made, dict) else made


def _made(schema: dict[str, Any], name: str, schemas: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    if "$ref" in schema:
        return _made(schemas[schema["$ref"].rpartition("/")[2]], name, schemas)
    for said in _BY_NAME.get(name, ()):
        if (form := _fitting(said, schema, schemas)) is not None:
            return _filled(form, schemas) if said == {} else said
    match schema:
        case {"default": said} | {"const": said} | {"examples": [said, *_]} | {"enum": [said, *_]}:
            return said
        case {"anyOf": [first, *rest]}:
            return None if {"type": "null"} in rest else _made(first, name, schemas)
        case {"oneOf": [first, *_]}:
            return _made(first, name, schemas)
        case {"type": "object"}:
            return _filled(schema, schemas)
        case {"type": "array", "items": items}:
            return [_made(items, name, schemas)]
    return _PLAIN.get(schema.get("format") or schema.get("type", ""), "one")


def _filled(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    return {name: _made(field, name, schemas) for name, field in schema.get("properties", {}).items()}


_PLAIN: Final = {"boolean": False, "integer": 1, "number": 1, "date": _MOMENT[:10], "date-time": _MOMENT}
_TYPES: Final = {
    str: "string", int: "integer", float: "number", bool: "boolean", list: "array", dict: "object", type(None): "null",
}  # fmt: skip
_LENGTHS: Final = {"date": 10, "date-time": 20}


def _fitting(said: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any] | None:  # noqa: ANN401 - any JSON
    """The part of a schema that a value fits, as far as types, choices, formats and names of fields say."""
    if "$ref" in schema:
        return _fitting(said, schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if (found := _fitting(said, choice, schemas)) is not None:
            return found
    if schema.get("type") != _TYPES[type(said)] or said not in schema.get("enum", (said,)):
        return None
    match said:
        case str():
            fits = len(said) == _LENGTHS.get(schema.get("format", ""), len(said))
        case [first, *_]:
            fits = _fitting(first, schema["items"], schemas) is not None
        case dict():
            fits = bool(schema.get("additionalProperties")) or said.keys() <= schema.get("properties", {}).keys()
        case _:
            fits = True
    return schema if fits else None
