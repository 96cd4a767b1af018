"""Every matter is whole: description, words, page, parameter and explanation are there, or it is said that none is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.pages.purposes import MODULES, PAGES
from lifecycle.description import Description, During, Mail, described
from lifecycle.matters import MATTERS
from lifecycle.subjects import RULES
from schemas.programme import Programme
from schemas.programme_file import shipped_programme
from schemas.words import Matter

_REPOSITORY = Path(__file__).parents[2]
_EXPLAINED = (_REPOSITORY / "docs" / "programme.md").read_text(encoding="utf-8")
_ELSEWHERE = {"certificate"}
"""Pages that are not questions: a link to them is of its own kind."""


def lacking(matter: Matter) -> Iterator[str]:
    """What a matter lacks, and where to add it."""
    if matter not in MATTERS:
        yield "a description: write one beside its duty in lifecycle/<kind>/, and name it in MATTERS there"
        return
    description = MATTERS[matter]
    if not (_REPOSITORY / "activities" / "templates" / description.template).exists():
        yield f"its words: write activities/templates/{description.template}"
    if description.page is not None and description.page not in PAGES.keys() | _ELSEWHERE:
        yield f"its page: add {description.page!r} to the PAGES of a module in gateway/pages/"
    for parameter in description.parameters:
        if not has_parameter(shipped_programme(), parameter):
            yield f"its parameter: add {parameter} to schemas/programme.py"
    if f"`{matter}` |" not in _EXPLAINED:
        yield "its line in docs/programme.md, under 'Who is asked what, and when'"
    yield from unsaid(description)


def unsaid(description: Description) -> Iterator[str]:
    """What the description itself leaves open."""
    if not description.duties and description.matter is not Matter.OFFICE_OVERDUE:
        yield "a duty from which it falls due"
    if not description.rules:
        yield "the rules of its items, in words"
    if not (description.parameters or description.facts):
        yield "what it is reckoned by: parameters of the programme, or facts"
    sentences = [*description.rules.values(), description.suggestion or "Nothing."]
    if any(not said.endswith(".") or "_" in said or "`" in said for said in sentences):
        yield "plain sentences: a suggestion and a rule in words end with a full stop and hold no name of the engine"


def has_parameter(programme: Programme, name: str) -> bool:
    """Whether a dotted name is a parameter of the programme, or a group of them."""
    value: Any = programme
    for part in name.split("."):
        value = getattr(value, part, None)
    return value is not None


@pytest.mark.parametrize("matter", Matter)
def test_a_matter_lacks_nothing(matter: Matter) -> None:
    """What is forgotten is named, with the place where it belongs."""
    missing = list(lacking(matter))
    assert not missing, f"{matter} lacks " + "; ".join(missing)


def test_a_page_belongs_to_some_matter() -> None:
    """No question is kept that nothing asks."""
    assert len(PAGES) == sum(len(module.PAGES) for module in MODULES)
    assert set(PAGES) == {description.page for description in MATTERS.values()} - _ELSEWHERE - {None}


def test_a_programme_decides_of_mails_only_where_it_can() -> None:
    """What always goes at once, or is never sent, is no choice of a programme."""
    named = shipped_programme().attention.at_once
    assert all(MATTERS[matter].mail is Mail.BY_PROGRAMME for matter in named)


def test_a_duty_holds_at_some_time_of_its_kind_and_stands_once() -> None:
    """A duty that never holds, or is described twice, would ask nobody or ask twice."""
    for kind, rules in RULES.items():
        matters = rules.MATTERS
        duties = [duty for description in matters.values() for duty in description.duties]
        assert len(duties) == len(set(duties)), kind
        assert all(during for description in matters.values() for during in description.duties.values())
    assert During(0) == During.RUNNING & During.ENDED


def test_a_matter_is_described_once() -> None:
    """Two descriptions of one matter are refused, not merged."""
    with pytest.raises(ValueError, match="described twice"):
        described(MATTERS[Matter.SESSION], MATTERS[Matter.SESSION])
