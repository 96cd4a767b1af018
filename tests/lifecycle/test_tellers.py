"""Which role tells what: a signature is whoever's who has the role, and others tell it on behalf of a named person."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import engagement_facts as facts
from schemas.facts import Teller
from schemas.words import Role
from tests.lifecycle.lives import Lived, agreed, fresh, local, ready

NOT_THEIRS = "not_theirs_to_tell"


def _to_sign_off() -> Lived:
    lived = agreed()
    lived.now = local("2026-10-20")
    ready(lived, without=lambda part: part.startswith("sign"))
    return lived


def _by(role: str, **said: Any) -> dict[str, Any]:
    return {"told_by": Teller(role=Role(role), **said)}


@pytest.mark.parametrize(
    "by",
    [
        _by("coach"),
        _by("coach", person="per_coach"),
        _by("faculty", person="per_coach"),
        _by("faculty", person="per_sponsor"),
        _by("office"),
        _by("service"),
        _by("office", on_behalf_of="per_coach"),
        _by("service", on_behalf_of="per_somebody"),
    ],
)
def test_nobody_signs_in_anothers_name(by: dict[str, Any]) -> None:
    """A coach does not sign as faculty, nor does a service for somebody who isn't, or whom it does not name."""
    refused = _to_sign_off().refused(facts.SignedOff, role=Role.FACULTY, **by)
    assert (refused.when, refused.code) in {("never", NOT_THEIRS), ("never", "on_behalf_of_another")}


@pytest.mark.parametrize(
    "by",
    [
        {},
        _by("faculty"),
        _by("faculty", person="per_faculty"),
        _by("office", on_behalf_of="per_faculty"),
        _by("service", on_behalf_of="per_faculty"),
    ],
)
def test_whoever_has_the_role_signs_or_a_service_on_behalf_of_them_and_the_record_says_so(by: dict[str, Any]) -> None:
    """If nobody is said to tell it, whoever has the role does."""
    lived = _to_sign_off()
    event_id = lived.tell(facts.SignedOff, role=Role.FACULTY, **by)
    told = lived.known.facts[event_id]
    assert told.told_by == by.get("told_by", Teller(role=Role.FACULTY))
    assert Role.FACULTY in lived.life.signed_off


@pytest.mark.parametrize("role", [Role.COACH, Role.SPONSOR, Role.TEAM_LEAD])
def test_the_agreement_is_signed_by_its_parties_alone(role: Role) -> None:
    """The link of a coach does not sign as the sponsor."""
    other = "sponsor" if role is Role.COACH else "coach"
    lived = fresh()
    assert lived.refused(facts.AgreementSigned, role=role, **_by(other)).code == NOT_THEIRS
    lived.tell(facts.AgreementSigned, role=role, **_by(role.value, person=lived.life.person(role)))


def test_an_interim_coach_signs_as_the_coach() -> None:
    """They coach the team now."""
    lived = fresh()
    lived.tell(facts.CoachAssigned, person="per_interim", part=facts.CoachPart.INTERIM)
    lived.tell(facts.AgreementSigned, role=Role.COACH, **_by("interim_coach", person="per_interim"))


def test_the_sponsor_is_released_by_faculty_or_the_office() -> None:
    """Not by the coach, whose alarm it is."""
    for by in (_by("coach"), _by("sponsor"), _by("service")):
        assert agreed().refused(facts.SponsorReleased, **by).code == NOT_THEIRS
    for by in (_by("faculty", person="per_faculty"), _by("office"), _by("service", on_behalf_of="per_faculty")):
        agreed().tell(facts.SponsorReleased, **by)


def test_a_refusal_says_who_can() -> None:
    """In a sentence that a coach understands."""
    reason = agreed().refused(facts.SponsorReleased, **_by("coach")).reason
    assert reason.startswith("Only faculty or the programme office can say this.")
