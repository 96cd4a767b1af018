"""The API's own description: OpenAPI 3.1, complete, and a page of it for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.api.leaving import LeaversOffered
from gateway.api.offered import examples_of, offered_schemas
from gateway.api.places import BookingOffered, CourseOffered
from gateway.api.rosters import CohortOffered, ImportOffered, RosterOffered
from gateway.api.samples import sample_of
from gateway.api.sheets import CSV, ODS, XLSX
from gateway.api.standards import strictly_3_1
from gateway.problems import KINDS, MEDIA_TYPE, RETRY_AFTER_SECONDS, ProblemDetails

REFERENCE: Final = "#/components/schemas/"

EVERYWHERE: Final = ("malformed", "not-authenticated", "not-allowed", "too-large", "invalid", "too-many", "away")
"""What any operation that needs a caller may answer beside what it says itself."""

CONTACT: Final = {"name": "The coaching lifecycle engine authors"}
LICENCE: Final = {"name": "Apache 2.0", "identifier": "Apache-2.0"}

_BODIES: Final = (
    ProblemDetails,
    CohortOffered,
    ImportOffered,
    RosterOffered,
    CourseOffered,
    BookingOffered,
    LeaversOffered,
)
TAGS: Final = {
    "Cohorts": "Participants with one course start. Scheduling one starts the engagements of its teams. "
    "Its `/sessions` are learning sessions; it has no `/scores`, for progress is scored of a team.",
    "Engagements": "One team and its coach, until the team carries on alone: where it stands, what comes, and why.",
    "Introduction courses": "The two-day course for anyone: its days (`/sessions`), its places, and what delegates "
    "said. It has no `/scores`, for nobody scores progress on it: there is `/feedback`.",
    "People": "Who they are, their roles and leave, and what is held about them.",
    "Academies": "Whose mailbox the programme office is. `/sessions` and `/scores` are of what runs there, not of an "
    "academy.",
    "Facts": "What happened. A fact is recorded once, however often it is told.",
    "Events": "CloudEvents in, what became of them, and every type there is.",
    "Subscriptions": "Who is sent events by signed webhooks, and what became of each.",
    "Programmes": "The rules an engagement runs under.",
    "Worklist": "What waits for a human.",
    "Certificates": "Whether a certificate is valid, and revoking it.",
    "Mail": "What became of mail after it was sent.",
    "Audit": "Who told what through which door.",
    "Health": "Whether this gateway runs, and reaches what it needs.",
}

_ABOUT: Final = """
Long-running coaching engagements, told and asked by other services.

**Closed by default.** Send a bearer token of the installation's issuer, or an API key in `X-API-Key`.

**Repeat freely.** A fact has an `event_id`, or the call an `Idempotency-Key`: a repeat gets the first answer, for
years. The same id with other content is refused.

**503 means that the outcome is unknown.** Temporal, Postgres or every worker is away. Repeat the call with the same id
after `Retry-After`: what was made is not made twice.

**Failures are problem details** (RFC 9457). A 409 with `code` and `when` is a refusal by the rules: `never` cannot
become true, `not_yet` may be told again later. A 422 names each field that is wrong in `faults`.

Nothing here is personal: ids, codes, numbers and dates. Except a roster or a booking that is handed in, what delegates
wrote of a course, summed up, the mailbox of an academy's office, and what is held about one person
(`/v1/people/{person}/export`). Moments are ISO 8601 with an offset, kept in UTC
and whole seconds; days are `2027-10-04`, local times `09:00`.
"""


def failing(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation for problems of these kinds, for its ``responses``."""
    by_status: dict[int | str, list[str]] = {}
    for kind in kinds:
        by_status.setdefault(KINDS[kind][0], []).append(kind)
    return {status: _answers(named) for status, named in by_status.items()}


def scheduling(model: type[BaseModel], place: str, before: str) -> dict[int | str, dict[str, Any]]:
    """The answers of scheduling something, with an example of its place, and what happened if it was there before."""
    header = {"schema": {"type": "string"}, "description": "Where it is shown.", "example": place}
    said = {
        200: f"It was there before; {before}.",
        201: "It is scheduled.",
        202: "It is started, and will be recorded, as `Prefer: respond-async` asked.",
    }
    return {
        status: {"model": model, "description": words, "headers": {"Location": header}}
        for status, words in said.items()
    }


def handed_in(name: str, example: dict[str, Any], sheet: tuple[str, str] | None = None) -> dict[str, Any]:
    """A body for ``openapi_extra``: JSON of this schema, or a sheet: what its row is, with an example."""
    content: dict[str, Any] = {
        "application/json": {
            "schema": {"$ref": f"{REFERENCE}{name}"},
            "examples": {"one": {"summary": "An example", "value": example}},
        }
    }
    return _body(content | (_as_sheets(*sheet) if sheet is not None else {}))


def sheet_only(row: str, text: str) -> dict[str, Any]:
    """The same of what is a sheet always."""
    return _body(_as_sheets(row, text))


