"""What a whole cohort is told of its faculty and its bank holidays follows to the engagements of its participants."""

from __future__ import annotations

from datetime import timedelta

from lifecycle import engagement
from lifecycle.account import Account, account, advance
from lifecycle.effects import Peer, so_already
from lifecycle.engagement.life import Life
from schemas import cohort_facts, engagement_facts
from schemas.corrections import AnyFact, Correction
from schemas.due import Refusal
from schemas.engagement_facts import EngagementProposed
from schemas.facts import CalendarRevised, Cause, RoleChanged
from schemas.words import Matter, Role
from tests.lifecycle.cohorts import COHORT, P1, P2, P3, Lived, completed, fresh, team
from tests.lifecycle.peers import still_owed


def _pass_on(lived: Lived, ledger: list[AnyFact], key: str = P1) -> list[Refusal]:
    """Tell an engagement what it is still owed; what it refused. The ledger grows."""
    refused = []
    for owed in still_owed(COHORT, lived.effects(), Peer(key, "engagement", lived.now), ledger, lived.now):
        after = advance(account(engagement.REDUCER, ledger), owed.fact, lived.now) if ledger else None
        if isinstance(after, Refusal):
            refused.append(after)
        else:
            ledger.append(owed.fact)
    return refused


def _person(ledger: list[AnyFact], role: Role) -> str | None:
    known: Account[Life] = account(engagement.REDUCER, ledger)
    return known.life.person(role)


def _begun(*enrolments: str) -> tuple[Lived, list[AnyFact]]:
    lived, ledger = fresh(*enrolments), list[AnyFact]()
    _pass_on(lived, ledger)
    lived.now += timedelta(days=1)
    return lived, ledger


def test_faculty_that_changes_in_the_cohort_changes_in_its_engagements() -> None:
    """In those that have begun, and in those that begin later; once."""
    lived, ledger = _begun(P1)
    lived.accept(P2)
    lived.tell(RoleChanged, role=Role.FACULTY, instead_of="per_faculty", person="per_new")
    lived.now += timedelta(days=1)
    lived.tell(cohort_facts.MicrosystemIdentified, enrolment=P2, team=team(2))
    assert _pass_on(lived, ledger) == []
    assert _person(ledger, Role.FACULTY) == "per_new"
    before = len(ledger)
    assert (_pass_on(lived, ledger), len(ledger)) == ([], before)
    (later,) = [each.fact for each in lived.effects() if each.subject == P2]
    assert isinstance(later, EngagementProposed)
    assert later.people.faculty == "per_new"


def test_a_team_with_faculty_of_its_own_keeps_them() -> None:
    """It is told nothing that is not about its own faculty, and nobody hears of that."""
    lived, ledger = _begun(P1)
    own = engagement_facts.RoleChanged(event_id="own", occurred_at=lived.now, role=Role.FACULTY, person="per_own")
    ledger.append(own)
    lived.now += timedelta(days=1)
    lived.tell(RoleChanged, role=Role.FACULTY, instead_of="per_faculty", person="per_new")
    (refused,) = _pass_on(lived, ledger)
    assert so_already(refused.code)
    assert _person(ledger, Role.FACULTY) == "per_own"


def test_one_faculty_for_everybody_is_told_without_naming_whom_they_replace() -> None:
    """Whoever had another one, or none."""
    lived = fresh(P1)
    lived.accept(P2, faculty=None)
    lived.accept(P3, faculty="per_other")
    lived.tell(RoleChanged, role=Role.FACULTY, person="per_new")
    assert {enrolment.person(Role.FACULTY) for enrolment in lived.life.enrolments.values()} == {"per_new"}


def test_a_sponsor_changes_only_where_they_are_the_sponsor() -> None:
    """Participants have different ones, so it must be said which."""
    lived = fresh(P1)
    lived.accept(P2, sponsor="per_other")
    assert lived.refused(RoleChanged, role=Role.SPONSOR, person="per_new").code == "instead_of_whom"
    assert lived.refused(RoleChanged, role=Role.SPONSOR, instead_of="per_x").code == "nobodys_role"
    assert lived.refused(RoleChanged, role=Role.TEAM_LEAD, person="per_new").code == "not_changeable"
    lived.tell(RoleChanged, role=Role.SPONSOR, instead_of="per_sponsor", person="per_new")
    assert [enrolment.person(Role.SPONSOR) for enrolment in lived.life.enrolments.values()] == ["per_new", "per_other"]


def test_faculty_that_a_cohort_gives_up_is_vacant_in_its_teams_and_taken_back_there_again() -> None:
    """Somebody is asked there who it will be; taken back, everybody has their part again."""
    lived, ledger = _begun(P1)
    wrong = lived.tell(RoleChanged, role=Role.FACULTY, instead_of="per_faculty")
    lived.now += timedelta(hours=1)
    _pass_on(lived, ledger)
    state = engagement.fold(ledger, lived.now)  # type: ignore[arg-type] # of an engagement
    assert Matter.ROLE_VACANCY in {item.matter for item in engagement.plan(state, {})}
    lived.tell(Correction, corrects=wrong)
    _pass_on(lived, ledger)
    assert _person(ledger, Role.FACULTY) == "per_faculty"


def test_new_faculty_hears_of_a_lapsed_coach() -> None:
    """Not the one before."""
    lived = completed(P1)
    lived.tell(RoleChanged, role=Role.FACULTY, instead_of="per_faculty", person="per_new")
    lived.go("2027-12-01")
    assert lived.heard("per_new", Matter.LAPSE)
    assert not lived.heard("per_faculty", Matter.LAPSE)


def test_a_table_of_bank_holidays_told_to_a_cohort_holds_in_its_engagements() -> None:
    """In those that have begun too; what its academy passes on they hear from the academy itself."""
    lived, ledger = _begun(P1)
    lived.tell(CalendarRevised, calendar="uk-2025-12")
    lived.now += timedelta(days=1)
    _pass_on(lived, ledger)
    assert account(engagement.REDUCER, ledger).life.calendar.table == "uk-2025-12"
    lived.accept(P2, team=team(2))
    (later,) = [each.fact for each in lived.effects() if each.subject == P2]
    assert isinstance(later, EngagementProposed)
    assert later.calendar == "uk-2025-12"
    passed_on = Cause(subject="sheffield", event_id="revised")
    lived.tell(CalendarRevised, calendar="uk-2026-11", caused_by=passed_on)
    assert len([each for each in lived.effects() if each.fact.kind == "calendar_revised"]) == 1
