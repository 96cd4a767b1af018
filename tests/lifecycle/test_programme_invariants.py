"""Accepted means fulfillable: under whatever programme the check takes, every kind of subject lives its life.

Something is always due or it has ended; nothing is asked with a date already past; the rules raise nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import cohort_facts, engagement_facts
from schemas.due import DueItem
from schemas.programme import Programme
from schemas.words import Act, Role, Stage
from tests.drawing import MANY
from tests.lifecycle import cohorts, intro_courses
from tests.lifecycle.drawn import programmes
from tests.lifecycle.lives import Lived, fresh, full_cycle

_SETTINGS = settings(max_examples=300 if MANY else 15)
_DAY = timedelta(days=1)


def _fulfillable(items: Iterable[DueItem], *, ended: bool) -> None:
    planned = list(items)
    assert planned or ended
    assert [item.at for item in planned] == sorted(item.at for item in planned)
    assert len({item.key for item in planned}) == len(planned)
    for item in planned:
        if item.act is Act.ASK and item.step == 0 and item.answer_by is not None:
            assert item.answer_by > item.at, item


def _looks(lived: Any) -> None:
    _fulfillable(lived.plan(), ended=lived.state.ended)


@_SETTINGS
@given(programme=programmes(), silent=st.booleans())
def test_an_engagement_lives_its_life_under_whatever_programme(programme: Programme, silent: bool) -> None:
    """From proposal to sustained: asked, paused, signed by whom the programme names, handed off, checked."""
    lived = fresh(programme=programme)
    _looks(lived)
    for role in (Role.COACH, Role.SPONSOR, Role.TEAM_LEAD):
        lived.tell(engagement_facts.AgreementSigned, role=role)
    lived.go(lived.state.begins() + (30 * _DAY if silent else _DAY))
    _looks(lived)
    lived.tell(engagement_facts.PauseStarted, reason="winter_pressure")
    lived.go(lived.now + 10 * _DAY)
    _looks(lived)
    lived.tell(engagement_facts.PauseEnded)
    lived.tell(engagement_facts.TransitionStarted)
    _looks(lived)
    _meets_the_gate(lived, programme)
    lived.tell(engagement_facts.HandedOff)
    for month in programme.aftercare.asked_after_months:
        _looks(lived)
        lived.now = max(lived.now, lived.life.check_due(lived.life.handed_off_at or lived.now, month))
        lived.tell(engagement_facts.AftercareReported, month=month, holding=True)
    assert lived.state.stage is Stage.SUSTAINED


def _meets_the_gate(lived: Lived, programme: Programme) -> None:
    first = lived.life.calendar.day(lived.now)
    lived.now += (programme.gate.of_last_sessions + 1) * _DAY
    for number in range(programme.gate.of_last_sessions):
        day = first + (number + 1) * _DAY
        lived.tell(engagement_facts.SessionHeld, day=day, chaired_by="team")
    for kind, said in full_cycle(lived.life.calendar.day(lived.now)):
        lived.tell(kind, **said)
    for scorer in ("team", "faculty"):
        lived.tell(engagement_facts.ProgressScored, scorer=scorer, score=5.0)
    for owner in ("process_owner", "measure_owner"):
        lived.tell(engagement_facts.OwnerNamed, role=owner, person="per_owner")
    lived.tell(engagement_facts.ReadinessAssessed)
    _looks(lived)
    for role in programme.gate.sign_offs:
        lived.tell(engagement_facts.SignedOff, role=role)
    _looks(lived)


@_SETTINGS
@given(programme=programmes())
def test_a_cohort_lives_its_life_under_whatever_programme(programme: Programme) -> None:
    """One participant with a team, one without; told of as far as the programme lets it."""
    lived = cohorts.fresh(cohorts.P1, programme=programme)
    lived.accept(cohorts.P2)
    _looks(lived)
    lived.tell(cohort_facts.CohortConfirmed)
    lived.go(lived.life.starts_at + 30 * _DAY)
    _looks(lived)
    lived.now = lived.life.teaching_ends_at
    lived.carry_out()
    lived.go(lived.now + 7 * _DAY)
    _looks(lived)


@_SETTINGS
@given(programme=programmes())
def test_an_introduction_course_lives_its_life_under_whatever_programme(programme: Programme) -> None:
    """Booked, held, told of; one missed a day."""
    lived = intro_courses.fresh("a", "b", programme=programme)
    _looks(lived)
    lived.go(lived.life.ends(2) + _DAY)
    _looks(lived)
    lived.attend(1, "a", "b")
    lived.attend(2, "a")
    lived.go(lived.life.closes_at + 7 * _DAY)
    _looks(lived)
