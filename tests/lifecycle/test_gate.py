"""Everything the gate asks for is asked of somebody, who can answer it by a page."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.pages.purposes import PAGES
from lifecycle.engagement.gate import CONDITIONS, Condition
from lifecycle.matters import MATTERS
from schemas import engagement_facts as facts
from schemas.words import Act, Matter, Role
from tests.gateway.pages.cases import CASES
from tests.lifecycle.lives import Lived, agreed

_ANSWERED_BY = {
    "team_score": {"progress_scored"},
    "faculty_score": {"progress_scored"},
    "cycle": {"pdsa_planned", "pdsa_studied"},
    "chaired": {"session_held"},
    "record": {"readiness_assessed"},
    "process_owner": {"owner_named"},
    "measure_owner": {"owner_named"},
    "sign_offs": {"signed_off"},
}
"""The kinds of fact by which each condition is met: a page must take each."""

_TAKEN = {(case.matter, case.told) for case in CASES} | {(Matter.SESSION, "session_held")}
"""What pages take, each tried by a test: that of a session has tests of its own."""


def _unready() -> Lived:
    """A team towards its hand-off of which nothing is known but that it was found ready."""
    lived = agreed()
    lived.weekly("2028-03-14", chaired_by="coach")
    return lived


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
def test_somebody_is_asked_for_what_the_gate_lacks(condition: Condition) -> None:
    """In mail, while it is missing; where signatures and owners are asked for, once the readiness record is there."""
    lived = _unready()
    assert any(condition.lacking(lived.life, lived.now))
    if condition.asked_by is Matter.SIGN_OFF:
        lived.tell(facts.ReadinessAssessed)
    lived.go(lived.now + timedelta(days=40))
    asked = [notice for _, notice in lived.sent if notice.matter is condition.asked_by and notice.act is Act.ASK]
    assert asked
    assert {notice.role for notice in asked} - {Role.OFFICE}


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
def test_a_page_takes_what_the_gate_lacks(condition: Condition) -> None:
    """The page of the matter that asks for it; a new condition is named here with the facts that meet it."""
    assert MATTERS[condition.asked_by].page in PAGES
    assert condition.name in _ANSWERED_BY, f"say by which facts {condition.name} is met"
    for kind in _ANSWERED_BY[condition.name]:
        assert (condition.asked_by, kind) in _TAKEN, f"{condition.asked_by}: its page, and a case, must take {kind}"


def test_every_condition_is_named_once() -> None:
    """Its name stands in the mail that says what is missing."""
    assert [condition.name for condition in CONDITIONS] == list(_ANSWERED_BY)
    words = (Path(__file__).parents[2] / "activities" / "templates" / "matters" / "gate.txt").read_text("utf-8")
    assert all(f"'{condition.name}'" in words for condition in CONDITIONS if condition.work)
