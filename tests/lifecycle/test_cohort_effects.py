"""What engagements should hold because of a cohort, and how they are brought to it, whatever is taken back."""

from __future__ import annotations

from datetime import date
from typing import Any

from lifecycle.account import account
from lifecycle.cohort import REDUCER, effects, numbered
from lifecycle.cohort.state import assess
from schemas import cohort_facts as facts
from schemas.corrections import Correction
from schemas.engagement_facts import CoachAssigned, CoachLeft, CoachPart, EndedEarly, EngagementProposed
from schemas.facts import LeaveAgreed, ProgrammeAdopted
from schemas.words import EndReason, EnrolmentState, HolidayDivision, Matter, Stage
from tests.lifecycle.cohorts import COHORT, P1, P2, P3, Lived, fresh, team
from tests.lifecycle.listener import Listener
from tests.lifecycle.lives import PROGRAMME, local


def _opening(lived: Lived, engagement: str) -> EngagementProposed:
    fact = next(found.fact for found in lived.effects() if found.subject == engagement)
    assert isinstance(fact, EngagementProposed)
    return fact


def test_an_engagement_starts_when_the_enrolment_is_accepted() -> None:
    """With the team's people and hour, and the holidays of the participant's own part of the country."""
    lived = fresh()
    lived.accept(P1, team=team(), division=HolidayDivision.SCOTLAND)
    opening = _opening(lived, P1)
    assert opening.event_id == f"{P1}:proposed"
    assert (opening.occurred_at, opening.watched_from) == (local("2026-06-22"), local("2026-06-22"))
    assert (opening.cohort, opening.enrolment, opening.microsystem) == (COHORT, P1, "ms_1")
    assert (opening.people.coach, opening.people.team_lead, opening.office) == (
        "per_P01",
        "per_lead1",
        "sheffield.office",
    )
    assert opening.division is HolidayDivision.SCOTLAND


def test_an_engagement_starts_when_a_team_is_identified() -> None:
    """Not before; and a second team of one coach is an engagement of its own."""
    lived = fresh()
    lived.accept(P1)
    assert lived.effects() == []
    lived.go("2026-09-23")
    lived.tell(facts.MicrosystemIdentified, enrolment=P1, team=team())
    lived.go("2027-04-01")
    lived.tell(facts.MicrosystemIdentified, enrolment=P1, team=team(2))
    assert lived.meant() == [("P01", "engagement_proposed"), ("P01-2", "engagement_proposed")]
    assert _opening(lived, f"{P1}-2").microsystem == "ms_2"


def test_a_co_coach_from_the_beginning_is_named_in_the_first_fact() -> None:
    """And is not told of a second time."""
    lived = fresh()
    lived.accept(P2, joins=P1)
    assert lived.meant() == []
    assert lived.is_now(P2) is EnrolmentState.MICROSYSTEM_PENDING
    lived.accept(P1, team=team())
    assert lived.meant() == [("P01", "engagement_proposed")]
    assert _opening(lived, P1).people.co_coach == "per_P02"
    assert lived.is_now(P2) is EnrolmentState.READY


def test_a_co_coach_who_comes_later_is_assigned() -> None:
    """One who is told of late, as if there from the beginning, is put into the first fact."""
    lived = fresh(P1)
    heard = Listener(lived)
    heard.hear()
    lived.go("2026-07-01")
    lived.accept(P2, joins=P1)
    (joins,) = heard.owed()
    assert isinstance(joins.fact, CoachAssigned)
    assert (joins.fact.part, joins.fact.person) == (CoachPart.CO, "per_P02")
    late = fresh(P1)
    heard = Listener(late)
    heard.hear()
    late.go("2026-07-01")
    late.accept(P2, when="2026-06-22", joins=P1)
    assert heard.hear() == ["correction"]
    assert heard.state.life.coaching(CoachPart.CO) == "per_P02"


def test_a_co_coach_waits_for_the_team_of_another_participant() -> None:
    """Nothing is told to an engagement that has not begun; meanwhile both are asked for a team."""
    lived = fresh()
    lived.accept(P1)
    lived.accept(P2, joins=P1)
    lived.go("2026-09-10")
    assert lived.meant() == []
    assert lived.went(Matter.MICROSYSTEM)[:2] == ["2026-07-13 08:00", "2026-07-13 08:00"]
    lived.tell(facts.MicrosystemIdentified, enrolment=P1, team=team())
    assert lived.meant() == [("P01", "engagement_proposed")]
    assert _opening(lived, P1).people.co_coach == "per_P02"
    assert lived.is_now(P2) is EnrolmentState.IN_TRAINING


