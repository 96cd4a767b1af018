"""What a cohort's facts mean for others: engagements begin and end, people join, leave, or have a place elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from lifecycle.account import Account
from lifecycle.cohort.life import Enrolment, Found, Life, engagement_id
from lifecycle.cohort.state import State
from lifecycle.effects import Effect, effect
from schemas.cohort_facts import EnrolmentAccepted, MicrosystemIdentified
from schemas.corrections import EngagementFact
from schemas.engagement_facts import CoachAssigned, CoachLeft, CoachPart, EndedEarly, EngagementProposed, People
from schemas.facts import CalendarRevised, Cause, RoleChanged, Teller
from schemas.subjects import COHORT, ENGAGEMENT
from schemas.words import CohortId, EndReason, EngagementId, EventId, Role


def effects(cohort: CohortId, state: State) -> list[Effect]:
    """Every fact that others should hold because of this cohort, in the order in which they must arrive.

    Somebody who joined a team by the time its engagement began is named in its first fact, else assigned.
    """
    life = state.life
    starts = [start for key, enrolment in life.enrolments.items() for start in _starts(cohort, life, key, enrolment)]
    follow = [later for key, enrolment in life.enrolments.items() for later in _follow(cohort, life, key, enrolment)]
    moves = [move for key, enrolment in life.enrolments.items() for move in _moves(cohort, key, enrolment)]
    return [*starts, *moves, *sorted(follow, key=lambda found: found.fact.occurred_at)]


def numbered(known: Account[Life], fact: MicrosystemIdentified) -> MicrosystemIdentified:
    """A team as the cohort takes it: with the number of its engagement, which neither later nor late facts change."""
    enrolment = known.life.enrolments.get(fact.enrolment)
    if enrolment is None or fact.event_id in known.facts:
        return fact
    return fact.model_copy(update={"number": enrolment.numbered(0)})


def _moves(cohort: CohortId, key: str, enrolment: Enrolment) -> Iterator[Effect]:
    """Who moves to a later cohort has a place there, with the same faculty and sponsor."""
    move = enrolment.moves
    if move is None or enrolment.deferred_at is None:
        return
    accepted = EnrolmentAccepted(
        event_id=move.by,
        occurred_at=move.at,
        told_by=Teller(role=Role.OFFICE),
        enrolment=move.place(key),
        person=enrolment.accepted.person,
        faculty=enrolment.person(Role.FACULTY),
        sponsor=enrolment.person(Role.SPONSOR),
        division=enrolment.accepted.division,
        deferred_from=key,
    )
    yield effect(cohort, move.cohort, COHORT.name, accepted, move.by, f"{key}/moves")


def _starts(cohort: CohortId, life: Life, key: str, enrolment: Enrolment) -> Iterator[Effect]:
    for found in enrolment.teams:
        engagement, opening = engagement_id(key, found.number), life.opening
        proposed = EngagementProposed(
            event_id=f"{engagement}:proposed",
            occurred_at=found.at,
            told_by=Teller(role=Role.OFFICE),
            caused_by=Cause(subject=cohort, event_id=found.by),
            programme=found.programme,
            cohort=cohort,
            enrolment=key,
            microsystem=found.team.microsystem,
            course_start=opening.course_start,
            slot=found.team.slot,
            zone=opening.zone,
            division=enrolment.accepted.division or opening.division,
            calendar=found.table,
            people=_people(life, enrolment, found, engagement),
            watched_from=found.at,
        )
        yield Effect(engagement, ENGAGEMENT.name, proposed)


def _people(life: Life, enrolment: Enrolment, found: Found, engagement: EngagementId) -> People:
    joined = life.co_coach(engagement, found.at)
    return People(
        coach=enrolment.accepted.person,
        co_coach=joined.accepted.person if joined else None,
        faculty=enrolment.person(Role.FACULTY, found.at),
        sponsor=enrolment.person(Role.SPONSOR, found.at),
        team_lead=found.team.team_lead,
    )


def _follow(cohort: CohortId, life: Life, key: str, enrolment: Enrolment) -> Iterator[Effect]:
    """Somebody joins, leaves, has another role or another table holds, or the engagement ends."""
    for found in enrolment.teams:
        yield from _since(cohort, life, enrolment, found, engagement_id(key, found.number))
        yield from _main(cohort, life, enrolment, engagement_id(key, found.number))
    joins, person, joined = enrolment.accepted.joins, enrolment.accepted.person, _joined(life, enrolment)
    if joins is None or joined is None:
        return
    if not _named_first(life, enrolment):
        cause = enrolment.accepted.event_id
        assigned = CoachAssigned(event_id=cause, occurred_at=joined, person=person, part=CoachPart.CO)
        yield _on(cohort, joins, assigned, cause, f"{key}/joins")
    if enrolment.gone_at is not None:
        yield _left(cohort, joins, enrolment, enrolment.gone_at, enrolment.gone_by)
    elif life.cancelled_at is not None and not life.here(joins):
        yield _left(cohort, joins, enrolment, life.cancelled_at, life.cancelled_by)


def _since(
    cohort: CohortId, life: Life, enrolment: Enrolment, found: Found, engagement: EngagementId
) -> Iterator[Effect]:
    """What changed in the cohort after an engagement began: who has a role, and the bank holidays."""
    told: Iterable[RoleChanged | CalendarRevised] = (*enrolment.changes, *life.revised)
    for change in told:
        if change.occurred_at > found.at:
            fact = change.model_copy(update={"told_by": Teller(role=Role.OFFICE)})
            yield _on(cohort, engagement, fact, change.event_id, change.event_id)


def _joined(life: Life, enrolment: Enrolment) -> datetime | None:
    """When a co-coach joined an engagement; None while it has not begun, or if they had left by then."""
    joins, accepted = enrolment.accepted.joins, enrolment.accepted.occurred_at
    if joins is None or not life.here(joins):
        return accepted
    found = life.found(joins)
    gone = found is not None and enrolment.gone_at is not None and enrolment.gone_at <= found.at
    return None if found is None or gone else max(accepted, found.at)


def _named_first(life: Life, enrolment: Enrolment) -> bool:
    """Whether the first fact of the engagement that they join names them."""
    joins = enrolment.accepted.joins
    found = None if joins is None else life.found(joins)
    return found is not None and joins is not None and life.co_coach(joins, found.at) == enrolment


def _main(cohort: CohortId, life: Life, enrolment: Enrolment, engagement: EngagementId) -> Iterator[Effect]:
    """A team is never closed silently: where a coach leaves and somebody may go on, it only loses this coach."""
    if life.ended_by_deferral(engagement, enrolment) and enrolment.deferred_at is not None:
        deferred = EndReason.PARTICIPANT_DEFERRED
        yield _ended(cohort, engagement, enrolment.deferred_at, deferred, enrolment.gone_by)
        return
    if enrolment.gone_at is not None:
        yield _left(cohort, engagement, enrolment, enrolment.gone_at, enrolment.gone_by)
    if life.cancelled_at is not None:
        yield _ended(cohort, engagement, life.cancelled_at, EndReason.COHORT_CANCELLED, life.cancelled_by)


def _ended(cohort: CohortId, engagement: EngagementId, at: datetime, reason: EndReason, cause: EventId) -> Effect:
    return _on(cohort, engagement, EndedEarly(event_id=cause, occurred_at=at, reason=reason), cause, reason)


def _left(cohort: CohortId, engagement: EngagementId, enrolment: Enrolment, at: datetime, cause: EventId) -> Effect:
    fact = CoachLeft(event_id=cause, occurred_at=at, person=enrolment.accepted.person)
    return _on(cohort, engagement, fact, cause, f"{enrolment.accepted.enrolment}/left")


def _on(cohort: CohortId, engagement: EngagementId, fact: EngagementFact, cause: EventId, what: str) -> Effect:
    return effect(cohort, engagement, ENGAGEMENT.name, fact, cause, what)
