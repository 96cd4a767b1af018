"""Every rule by which a cohort or a course acts has its sentence, and a question nobody foresaw has an answer."""

from __future__ import annotations

import inspect
import re

import pytest

from lifecycle import cohort
from lifecycle.cohort import duties as of_cohorts
from lifecycle.intro_course import duties as of_courses
from lifecycle.why import RULES
from schemas.words import BookingState
from tests.lifecycle.cohorts import scheduled
from tests.lifecycle.lives import local


def _named(module: object) -> set[str]:
    """The rules that a module of duties names, as they stand in its source; a braced part is each of its values."""
    source = inspect.getsource(module)  # type: ignore[arg-type] # a module
    found = set(re.findall(r"""f?"([a-z]+(?:_[a-z{}]+)+)"[,)]""", source)) & _as_rules(source)
    return {one for name in found for one in _whole(name)}


def _as_rules(source: str) -> set[str]:
    """Only what is the third part of a case, or a rule by name."""
    cases = re.findall(r"Case\(\s*Matter\.\w+,\s*[^,]+?,\s*(f?)\"([a-z_{}]+)\"", source)
    told = re.findall(r"\(f?\"[a-z.{}:%A-Z]+\", \"(course_[a-z]+)\"", source)
    rule = re.findall(r"rule=\"([a-z_]+)\"", source)
    return {name for _, name in cases} | set(told) | set(rule) | {"course_cancelled"}


def _whole(name: str) -> list[str]:
    values = {
        "teaching_{what}": ("teaching_starts", "teaching_ends"),
        "{what}": ("joining", "reminder"),
        "{standing}": tuple(BookingState)[:0],
    }
    for part, words in values.items():
        if part in name:
            return [name.replace(part, word) for word in words]
    return [name]


@pytest.mark.parametrize("module", [of_cohorts, of_courses])
def test_every_rule_is_said_in_words(module: object) -> None:
    """No item ever stands without its reason."""
    named = _named(module)
    assert len(named) > 8
    assert named <= set(RULES)


def test_a_receipt_of_each_standing_is_said_in_words() -> None:
    """A place, a place in the line, a cancelled booking, a lapsed offer."""
    for standing in (BookingState.CONFIRMED, BookingState.WAITING, BookingState.CANCELLED, BookingState.OFFER_LAPSED):
        assert f"booking_{standing}" in RULES


def test_what_is_next_names_rule_parameter_calendar_and_step() -> None:
    """Enough to see why, without asking anybody."""
    state = cohort.fold([scheduled()], local("2026-06-22"))
    (reason,) = cohort.why(state, {}, "next")
    assert "The office confirms" in reason.answer
    assert "decisions.cohort_confirmation.within_weeks = 2" in reason.answer
    assert "england-and-wales, table uk-2026-11" in reason.answer
    assert "Step 0" in reason.answer
    (nothing,) = cohort.why(state, {}, "lapse")
    assert nothing.answer.startswith("Nothing of this kind is due")
