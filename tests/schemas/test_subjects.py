"""Every kind of subject is described once, and whoever adds to the description adds to all of it."""

from __future__ import annotations

from lifecycle.subjects import RULES
from schemas.corrections import AnyFact
from schemas.facts import models_of
from schemas.subjects import KINDS, cohort_name, kept_in, kind_of
from worker.main import WORKFLOWS


def test_every_kind_has_rules() -> None:
    """By its name, and they begin with its opening."""
    assert {name: rules.REDUCER.opening for name, rules in RULES.items()} == {kind.name: kind.opening for kind in KINDS}
    assert all(RULES[kind.name].REDUCER.kinds == kind.kinds for kind in KINDS)


def test_every_kind_has_a_workflow_that_is_registered() -> None:
    """Under the name by which it is started."""
    names = {workflow.__name__ for workflow in WORKFLOWS}
    assert {kind.workflow for kind in KINDS} <= names


def test_every_fact_of_every_kind_can_be_recorded() -> None:
    """The ledger reads whatever any subject can be told."""
    assert set(models_of(AnyFact)) == {model for kind in KINDS for model in kind.models}


def test_a_kind_is_found_by_its_opening_and_by_its_table() -> None:
    """And its opening is one of its facts."""
    for kind in KINDS:
        assert kind_of(kind.opening) is kind
        assert kind.table is None or kept_in(kind.table) is kind
        assert kind.opening in kind.kinds


def test_a_cohort_is_called_by_its_half_year() -> None:
    """A code of another shape is shown as it is."""
    assert cohort_name("sheffield.2026-autumn") == cohort_name("2026-autumn") == "Autumn 2026"
    assert cohort_name("sheffield.2026-autumn-2") == "Autumn 2026 (2)"
    assert cohort_name("sheffield.wards-2026") == "wards-2026"
