"""The look of the pages: the NHS design's stylesheet, as it is installed, and a few lines of ours; and one script."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final, NamedTuple

_DISTRIBUTION: Final = "wagtail-nhsuk-frontend"
_NHSUK: Final = re.compile(r"nhsuk-frontend-[\d.]+\.min\.css")
_FONTS: Final = re.compile(r"@font-face\{[^}]*\}")
_STATIC: Final = Path(__file__).parent / "static"


class StylesheetMissingError(Exception):
    """The stylesheet of the NHS design is not installed."""

    def __init__(self) -> None:
        super().__init__(
            f"the NHS design is missing: pip install --no-deps {_DISTRIBUTION} (only its static files are used)"
        )


class Assets(NamedTuple):
    """The stylesheets, and the script that warns before a session ends, by file name.

    Each name changes with its content, so that it can be kept for ever.
    """

    design: str
    own: str
    script: str
    content: dict[str, str]


@cache
def assets() -> Assets:
    """Read once. Raises StylesheetMissingError."""
    # Fonts of the NHS are licensed to its own addresses, and nothing here is fetched from elsewhere: Arial it is.
    design = _FONTS.sub("", _design())
    own, script = ((_STATIC / name).read_text("utf-8") for name in ("pages.css", "session.js"))
    names = (_named("nhsuk", "css", design), _named("pages", "css", own), _named("session", "js", script))
    return Assets(*names, dict(zip(names, (design, own, script), strict=True)))


def _design() -> str:
    try:
        files = distribution(_DISTRIBUTION).files or []
    except PackageNotFoundError:
        raise StylesheetMissingError from None
    for file in files:
        if _NHSUK.fullmatch(file.name):
            return Path(str(file.locate())).read_text("utf-8")
    raise StylesheetMissingError


def _named(name: str, kind: str, content: str) -> str:
    return f"{name}-{hashlib.sha256(content.encode()).hexdigest()[:12]}.{kind}"
