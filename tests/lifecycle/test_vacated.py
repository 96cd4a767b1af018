"""Whoever is gone for good leaves vacant whatever part they had, and somebody is asked who takes it over."""

from __future__ import annotations

import pytest

from schemas import engagement_facts as facts
from schemas.corrections import Correction
from schemas.engagement_facts import CoachPart
from schemas.facts import PersonLeft
from schemas.words import Act, BookingState, EnrolmentState, Matter, Role
from tests.lifecycle import cohorts, intro_courses
from tests.lifecycle.lives import PEOPLE, Lived, agreed, handed_off


def _left(person: str) -> Lived:
    """A team that meets, and whose person of this id is erased on 20 October 2026."""
    lived = agreed()
    lived.weekly("2026-10-20")
    lived.tell(PersonLeft, person=person)
    return lived


def test_a_coach_who_is_gone_leaves_the_team_without_a_coach() -> None:
    """Faculty is asked, as for any coach who left; nothing more is said to the one who is gone."""
    lived = _left("per_coach")
    before = len(lived.sent)
    lived.go("2026-11-30")
    assert lived.life.acting_coach is None
    assert lived.heard(Role.FACULTY, Matter.VACANCY)[0] == "2026-10-20 12:00"
    assert lived.heard(Role.OFFICE, Matter.VACANCY)
    assert "per_coach" not in {notice.person for _, notice in lived.sent[before:]}


def test_a_co_coach_who_is_gone_leaves_the_main_coach_in_place() -> None:
    """No place is vacant."""
    lived = agreed()
    lived.tell(facts.CoachAssigned, person="per_co", part=CoachPart.CO)
    lived.weekly("2026-10-20")
    lived.tell(PersonLeft, person="per_co")
    assert lived.life.person(Role.CO_COACH) is None
    assert lived.life.vacant_since is None


@pytest.mark.parametrize(
    ("person", "role", "asked"),
    [
        ("per_faculty", Role.FACULTY, Role.OFFICE),
        ("per_sponsor", Role.SPONSOR, Role.FACULTY),
        ("per_lead", Role.TEAM_LEAD, Role.FACULTY),
    ],
)
def test_a_role_somebody_gave_up_is_asked_about_like_a_missing_coach(person: str, role: Role, asked: Role) -> None:
    """Faculty is asked, for its own place the office; then chased, then the office, until somebody has it."""
    lived = _left(person)
    assert lived.life.person(role) is None
    lived.go("2026-11-20")
    assert lived.heard(asked, Matter.ROLE_VACANCY)[0] == "2026-10-20 12:00"
    assert lived.went(Matter.ROLE_VACANCY, Act.ESCALATE)
    assert {notice.detail for _, notice in lived.sent if notice.matter is Matter.ROLE_VACANCY} == {role}
    lived.tell(facts.RoleChanged, role=role, person="per_new")
    assert lived.ahead(Matter.ROLE_VACANCY) == []
    assert lived.life.person(role) == "per_new"


def test_a_role_can_be_vacated_by_name_and_again() -> None:
    """Each time is asked about anew; said twice, it is vacant since the first."""
    lived = _left("per_sponsor")
    lived.tell(facts.RoleChanged, role=Role.SPONSOR)
    assert lived.life.vacated[Role.SPONSOR][1] != ""
    lived.go("2026-10-27")
    lived.tell(facts.RoleChanged, role=Role.SPONSOR, person="per_new")
    lived.go("2026-11-03")
    lived.tell(facts.RoleChanged, role=Role.SPONSOR)
    lived.go("2026-11-04")
    assert len({item.window for _, item in lived.carried if item.matter is Matter.ROLE_VACANCY}) == 2


def test_an_owner_who_is_gone_in_aftercare_is_asked_about() -> None:
    """And a sponsor no longer: nothing depends on one then."""
    lived = handed_off()
    lived.go("2028-03-20")
    lived.tell(PersonLeft, person="per_owner")
    lived.tell(PersonLeft, person="per_sponsor")
    lived.go("2028-04-01")
    asked = {notice.detail for _, notice in lived.sent if notice.matter is Matter.ROLE_VACANCY}
    assert asked == {Role.PROCESS_OWNER, Role.MEASURE_OWNER}
    lived.tell(facts.OwnerNamed, role="process_owner", person="per_new")
    assert {item.window.partition(".")[0] for item in lived.ahead(Matter.ROLE_VACANCY)} == {Role.MEASURE_OWNER}


