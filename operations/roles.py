"""The roles that somebody has: listed, handed on to somebody else, or vacated, each by the fact that says so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from temporalio.exceptions import TemporalError

from coaching_client.handles import FactRefusedError
from lifecycle.engagement.life import OWNERS
from lifecycle.gathering import Subject
from operations.academies import academy_source
from operations.audited import audited
from operations.callers import Caller, NotAllowedError
from operations.context import EngineContext
from operations.people import whom
from operations.telling import tell
from records import ledger, parts
from records.database import Connection
from records.parts import Key, Part
from records.people import Known
from schemas.academy_facts import DeputyNamed, OfficeMemberJoined, OfficeMemberLeft
from schemas.cohort_facts import CohortScheduled
from schemas.corrections import AnyFact
from schemas.engagement_facts import CoachAssigned, CoachLeft, CoachPart, OwnerNamed
from schemas.facts import RoleChanged
from schemas.words import COACHING, PersonId, Role

_PARTS: Final = {
    Role.COACH: CoachPart.MAIN,
    Role.CO_COACH: CoachPart.CO,
    Role.INTERIM_COACH: CoachPart.INTERIM,
}
_SO_BY_NOW: Final = frozenset({"nobodys_role", "theirs_already", "anothers_role", "no_member", "member_already"})
"""The refusals of a subject in which somebody else changed the role a moment before."""

_NO_ANSWER: Final = "There was no answer in time. Try again: what was recorded isn't recorded twice."


Takers: TypeAlias = Mapping[Key, PersonId | None]
"""Who has a role next, or nobody, by subject and role."""


@dataclass(frozen=True, slots=True)
class Which:
    """Which of somebody's roles are meant: some kinds, those in some subjects, or some one by one; all without."""

    roles: Collection[Role] = ()
    subjects: Collection[str] = ()
    keys: Collection[Key] = ()

    def has(self, part: Part) -> bool:
        """Whether a role is meant."""
        return (
            (not self.roles or part.role in self.roles)
            and (not self.subjects or part.subject in self.subjects)
            and (not self.keys or part.key in self.keys)
        )


@dataclass(frozen=True, slots=True)
class Became:
    """What became of one role in one subject. ``reason`` says why it was not told; ``late`` may be tried again."""

    subject: str
    role: Role
    reason: str = ""
    late: bool = False

    @property
    def told(self) -> bool:
        """Whether it is recorded."""
        return not self.reason

    @property
    def stays(self) -> bool:
        """Whether it was refused, and somebody has to see to it."""
        return not (self.told or self.late)


async def held(conn: Connection, person: PersonId, at: datetime) -> list[Part]:
    """The roles that somebody has in what has not ended."""
    found = await parts.parts_of(conn, person)
    cohorts = {part.subject for part in found if part.role in (Role.FACULTY, Role.SPONSOR)}
    known = await ledger.as_known(conn, cohorts)
    return [part for part in found if _still(known.get(part.subject), part, person, at)]


def _still(known: Any, part: Part, person: PersonId, at: datetime) -> bool:  # noqa: ANN401 - a ledger, or none
    if known is None or not known.facts or not isinstance(known.facts[0], CohortScheduled):
        return True
    life = Subject.of(known.facts, known.done, at).state.life
    return any(not place.gone and place.person(part.role) == person for place in life.enrolments.values())


async def hand_on(engine: EngineContext, caller: Caller, person: Known, to: PersonId, which: Which) -> list[Became]:
    """Somebody else of the academy has these roles from now on; what became of each. Raises NobodyError."""
    async with engine.connection() as conn:
        successor = await whom(conn, to, (person.academy,))
    return await _told(engine, caller, person, lambda part: (successor.person,) if which.has(part) else ())


async def vacate(
    engine: EngineContext, caller: Caller, person: Known, which: Which, at: datetime | None = None
) -> list[Became]:
    """These roles are empty, from now on or since a moment, so that others are asked who will have them."""
    return await _told(engine, caller, person, lambda part: (None,) if which.has(part) else (), at)


async def settle(engine: EngineContext, caller: Caller, person: Known, takers: Takers) -> list[Became]:
    """Each of these roles is another's from now on, or empty; what became of each. Others stay."""
    return await _told(engine, caller, person, lambda part: (takers[part.key],) if part.key in takers else ())


async def _told(
    engine: EngineContext,
    caller: Caller,
    person: Known,
    takers: Callable[[Part], tuple[PersonId | None, ...]],
    at: datetime | None = None,
) -> list[Became]:
    """``takers`` says who has a role next, or nobody; nothing of one that stays."""
    moment = at or engine.clock()
    async with audited(engine, caller, f"change roles of {person.person}", person.academy):
        async with engine.connection() as conn:
            found = await held(conn, person.person, engine.clock())
        # A team's own change comes before its cohort's, which then finds it made.
        found.sort(key=lambda part: (-part.subject.count("."), part.subject, part.role))
        became, gone = [], set()
        for part, to in [(one, to) for one in found for to in takers(one)]:
            leaves = to is None and part.role in COACHING
            if leaves and part.subject in gone:
                continue
            became.append(await _tell(engine, caller, part, _Change(person, to, max(moment, part.began_at))))
            if leaves:
                gone.add(part.subject)
    return became


@dataclass(frozen=True, slots=True)
class _Change:
    person: Known
    to: PersonId | None
    at: datetime


async def _tell(engine: EngineContext, caller: Caller, part: Part, change: _Change) -> Became:
    opening = None
    if part.subject == change.person.academy:
        opening = (await academy_source(engine, part.subject, change.at)).opening
    try:
        for fact in _facts(part, change):
            try:
                await tell(engine, caller, part.subject, fact, opening=opening, made_here=True)
            except FactRefusedError as refused:
                if refused.refusal.code not in _SO_BY_NOW:
                    raise
    except FactRefusedError as refused:
        return Became(part.subject, part.role, refused.refusal.reason)
    except NotAllowedError as no:
        return Became(part.subject, part.role, str(no))
    except (TimeoutError, TemporalError):
        return Became(part.subject, part.role, _NO_ANSWER, late=True)
    return Became(part.subject, part.role)


def _facts(part: Part, change: _Change) -> list[AnyFact]:
    """What says that a role is another's, or nobody's."""
    person, to, role = change.person.person, change.to, part.role
    said: dict[str, Any] = {
        "event_id": f"{part.subject}:{role}:{person}:{to or 'nobody'}:{change.at:%Y%m%dT%H%M%S}",
        "occurred_at": change.at,
    }
    if role in _PARTS:
        return [CoachAssigned(person=to, part=_PARTS[role], **said) if to else CoachLeft(person=person, **said)]
    if role in OWNERS and to:
        return [OwnerNamed.model_validate({"role": role, "person": to, **said})]
    if role is Role.DEPUTY:
        return [DeputyNamed(person=to, **said)]
    if role is Role.OFFICE:
        left = OfficeMemberLeft(person=person, **said)
        joined = {**said, "event_id": f"{said['event_id']}:joins"}
        return [left, OfficeMemberJoined(person=to, **joined)] if to else [left]
    return [RoleChanged(role=role, person=to, instead_of=person, **said)]
