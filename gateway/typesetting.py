"""Documents as PDFs that everybody can read: tagged, PDF/UA-1, made by typst from a template.

What is said reaches the template as data, never as source: a name with ``#`` or ``$`` comes out as it is written. The
fonts are those that typst brings with it, which know Latin, Greek, Cyrillic, Hebrew and Arabic letters.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Final

import typst

_JOINERS: Final = "\u200c\u200d"
"""Invisible, and part of how some names are spelt."""


class NotDrawableError(Exception):
    """A letter of what is said is in none of the fonts."""


def accessible_pdf(template: bytes, said: Mapping[str, str], dated: datetime) -> bytes:
    """The template with what is said, as PDF/UA-1. The same words and date give the same bytes.

    Raises NotDrawableError. It takes tens of milliseconds of one core: call it in a thread.
    """
    # One compiler a document: it keeps what it was last told, and threads must not share that.
    compiler = typst.Compiler(font_paths=_fonts())
    try:
        made = compiler.compile(
            template,
            format="pdf",
            sys_inputs={name: _printable(words) for name, words in said.items()},
            pdf_standards=["ua-1"],
            timestamp=int(dated.timestamp()),
        )
    except typst.TypstError as error:
        # Of our template and plain words only a missing letter can fail; the message may hold the name.
        if "could not be displayed with font" in error.message:
            raise NotDrawableError from None
        raise
    assert isinstance(made, bytes)  # noqa: S101 - no file to write to
    return made


def _printable(words: str) -> str:
    return "".join(letter for letter in words if letter.isprintable() or letter in _JOINERS)


@cache
def _fonts() -> typst.Fonts:
    """Only those within typst: a document looks the same on every machine, and nothing is fetched."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
