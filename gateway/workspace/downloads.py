"""A list of a page as a file: every row that the page's own filters leave, not only those on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote, urlencode

from starlette.responses import Response

from gateway.pages.drawing import HEADERS
from gateway.workspace.visit import Visit
from operations.sheets import Cell, Kind, written
from schemas.sentences import say

_ASKED: Final = "as"
_LABELS: Final = {Kind.XLSX: "Download for Excel (XLSX)", Kind.CSV: "Download as CSV"}
_LABELS_OF: Final = {Kind.XLSX: "Download {what} for Excel (XLSX)", Kind.CSV: "Download {what} as CSV"}


def wanted(visit: Visit) -> Kind | None:
    """As what kind of file the page is asked for; None for the page itself."""
    asked = visit.request.query_params.get(_ASKED)
    return next((kind for kind in Kind if kind == asked), None)


def offered(visit: Visit, what: str = "") -> list[tuple[str, str]]:
    """What the page's links to its files say, and where they lead: `downloads.html` draws them."""
    said = [(name, value) for name, value in visit.request.query_params.multi_items() if name not in (_ASKED, "page")]
    return [
        (say(_LABELS_OF[kind], what=what) if what else _LABELS[kind], f"?{urlencode([*said, (_ASKED, kind.value)])}")
        for kind in _LABELS
    ]


def download(kind: Kind, title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The rows as a file that is called as the page is."""
    return as_file(kind, title, written(kind, title, columns, rows))


def as_file(kind: Kind, title: str, content: bytes) -> Response:
    """A file to be kept."""
    return Response(content, media_type=kind.media_type, headers=HEADERS | named(f"{title}.{kind}"))


def named(file: str) -> dict[str, str]:
    """The header by which a browser keeps an answer as this file."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file)}"}
