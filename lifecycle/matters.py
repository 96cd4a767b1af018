"""Every matter, whatever kind of subject it falls due in."""

from __future__ import annotations

from typing import Final

from lifecycle.description import Descriptions
from lifecycle.subjects import RULES

MATTERS: Final[Descriptions] = {
    matter: description for rules in RULES.values() for matter, description in rules.MATTERS.items()
}
