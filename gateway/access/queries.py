"""What stands behind the question mark: whatever an operation does not know, or is told twice, is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel

from gateway.problems import invalid


def require_known(request: Request) -> None:
    """Raises Problem("invalid") that names every filter which is unknown, given more than once, or no text."""
    if not request.query_params:
        return
    known = dict(_known(request.scope["route"].dependant))
    faults: list[dict[str, Any]] = []
    for name in dict.fromkeys(request.query_params):
        if name not in known:
            there = f"there are {', '.join(known)}" if known else "there are none"
            faults.append({"loc": ("query", name), "msg": f"is not asked for here: {there}"})
        elif not known[name] and len(request.query_params.getlist(name)) > 1:
            faults.append({"loc": ("query", name), "msg": "is given more than once, and only one can count"})
        elif any("\0" in said for said in request.query_params.getlist(name)):
            faults.append({"loc": ("query", name), "msg": "holds a character that no record holds"})
    if faults:
        raise invalid(faults)


def _known(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """Each parameter's name, and whether it may be repeated."""
    for field in dependant.query_params:
        asked = field.field_info.annotation
        if isinstance(asked, type) and issubclass(asked, BaseModel):
            for name, said in asked.model_fields.items():
                yield said.alias or name, _many(said.annotation)
        else:
            yield field.alias, _many(asked)
    for inner in dependant.dependencies:
        yield from _known(inner)


def _many(annotation: object) -> bool:
    return get_origin(annotation) in {list, tuple, set, frozenset}
