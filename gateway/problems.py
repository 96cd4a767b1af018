"""What went wrong, as problem details (RFC 9457): what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import asyncpg
import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from temporalio.client import RPCTimeoutOrCancelledError
from temporalio.service import RPCError

from coaching_client.handles import FactRefusedError
from operations.audited import RefusedError
from operations.callers import NotAllowedError

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 5
_OTHER_SCOPE: Final = {"WWW-Authenticate": 'Bearer realm="coaching", error="insufficient_scope"'}

AWAY: Final = (
    RPCError,
    RPCTimeoutOrCancelledError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.ReadOnlySQLTransactionError,
    TimeoutError,
    OSError,
)
"""What is raised when Temporal or Postgres is away: what was asked for may have happened, or not."""

REFUSED: Final = (FactRefusedError, NotAllowedError, RefusedError)
"""What operations raise when what was asked for is not done."""

_log = structlog.stdlib.get_logger("gateway")


class Fault(BaseModel):
    """One thing that is wrong with what was sent: where, and what."""

    where: str = Field(examples=["body.attendance"])
    problem: str = Field(examples=["must be at most 200"])
    line: int | None = Field(default=None, description="Of a roster as CSV: the line, counted from 1.")
    column: str | None = Field(default=None, description="Of a roster: the column.", examples=["session_time"])


class ProblemDetails(BaseModel):
    """A problem as it is answered."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="A reference to what this kind of problem is.", examples=["/problems/refused"])
    title: str = Field(description="The kind of problem, in a few words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong here, and what to do, in words for a person.")
    code: str | None = Field(default=None, description="For programs: the domain's code of a refusal.")
    when: str | None = Field(default=None, description="`never` or `not_yet`, of a refusal.")
    faults: list[Fault] | None = Field(default=None, description="What is wrong with the fields that were sent.")


