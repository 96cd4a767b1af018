"""Facts of any kind, made from their models alone: a new kind of fact, or of subject, joins by itself."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.corrections import Correction
from schemas.facts import Fact

_IDS: dict[str, list[Any]] = {
    "academy": ["sheffield"],
    "calendar": ["uk-2026-11", "uk-2025-12", "unknown"],
    "measure": ["m1", "m2"],
    "programme": [{"name": "sheffield-mca", "version": 1}, {"name": "sheffield-mca", "version": 2}],
    "zone": ["Europe/London"],
}
_PEOPLE = ["per_coach", "per_faculty", "per_sponsor", "per_lead", "per_new", "per_other"]
_PARTS = {
    "booking": "sheffield.intro-2026-10", "enrolment": "sheffield.2026-autumn", "course": "sheffield.intro-2026-12",
    "cohort": "sheffield.2026-autumn",
}  # fmt: skip
_FAR = st.sampled_from([0, 0, 0, 1, 7, -1, -7, 30, -30, 100, -100, 366, 400, -400, 3000])


def fact(model: type[Fact], event_id: str, at: datetime) -> st.SearchStrategy[Fact | None]:
    """A fact of this kind that occurred at a moment; None where what was drawn does not go together."""

    def made(said: dict[str, Any]) -> Fact | None:
        given = said | {"kind": model.model_fields["kind"].default, "event_id": event_id, "occurred_at": at}
        try:
            return model.model_validate(given)
        except ValidationError:
            return None

    schema = _schema(model)
    said = {
        name: _of(name, each, schema.get("$defs", {}), at.date())
        for name, each in schema["properties"].items()
        if name not in {"kind", "event_id", "occurred_at", "told_by", "caused_by", "note"}
    }
    optional = {name: each for name, each in said.items() if name not in schema.get("required", ())}
    return st.fixed_dictionaries({n: e for n, e in said.items() if n not in optional}, optional=optional).map(made)


def correction(event_id: str, at: datetime, corrects: str, replacement: Fact | None) -> Fact:
    """An earlier fact was wrong, or an earlier correction."""
    return Correction(event_id=event_id, occurred_at=at, corrects=corrects, replacement=replacement)  # type: ignore[arg-type]


@cache
def _schema(model: type[Fact]) -> dict[str, Any]:
    return model.model_json_schema()


def _of(name: str, schema: dict[str, Any], types: dict[str, Any], day: date) -> st.SearchStrategy[Any]:
    """Values of a field, by its name where that says which ids are meant, else by its type."""
    if name in _IDS:
        return st.sampled_from(_IDS[name])
    if "$ref" in schema:
        return _of("", types[schema["$ref"].rpartition("/")[2]], types, day)
    if several := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return st.one_of([_of(name, each, types, day) for each in several])
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    match schema.get("type"):
        case "object" | "array" as kind:
            return _object(schema, types, day) if kind == "object" else _array(name, schema, types, day)
        case "integer" | "number" as kind:
            return _number(schema, whole=kind == "integer")
        case "null" | "boolean" as kind:
            return st.none() if kind == "null" else st.booleans()
        case _:
            return _written(name, schema, day)


def _written(name: str, schema: dict[str, Any], day: date) -> st.SearchStrategy[str]:
    """A day, a moment, a time of day, or an id."""
    example = str(next(iter(schema.get("examples", ())), ""))
    match schema.get("format"):
        case "date-time":
            return _FAR.map(lambda days: f"{day + timedelta(days=days)}T10:00:00Z")
        case "local-time":
            return st.sampled_from(["09:00", "17:30"])
        case "date":
            return _days(day)
    if example[:4].isdigit():
        return _days(day)
    if name in _PARTS:
        return st.sampled_from([_PARTS[name], *(f"{_PARTS[name]}.P0{number}" for number in (1, 2, 3))])
    return st.sampled_from(_PEOPLE)


def _days(day: date) -> st.SearchStrategy[str]:
    return _FAR.map(lambda days: (day + timedelta(days=days)).isoformat())


def _array(name: str, schema: dict[str, Any], types: dict[str, Any], day: date) -> st.SearchStrategy[Any]:
    items = _of(name, schema.get("items", {}), types, day)
    return st.lists(items, min_size=schema.get("minItems", 0), max_size=min(3, schema.get("maxItems", 3)))


def _object(schema: dict[str, Any], types: dict[str, Any], day: date) -> st.SearchStrategy[dict[str, Any]]:
    needed = schema.get("required", ())
    each = {name: _of(name, field, types, day) for name, field in schema.get("properties", {}).items()}
    optional = {name: values for name, values in each.items() if name not in needed}
    return st.fixed_dictionaries({n: v for n, v in each.items() if n in needed}, optional=optional)


def _number(schema: dict[str, Any], *, whole: bool) -> st.SearchStrategy[float]:
    least, most = schema.get("minimum", 1), schema.get("maximum", 20)
    if whole:
        return st.sampled_from([3, 6, 12, 18]).filter(lambda n: least <= n <= most) | st.integers(least, min(most, 20))
    return st.integers(int(least * 2), int(most * 2)).map(lambda halves: max(least, halves / 2))
