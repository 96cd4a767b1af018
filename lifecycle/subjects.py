"""The rules of every kind of subject."""

from __future__ import annotations

from typing import Any, Final

from lifecycle import cohort, engagement, intro_course
from lifecycle.subject_rules import SubjectRules
from schemas.subjects import COHORT, ENGAGEMENT, INTRO_COURSE

RULES: Final[dict[str, SubjectRules[Any]]] = {
    ENGAGEMENT.name: engagement,
    COHORT.name: cohort,
    INTRO_COURSE.name: intro_course,
}
"""The rules of each kind of subject, by its name."""