def test_a_deferral_ends_what_was_started() -> None:
    """The participant takes up another team with the later course."""
    lived = fresh(P1, P2)
    lived.go("2026-08-24")
    lived.tell(facts.EnrolmentDeferred, enrolment=P1)
    *_, end = lived.effects()
    assert isinstance(end.fact, EndedEarly)
    assert (end.subject, end.fact.reason) == (P1, EndReason.PARTICIPANT_DEFERRED)
    assert end.fact.occurred_at == lived.now


def test_who_moves_to_a_later_cohort_has_a_place_there() -> None:
    """One fact says so; taken back, the place is meant no more. Who has a place there already is given no other."""
    later = "sheffield.2027-spring"
    lived = fresh(P1)
    lived.go("2026-08-24")
    lived.tell(facts.EnrolmentDeferred, enrolment=P1)
    assert [effect.subject for effect in lived.effects()] == [P1, P1]
    moved = lived.tell(facts.EnrolmentDeferred, enrolment=P1, to_cohort=later)
    (place,) = (effect for effect in lived.effects() if effect.subject == later)
    accepted = place.fact
    assert isinstance(accepted, facts.EnrolmentAccepted)
    assert (accepted.person, accepted.faculty, accepted.deferred_from) == ("per_P01", "per_faculty", P1)
    assert accepted.enrolment == lived.life.enrolments[P1].deferred_to
    assert accepted.occurred_at == lived.now
    lived.tell(Correction, corrects=moved)
    assert later not in {effect.subject for effect in lived.effects()}
    lived.tell(facts.EnrolmentDeferred, enrolment=P1, to_cohort=later, to_enrolment=f"{later}.P05")
    assert later not in {effect.subject for effect in lived.effects()}
    assert lived.refused(facts.EnrolmentDeferred, enrolment=P1, to_cohort=COHORT).code == "same_cohort"


def test_a_deferral_leaves_a_co_coached_team_its_other_coach() -> None:
    """A keen team is never closed silently: it loses this coach, and the vacancy is somebody's turn."""
    lived = fresh(P1)
    lived.accept(P2, joins=P1)
    lived.go("2026-08-24")
    lived.tell(facts.EnrolmentDeferred, enrolment=P1)
    assert lived.meant()[-1] == ("P01", "coach_left")
    assert lived.is_now(P2) is EnrolmentState.READY
    before = lived.effects()
    lived.go("2026-08-25")
    lived.tell(facts.EnrolmentWithdrawn, enrolment=P2, reason="time")
    assert lived.effects()[: len(before)] == before


def test_a_co_coach_who_defers_or_withdraws_leaves_the_team() -> None:
    """The engagement goes on with its main coach."""
    lived = fresh(P1)
    lived.accept(P2, joins=P1)
    lived.accept(P3, joins="sheffield.2026-spring.P09")
    lived.go("2026-08-24")
    lived.tell(facts.EnrolmentDeferred, enrolment=P2)
    lived.tell(facts.EnrolmentWithdrawn, enrolment=P3, reason="time")
    assert [(found.subject, found.fact.person) for found in lived.effects() if isinstance(found.fact, CoachLeft)] == [
        (P1, "per_P02"),
        ("sheffield.2026-spring.P09", "per_P03"),
    ]


def test_a_withdrawal_leaves_every_team_without_this_coach() -> None:
    """First the starts, then what follows as it happened."""
    lived = fresh(P1)
    lived.accept(P2, joins=P1)
    lived.go("2026-10-01")
    lived.tell(facts.MicrosystemIdentified, enrolment=P1, team=team(2))
    lived.go("2026-11-10")
    lived.tell(facts.EnrolmentWithdrawn, enrolment=P1, reason="capacity")
    assert lived.meant() == [
        ("P01", "engagement_proposed"),
        ("P01-2", "engagement_proposed"),
        ("P01", "coach_left"),
        ("P01-2", "coach_left"),
    ]


