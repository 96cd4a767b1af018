"""What the facts of one subject mean for others: what they should hold, compared with what they were told.

A subject's rules say which facts others should hold because of it, their first one among them. Each of these says which
subject it follows from, so the two can be compared: what is missing is told, what is no longer meant is withdrawn, what
is meant otherwise is replaced. Doing so twice changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from lifecycle.account import holding
from lifecycle.calendar import Calendar
from lifecycle.subject_rules import Known
from schemas.cohort_facts import EnrolmentAccepted
from schemas.corrections import AnyFact, Correction
from schemas.engagement_facts import EndedEarly, EngagementProposed
from schemas.facts import (
    AcademyClosed,
    CalendarRevised,
    Cause,
    LeaveAgreed,
    PersonLeft,
    PersonMerged,
    ProgrammeAdopted,
    Teller,
)
from schemas.words import EndReason, EventId, Role, Stage

ENGINE: Final = Teller(role=Role.SERVICE)
Passed = AcademyClosed | CalendarRevised | LeaveAgreed | PersonLeft | PersonMerged | ProgrammeAdopted
"""What is passed on as it was told."""

_SO_ALREADY: Final = frozenset(
    {
        "anothers_role",
        "not_coaching",
        "assigned_already",
        "enrolled_already",
        "main_already",
        "no_missing_day",
        "not_newer",
        "other_programme",
        "theirs_already",
        "unknown_participant",
    }
)
"""The refusals of a peer that was told the same by somebody else before, or whom it does not concern."""

_PAST_COACHING: Final = tuple(
    f"_in_{stage}" for stage in (Stage.AFTERCARE, Stage.RELAPSED, Stage.SUSTAINED, Stage.ENDED_EARLY)
)
"""How those refusals end that say who coaches is no question any more."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A fact that another subject, of the kind of this name, should hold. Its event id names it for ever.

    ``whenever``: it holds from when it is told, so that another moment alone is no reason to tell it anew.
    """

    subject: str
    kind: str
    fact: AnyFact
    whenever: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """A fact that all should hold that an academy or a person has a part in.

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
class Peer:
    """Something that has begun and may hear of another subject's facts. ``kind`` is the name of its kind.

    ``role`` is the part that a person has in it. To one that has ended nothing new is told.
    """

    subject: str
    kind: str
    began_at: datetime
    role: Role | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What a peer was told because of a subject, under one event id.

    ``first`` is how it was told first, ``said`` what was said of it last: None if it was withdrawn. ``times`` is how
    often it was told, ``at`` when it occurred, or its last correction. ``own``: the peer has its own word on it.
    """

    subject: str
    kind: str
    first: AnyFact
    said: AnyFact | None
    times: int
    at: datetime
    own: bool = False

    @property
    def event_id(self) -> EventId:
        """The event id by which it is known."""
        return self.first.event_id

    @property
    def cause(self) -> EventId | None:
        """The fact that it followed from."""
        return None if self.first.caused_by is None else self.first.caused_by.event_id

    @property
    def stands(self) -> bool:
        """Whether it holds there, as the subject says it."""
        return self.said is not None and not self.own


@dataclass(frozen=True, slots=True)
class Owed:
    """One fact that a subject, of the kind of this name, is still to be told."""

    subject: str
    kind: str
    fact: AnyFact

    @property
    def begins(self) -> bool:
        """Whether it is the first fact of its subject."""
        return isinstance(self.fact, EngagementProposed)


def effect(source: str, peer: str, kind: str, fact: AnyFact, cause: EventId, what: str) -> Effect:
    """A fact that a peer should hold because of a source; ``what`` tells it from others that the peer should hold."""
    said = {"event_id": named(peer, source, what), "caused_by": Cause(subject=source, event_id=cause)}
    return Effect(peer, kind, fact.model_copy(update=said))


def shared(
    source: str, shares: Iterable[Share], peers: Iterable[Peer], held: Iterable[Held], today: date
) -> list[Effect]:
    """What others should hold of what all are told: what is over concerns only those who were told it before."""
    before = {known.event_id: known for known in held}
    everybody = list(peers)
    found = []
    for share in shares:
        for peer in everybody:
            effect = _passed_on(source, share.fact, peer)
            if effect.fact.event_id in before or share.concerns(peer, today):
                found.append(effect)
        meant = {effect.fact.event_id for effect in found}
        found += [
            Effect(known.subject, known.kind, known.first)
            for known in before.values()
            if known.cause == share.fact.event_id and known.event_id not in meant
        ]
    return found


def owed(effects: Iterable[Effect], peers: Iterable[Peer], held: Sequence[Held], at: datetime) -> list[Owed]:
    """What others are still to be told because of a subject, withdrawals first.

    Who should have a place in a course that has ended is lost unless somebody hears: that is told, and refused. What a
    peer took back by itself stays taken back there, until something else is meant. ``at`` is when the subject was told
    last.
    """
    there, begun = {known.event_id: known for known in held}, {peer.subject: peer for peer in peers}
    meant = {effect.fact.event_id: _placed(effect, begun, at) for effect in effects}
    meant |= {effect.fact.event_id: effect for effect in _ends(meant, there, at)}
    changed = [item for known in held if (item := _corrected(known, meant.get(known.event_id), at)) is not None]
    changed.sort(key=lambda item: isinstance(item.fact, Correction) and item.fact.replacement is not None)
    over = {peer.subject for peer in begun.values() if peer.ended} - {item.subject for item in changed}
    missing = [
        Owed(effect.subject, effect.kind, effect.fact)
        for event_id, effect in meant.items()
        if event_id not in there and (effect.subject not in over or isinstance(effect.fact, EnrolmentAccepted))
    ]
    return changed + missing


def so_already(code: str) -> bool:
    """Whether a refusal says that the peer stands as it should, whoever told it so, or is past all coaching."""
    return code in _SO_ALREADY or code.endswith(_PAST_COACHING)


def overdue(since: datetime, at: datetime, calendar: Calendar) -> bool:
    """Whether people should hear of what others do not hold: trouble of a working day mends itself."""
    return calendar.after_working_days(since, 1) <= at


def _placed(effect: Effect, begun: dict[str, Peer], at: datetime) -> Effect:
    """When it is to occur: never before the beginning of whoever is told."""
    moment = at if effect.whenever else effect.fact.occurred_at
    if effect.subject in begun:
        moment = max(moment, begun[effect.subject].began_at)
    return replace(effect, fact=effect.fact.model_copy(update={"occurred_at": moment}))


def _ends(meant: dict[EventId, Effect], there: dict[EventId, Held], at: datetime) -> Iterator[Effect]:
    """A first fact is never withdrawn: what is no longer meant to have begun ends, as long as that is so."""
    for event_id, known in there.items():
        if isinstance(known.first, EngagementProposed) and event_id not in meant:
            fact = EndedEarly(
                event_id=f"{event_id}:in_error",
                occurred_at=max(at, known.at),
                caused_by=known.first.caused_by,
                reason=EndReason.STARTED_IN_ERROR,
            )
            yield Effect(known.subject, known.kind, fact, whenever=True)


def _corrected(known: Held, effect: Effect | None, at: datetime) -> Owed | None:
    """What a peer is to be told anew of something it holds; None if what was said last is still meant."""
    if effect is None:
        if known.said is None or known.own or isinstance(known.first, EngagementProposed):
            return None
        return _correction(known, None, at)
    fact = _kept(known.first, effect.fact)
    ignored = {"event_id", "told_by", "caused_by", *({"occurred_at"} if effect.whenever else ())}
    if known.said is not None and known.said.model_dump(exclude=ignored) == fact.model_dump(exclude=ignored):
        return None
    return _correction(known, fact, at)


def _kept(first: AnyFact, fact: AnyFact) -> AnyFact:
    """A first fact that is put right keeps when it began, and by which programme: what was told since rests on them."""
    if not isinstance(first, EngagementProposed):
        return fact
    kept = {"occurred_at": first.occurred_at, "watched_from": first.watched_from, "programme": first.programme}
    return fact.model_copy(update=kept)


def _correction(known: Held, replacement: AnyFact | None, at: datetime) -> Owed:
    said: dict[str, Any] = {
        "event_id": f"{known.event_id}:{known.times:03}",
        "occurred_at": max(at, known.at),
        "told_by": ENGINE,
        "caused_by": (replacement or known.first).caused_by,
        "corrects": known.event_id,
        "replacement": replacement,
    }
    return Owed(known.subject, known.kind, Correction(**said))


def _passed_on(source: str, fact: Passed, peer: Peer) -> Effect:
    teller = fact.told_by
    if peer.role is not None and teller.person is not None:
        teller = Teller(role=peer.role, person=teller.person)
    told = fact.model_copy(update={"told_by": teller, "occurred_at": max(fact.occurred_at, peer.began_at)})
    return effect(source, peer.subject, peer.kind, told, fact.event_id, fact.event_id)


def named(subject: str, source: str, what: str) -> EventId:
    """The same effect has the same id, whoever finds it missing."""
    return f"{subject}:by:{hashlib.sha256(f'{source}/{what}'.encode()).hexdigest()[:16]}"


def passing_on(known: Known, *kinds: type[Passed]) -> Iterator[Passed]:
    """The facts of these kinds that hold, by the event ids under which they do."""
    for event_id, fact in holding(known):
        if isinstance(fact, kinds) and event_id not in known.void:
            yield fact.model_copy(update={"event_id": event_id})
