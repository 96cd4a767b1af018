"""What a person's own ledger can be told, one model a kind. Names and addresses stand in the database alone."""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.facts import Fact, LeaveAgreed, PersonLeft, PersonMerged
from schemas.words import Group, PersonId


class PersonKnown(Fact, group=Group.PEOPLE):
    """The first fact of every person of whom something is told."""

    kept: ClassVar[tuple[str, ...]] = ("occurred_at", "person")

    kind: Literal["person_known"] = "person_known"
    person: PersonId


PersonHappening = LeaveAgreed | PersonLeft | PersonMerged
"""What may follow the first fact of a person, in the order that settles ties of ``occurred_at``."""
