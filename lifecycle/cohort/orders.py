"""What a cohort's facts mean for engagements: start one, let somebody join, leave or end. Each order is given once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lifecycle.cohort.life import Enrolment, Life
from schemas.cohort_facts import Team
from schemas.facts import (
    CoachAssigned,
    CoachLeft,
    CoachPart,
    EndedEarly,
    EngagementFact,
    EngagementProposed,
    People,
    Teller,
)
from schemas.words import EndReason, EngagementId, Role


@dataclass(frozen=True, slots=True)
class Order:
    """One fact for one engagement; an opening fact starts it. ``key`` names the order for ever."""

    engagement: EngagementId
    fact: EngagementFact

    @property
    def key(self) -> str:
        """The fact's event id: telling it twice is harmless, giving the order once is enough."""
        return f"order/{self.fact.event_id}"


def orders(life: Life) -> list[Order]:
    """Every order that the facts so far mean, in the order in which they must reach the engagements."""
    starts = [order for key, one in life.enrolments.items() for order in _starts(life, key, one)]
    follow = [order for key, one in life.enrolments.items() for order in _follow(life, key, one)]
    return starts + follow


def engagement_id(enrolment: str, number: int) -> EngagementId:
    """The id of an enrolment's first, second … engagement."""
    return enrolment if number == 1 else f"{enrolment}-{number}"


def _starts(life: Life, key: str, one: Enrolment) -> Iterator[Order]:
    for number, (team, at, _) in enumerate(one.teams, start=1):
        engagement = engagement_id(key, number)
        opening = life.opening
        yield Order(
            engagement,
            EngagementProposed(
                event_id=f"{engagement}:proposed",
                occurred_at=at,
                told_by=Teller(role=Role.OFFICE),
                programme=life.programme,
                cohort=key.rpartition(".")[0],
                enrolment=key,
                microsystem=team.microsystem,
                course_start=opening.course_start,
                slot=team.slot,
                zone=opening.zone,
                division=one.accepted.division or opening.division,
                calendar=opening.calendar,
                people=_people(life, one, team, engagement, at),
                watched_from=at,
            ),
        )


def _people(life: Life, one: Enrolment, team: Team, engagement: str, at: datetime) -> People:
    accepted = one.accepted
    joining = (o.accepted for o in life.enrolments.values() if o.accepted.joins == engagement and not o.gone)
    return People(
        coach=accepted.person,
        co_coach=next((other.person for other in joining if other.occurred_at <= at), None),
        office=life.opening.office,
        faculty=accepted.faculty,
        sponsor=accepted.sponsor,
        team_lead=team.team_lead,
    )


def _there_from_the_beginning(life: Life, one: Enrolment) -> bool:
    """Whether the engagement's first fact names this co-coach already."""
    joins, since = one.accepted.joins, one.accepted.occurred_at
    starts = {
        order.engagement: order.fact for key, other in life.enrolments.items() for order in _starts(life, key, other)
    }
    opening = starts.get(joins or "")
    return isinstance(opening, EngagementProposed) and since <= opening.occurred_at


def _follow(life: Life, key: str, one: Enrolment) -> Iterator[Order]:
    accepted = one.accepted
    if accepted.joins is not None and not _there_from_the_beginning(life, one):
        yield Order(
            accepted.joins,
            CoachAssigned(
                event_id=f"{key}:joins",
                occurred_at=accepted.occurred_at,
                person=accepted.person,
                part=CoachPart.CO,
            ),
        )
    for number in range(1, len(one.teams) + 1):
        engagement = engagement_id(key, number)
        if life.cancelled_at is not None:
            reason = EndReason.COHORT_CANCELLED
            yield Order(
                engagement, EndedEarly(event_id=f"{engagement}:cancelled", occurred_at=life.cancelled_at, reason=reason)
            )
        elif one.deferred_at is not None:
            reason = EndReason.PARTICIPANT_DEFERRED
            yield Order(
                engagement, EndedEarly(event_id=f"{engagement}:deferred", occurred_at=one.deferred_at, reason=reason)
            )
    if one.withdrawn_at is not None:
        teams = [engagement_id(key, number) for number in range(1, len(one.teams) + 1)]
        for engagement in [*teams, *([accepted.joins] if accepted.joins else [])]:
            yield Order(
                engagement,
                CoachLeft(event_id=f"{engagement}:{key}:left", occurred_at=one.withdrawn_at, person=accepted.person),
            )
