"""The examples in descriptions are facts, and each kind of fact is known wherever it must be."""

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.examples import example_of
from gateway.pages.recorded import in_words
from lifecycle.cohort import facts as cohort
from lifecycle.dates import clock_of
from lifecycle.engagement import changes as engagement
from lifecycle.intro_course import facts as intro_course
from lifecycle.subjects import RULES
from operations.event_types import KINDS
from schemas import subjects
from schemas.corrections import ANY_FACT
from schemas.programme import DEFAULT_ZONE


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fact_has_an_example_that_holds(kind: str) -> None:
    """Whoever copies it has a whole fact of the kind."""
    fact = ANY_FACT.validate_python(example_of(kind))
    assert fact.kind == kind


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fact_is_said_in_words(kind: str) -> None:
    """Pages show what is recorded: a kind without words is added to gateway/pages/recorded.py."""
    assert in_words(ANY_FACT.validate_python(example_of(kind)), clock_of(DEFAULT_ZONE))


@pytest.mark.parametrize("subject", subjects.KINDS, ids=str)
def test_every_kind_of_fact_is_judged(subject: subjects.AnyKind) -> None:
    """The rules of its subject accept or refuse it: a kind they do not know is added to its facts.py in lifecycle/."""
    reducer = RULES[subject.name].REDUCER
    life = reducer.begin(ANY_FACT.validate_python(example_of(subject.opening)))
    for kind in _after_the_opening(subject):
        assert reducer.step(life, ANY_FACT.validate_python(example_of(kind))) is not None


@pytest.mark.parametrize(
    ("subject", "effects"),
    [
        (subjects.ENGAGEMENT, engagement.RULES),
        (subjects.COHORT, cohort._EFFECTS),
        (subjects.INTRO_COURSE, intro_course._EFFECTS),
    ],
    ids=["engagement", "cohort", "intro_course"],
)
def test_every_kind_of_fact_has_its_effect(subject: subjects.AnyKind, effects: Mapping[str, Any]) -> None:
    """A kind that is legal only late in a life would be missed only when it is told."""
    assert set(effects) == _after_the_opening(subject)


def _after_the_opening(subject: subjects.AnyKind) -> set[str]:
    return set(subject.kinds) - {subject.opening, "correction"}
