"""Two records that were one person all along: whatever names one of them is read as the other, whenever it was told."""

from __future__ import annotations

from datetime import date

from schemas import engagement_facts as facts
from schemas.corrections import Correction
from schemas.facts import Cause, LeaveAgreed, PersonMerged
from schemas.words import Role
from tests.lifecycle.lives import Lived, agreed

CAUSE = Cause(subject="sheffield.per_coach", event_id="merged")


def _merged(lived: Lived, person: str = "per_coach", into: str = "per_anna") -> None:
    lived.tell(PersonMerged, person=person, into=into, caused_by=CAUSE)


def test_what_was_told_before_and_what_is_told_later_is_the_kept_ones() -> None:
    """The opening, a leave, a signature by the old id, and what somebody who has an old link says."""
    lived = agreed()
    lived.weekly("2026-10-20")
    _merged(lived)
    assert lived.life.main_coach == "per_anna"
    lived.tell(LeaveAgreed, person="per_coach", first_day=date(2026, 10, 26), last_day=date(2026, 10, 30))
    assert [leave.person for leave in lived.life.leaves] == ["per_anna"]
    lived.tell(facts.CoachLeft, person="per_coach")
    assert lived.life.main_coach is None


def test_a_merge_taken_back_is_taken_back_in_all_of_it() -> None:
    """Each has again what is theirs."""
    lived = agreed()
    _merged(lived)
    told = next(event_id for event_id, fact in lived.known.facts.items() if isinstance(fact, PersonMerged))
    lived.tell(Correction, corrects=told, caused_by=CAUSE)
    assert lived.life.main_coach == "per_coach"


def test_merges_follow_one_another() -> None:
    """Of three records the last one stands for all, in whatever order they were merged."""
    lived = agreed()
    _merged(lived, "per_sponsor", "per_coach")
    _merged(lived)
    assert {lived.life.main_coach, lived.life.person(Role.SPONSOR)} == {"per_anna"}


def test_two_records_are_one_person_everywhere_or_nowhere() -> None:
    """Told to one team alone it is refused."""
    lived = agreed()
    assert lived.refused(PersonMerged, person="per_coach", into="per_anna").code == "merged_alone"
