"""What is sent holds ids, codes, numbers and times: no field of it could hold a name or a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from operations.event_types import CHANGES, Ask
from schemas.corrections import ANY_FACT

BOUND = {"enum", "const", "pattern", "format"}
# Checked against the time zones there are.
CHECKED = {"zone"}


def _free(schema: Any, name: str = "") -> Iterator[str]:
    """The names of fields that take any text."""
    if isinstance(schema, dict):
        if schema.get("type") == "string" and not BOUND & schema.keys():
            yield name
        for key, value in schema.items():
            yield from _free(value, name if key in {"anyOf", "items", "oneOf", "prefixItems"} else key)
    elif isinstance(schema, list):
        for value in schema:
            yield from _free(value, name)


def test_no_event_has_a_field_for_free_text() -> None:
    """Of no fact, no change and no ask."""
    kinds: list[TypeAdapter[Any]] = [ANY_FACT, *map(TypeAdapter, CHANGES.values()), TypeAdapter(Ask)]
    assert {name for kind in kinds for name in _free(kind.json_schema())} <= CHECKED