def _body(content: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": content}}


def _as_sheets(row: str, text: str) -> dict[str, Any]:
    content: dict[str, Any] = {
        CSV: {
            "schema": {"type": "string", "description": row},
            "examples": {"one": {"summary": "An example", "value": text}},
        }
    }
    for kind in (XLSX, ODS):
        content[kind] = {
            "schema": {"type": "string", "contentMediaType": kind, "description": row},
            "examples": {"one": {"summary": "The bytes of a workbook", "value": "PK..."}},
        }
    return content


def document(app: FastAPI, webhooks: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The OpenAPI document, made once, when somebody reads it."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=_ABOUT,
            routes=app.routes,
            tags=[{"name": name, "description": said} for name, said in TAGS.items()],
            separate_input_output_schemas=False,
            servers=[{"url": app.state.context.settings.public_url or "/", "description": "This installation."}],
            contact=CONTACT,
            license_info=LICENCE,
        )
        _complete(made)
        made["webhooks"] = webhooks()
        strictly_3_1(made)
        app.openapi_schema = made
    return app.openapi_schema


def describe(app: FastAPI, webhooks: Callable[[], dict[str, Any]]) -> None:
    """Have the app answer with our document; ``webhooks`` makes what it sends of itself."""
    app.openapi = partial(document, app, webhooks)  # type: ignore[method-assign] # as FastAPI's own guide extends it


def operations(made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of every operation."""
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _complete(made: dict[str, Any]) -> None:
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    _, beside = models_json_schema(
        [(model, "validation") for model in _BODIES],
        ref_template=f"{REFERENCE}{{model}}",
    )
    for name, schema in (beside["$defs"] | offered_schemas(f"{REFERENCE}{{model}}")).items():
        schemas.setdefault(name, schema)
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    for _, method, operation in operations(made):
        answers = operation["responses"]
        if method == "get" and "200" in answers:
            answers["200"].setdefault("headers", {}).update(_TAG)
        _show_by_example(operation, schemas)
        if operation.get("security"):
            for status, answer in failing(*EVERYWHERE).items():
                said = answers.get(str(status))
                if said is None or "HTTPValidationError" in str(said):
                    answers[str(status)] = answer
            for status, answer in answers.items():
                if status.startswith("2"):
                    answer.setdefault("headers", {}).update(_RATE)
        else:
            operation["security"] = []
        operation["responses"] = dict(sorted(answers.items()))


def _show_by_example(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    succeeding = {status: answer for status, answer in operation["responses"].items() if status < "400"}
    for part, shown in (succeeding | {"body": operation.get("requestBody", {})}).items():
        content = shown.get("content", {}).get("application/json", {})
        if content.get("schema") and "examples" not in content:
            content["examples"] = examples_of(content["schema"]) or {
                "one": {
                    "summary": "An example",
                    "value": sample_of(content["schema"], schemas, f"{operation['operationId']}/{part}"),
                }
            }


def _answers(kinds: list[str]) -> dict[str, Any]:
    described = " Or: ".join(f"{KINDS[kind][1]}. {KINDS[kind][2]}" for kind in kinds)
    examples = {kind: {"summary": KINDS[kind][1], "value": _example(kind)} for kind in kinds}
    content = {MEDIA_TYPE: {"schema": {"$ref": f"{REFERENCE}ProblemDetails"}, "examples": examples}}
    answer: dict[str, Any] = {"description": described, "content": content}
    headers = _HEADERS.get(KINDS[kinds[0]][0])
    return answer | {"headers": headers} if headers else answer


def _example(kind: str) -> dict[str, Any]:
    status, title, remedy = KINDS[kind]
    given = {"type": f"/problems/{kind}", "title": title, "status": status, "detail": remedy}
    return given | _MORE.get(kind, {})


_MORE: Final[dict[str, dict[str, Any]]] = {
    "refused": {
        "detail": "Still needed before the hand-off: a named process owner.",
        "code": "gate_not_met",
        "when": "not_yet",
    },
    "invalid": {
        "detail": "Nothing was changed. Wrong: body.attendance.",
        "faults": [{"where": "body.attendance", "problem": "should be less than or equal to 200"}],
    },
}

_SECONDS: Final = {"schema": {"type": "string"}, "description": "Seconds to wait.", "example": f"{RETRY_AFTER_SECONDS}"}
_RATE: Final = {
    "RateLimit": {
        "schema": {"type": "string"},
        "description": "How many calls are left (`r`), and for how many seconds (`t`).",
        "example": '"calls";r=598;t=42',
    },
    "RateLimit-Policy": {
        "schema": {"type": "string"},
        "description": "How many calls (`q`) a caller has in so many seconds (`w`).",
        "example": '"calls";q=600;w=60',
    },
}
_TAG: Final = {
    "ETag": {
        "schema": {"type": "string"},
        "description": "What this answer is told by. Sent as `If-None-Match`, it gives 304 while nothing has changed.",
        "example": 'W/"5b1f0c93aa"',
    }
}
_HEADERS: Final[dict[int, dict[str, Any]]] = {
    401: {
        "WWW-Authenticate": {
            "schema": {"type": "string"},
            "description": "What to authenticate with.",
            "example": 'Bearer realm="coaching"',
        }
    },
    429: {"Retry-After": _SECONDS},
    503: {"Retry-After": _SECONDS},
}