class Problem(Exception):
    """Answered as problem details. ``kind`` names one of :data:`KINDS`."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.kind][0]

    def details(self) -> ProblemDetails:
        """What is answered."""
        status, title, _ = KINDS[self.kind]
        given = {"type": f"/problems/{self.kind}", "title": title, "status": status, "detail": self.detail}
        return ProblemDetails.model_validate(given | self.extra)


KINDS: Final[dict[str, tuple[int, str, str]]] = {
    "malformed": (400, "This cannot be read", "The body or a header is not what its media type says. Correct it."),
    "not-authenticated": (401, "Who is calling is not known", "Send a bearer token or an API key that is valid now."),
    "not-allowed": (403, "The caller may not do this", "Ask for a scope that allows it, for this academy or cohort."),
    "unknown": (404, "There is nothing under this id", "Check the id. Ids are letters, digits and . _ : @ + -"),
    "method": (405, "This is not done that way", "See the API's description for the method to use."),
    "refused": (
        409,
        "The fact is refused",
        (
            "`never`: it cannot become true, do not send it again. `not_yet`: something must happen first; the same "
            "fact may be welcome later. Nothing was changed."
        ),
    ),
    "conflict": (409, "Something else has this id", "Nothing was changed. Choose another id, or send the same again."),
    "too-large": (413, "The body is too large", "Send it in parts."),
    "media-type": (415, "The media type is not understood", "See the API's description for those that are."),
    "invalid": (422, "What was sent is not complete or not possible", "Correct the fields named in `faults`."),
    "too-many": (429, "Too many calls", "Wait as long as Retry-After says."),
    "broken": (500, "This should not have happened", "It is in the log. Tell whoever runs the gateway."),
    "not-ready": (
        503,
        "The engine isn't ready",
        "Nothing is wrong with the call: a worker, a build or the database isn't ready. Run `mca doctor` to see why.",
    ),
    "read-only": (
        503,
        "The database takes nothing at the moment",
        (
            "Nothing was changed. The database can only be read, as after a failover: repeat the call after "
            "Retry-After. If it stays so, see to it that the engine's address leads to the server that can be written."
        ),
    ),
    "away": (
        503,
        "The engine cannot be reached",
        (
            "It is unknown whether the change was made. Repeat the call after Retry-After, with the same event id or "
            "Idempotency-Key: what was made is not made twice."
        ),
    ),
}
"""Every kind of problem: status, title, and what to do about it."""


def add_handlers(app: FastAPI) -> None:
    """Answer every failure that is foreseen as a problem; the bounds of a call answer the others."""
    app.add_exception_handler(Problem, _problem)
    for refused in REFUSED:
        app.add_exception_handler(refused, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for away in AWAY:
        app.add_exception_handler(away, _away)


def from_exception(error: Exception) -> Problem:
    """The problem that an exception is; ``broken`` for one that nobody expected."""
    match error:
        case Problem():
            return error
        case FactRefusedError():
            refusal = error.refusal
            if refusal.code == "unknown":
                return Problem("unknown", refusal.reason)
            return Problem("refused", refusal.reason, extra={"code": refusal.code, "when": refusal.when})
        case NotAllowedError():
            return Problem("not-allowed", f"{error}", extra={"code": error.code, "when": "never"}, headers=_OTHER_SCOPE)
        case RefusedError():
            return Problem(error.code, f"{error}.")
        case asyncpg.ReadOnlySQLTransactionError():
            return Problem("read-only", KINDS["read-only"][2], headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
        case _ if isinstance(error, AWAY):
            return Problem("away", KINDS["away"][2], headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
        case _:
            return Problem("broken", KINDS["broken"][2])


def invalid(errors: Sequence[Any]) -> Problem:
    """What pydantic found, without what was sent: it may be personal."""
    faults = [
        {"where": ".".join(str(part) for part in error["loc"]) or "body", "problem": _said(error["msg"])}
        for error in errors
    ]
    named = ", ".join(fault["where"] for fault in faults[:5])
    return Problem("invalid", f"Nothing was changed. Wrong: {named}.", extra={"faults": faults})


def answer(problem: Problem) -> JSONResponse:
    """The response that says so."""
    return JSONResponse(
        problem.details().model_dump(mode="json", exclude_none=True),
        status_code=problem.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def _said(message: str) -> str:
    return message.removeprefix("Value error, ").removeprefix("Input ")


async def _problem(_: Request, error: Exception) -> JSONResponse:
    return answer(from_exception(error))


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it is registered for this type only
    errors = error.errors()
    if any(wrong["type"] == "json_invalid" for wrong in errors):
        return answer(Problem("malformed", "The body is not JSON."))
    return answer(invalid(errors))


def from_http(error: HTTPException) -> Problem:
    """The problem that a framework's exception is."""
    kinds = {400: "malformed", 401: "not-authenticated", 403: "not-allowed", 404: "unknown", 405: "method",
             413: "too-large", 415: "media-type"}  # fmt: skip
    kind = kinds.get(
        error.status_code, "malformed" if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR else "broken"
    )
    return Problem(kind, KINDS[kind][2], headers=error.headers)


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    return answer(from_http(error))


async def _away(request: Request, error: Exception) -> JSONResponse:
    _log.warning("gateway.away", path=_route(request), error=type(error).__name__)
    return answer(from_exception(error))


def _route(request: Request) -> str:
    """The route's pattern, never the address that was called: it may hold a token."""
    route = request.scope.get("route")
    return getattr(route, "path", "unknown")


pages: Final = APIRouter(prefix="/problems", include_in_schema=False)


@pages.get("/{kind}")
async def explain(kind: str) -> PlainTextResponse:
    """What a kind of problem is: where the ``type`` of a problem leads to."""
    if kind not in KINDS:
        raise Problem("unknown", f"There is no such kind of problem. There are {', '.join(KINDS)}.")
    status, title, remedy = KINDS[kind]
    return PlainTextResponse(f"{title} ({status})\n\n{remedy}\n")
