"""What a ledger on paper holds because of another subject, as the records would say it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from lifecycle.effects import Effect, Held, Owed, Peer, owed
from schemas.corrections import Correction
from schemas.facts import Fact


def held(source: str, subject: str, kind: str, ledger: Iterable[Fact]) -> list[Held]:
    """What one ledger holds because of a source."""
    facts = list(ledger)
    return [_held(source, Owed(subject, kind, fact), facts) for fact in facts if _caused(source, fact)]  # type: ignore[arg-type]


def _caused(source: str, fact: Fact) -> bool:
    return fact.caused_by is not None and fact.caused_by.subject == source and not isinstance(fact, Correction)


def _held(source: str, told: Owed, ledger: list[Fact]) -> Held:
    all_of_it = [fact for fact in ledger if isinstance(fact, Correction) and fact.corrects == told.fact.event_id]
    ours = [fact for fact in all_of_it if fact.caused_by is not None and fact.caused_by.subject == source]
    last = max(enumerate(all_of_it), key=lambda found: (found[1].occurred_at, found[0]), default=None)
    return Held(
        told.subject,
        told.kind,
        told.fact,
        ours[-1].replacement if ours else told.fact,
        1 + len(ours),
        max([told.fact.occurred_at, *(fact.occurred_at for fact in all_of_it)]),
        own=last is not None and last[1] not in ours,
    )


def still_owed(source: str, effects: Iterable[Effect], peer: Peer, ledger: Iterable[Fact], at: datetime) -> list[Owed]:
    """What one peer is still to be told; what others are is left out."""
    mine = [effect for effect in effects if effect.subject == peer.subject]
    facts = list(ledger)
    return owed(mine, [peer] if facts else [], held(source, peer.subject, peer.kind, facts), at)
