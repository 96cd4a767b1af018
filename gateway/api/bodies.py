"""What is sent to be told: read strictly, and every fault of it named."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Final, TypeVar

from fastapi import Header, Request
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from gateway.problems import Problem, invalid
from operations.callers import Caller
from operations.event_types import KINDS

T = TypeVar("T")

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Names the telling in place of an `event_id`. It is the caller's own: another's is another.",
        examples=["7f3c1a52-form-8841"],
    ),
]
Prefer = Annotated[
    str | None,
    Header(
        description="`respond-async`: answer 202 once the fact is kept, with a place to look (RFC 7240).",
        examples=["respond-async"],
    ),
]


_TAGS: Final = frozenset(KINDS)


async def json_object(request: Request) -> dict[str, Any]:
    """The body, a JSON object. Raises Problem."""
    media = media_type(request)
    if media != "application/json" and not (media.startswith("application/") and media.endswith("+json")):
        raise Problem("media-type", "Send application/json.")
    try:
        said = from_json(await request.body(), allow_inf_nan=False)
    except ValueError:
        raise Problem("malformed", "The body is not JSON.") from None
    if not isinstance(said, dict):
        raise invalid([{"loc": ("body",), "msg": "must be an object"}])
    return said


def media_type(request: Request) -> str:
    """What the body is said to be, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def strictly(adapter: TypeAdapter[T], said: dict[str, Any], where: str = "body") -> T:
    """What was said, as the model has it: a number is a number, and no text that looks like one. Raises Problem."""
    try:
        return adapter.validate_json(to_json(said), strict=True)
    except ValidationError as wrong:
        raise invalid(
            [_located(error, where) for error in wrong.errors(include_url=False, include_input=False)]
        ) from None


def named(said: dict[str, Any], caller: Caller, key: str | None, number: int | None = None) -> dict[str, Any]:
    """A fact with its event id: its own, or one that follows from the caller's Idempotency-Key."""
    if "event_id" in said or key is None:
        return said
    telling = f"{caller.id}\n{key}" if number is None else f"{caller.id}\n{key}\n{number}"
    return said | {"event_id": f"key-{hashlib.sha256(telling.encode()).hexdigest()[:32]}"}


def responds_async(prefer: str | None) -> bool:
    """Whether the caller would rather not wait."""
    return "respond-async" in {preference.partition(";")[0].strip().lower() for preference in (prefer or "").split(",")}


def _located(error: Any, where: str) -> dict[str, Any]:  # noqa: ANN401 - pydantic's own shape
    place = [part for part in error["loc"] if part not in _TAGS]
    if error["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        expected = error["ctx"].get("expected_tags")
        said = f"must be one of {expected}" if expected else "is missing: it says what is told"
        return {"loc": (where, *place, "kind"), "msg": said}
    return {"loc": (where, *place), "msg": error["msg"]}
