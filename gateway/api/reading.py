"""Where the description is read: by programs as OpenAPI, by people as a page that needs no script."""

from __future__ import annotations

import asyncio
import hashlib
import json
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from pydantic_core import to_json

from gateway.api.description import REFERENCE, operations
from gateway.events.described import asyncapi
from gateway.events.published import source_of

router = APIRouter(include_in_schema=False)

_PAGES: Final = Environment(
    loader=PackageLoader("gateway.api"), autoescape=select_autoescape(), undefined=StrictUndefined, trim_blocks=True
)


@dataclass(frozen=True, slots=True)
class _Written:
    """The description in both forms, made once: it takes a second, and does not change."""

    document: bytes
    page: str


@router.get("/openapi.json")
async def document(request: Request) -> Response:
    """The OpenAPI 3.1 document."""
    return Response((await _written(request.app)).document, media_type="application/json")


@router.get("/asyncapi.json")
async def events(request: Request) -> Response:
    """The AsyncAPI 3 document of what is sent to subscribers."""
    settings = request.app.state.context.settings
    made = await asyncio.to_thread(asyncapi, source_of(settings), settings.public_url)
    return Response(to_json(made), media_type="application/json")


@router.get("/v1")
async def page(request: Request) -> HTMLResponse:
    """The same for people."""
    return HTMLResponse((await _written(request.app)).page, headers={"Content-Security-Policy": _policy()})


async def _written(app: FastAPI) -> _Written:
    if not hasattr(app.state, "description"):
        # In a thread: other calls go on meanwhile.
        app.state.description = await asyncio.to_thread(_write, app)
    found: _Written = app.state.description
    return found


def _write(app: FastAPI) -> _Written:
    made = app.openapi()
    return _Written(to_json(made), _page(made))


def _page(made: dict[str, Any]) -> str:
    by_tag: dict[str, list[dict[str, Any]]] = {}
    for path, method, operation in operations(made):
        shown = {"path": path, "method": method.upper(), **operation}
        by_tag.setdefault(operation.get("tags", ["Others"])[0], []).append(shown)
    return _PAGES.get_template("description.html").render(
        info=made["info"],
        about=[paragraph.strip().replace("\n", " ") for paragraph in made["info"]["description"].strip().split("\n\n")],
        tags={tag["name"]: tag.get("description", "") for tag in made.get("tags", [])},
        by_tag=by_tag,
        schemas=dict(sorted(made["components"]["schemas"].items())),
        examples_of=_examples_of,
        schema_of=_schema_of,
        type_of=_type_of,
        style=_style(),
    )


def _examples_of(content: dict[str, Any]) -> list[tuple[str, str]]:
    """The examples of a body, each with what it shows."""
    found = []
    shown = list(content.get("examples", {}).values())
    shown += [{"value": content["example"]}] if "example" in content else []
    for example in shown:
        value = example["value"]
        written = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
        found.append((example.get("summary", "An example"), written))
    return found


def _schema_of(content: dict[str, Any]) -> str | None:
    """The named schema of a body, for a link."""
    reference: str | None = content.get("schema", {}).get("$ref")
    return reference.removeprefix(REFERENCE) if reference else None


def _type_of(schema: dict[str, Any]) -> str:
    """What a field holds, in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(REFERENCE)
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    for one_of in ("anyOf", "oneOf"):
        if one_of in schema:
            return " or ".join(dict.fromkeys(_type_of(choice) for choice in schema[one_of]))
    said = str(schema.get("format") or schema.get("type", "anything"))
    return f"list of {_type_of(schema['items'])}" if said == "array" and "items" in schema else said


@cache
def _style() -> str:
    return _PAGES.get_template("description.css").render()


@cache
def _policy() -> str:
    digest = b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
