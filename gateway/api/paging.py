"""Pages by key: a cursor names its list and the last thing seen in it, so that what is added moves nothing."""

from __future__ import annotations

import binascii
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Annotated, Final, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from gateway.problems import Problem, invalid
from schemas.moments import Moment

Line = TypeVar("Line")


class Asked(BaseModel):
    """Which page is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(default=50, ge=1, le=200, description="At most this many on a page.")
    cursor: str | None = Field(
        default=None,
        max_length=400,
        description="Where to go on: what `next`, or the `Link` of the page before, says.",
    )


def _written_out(said: object) -> object:
    if isinstance(said, str) and said.replace(".", "").lstrip("-").isdigit():
        raise ValueError("must be a date and time like 2027-10-04T09:00:00Z")
    return said


WrittenMoment = Annotated[Moment, BeforeValidator(_written_out)]
"""A moment as the document describes it: seconds since 1970 are none."""

UpdatedSince = Annotated[
    WrittenMoment | None,
    Field(
        description="Only what has changed since then. Ask from some minutes before your last call: what was being "
        "recorded at that moment may bear an earlier time. `GET /v1/events` needs no such margin."
    ),
]

LINK: Final = {
    "Link": {
        "schema": {"type": "string"},
        "description": "The next page, as RFC 8288 says; left out on the last.",
        "example": '</v1/engagements?limit=50&cursor=ODkzNGVmZGUvc2hlZmZpZWxkLjIwMjctYXV0dW1uLlA1MA>; rel="next"',
    }
}
"""The header of a paged answer, for an operation's ``responses``."""

_KEY: Final[TypeAdapter[str]] = TypeAdapter(
    Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@+~-]*$", max_length=250)]
)
"""An id, the longest of which are of events; before it may stand a moment."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DIGITS: Final = 17
_OF: Final = "/"


def after(request: Request, cursor: str | None) -> str | None:
    """The key that a cursor of this list names. Raises Problem."""
    if cursor is None:
        return None
    try:
        written = b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        of, _, key = written.partition(_OF)
        known = _KEY.validate_python(key)
    except (binascii.Error, ValueError, ValidationError):
        raise _bad() from None
    if of != _list_of(request):
        raise _bad()
    return known


def _list_of(request: Request) -> str:
    """What tells one list from another: a place in one says nothing of a place in another."""
    return blake2b(request.url.path.encode(), digest_size=4).hexdigest()


def after_number(request: Request, cursor: str | None) -> int:
    """The number that a cursor names, 0 for none. Raises Problem."""
    key = after(request, cursor)
    if key is None:
        return 0
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise _bad()
    return int(key)


def before_number(request: Request, cursor: str | None) -> int | None:
    """The number that a cursor of a list of the newest names, None for its beginning. Raises Problem."""
    return after_number(request, cursor) or None


def moment(at: datetime, name: str) -> str:
    """The key of a line in a list that goes by its moments, and by names among those of one moment."""
    return f"{(at - _EPOCH) // _MICROSECOND}~{name}"


def after_moment(request: Request, cursor: str | None) -> tuple[datetime, str] | None:
    """The moment and the name that a cursor names. Raises Problem."""
    key = after(request, cursor)
    if key is None:
        return None
    at, _, name = key.partition("~")
    if not (name and at.isascii() and at.isdigit() and len(at) < _DIGITS):
        raise _bad()
    return _EPOCH + int(at) * _MICROSECOND, name


def page(
    request: Request, response: Response, found: Sequence[Line], limit: int, key: Callable[[Line], str]
) -> tuple[tuple[Line, ...], str | None]:
    """So many of what was found, and the cursor of the next page if more was; it is linked in the answer too."""
    items = tuple(found[:limit])
    if len(found) <= limit:
        return items, None
    cursor = urlsafe_b64encode(f"{_list_of(request)}{_OF}{key(items[-1])}".encode()).decode().rstrip("=")
    following = request.url.include_query_params(cursor=cursor)
    response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return items, cursor


def _bad() -> Problem:
    return invalid([{"loc": ("query", "cursor"), "msg": "is not a cursor of a page of this list"}])
