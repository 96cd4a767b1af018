"""Every kind of incident is described, so that it can be said to people."""

from __future__ import annotations

from string import Formatter

import pytest

from lifecycle.incidents import INCIDENTS, in_words
from schemas.incidents import ENGINE, Finding, IncidentKind
from schemas.programme import DEFAULT_ZONE
from schemas.words import Role


@pytest.mark.parametrize("kind", IncidentKind)
def test_every_kind_is_said_in_words(kind: IncidentKind) -> None:
    """A kind has its description in ``lifecycle/incidents.py``; its sentences hold no placeholder that is left over."""
    assert kind in INCIDENTS, f"describe {kind} in INCIDENTS, lifecycle/incidents.py"
    description = INCIDENTS[kind]
    assert description.acts in {Role.OFFICE, Role.OPERATOR}
    assert description.label
    assert description.remedy
    named = {name for _, name, _, _ in Formatter().parse(description.sentence) if name} - {"subject", "key"}
    facts = dict.fromkeys(named, "7")
    for done in (None, *description.done):
        said = in_words(Finding(kind=kind, subject="sheffield.2027-summer.P01", facts=facts, done=done), DEFAULT_ZONE)
        assert all(sentence.endswith(".") and "{" not in sentence for sentence in said)


def test_moments_are_said_as_people_write_them() -> None:
    """A fact that is a moment is read in London's time."""
    facts = {"from": "2027-07-01T08:00:00+00:00", "to": "2027-07-02T11:30:00+00:00"}
    (said,) = in_words(Finding(kind=IncidentKind.RECORDS_LOST, subject=ENGINE, facts=facts), DEFAULT_ZONE)
    assert "on Thursday 1 July 2027 at 9am" in said


def test_a_start_under_an_unknown_id_is_said_in_words() -> None:
    """No code stands where a tired operator reads, and the run can be found."""
    facts = {"reason": "MalformedStart", "run": "0193"}
    (said,) = in_words(Finding(kind=IncidentKind.OPENING_FAILED, subject=ENGINE, key="5ec8", facts=facts), DEFAULT_ZONE)
    assert "start something with an unknown id in Temporal" in said
    assert "its input can't be read, or belongs to another id (run 0193)" in said