def test_a_withdrawal_taken_back_brings_the_coach_back() -> None:
    """And whoever was reported gone by mistake may still leave later."""
    lived = fresh(P1)
    heard = Listener(lived)
    heard.hear()
    lived.go("2026-10-01")
    wrong = lived.tell(facts.EnrolmentWithdrawn, enrolment=P1, reason="time")
    assert heard.hear() == ["coach_left"]
    assert heard.state.life.vacant_since == lived.now
    lived.tell(Correction, corrects=wrong)
    assert heard.hear() == ["correction"]
    assert heard.state.life.assignments[0].until is None
    lived.go("2026-12-01")
    lived.tell(facts.EnrolmentWithdrawn, enrolment=P1, reason="time")
    assert heard.hear() == ["correction"]
    assert heard.state.life.vacant_since == lived.now


def test_a_deferral_or_a_cancelled_course_taken_back_lets_the_engagement_live_on() -> None:
    """As if it had never ended; said again, it ends again."""
    for kind, said, reason in (
        (facts.CohortCancelled, {"reason": "other"}, EndReason.COHORT_CANCELLED),
        (facts.EnrolmentDeferred, {"enrolment": P1}, EndReason.PARTICIPANT_DEFERRED),
    ):
        lived = fresh(P1)
        heard = Listener(lived)
        heard.hear()
        lived.go("2026-08-01")
        wrong = lived.tell(kind, **said)
        assert heard.hear() == ["ended_early"]
        assert heard.state.life.end_reason is reason
        lived.go("2026-08-03")
        back = lived.tell(Correction, corrects=wrong)
        assert heard.hear() == ["correction"]
        assert (heard.state.stage, heard.state.life.main_coach) == (Stage.PROPOSED, "per_P01")
        lived.tell(Correction, corrects=back)
        assert heard.hear() == ["correction"]
        assert heard.state.life.end_reason is reason


def test_a_deferral_that_was_a_withdrawal_leaves_the_team_without_a_coach() -> None:
    """It lives again, and then loses its coach, in one look."""
    lived = fresh(P1)
    heard = Listener(lived)
    heard.hear()
    lived.go("2026-08-01")
    wrong = lived.tell(facts.EnrolmentDeferred, enrolment=P1)
    heard.hear()
    right = facts.EnrolmentWithdrawn(event_id="r", occurred_at=lived.now, enrolment=P1, reason="time")
    lived.tell(Correction, corrects=wrong, replacement=right)
    assert heard.hear() == ["correction", "coach_left"]
    assert (heard.state.stage, heard.state.life.main_coach) == (Stage.PROPOSED, None)


def test_another_team_in_its_place_is_the_team_of_the_same_engagement() -> None:
    """When it began, and by which programme, stays: what was told since rests on that."""
    lived = fresh()
    lived.accept(P1)
    lived.go("2026-09-23")
    told = lived.tell(facts.MicrosystemIdentified, enrolment=P1, team=team())
    heard = Listener(lived)
    heard.hear()
    lived.go("2026-09-25")
    right = facts.MicrosystemIdentified(event_id="r", occurred_at=lived.now, enrolment=P1, team=team(2))
    lived.tell(Correction, corrects=told, replacement=right)
    assert heard.hear() == ["correction"]
    opening = heard.known.life.opening
    assert (opening.microsystem, opening.people.team_lead) == ("ms_2", "per_lead2")
    assert opening.occurred_at == opening.watched_from == local("2026-09-23")


def test_what_the_cohort_no_longer_means_ends_and_lives_again_when_it_is_meant_again() -> None:
    """With a reason of its own; the next team that is found is that of the same engagement."""
    lived = fresh()
    lived.accept(P1)
    lived.go("2026-09-23")
    told = lived.tell(facts.MicrosystemIdentified, enrolment=P1, team=team())
    heard = Listener(lived)
    heard.hear()
    lived.go("2026-09-25")
    lived.tell(Correction, corrects=told)
    assert heard.hear() == ["ended_early"]
    assert heard.state.life.end_reason is EndReason.STARTED_IN_ERROR
    lived.go("2026-10-05")
    lived.tell(facts.MicrosystemIdentified, enrolment=P1, team=team(2))
    assert heard.hear() == ["correction", "correction"]
    assert (heard.state.stage, heard.known.life.opening.microsystem) == (Stage.PROPOSED, "ms_2")


