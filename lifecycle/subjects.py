"""The rules of every kind of subject."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from lifecycle import academy, cohort, engagement, intro_course, person
from lifecycle.effects import Effect
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

EFFECTS: Final[dict[str, Callable[[Any], list[Effect]]]] = {ACADEMY.name: academy.effects, PERSON.name: person.effects}
"""What others should know because of a subject, by the name of its kind; other kinds give orders of their own."""
