"""Leave: recorded once, with the person, and heard by every team, cohort and course of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from operations.audited import audited
from operations.callers import Caller
from operations.context import EngineContext
from operations.effects import Heard
from operations.sources import Source, standing, taken_back, told
from records.database import Connection
from schemas.facts import LeaveAgreed, Teller
from schemas.person_facts import PersonKnown
from schemas.subjects import person_subject
from schemas.words import Code, PersonId


def source_of(academy: Code, person: PersonId, at: datetime) -> Source:
    """A person's own ledger, which begins with the first that is told to it."""
    subject = person_subject(academy, person)
    return Source(subject, PersonKnown(event_id=f"{subject}:known", occurred_at=at, person=person))


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody of an academy is away, first and last day included; who says so, and when.

    A length that must be ``confirmed`` is said in words by the refusal of one that was not.
    """

    academy: Code
    person: PersonId
    first: date
    last: date
    at: datetime
    teller: Teller
    confirmed: bool = False

    @property
    def source(self) -> Source:
        """Whose ledger is told."""
        return source_of(self.academy, self.person, self.at)

    @property
    def fact(self) -> LeaveAgreed:
        """What it is told."""
        days = f"{self.first:%Y%m%d}-{self.last:%Y%m%d}"
        return LeaveAgreed(
            event_id=f"{self.source.subject}:away:{days}:{self.at:%Y%m%dT%H%M%S}",
            occurred_at=self.at,
            told_by=self.teller,
            person=self.person,
            first_day=self.first,
            last_day=self.last,
            confirmed=self.confirmed,
        )


async def agree_leave(engine: EngineContext, caller: Caller, away: Away) -> Heard:
    """Record that somebody is away; answers who heard of it. Repeating it tells only what is new."""
    async with audited(engine, caller, "leave", away.source.subject):
        return await told(engine, caller, away.source, away.fact)


async def take_back_leave(engine: EngineContext, caller: Caller, away: Away) -> Heard:
    """Take a leave of exactly these days back: it was told by mistake, or is on other days."""
    async with audited(engine, caller, "leave back", away.source.subject):
        return await taken_back(engine, caller, away.source, away.fact)


async def leaves_of(conn: Connection, academy: Code, person: PersonId) -> list[LeaveAgreed]:
    """Somebody's leave that stands, in the order it was told."""
    return [fact for fact in await standing(conn, person_subject(academy, person)) if isinstance(fact, LeaveAgreed)]
