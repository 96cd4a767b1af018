"""The certificate as a PDF that everybody can read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from gateway.typesetting import accessible_pdf

_TEMPLATE: Final = Path(__file__).parent / "certificate.typ"


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is on a certificate, in words. ``check_at`` is the page where its code is checked; empty for none."""

    title: str
    name: str
    deed: str
    what: str
    dates: str
    academy: str
    issued_on: str
    code: str
    check_at: str


def pdf(drawn: Drawn, dated: datetime) -> bytes:
    """The certificate as PDF/UA-1. The same words and date give the same bytes. Raises NotDrawableError.

    It takes tens of milliseconds of one core: call it in a thread.
    """
    return accessible_pdf(_template(), asdict(drawn), dated)


@cache
def _template() -> bytes:
    return _TEMPLATE.read_bytes()
