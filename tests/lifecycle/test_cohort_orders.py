"""What a cohort orders of engagements: started, joined, left and ended, each once and in the right order."""

from __future__ import annotations

from datetime import date

from lifecycle.account import account
from lifecycle.cohort import REDUCER, orders
from schemas import cohort_facts as facts
from schemas.corrections import Correction
from schemas.engagement_facts import CoachAssigned, CoachLeft, CoachPart, EndedEarly, EngagementProposed
from schemas.facts import LeaveAgreed, ProgrammeAdopted
from schemas.words import EndReason, EnrolmentState, HolidayDivision, Matter
from tests.lifecycle.cohorts import COHORT, P1, P2, P3, Lived, fresh, team
from tests.lifecycle.lives import PROGRAMME, local


def _opening(lived: Lived, engagement: str) -> EngagementProposed:
    fact = next(order.fact for order in orders(lived.life) if order.engagement == engagement)
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
    assert orders(lived.life) == []
    lived.go("2026-09-23")
    lived.tell(facts.MicrosystemIdentified, enrolment=P1, team=team())
    lived.go("2027-04-01")
    lived.tell(facts.MicrosystemIdentified, enrolment=P1, team=team(2))
    assert lived.ordered() == [("P01", "engagement_proposed"), ("P01-2", "engagement_proposed")]
    assert _opening(lived, f"{P1}-2").microsystem == "ms_2"


def test_a_co_coach_from_the_beginning_is_named_in_the_first_fact() -> None:
    """The order that says so need not be told: it goes out with the opening."""
    lived = fresh()
    lived.accept(P2, joins=P1)
    assert lived.give_orders() == []
    assert lived.is_now(P2) is EnrolmentState.MICROSYSTEM_PENDING
    lived.accept(P1, team=team())
    start, joins = lived.give_orders()
    assert isinstance(start.fact, EngagementProposed)
    assert start.fact.people.co_coach == "per_P02"
    assert (joins.said, start.said) == (True, False)
    assert lived.is_now(P2) is EnrolmentState.READY


def test_a_co_coach_who_comes_later_is_assigned() -> None:
    """Also one who is told of late, as if there from the beginning: the engagement had started without them."""
    lived = fresh(P1)
    lived.give_orders()
    lived.go("2026-07-01")
    lived.accept(P2, when="2026-06-22", joins=P1)
    (joins,) = lived.give_orders()
    assert isinstance(joins.fact, CoachAssigned)
    assert (joins.engagement, joins.fact.part, joins.fact.person, joins.said) == (P1, CoachPart.CO, "per_P02", False)


def test_a_co_coach_waits_for_the_team_of_another_participant() -> None:
    """No order goes to an engagement that has not begun; meanwhile both are asked for a team."""
    lived = fresh()
    lived.accept(P1)
    lived.accept(P2, joins=P1)
    lived.go("2026-09-10")
    assert lived.ordered() == []
    assert lived.went(Matter.MICROSYSTEM)[:2] == ["2026-07-13 08:00", "2026-07-13 08:00"]
    lived.tell(facts.MicrosystemIdentified, enrolment=P1, team=team())
    assert lived.ordered() == [("P01", "engagement_proposed"), ("P01", "coach_assigned")]
    assert _opening(lived, P1).people.co_coach == "per_P02"
    assert lived.is_now(P2) is EnrolmentState.IN_TRAINING


def test_a_deferral_ends_what_was_started() -> None:
    """The participant takes up another team with the later course."""
    lived = fresh(P1, P2)
    lived.go("2026-08-24")
    lived.tell(facts.EnrolmentDeferred, enrolment=P1)
    *_, end = orders(lived.life)
    assert isinstance(end.fact, EndedEarly)
    assert (end.engagement, end.fact.reason) == (P1, EndReason.PARTICIPANT_DEFERRED)
    assert end.fact.occurred_at == lived.now


def test_a_deferral_leaves_a_co_coached_team_its_other_coach() -> None:
    """A keen team is never closed silently: it loses this coach, and the vacancy is somebody's turn."""
    lived = fresh(P1)
    lived.accept(P2, joins=P1)
    lived.go("2026-08-24")
    lived.tell(facts.EnrolmentDeferred, enrolment=P1)
    assert lived.ordered()[-1] == ("P01", "coach_left")
    assert lived.is_now(P2) is EnrolmentState.READY
    before = orders(lived.life)
    lived.go("2026-08-25")
    lived.tell(facts.EnrolmentWithdrawn, enrolment=P2, reason="time")
    assert orders(lived.life)[: len(before)] == before


