"""A report as a PDF that everybody can read: sentences, charts with their words, and tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final

from gateway.pages.drawing import drawn
from gateway.pages.figures import Figure
from gateway.pages.reports import Section
from gateway.typesetting import accessible_pdf
from schemas.sentences import say

_CHARTS: Final = ".pages-chart__"


def report_pdf(title: str, academy: str, until: str, sections: Sequence[Section], dated: datetime) -> bytes:
    """The report. It takes a second of one core: call it in a thread."""
    said = {
        "title": title,
        "academy": academy,
        "until": until,
        "said": [one.said for one in sections if one.said],
        "sections": [_section(one) for one in sections],
    }
    return accessible_pdf(_template(), {"report": json.dumps(said)}, dated)


def _section(one: Section) -> dict[str, object]:
    figure, table = one.figure, one.figure.table
    return {
        "heading": one.heading,
        "title": figure.title,
        "sentence": figure.sentence,
        "icons": [
            {"words": key.words, "drawing": drawn("icon.svg", name=key.look, look=_look())} for key in figure.icons
        ],
        "keys": [
            say("{shape}: {words}", shape=_SHAPES[key.look], words=key.words)
            for key in figure.keys
            if key.look in _SHAPES
        ],
        "drawing": svg(figure) if figure.dots or figure.bars else "",
        "columns": table.columns if table else (),
        "rows": table.rows if table else (),
    }


_SHAPES: Final = {
    "common_cause": "Circle",
    "improvement": "Square",
    "concern": "Diamond",
    "mean": "Plain line",
    "limit": "Dashed line",
    "target": "Dotted line",
}
"""How the shapes of a drawing are called beside it."""


def svg(figure: Figure) -> str:
    """The drawing alone, with its look within it."""
    return drawn("figure.svg", one=figure, look=_look())


@cache
def _template() -> bytes:
    return files("gateway.pages").joinpath("report.typ").read_bytes()


@cache
def _look() -> str:
    """The rules of the stylesheet that are about charts."""
    rules = files("gateway.pages").joinpath("static/pages.css").read_text("utf-8").splitlines()
    return " ".join(rule for rule in rules if rule.startswith(_CHARTS))
