"""Leavers: their roles are vacated once their last day is over, so that others are asked before a team falls silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from lifecycle.dates import clock_of
from operations import roles
from operations.audited import audited
from operations.callers import Caller
from operations.context import EngineContext
from operations.effects import TELL_WITHIN
from operations.people import NobodyError, SeveralError, by_id_or_address, whom
from operations.roles import Became, Which
from operations.telling import ENGINE
from records import incidents
from records import parts as records
from records.database import Connection
from records.parts import Leaving, Part
from records.people import Known
from records.zones import zone_of
from schemas.incidents import Finding, IncidentKind
from schemas.leavers import LeaverLine
from schemas.roster import RosterFault
from schemas.words import Code, PersonId


class Outcome(StrEnum):
    """What a line of a list comes to."""

    UNKNOWN = "unknown"
    """Nobody of the academy is called so. Nothing is done."""

    AMBIGUOUS = "ambiguous"
    """Several are, or the list has two last days for one person. Nothing is done."""

    ALREADY = "already"
    """It was recorded before."""

    AHEAD = "ahead"
    """The roles are vacated once the day is over."""

    VACATED = "vacated"
    """The day is over, and the roles are vacated."""

    @property
    def unclear(self) -> bool:
        """Whether it isn't known who is meant, or when they leave."""
        return self in (Outcome.UNKNOWN, Outcome.AMBIGUOUS)


@dataclass(frozen=True, slots=True)
class LeaverFound:
    """What a line comes to; ``parts`` are the roles it is about, ``became`` what became of them, once it is done."""

    line: LeaverLine
    outcome: Outcome
    known: tuple[Known, ...] = ()
    parts: tuple[Part, ...] = ()
    became: tuple[Became, ...] = ()


def to_mend(found: Iterable[LeaverFound], unread: Iterable[RosterFault] = ()) -> tuple[RosterFault, ...]:
    """What nothing is done for, and what was refused, beside what cannot be read: in the order of the lines."""
    wrong = [*unread, *(fault for one in found for fault in _to_mend(one))]
    return tuple(sorted(wrong, key=lambda fault: fault.line))


def _to_mend(found: LeaverFound) -> list[RosterFault]:
    line = found.line.line
    if found.outcome is Outcome.UNKNOWN:
        remedy = "check it, or write their email address or employee number"
        return [RosterFault(line, "person", "we don't know anybody by this address or number", remedy)]
    if found.outcome is Outcome.AMBIGUOUS:
        problem = "more than one person matches, or the list has two last days for one person"
        return [RosterFault(line, "person", problem, "write their employee number, and one last day")]
    names = {part.subject: part.name for part in found.parts}
    return [
        RosterFault(line, "", f"{_in_words(one, names.get(one.subject))} stays theirs: {one.reason}",
                    "hand it on, on the person's page, or send this row again later")
        for one in found.became if not one.told
    ]  # fmt: skip


def _in_words(one: Became, name: str | None) -> str:
    match one.subject.split("."):
        case [_]:
            where = "the programme office"
        case [_, label]:
            where = f"the cohort {label}"
        case _:
            where = name or "a team"
    return f"{one.role.replace('_', ' ')} of {where}"


async def look(engine: EngineContext, academy: Code, lines: tuple[LeaverLine, ...]) -> list[LeaverFound]:
    """What a list would do. Nothing is recorded."""
    async with engine.connection() as conn:
        today = await _today(conn, academy, engine.clock())
        found = [await _found(conn, academy, line, today, engine.clock()) for line in lines]
    clear = [each for each in found if each.outcome is not Outcome.AMBIGUOUS]
    said = Counter(
        person for person, _ in {(known.person, each.line.last_day) for each in clear for known in each.known}
    )
    return [
        replace(each, outcome=Outcome.AMBIGUOUS, parts=())
        if any(said[known.person] > 1 for known in each.known)
        else each
        for each in found
    ]


async def record(
    engine: EngineContext, caller: Caller, academy: Code, lines: tuple[LeaverLine, ...]
) -> list[LeaverFound]:
    """Record a list: what can be vacated is, the rest waits for its day. Repeating it changes nothing."""
    async with audited(engine, caller, "record leavers", academy):
        found = await look(engine, academy, lines)
        return [await _recorded(engine, caller, academy, each) for each in found]