def test_a_co_coach_who_defers_or_withdraws_leaves_the_team() -> None:
    """The engagement goes on with its main coach."""
    lived = fresh(P1)
    lived.accept(P2, joins=P1)
    lived.accept(P3, joins="sheffield.2026-spring.P09")
    lived.go("2026-08-24")
    lived.tell(facts.EnrolmentDeferred, enrolment=P2)
    lived.tell(facts.EnrolmentWithdrawn, enrolment=P3, reason="time")
    left = [order for order in orders(lived.life) if isinstance(order.fact, CoachLeft)]
    assert [(order.engagement, order.fact.person) for order in left if isinstance(order.fact, CoachLeft)] == [
        (P1, "per_P02"),
        ("sheffield.2026-spring.P09", "per_P03"),
    ]


def test_a_withdrawal_leaves_every_team_without_this_coach() -> None:
    """First the starts, then what follows as it happened; each order is given once."""
    lived = fresh(P1)
    lived.accept(P2, joins=P1)
    lived.go("2026-10-01")
    lived.tell(facts.MicrosystemIdentified, enrolment=P1, team=team(2))
    lived.go("2026-11-10")
    lived.tell(facts.EnrolmentWithdrawn, enrolment=P1, reason="capacity")
    assert lived.ordered() == [
        ("P01", "engagement_proposed"),
        ("P01-2", "engagement_proposed"),
        ("P01", "coach_assigned"),
        ("P01", "coach_left"),
        ("P01-2", "coach_left"),
    ]
    assert len(lived.give_orders()) == 5
    assert lived.give_orders() == []


def test_who_left_by_mistake_may_still_leave_later() -> None:
    """A withdrawal that was corrected does not use up the order of a true one."""
    lived = fresh(P1)
    lived.go("2026-10-01")
    wrong = lived.tell(facts.EnrolmentWithdrawn, enrolment=P1, reason="time")
    lived.give_orders()
    lived.tell(Correction, corrects=wrong)
    lived.go("2026-12-01")
    lived.tell(facts.EnrolmentWithdrawn, enrolment=P1, reason="time")
    assert [order.fact.occurred_at for order in lived.give_orders()] == [lived.now]


def test_a_cancelled_course_ends_what_was_not_ended_before() -> None:
    """Whoever had deferred is not ended a second time; a coach's leaving does not keep a team open."""
    lived = fresh(P1, P2, P3)
    lived.accept(f"{COHORT}.P04", joins="sheffield.2026-spring.P09")
    lived.go("2026-08-01")
    lived.tell(facts.EnrolmentDeferred, enrolment=P1)
    lived.tell(facts.EnrolmentWithdrawn, enrolment=P2, reason="time")
    before = lived.give_orders()
    lived.go("2026-08-02")
    lived.tell(facts.CohortCancelled, reason="no_faculty")
    ends = lived.give_orders()
    assert [(order.engagement, order.fact.kind) for order in ends] == [
        (P2, "ended_early"),
        (P3, "ended_early"),
        ("sheffield.2026-spring.P09", "coach_left"),
    ]
    assert {order.key for order in before} <= {order.key for order in orders(lived.life)}


def test_orders_that_were_given_do_not_change() -> None:
    """Neither by another programme for what comes after, nor by a co-coach who leaves."""
    lived = fresh(P1)
    lived.accept(P2, joins=P1)
    before = orders(lived.life)
    lived.go("2026-10-01")
    lived.tell(ProgrammeAdopted, programme=PROGRAMME.model_copy(update={"version": 2}))
    lived.tell(facts.EnrolmentWithdrawn, enrolment=P2, reason="time")
    lived.go("2026-10-02")
    lived.accept(P3, team=team(3))
    after = {order.key: order for order in orders(lived.life)}
    assert [after[order.key] for order in before] == before
    assert _opening(lived, P3).programme.version == 2


def test_orders_do_not_depend_on_the_order_of_arrival() -> None:
    """The same facts, told backwards, mean the same orders."""
    lived = fresh(P1)
    lived.accept(P2, joins=P1)
    lived.go("2026-10-01")
    lived.tell(facts.MicrosystemIdentified, enrolment=P1, team=team(2))
    lived.tell(LeaveAgreed, person="per_P02", first_day=date(2026, 10, 2), last_day=date(2026, 10, 9))
    lived.tell(facts.EnrolmentWithdrawn, enrolment=P2, reason="health")
    again = account(REDUCER, reversed(lived.known.facts.values()))
    assert sorted(map(repr, orders(again.life))) == sorted(map(repr, orders(lived.life)))
