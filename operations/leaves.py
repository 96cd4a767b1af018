"""Somebody is away for some days: all that is open and theirs is told so, and told when it is taken back."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from operations.audited import audited
from operations.callers import Caller
from operations.context import EngineContext
from operations.heard import Heard, tell_each
from records import leaves
from records.database import Connection
from records.leaves import Part, ToldLeave
from schemas.cohort_facts import ParticipantOnLeave
from schemas.facts import LeaveAgreed, Teller
from schemas.intro_course_facts import DelegateOnLeave
from schemas.recording import AnyFact
from schemas.subjects import kind_of
from schemas.words import PersonId


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody is away, first and last day included; who says so, and when."""

    person: PersonId
    first: date
    last: date
    at: datetime
    teller: Teller


async def agree_leave(engine: EngineContext, caller: Caller, away: Away) -> Heard:
    """Tell all that is somebody's that they are away. Repeating it tells only who is new.

    A cohort passes a participant's leave on to their own teams.
    """
    async with audited(engine, caller, "leave"):
        async with engine.connection() as conn:
            known = {one.subject for one in await _standing(conn, away)}
            telling = await telling_of(conn, away, known)
        return await tell_each(engine, caller, telling)


async def telling_of(conn: Connection, away: Away, known: AbstractSet[str]) -> list[tuple[str, AnyFact]]:
    """What all that is somebody's is to be told, but for those who know."""
    parts = await leaves.parts(conn, away.person)
    passed_on = {part.enrolment for part in parts if part.kept == "cohorts"}
    return [
        (part.subject, _leave(part, away))
        for part in parts
        if part.subject not in known and not (part.kept == "engagements" and part.enrolment in passed_on)
    ]


async def take_back_leave(engine: EngineContext, caller: Caller, away: Away) -> Heard:
    """Take a leave back wherever it stands: it was told by mistake, or is on other days."""
    async with engine.connection() as conn:
        found = await _standing(conn, away)
    said: dict[str, Any] = {"occurred_at": away.at, "told_by": away.teller}
    telling = [
        (one.subject, kind_of(one.opening).correction(event_id=f"{one.event_id}:back", corrects=one.event_id, **said))
        for one in found
    ]
    async with audited(engine, caller, "leave back"):
        return await tell_each(engine, caller, telling)


async def _standing(conn: Connection, away: Away) -> list[ToldLeave]:
    told = await leaves.standing(conn, away.person)
    return [one for one in told if (one.first_day, one.last_day) == (away.first, away.last)]


def _leave(part: Part, away: Away) -> AnyFact:
    days = f"{away.first:%Y%m%d}-{away.last:%Y%m%d}"
    said: dict[str, Any] = {
        "event_id": f"{part.subject}:{away.person}:away:{days}:{away.at:%Y%m%dT%H%M%S}",
        "occurred_at": away.at,
        "told_by": Teller(role=part.role, person=away.teller.person) if away.teller.person else away.teller,
        "first_day": away.first,
        "last_day": away.last,
    }
    if part.kept == "cohorts":
        return ParticipantOnLeave(enrolment=part.enrolment or "", **said)
    return (LeaveAgreed if part.kept == "engagements" else DelegateOnLeave)(person=away.person, **said)