async def vacate_due(engine: EngineContext, academy: Code, *, alive: Callable[[], None] = lambda: None) -> bool:
    """Vacate the roles of everybody whose last day is over; whether all answered.

    What is refused is an incident, and tried again. ``alive`` is called between them, for whoever watches.
    """
    caller, patient = Caller.of(ENGINE, ENGINE, academy), replace(engine, tell_within=TELL_WITHIN)
    async with engine.connection() as conn:
        due = await records.leavers_due(conn, academy, await _today(conn, academy, engine.clock()))
        known = {each.person: await whom(conn, each.person, (academy,)) for each in due}
    answered, stays = True, []
    for each in due:
        became = await _vacated(patient, caller, each.person, known[each.person], each.last_day)
        answered = answered and not any(one.late for one in became)
        if any(one.stays for one in became):
            stays.append(_stays(academy, each.person, became))
        alive()
    async with engine.connection() as conn, conn.transaction():
        await incidents.open_incidents(conn, stays, engine.clock())
        await incidents.close_others(conn, (IncidentKind.LEAVER_STAYS,), stays, engine.clock(), academy)
    return answered


def _stays(academy: Code, person: PersonId, became: list[Became]) -> Finding:
    held = ", ".join(f"{one.role.replace('_', ' ')} in {one.subject}" for one in became if one.stays)
    return Finding(kind=IncidentKind.LEAVER_STAYS, subject=academy, key=person, facts={"roles": held})


async def _found(conn: Connection, academy: Code, line: LeaverLine, today: date, at: datetime) -> LeaverFound:
    try:
        known = await by_id_or_address(conn, line.person, academy)
    except NobodyError:
        return LeaverFound(line, Outcome.UNKNOWN)
    except SeveralError as several:
        return LeaverFound(line, Outcome.AMBIGUOUS, several.found)
    before = (await records.leaving(conn, [known.person])).get(known.person)
    if before is not None and before.last_day == line.last_day and _done(before, today):
        return LeaverFound(line, Outcome.ALREADY, (known,))
    parts = tuple(await roles.held(conn, known.person, at))
    return LeaverFound(line, Outcome.VACATED if line.last_day < today else Outcome.AHEAD, (known,), parts)


def _done(before: Leaving, today: date) -> bool:
    return before.vacated_at is not None or before.last_day >= today


async def _recorded(engine: EngineContext, caller: Caller, academy: Code, found: LeaverFound) -> LeaverFound:
    if found.outcome not in (Outcome.AHEAD, Outcome.VACATED):
        return found
    (known,) = found.known
    async with engine.connection() as conn:
        await records.keep_leaving(conn, academy, known.person, found.line.last_day, engine.clock())
    if found.outcome is Outcome.AHEAD:
        return found
    return replace(found, became=tuple(await _vacated(engine, caller, known.person, known, found.line.last_day)))


async def _vacated(
    engine: EngineContext, caller: Caller, leaver: PersonId, known: Known, last_day: date
) -> list[Became]:
    """Each role is empty since their last day, or from now on if it became theirs after it.

    ``known`` stands for the leaver, whose record may have been merged.
    """
    async with engine.connection() as conn:
        clock = clock_of(await zone_of(conn, known.academy))
    became = await roles.vacate(engine, caller, known, Which(), clock.at(last_day + timedelta(days=1), time()))
    async with engine.connection() as conn:
        held = await roles.held(conn, known.person, engine.clock())
    if not any(one.late for one in became):
        # What was refused as of that day, and isn't theirs any more, is nobody's business now.
        again = await roles.vacate(engine, caller, known, Which()) if held else []
        told = [one for one in became if one.told]
        became = list({(one.subject, one.role): one for one in (*told, *again)}.values())
    if not any(one.late or one.stays for one in became):
        async with engine.connection() as conn:
            await records.vacated(conn, leaver, engine.clock())
    return became


async def _today(conn: Connection, academy: Code, at: datetime) -> date:
    return clock_of(await zone_of(conn, academy)).today(at)
