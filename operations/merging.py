"""Two records that are one person are merged, and split again; one record that is two people is separated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from operations import roles
from operations.audited import RefusedError
from operations.callers import Caller
from operations.context import EngineContext
from operations.effects import Heard
from operations.leaves import source_of
from operations.people import Changes, make
from operations.roles import Became, Which
from operations.sources import standing, tell_source
from records import audit, channels, links, people, sign_ins
from records.people import Known
from schemas.corrections import Correction
from schemas.facts import PersonMerged
from schemas.roster import Contact
from schemas.roster_cells import Meant
from schemas.words import office_of


class NotMergeableError(RefusedError):
    """These two cannot be one person. Nothing was changed."""

    code = "conflict"


class NotMergedError(RefusedError):
    """This record was not merged. Nothing was changed."""

    code = "conflict"

    def __init__(self, person: str) -> None:
        super().__init__(
            f"{person} wasn't merged with anybody. To separate two people who share a record, name the other"
        )


async def merge(engine: EngineContext, caller: Caller, person: Known, into: Known, at: datetime) -> Heard:
    """From now on ``into`` stands for ``person``, in all that was recorded of them; who heard of it.

    Nobody is signed in as the record that goes, and what it chose (texts, a calendar) stops: only its facts are shared.

    Raises NotMergeableError.
    """
    if person.academy != into.academy or person.person == into.person or into.merged_into is not None:
        raise NotMergeableError(
            "only two different records of one academy can be merged, and the one that stays must not have been merged "
            "itself"
        )
    if office_of(person.academy) in (person.person, into.person):
        raise NotMergeableError("an office is a mailbox of its own, and nobody's other record")
    source = source_of(person.academy, person.person, at)
    async with engine.connection() as conn:
        told = [fact for fact in await standing(conn, source.subject) if isinstance(fact, PersonMerged)]
    same = [fact for fact in told if fact.into == into.person]
    if told and not same:
        raise NotMergeableError(f"{person.person} is merged into {told[0].into}: split them first")
    event_id = f"{source.subject}:merged:{into.person}:{at:%Y%m%dT%H%M%S}"
    fact = PersonMerged(event_id=event_id, occurred_at=at, person=person.person, into=into.person)
    cause = same[0].event_id if same else event_id
    heard = await tell_source(engine, caller, source, () if same else (fact,), (cause,))
    async with engine.connection() as conn, conn.transaction():
        await audit.note(conn, at, caller.id, caller.door, f"merge {person.person}", person.academy)
        await people.merge(conn, person.person, into.person, at)
        await sign_ins.end_all(conn, person.person, at)
        await channels.forget(conn, person.person)
        await links.end_feed(conn, person.person)
    return heard


async def split(engine: EngineContext, caller: Caller, person: Known, at: datetime) -> Heard:
    """Undo a merge: what was recorded of each is theirs again. Raises NotMergedError."""
    source = source_of(person.academy, person.person, at)
    async with engine.connection() as conn:
        told = [fact for fact in await standing(conn, source.subject) if isinstance(fact, PersonMerged)]
    if not told:
        raise NotMergedError(person.person)
    back = tuple(
        Correction(
            event_id=f"{fact.event_id}:split", occurred_at=max(at, fact.occurred_at), corrects=fact.event_id
        )
        for fact in told
    )  # fmt: skip
    async with engine.connection() as conn, conn.transaction():
        await audit.note(conn, at, caller.id, caller.door, f"split {person.person}", person.academy)
        await people.split(conn, person.person, at)
    return await tell_source(engine, caller, source, back, tuple(fact.event_id for fact in told))


@dataclass(frozen=True, slots=True)
class Separated:
    """The other person whom a record held, and what became of the roles that are theirs."""

    person: Known
    became: list[Became]


async def separate(
    engine: EngineContext, caller: Caller, person: Known, other: Contact, which: Which, at: datetime
) -> Separated:
    """One record held two people: the other is known from now on, and has those roles that are theirs."""
    async with engine.connection() as conn:
        given = Contact(other.name, other.email, Meant.ANOTHER)
        known, _ = await make(conn, caller, person.academy, given, Changes(), at)
    return Separated(known, await roles.hand_on(engine, caller, person, known.person, which))
