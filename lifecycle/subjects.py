"""The rules of every kind of subject."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from lifecycle import academy, cohort, engagement, intro_course, person
from lifecycle.effects import Effect, Share
from lifecycle.subject_rules import SubjectRules
from schemas.subjects import ACADEMY, COHORT, ENGAGEMENT, INTRO_COURSE, PERSON

RULES: Final[dict[str, SubjectRules[Any]]] = {
    ENGAGEMENT.name: engagement,
    COHORT.name: cohort,
    INTRO_COURSE.name: intro_course,
    ACADEMY.name: academy,
    PERSON.name: person,
}
"""The rules of each kind of subject, by its name."""

EFFECTS: Final[dict[str, Callable[[str, Any], list[Effect]]]] = {
    COHORT.name: cohort.effects,
    INTRO_COURSE.name: intro_course.effects,
}
"""What certain others should hold because of a subject, given its id and state, by the name of its kind."""

SHARES: Final[dict[str, Callable[[Any], list[Share]]]] = {ACADEMY.name: academy.shares, PERSON.name: person.shares}
"""What all should hold that a subject has a part in, by the name of its kind."""