def test_taken_back_everybody_has_their_part_again() -> None:
    """A mistake leaves no vacancy behind."""
    lived = _left("per_faculty")
    wrong = next(event_id for event_id, fact in lived.known.facts.items() if fact.kind == "person_left")
    lived.tell(Correction, corrects=wrong)
    assert lived.life.person(Role.FACULTY) == "per_faculty"
    assert lived.ahead(Matter.ROLE_VACANCY) == []


def test_a_participant_who_is_gone_is_asked_nothing_more() -> None:
    """Of the course or of coaching on; the team hears by itself."""
    lived = cohorts.fresh(cohorts.P1, cohorts.P2)
    lived.go("2026-08-01")
    lived.tell(PersonLeft, person="per_P01")
    before = len(lived.sent)
    lived.go("2026-11-01")
    assert (lived.is_now(cohorts.P1), lived.is_now(cohorts.P2)) == (
        EnrolmentState.WITHDRAWN,
        EnrolmentState.IN_TRAINING,
    )
    assert "per_P01" not in {notice.person for _, notice in lived.sent[before:]}
    assert "coach_left" not in {kind for _, kind in lived.meant()}
    lived = cohorts.completed(cohorts.P1)
    lived.go("2027-04-01")
    lived.tell(PersonLeft, person="per_P01")
    assert lived.is_now(cohorts.P1) is EnrolmentState.ALUMNUS


def test_a_place_of_somebody_who_is_gone_is_offered_to_the_next_in_line() -> None:
    """And nothing is sent to where nobody reads it."""
    lived = intro_courses.fresh("A", "B", "C")
    lived.after(60).tell(PersonLeft, person="per_A")
    assert lived.is_now(intro_courses.A) is BookingState.CANCELLED
    assert lived.is_now(intro_courses.C) is BookingState.OFFERED
    assert "booking_cancelled" not in " ".join(lived.heard("A"))


def test_what_a_cohort_says_to_faculty_who_are_gone_goes_to_the_office() -> None:
    """That a coach has lapsed is heard, whoever is there to hear it."""
    lived = cohorts.completed(cohorts.P1)
    lived.tell(PersonLeft, person="per_faculty")
    lived.go("2027-12-01")
    lapse = [notice for _, notice in lived.sent if notice.matter is Matter.LAPSE and notice.act is Act.FLAG]
    assert {(notice.person, notice.role) for notice in lapse} == {("sheffield.office", Role.OFFICE)}


@pytest.mark.parametrize("role", [Role.FACULTY, Role.SPONSOR, Role.TEAM_LEAD])
def test_a_role_that_is_empty_from_the_start_is_asked_about_like_one_that_was_given_up(role: Role) -> None:
    """Faculty is asked, for its own place the office, until somebody has it."""
    lived = agreed(people=PEOPLE.model_copy(update={role.value: None}))
    lived.go("2026-09-20")
    asked = Role.OFFICE if role is Role.FACULTY else Role.FACULTY
    assert lived.heard(asked, Matter.ROLE_VACANCY)[0] == "2026-08-10 12:00"
    assert {item.rule for _, item in lived.carried if item.matter is Matter.ROLE_VACANCY} == {"role_empty"}
    lived.tell(facts.RoleChanged, role=role, person="per_new")
    assert lived.ahead(Matter.ROLE_VACANCY) == []


@pytest.mark.parametrize("role", [Role.FACULTY, Role.TEAM_LEAD, Role.PROCESS_OWNER, Role.MEASURE_OWNER])
def test_every_role_that_aftercare_needs_can_be_vacated(role: Role) -> None:
    """And is asked about then."""
    lived = handed_off()
    lived.go("2028-03-20")
    lived.tell(facts.RoleChanged, role=role)
    assert lived.life.person(role) is None
    lived.go("2028-04-01")
    assert {notice.detail for _, notice in lived.sent if notice.matter is Matter.ROLE_VACANCY} == {role}


def test_an_owner_is_named_not_changed() -> None:
    """There is one way to say who owns the process."""
    refused = handed_off().refused(facts.RoleChanged, role=Role.PROCESS_OWNER, person="per_new")
    assert (refused.code, refused.when) == ("not_changeable", "never")
