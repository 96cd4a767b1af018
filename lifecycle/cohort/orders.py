"""What a cohort's facts mean for engagements: start one, let somebody join, leave or end. Each order is given once."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from lifecycle.cohort.life import Enrolment, Found, Life, engagement_id
from schemas.corrections import EngagementFact
from schemas.engagement_facts import CoachAssigned, CoachLeft, CoachPart, EndedEarly, EngagementProposed, People
from schemas.facts import Teller
from schemas.words import EndReason, EngagementId, PersonId, Role


@dataclass(frozen=True, slots=True)
class Order:
    """One fact for one engagement; an opening fact starts it. ``key`` names the order for ever.

    ``said``: the opening that goes out with it says it already, so that it need not be told.
    """

    engagement: EngagementId
    fact: EngagementFact
    said: bool = False

    @property
    def key(self) -> str:
        """The fact's event id: telling it twice is harmless, giving the order once is enough."""
        return f"order/{self.fact.event_id}"


def orders(life: Life, given: Container[str] = ()) -> list[Order]:
    """Every order that the facts so far mean and that was not ``given`` (by key), in the order they must arrive in.

    Somebody who joins a team before its engagement was started is named in its first fact; told later, it is an order.
    A programme adopted later, or a participant who leaves later, changes no order that was given.
    """
    starts = [order for key, enrolment in life.enrolments.items() for order in _starts(life, key, enrolment)]
    named = {
        (order.engagement, order.fact.people.co_coach)
        for order in starts
        if isinstance(order.fact, EngagementProposed) and order.key not in given
    }
    follow = [order for key, enrolment in life.enrolments.items() for order in _follow(life, key, enrolment)]
    said = [replace(order, said=_names(order, named)) for order in follow]
    in_time = sorted(said, key=lambda order: order.fact.occurred_at)
    return [order for order in (*starts, *in_time) if order.key not in given]


def _names(order: Order, named: Container[tuple[EngagementId, PersonId | None]]) -> bool:
    return isinstance(order.fact, CoachAssigned) and (order.engagement, order.fact.person) in named


def _starts(life: Life, key: str, enrolment: Enrolment) -> Iterator[Order]:
    for number, found in enumerate(enrolment.teams, start=1):
        engagement = engagement_id(key, number)
        opening = life.opening
        yield Order(
            engagement,
            EngagementProposed(
                event_id=f"{engagement}:proposed",
                occurred_at=found.at,
                told_by=Teller(role=Role.OFFICE),
                programme=found.programme,
                cohort=key.rpartition(".")[0],
                enrolment=key,
                microsystem=found.team.microsystem,
                course_start=opening.course_start,
                slot=found.team.slot,
                zone=opening.zone,
                division=enrolment.accepted.division or opening.division,
                calendar=opening.calendar,
                people=_people(life, enrolment, found, engagement),
                watched_from=found.at,
            ),
        )


def _people(life: Life, enrolment: Enrolment, found: Found, engagement: EngagementId) -> People:
    joined = life.co_coach(engagement, found.at)
    return People(
        coach=enrolment.accepted.person,
        co_coach=joined.accepted.person if joined else None,
        faculty=enrolment.accepted.faculty,
        sponsor=enrolment.accepted.sponsor,
        team_lead=found.team.team_lead,
    )


def _follow(life: Life, key: str, enrolment: Enrolment) -> Iterator[Order]:
    """What follows on the starts: somebody joins, leaves, or the engagement ends. Told once the engagement is there."""
    joined = _joined(life, enrolment)
    for number in range(1, len(enrolment.teams) + 1):
        engagement = engagement_id(key, number)
        yield from _main(life, key, enrolment, engagement)
    if enrolment.accepted.joins is not None and joined is not None:
        person = enrolment.accepted.person
        yield Order(
            enrolment.accepted.joins,
            CoachAssigned(event_id=f"{key}:joins", occurred_at=joined, person=person, part=CoachPart.CO),
        )
        elsewhere = not life.here(enrolment.accepted.joins)
        left = enrolment.gone_at or (life.cancelled_at if elsewhere else None)
        if left is not None:
            yield _left(enrolment.accepted.joins, key, enrolment, left)


def _joined(life: Life, enrolment: Enrolment) -> datetime | None:
    """When a co-coach joined an engagement; None while it has not begun, or if they had left by then."""
    joins, accepted = enrolment.accepted.joins, enrolment.accepted.occurred_at
    if joins is None or not life.here(joins):
        return accepted
    found = life.found(joins)
    gone = found is not None and enrolment.gone_at is not None and enrolment.gone_at <= found.at
    return None if found is None or gone else max(accepted, found.at)


def _main(life: Life, key: str, enrolment: Enrolment, engagement: EngagementId) -> Iterator[Order]:
    """A team is never closed silently: where a coach leaves and somebody may go on, it only loses this coach."""
    if life.ended_by_deferral(engagement, enrolment) and enrolment.deferred_at is not None:
        yield _ended(engagement, "deferred", enrolment.deferred_at, EndReason.PARTICIPANT_DEFERRED)
        return
    if enrolment.gone_at is not None:
        yield _left(engagement, key, enrolment, enrolment.gone_at)
    if life.cancelled_at is not None:
        yield _ended(engagement, "cancelled", life.cancelled_at, EndReason.COHORT_CANCELLED)


def _ended(engagement: EngagementId, what: str, at: datetime, reason: EndReason) -> Order:
    return Order(engagement, EndedEarly(event_id=f"{engagement}:{what}{_moment(at)}", occurred_at=at, reason=reason))


def _left(engagement: EngagementId, key: str, enrolment: Enrolment, at: datetime) -> Order:
    """Its id names the moment: somebody who was reported gone by mistake may still leave later."""
    event_id = f"{engagement}:{key}:left{_moment(at)}"
    return Order(engagement, CoachLeft(event_id=event_id, occurred_at=at, person=enrolment.accepted.person))


def _moment(at: datetime) -> str:
    return f":{at:%Y%m%dT%H%M%S}"
