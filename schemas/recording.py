"""What is asked of the ledger, and what it answers."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from schemas.corrections import AnyFact
from schemas.due import AnyTold, Refusal
from schemas.moments import Moment
from schemas.words import Code, Said


class RecordFact(Said):
    """Record one accepted fact with its first answer and all that follows from it, in one transaction.

    ``subject`` is the id of its engagement, cohort or course; ``known`` how many facts the workflow held.
    """

    subject: Code
    fact: AnyFact
    recorded_at: Moment
    known: int


class Recorded(Said):
    """``answer`` is the first answer, also for a repeat; ``ledger`` how many facts of the subject the ledger now holds.

    Without an answer nothing was recorded. ``refusal`` says so of a fact that names what does not exist, or leads
    beyond the calendar; otherwise the ledger holds facts that the caller does not know: load what is missing, and judge
    the fact again.
    """

    answer: AnyTold | None = None
    ledger: int
    refusal: Refusal | None = None


class Load(Said):
    """Bring a subject's projections up to date as of ``at``, the workflow's clock, and read its ledger."""

    subject: Code
    at: Moment


class Restore(Said):
    """Record again, at ``at``, what a workflow knows of a subject and the records have lost.

    ``facts`` are all it accepted, in their order, ``done`` all it carried out; ``waiting`` the items whose notices were
    not sent yet: all others were.
    """

    subject: Code
    at: Moment
    facts: tuple[AnyFact, ...]
    done: dict[str, datetime] = Field(default_factory=dict)
    waiting: tuple[str, ...] = ()


class Restored(Said):
    """How many facts and items were recorded again."""

    facts: int = 0
    items: int = 0


class Ledger(Said):
    """The recorded facts in the order they were recorded, and the due items carried out, with when.

    ``waiting`` are the notices that were not sent yet, each with the key of its due item.
    """

    facts: tuple[AnyFact, ...] = ()
    done: dict[str, datetime] = Field(default_factory=dict)
    waiting: dict[Code, str] = Field(default_factory=dict)
