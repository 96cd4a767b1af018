"""Every matter, whatever kind of subject it falls due in."""

from __future__ import annotations

from typing import Final

from lifecycle.cohort import duties as cohort
from lifecycle.description import Descriptions
from lifecycle.engagement import duties as engagement
from lifecycle.intro_course import duties as intro_course

OF_KIND: Final[dict[str, Descriptions]] = {
    "engagement": engagement.MATTERS,
    "cohort": cohort.MATTERS,
    "intro_course": intro_course.MATTERS,
}
"""The matters of each kind of subject."""

MATTERS: Final[Descriptions] = {
    matter: description for matters in OF_KIND.values() for matter, description in matters.items()
}
