"""What is held about somebody, as a page to read and to print."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from pydantic import AwareDatetime, TypeAdapter, ValidationError
from starlette.responses import HTMLResponse

from gateway.pages.assets import assets
from gateway.pages.drawing import HEADERS, draw
from gateway.pages.places import Crumb
from gateway.pages.recorded import in_words
from lifecycle.dates import Clock, date_range, long_date
from operations.subject_access import Days, Export, Section
from records.pages import Office
from schemas.corrections import AnyFact
from schemas.sentences import say

_MOMENT: Final[TypeAdapter[datetime]] = TypeAdapter(AwareDatetime)
_FACT: Final[TypeAdapter[AnyFact]] = TypeAdapter(AnyFact)
_ONLY_AS_DATA: Final = frozenset({
    "answer", "cause", "caused_by", "key", "links_epoch", "message_id", "parameter", "rule", "seq",
})  # fmt: skip
"""What only programs read: it stands in the same as JSON."""

_CODE: Final = re.compile(r"(?!per_|ms_)(?P<words>[a-z]+(?:_[a-z]+)+)(?:_(?P<number>\d+))?")
"""A word of ours, with a number where it stands for one of several people."""


COLUMNS: Final = ("Part", "Record", "What", "Which")
"""Of the same as a sheet."""


def rows(export: Export) -> Iterator[tuple[str | int, ...]]:
    """The same as a sheet: a line for each thing that is held."""
    for section in (*export.state, *export.events):
        for number, row in enumerate(_rows(section, export.person.clock), start=1):
            yield from ((section.title, number, label, said) for label, said in row)


def page(
    export: Export,
    root: str = "",
    *,
    alone: bool = False,
    crumbs: tuple[Crumb, ...] = (),
    office: Office | None = None,
) -> HTMLResponse:
    """The page; ``alone`` it has its look within itself, to be kept as a file."""
    clock = export.person.clock
    look = "\n".join(assets().content[name] for name in (assets().design, assets().own))
    made = draw(
        "export.html",
        200,
        root=root,
        crumbs=crumbs,
        office=office,
        title=say("What we hold about {name}", name=export.person.name or "a person who was erased"),
        made=clock.moment(export.made_at),
        period=_period(export.days),
        stood=bool(export.days.first),
        state=[_section(section, clock) for section in export.state],
        events=[_section(section, clock) for section in export.events],
        look=look if alone else "",
    )
    if alone:
        digest = b64encode(hashlib.sha256(look.encode()).digest()).decode()
        made.headers["Content-Security-Policy"] = HEADERS["Content-Security-Policy"].replace(
            "style-src 'self'", f"style-src 'sha256-{digest}'"
        )
    return made


def _period(days: Days) -> str:
    if days.first and days.last:
        return date_range(days.first, days.last)
    if days.first:
        return say("from {day}", day=long_date(days.first))
    return say("up to {day}", day=long_date(days.last)) if days.last else ""


def _section(section: Section, clock: Clock) -> dict[str, Any]:
    found = [
        [{"key": {"text": label}, "value": {"text": said}} for label, said in row] for row in _rows(section, clock)
    ]
    return {"title": section.title, "rows": found}


def _rows(section: Section, clock: Clock) -> list[list[tuple[str, str]]]:
    """What people read of each record: labels, and what stands there."""
    return [
        [
            _told(value, clock) if name == "body" else (_label(name), _said(value, clock))
            for name, value in row.items()
            if value not in (None, "", [], {}) and name not in _ONLY_AS_DATA
        ]
        for row in section.rows
    ]


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _told(body: Any, clock: Clock) -> tuple[str, str]:  # noqa: ANN401 - a fact as JSON
    try:
        return "What was recorded", in_words(_FACT.validate_python(body), clock)
    except ValidationError:
        return "What was recorded", _said(body, clock)


def _said(value: Any, clock: Clock) -> str:  # noqa: ANN401 - any JSON
    match value:
        case bool():
            return "Yes" if value else "No"
        case dict():
            return "; ".join(
                say("{label}: {said}", label=_label(name), said=_said(one, clock))
                for name, one in value.items()
                if one is not None
            )
        case list():
            return ", ".join(_said(one, clock) for one in value)
        case str() if "T" in value:
            try:
                return clock.moment(_MOMENT.validate_python(value))
            except ValidationError:
                return value
        case str() if found := _CODE.fullmatch(value):
            words = found["words"].replace("_", " ")
            return say("{words} ({number})", words=words, number=found["number"]) if found["number"] else words
    return str(value)
