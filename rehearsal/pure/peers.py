"""What subjects mean for each other, without workflows to tell: who holds what because of whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lifecycle.effects import Effect, Held, Owed, Peer, owed
from lifecycle.subjects import EFFECTS
from rehearsal.pure.subject import PureSubject
from schemas.corrections import Correction
from schemas.subjects import ENGAGEMENT


def meant(subject: PureSubject) -> list[Effect]:
    """What others should hold because of a subject as it stands."""
    effects = EFFECTS.get(subject.kind.name)
    return effects(subject.name, subject.look()) if effects else []


def untold(source: PureSubject, subjects: Mapping[str, PureSubject]) -> list[Owed]:
    """What others are still to be told because of a subject, by what it means."""
    begun = [subjects[name] for name in {effect.subject: None for effect in source.means if effect.subject in subjects}]
    told = [
        held
        for peer in subjects.values()
        if peer.kind is not source.kind or peer in begun
        for held in _held(peer, source.name)
    ]
    last = max(told.fact.occurred_at for told in source.told)
    return owed(source.means, map(_peer, begun), told, last)


def _peer(subject: PureSubject) -> Peer:
    ended = subject.kind is ENGAGEMENT and subject.state.life.ended_at is not None
    return Peer(subject.name, subject.kind.name, subject.told[0].fact.occurred_at, ended=ended)


def _held(peer: PureSubject, source: str) -> Iterable[Held]:
    """What a peer was told because of a source, and what was said of it last."""
    corrections: dict[str, list[Correction]] = {}
    for told in peer.told:
        if isinstance(told.fact, Correction):
            corrections.setdefault(told.fact.corrects, []).append(told.fact)
    for told in peer.told:
        fact = told.fact
        if isinstance(fact, Correction) or fact.caused_by is None or fact.caused_by.subject != source:
            continue
        later = corrections.get(fact.event_id, [])
        theirs = [each for each in later if _because_of(each, source)]
        newest = max(enumerate(later), key=lambda pair: (pair[1].occurred_at, pair[0]), default=None)
        yield Held(
            peer.name,
            peer.kind.name,
            fact,
            theirs[-1].replacement if theirs else fact,
            1 + len(theirs),
            max([fact.occurred_at, *(each.occurred_at for each in later)]),
            own=newest is not None and not _because_of(newest[1], source),
        )


def _because_of(correction: Correction, source: str) -> bool:
    return correction.caused_by is not None and correction.caused_by.subject == source
