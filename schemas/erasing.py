"""Why somebody is erased."""

from __future__ import annotations

from enum import StrEnum


class ErasedBecause(StrEnum):
    """A code: words could name somebody, and they stay when all else is gone."""

    ASKED = "asked"
    """They asked to be forgotten."""

    NOT_NEEDED = "not_needed"
    """Nothing that the programme does needs to know them any more."""

    MISTAKE = "mistake"
    """They should never have been known here."""

    KEPT_LONG_ENOUGH = "kept_long_enough"
    """Their academy's period is over."""