def test_no_team_ever_takes_the_engagement_of_another() -> None:
    """Neither when the first of two is taken back, nor when an earlier one is told late."""
    lived = fresh()
    lived.accept(P1)
    lived.go("2026-09-23")
    first = lived.tell(facts.MicrosystemIdentified, **_next(lived, 1))
    lived.tell(facts.MicrosystemIdentified, **_next(lived, 2))
    lived.tell(Correction, corrects=first)
    assert _opening(lived, f"{P1}-2").microsystem == "ms_2"
    lived.tell(facts.MicrosystemIdentified, when="2026-09-01", **_next(lived, 3))
    assert [_opening(lived, name).microsystem for name in (P1, f"{P1}-2")] == ["ms_3", "ms_2"]


def _next(lived: Lived, number: int) -> dict[str, Any]:
    """A team as the cohort's workflow takes it."""
    fact = facts.MicrosystemIdentified(event_id="next", occurred_at=lived.now, enrolment=P1, team=team(number))
    return {"enrolment": P1, "team": fact.team, "number": numbered(lived.known, fact).number}


def test_what_a_team_took_back_itself_stays_until_something_else_is_meant() -> None:
    """Its own word holds there; a later withdrawal is another thing."""
    lived = fresh(P1)
    heard = Listener(lived)
    heard.hear()
    lived.go("2026-10-01")
    wrong = lived.tell(facts.EnrolmentWithdrawn, enrolment=P1, reason="time")
    (left,) = heard.owed()
    heard.hear()
    heard.tell(Correction(event_id="own", occurred_at=lived.now, corrects=left.fact.event_id))
    assert heard.owed() == []
    lived.tell(Correction, corrects=wrong)
    assert heard.owed() == []
    lived.go("2026-10-07")
    lived.tell(facts.EnrolmentWithdrawn, enrolment=P1, reason="time")
    heard.hear()
    assert heard.state.life.vacant_since == lived.now


def test_a_cancelled_course_ends_what_was_not_ended_before() -> None:
    """Whoever had deferred is not ended a second time; a coach's leaving does not keep a team open."""
    lived = fresh(P1, P2, P3)
    lived.accept(f"{COHORT}.P04", joins="sheffield.2026-spring.P09")
    lived.go("2026-08-01")
    lived.tell(facts.EnrolmentDeferred, enrolment=P1)
    lived.tell(facts.EnrolmentWithdrawn, enrolment=P2, reason="time")
    before = lived.effects()
    lived.go("2026-08-02")
    lived.tell(facts.CohortCancelled, reason="no_faculty")
    known = {found.fact.event_id for found in before}
    ends = [found for found in lived.effects() if found.fact.event_id not in known]
    assert [(found.subject, found.fact.kind) for found in ends] == [
        (P2, "ended_early"),
        (P3, "ended_early"),
        ("sheffield.2026-spring.P09", "coach_left"),
    ]
    assert known <= {found.fact.event_id for found in lived.effects()}


def test_what_was_told_does_not_change() -> None:
    """Neither by another programme for what comes after, nor by a co-coach who leaves."""
    lived = fresh(P1)
    lived.accept(P2, joins=P1)
    before = lived.effects()
    lived.go("2026-10-01")
    lived.tell(ProgrammeAdopted, programme=PROGRAMME.model_copy(update={"version": 2}))
    lived.tell(facts.EnrolmentWithdrawn, enrolment=P2, reason="time")
    lived.go("2026-10-02")
    lived.accept(P3, team=team(3))
    after = {found.fact.event_id: found for found in lived.effects()}
    assert [after[found.fact.event_id] for found in before] == before
    assert _opening(lived, P3).programme.version == 2


def test_effects_do_not_depend_on_the_order_of_arrival() -> None:
    """The same facts, told backwards, mean the same."""
    lived = fresh(P1)
    lived.accept(P2, joins=P1)
    lived.go("2026-10-01")
    lived.tell(facts.MicrosystemIdentified, enrolment=P1, team=team(2))
    lived.tell(LeaveAgreed, person="per_P02", first_day=date(2026, 10, 2), last_day=date(2026, 10, 9))
    lived.tell(facts.EnrolmentWithdrawn, enrolment=P2, reason="health")
    again = account(REDUCER, reversed(lived.known.facts.values()))
    assert sorted(map(repr, effects(COHORT, assess(again, lived.now, lived.done)))) == sorted(
        map(repr, lived.effects())
    )
