"""What the facts of one subject mean for others: what they should know, compared with what they were told.

A subject's rules say what others should know because of it. Each fact that a peer was told says which fact caused it,
so the two can be compared: what is missing is told, what no longer holds is withdrawn. Doing so twice changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from lifecycle.account import holding
from lifecycle.subject_rules import Known
from schemas.corrections import AnyFact, Correction
from schemas.facts import AcademyClosed, CalendarRevised, Cause, LeaveAgreed, PersonLeft, Teller
from schemas.words import EventId, Role

Passed = AcademyClosed | CalendarRevised | LeaveAgreed | PersonLeft
"""What is passed on as it was told."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Something that has not ended and hears of another subject's facts. ``kind`` is the name of its kind.

    ``role`` is the part that a person has in it.
    """

    subject: str
    kind: str
    began_at: datetime
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """A fact that others should know.

    ``last_day``: what begins after it need not. ``of_old``: only what began before the fact occurred.
    """

    fact: Passed
    last_day: date | None = None
    of_old: bool = False

    def concerns(self, peer: Peer, today: date) -> bool:
        """Whether a peer that was not told yet is to be told."""
        over = self.last_day is not None and self.last_day < today
        return not (over or (self.of_old and peer.began_at > self.fact.occurred_at))


@dataclass(frozen=True, slots=True)
class Held:
    """What a peer was told because of a fact. ``stands``: no correction has taken it back there."""

    subject: str
    kind: str
    event_id: EventId
    cause: EventId
    occurred_at: datetime
    stands: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """One fact that a subject, of the kind of this name, is still to be told."""

    subject: str
    kind: str
    fact: AnyFact


def owed(
    source: str, effects: Iterable[Effect], peers: Iterable[Peer], held: Iterable[Held], at: datetime, today: date
) -> list[Owed]:
    """What others are still to be told because of a subject, withdrawals first.

    What was taken back at a peer alone stays taken back there. ``at`` is when the subject was told last.
    """
    meant, told = {effect.fact.event_id: effect for effect in effects}, list(held)
    known = {(passed.subject, passed.cause) for passed in told}
    withdrawn = [_withdrawn(source, passed, at) for passed in told if passed.stands and passed.cause not in meant]
    return withdrawn + [
        Owed(peer.subject, peer.kind, _passed_on(source, effect.fact, peer))
        for peer in peers
        for effect in meant.values()
        if (peer.subject, effect.fact.event_id) not in known and effect.concerns(peer, today)
    ]


def _withdrawn(source: str, held: Held, at: datetime) -> Owed:
    fact = Correction(
        event_id=f"{_named(held.subject, source, held.cause)}:back",
        occurred_at=max(at, held.occurred_at),
        told_by=Teller(role=Role.SERVICE),
        caused_by=Cause(subject=source, event_id=held.cause),
        corrects=held.event_id,
    )
    return Owed(held.subject, held.kind, fact)


def _passed_on(source: str, fact: Passed, peer: Peer) -> Passed:
    teller = fact.told_by
    if peer.role is not None and teller.person is not None:
        teller = Teller(role=peer.role, person=teller.person)
    said = {
        "event_id": _named(peer.subject, source, fact.event_id),
        "occurred_at": max(fact.occurred_at, peer.began_at),
        "told_by": teller,
        "caused_by": Cause(subject=source, event_id=fact.event_id),
    }
    return fact.model_copy(update=said)


def _named(subject: str, source: str, cause: EventId) -> EventId:
    """The same effect of the same fact has the same id, whoever finds it missing."""
    return f"{subject}:by:{hashlib.sha256(f'{source}/{cause}'.encode()).hexdigest()[:16]}"


def passing_on(known: Known, *kinds: type[Passed]) -> Iterator[Passed]:
    """The facts of these kinds that hold, by the event ids under which they do."""
    for event_id, fact in holding(known):
        if isinstance(fact, kinds) and event_id not in known.void:
            yield fact.model_copy(update={"event_id": event_id})
