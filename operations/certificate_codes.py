"""Verification codes: made by chance, and read as people write them."""

from __future__ import annotations

import re
import secrets
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O and U: what is read as 1, as 0, or as V."""
_GROUPS: Final = 3
_GROUP: Final = 4
_BETWEEN: Final = re.compile(r"[\s\-\u2010-\u2015.,_]+")
_TAKEN_FOR: Final = str.maketrans("ILO", "110")


def make() -> str:
    """A new code, as 7KQ2-9XWB-M4TR: one of 2^60, so that guessing finds none."""
    return _grouped("".join(secrets.choice(_ALPHABET) for _ in range(_GROUPS * _GROUP)))


def read(written: str) -> str | None:
    """The code that somebody wrote, in any grouping, with O read as 0; None if it is no code."""
    if len(written) > 100:
        return None
    plain = _BETWEEN.sub("", written).upper().translate(_TAKEN_FOR)
    if len(plain) != _GROUPS * _GROUP or not set(plain) <= set(_ALPHABET):
        return None
    return _grouped(plain)


def _grouped(plain: str) -> str:
    return "-".join(plain[at : at + _GROUP] for at in range(0, len(plain), _GROUP))
