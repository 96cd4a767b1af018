"""An engagement of a cohort on paper, which hears of the cohort whenever it is asked to."""

from __future__ import annotations

from dataclasses import dataclass, field

from lifecycle import engagement
from lifecycle.account import Account, account, advance
from lifecycle.effects import Owed, Peer, so_already
from lifecycle.engagement.life import Life
from schemas.due import Refusal
from schemas.facts import Fact
from tests.lifecycle.cohorts import COHORT, P1, Lived
from tests.lifecycle.peers import still_owed


@dataclass
class Listener:
    """Its ledger; ``so_already`` are the event ids that it refused, since it stood so already."""

    of: Lived
    name: str = P1
    ledger: dict[str, Fact] = field(default_factory=dict)
    so_already: set[str] = field(default_factory=set)

    @property
    def known(self) -> Account[Life]:
        """Its account."""
        return account(engagement.REDUCER, self.ledger.values())

    @property
    def state(self) -> engagement.State:
        """What stands there."""
        return engagement.assess(self.known, self.of.now, {})

    def owed(self) -> list[Owed]:
        """What it is still to be told."""
        begun = self.ledger[f"{self.name}:proposed"].occurred_at if self.ledger else self.of.now
        ended = bool(self.ledger) and self.state.life.ended_at is not None
        last = max(fact.occurred_at for fact in self.of.known.facts.values())
        peer = Peer(self.name, "engagement", begun, ended=ended)
        owed = still_owed(COHORT, self.of.effects(), peer, self.ledger.values(), last)
        return [item for item in owed if item.fact.event_id not in self.so_already]

    def hear(self) -> list[str]:
        """It is told, and asked again: then nothing is owed. The kinds of fact that it was told."""
        self.so_already = set()
        owed = self.owed()
        for item in owed:
            if self.ledger:
                after = advance(self.known, item.fact, self.of.now)
                if isinstance(after, Refusal):
                    assert so_already(after.code), (item, after)
                    self.so_already.add(item.fact.event_id)
                    continue
            self.ledger[item.fact.event_id] = item.fact
        assert self.owed() == []
        return [item.fact.kind for item in owed]

    def tell(self, fact: Fact) -> None:
        """Somebody tells it something itself."""
        assert not isinstance(advance(self.known, fact, self.of.now), Refusal)
        self.ledger[fact.event_id] = fact
