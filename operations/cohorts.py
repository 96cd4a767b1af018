"""A roster becomes a cohort: people are admitted to the records, the cohort starts by its id, late ones are told to it.

Only opaque ids leave this module for the workflow engine; names and addresses stay in the database.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from coaching_client import handles
from coaching_client.handles import FactRefusedError
from lifecycle.account import DIFFERENT, holding
from lifecycle.cohort import too_late
from lifecycle.gathering import Subject
from lifecycle.references import Reference, unknown
from operations.audited import RefusedError, audited
from operations.callers import Caller
from operations.context import EngineContext
from operations.in_force import holiday_table_of
from operations.offices import settle_office
from operations.telling import tell
from operations.who_is_meant import asking
from records import admitting, ledger
from records.database import Connection, Pool
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.cohort_facts import CohortScheduled, EnrolmentAccepted, Team
from schemas.corrections import AnyFact, CohortFact, Correction
from schemas.facts import Teller
from schemas.programme import Programme
from schemas.roster import Contact, Roster, RosterRow
from schemas.subjects import COHORT
from schemas.words import Code, CohortId, EnrolmentId, HolidayDivision, Named, Role


class CohortDiffersError(RefusedError):
    """A cohort of this id was started before, with something else. Nothing was changed."""

    code = "conflict"

    def __init__(self, cohort: CohortId, what: str, was: object, wanted: object) -> None:
        super().__init__(f"the cohort {cohort} was started with {what} {was}, not {wanted}; nothing was changed")
        self.cohort = cohort


@dataclass(frozen=True, slots=True)
class CohortPlan:
    """What is known of a cohort beside its roster. ``cohort`` is the whole id, as in ``sheffield.2026-autumn``.

    ``office`` need not be given where the academy has one, nor ``calendar``, which is that of the academy then, nor
    ``division``, which is that of most participants.
    """

    academy: Code
    cohort: CohortId
    course_start: date
    programme: Programme
    office: Contact | None = None
    calendar: Code | None = None
    division: HolidayDivision | None = None

    def enrolment(self, participant: str) -> EnrolmentId:
        """The enrolment's id of a participant code."""
        return f"{self.cohort}.{participant}"


@dataclass(frozen=True, slots=True)
class Openings:
    """The first facts of a cohort, with opaque ids only."""

    scheduled: CohortScheduled
    enrolments: tuple[EnrolmentAccepted, ...]


@dataclass(frozen=True, slots=True)
class Started:
    """What a start did. ``fresh``: the cohort did not run before. ``added``: enrolments it did not know before."""

    cohort: CohortId
    fresh: bool
    added: tuple[EnrolmentId, ...]
    known: tuple[EnrolmentId, ...]


class ParticipantsDifferError(RefusedError):
    """Participants of these codes were enrolled before, as somebody else or with another team. Nobody was added."""

    code = "conflict"

    def __init__(self, enrolments: list[EnrolmentId]) -> None:
        super().__init__(
            f"enrolled before with another person or team: {', '.join(enrolments)}. Nobody was added. "
            "Tell what changed as facts of the cohort or engagement"
        )
        self.enrolments = tuple(enrolments)


class CourseOverError(RefusedError):
    """The course of the cohort was taught already, so that nobody could be enrolled. Nothing was changed."""

    code = "invalid"

    def __init__(self, cohort: CohortId, why: str) -> None:
        super().__init__(f"{cohort} can't be started: {why}. Correct the course start, or import it with its past")


async def start_cohort(
    engine: EngineContext, caller: Caller, plan: CohortPlan, roster: Roster, *, at: datetime, wait: bool = True
) -> Started:
    """Start a cohort with its roster, or tell a running one its late participants. Repeating it changes nothing.

    ``at`` is when the enrolments are accepted. With ``wait`` a fresh cohort is recorded when this returns; without, no
    worker need be there yet. A running one must answer. Raises CohortDiffersError, ParticipantsDifferError,
    CourseOverError, WhoIsMeantError, and FactRefusedError for a participant whom the cohort no longer takes.
    """
    async with audited(engine, caller, "schedule", plan.cohort):
        recorded = await _recorded(engine, plan.cohort)
        async with engine.connection() as conn:
            plan = await counting(conn, plan)
        if recorded:
            check_same(plan, recorded)
        elif (why := too_late(_scheduled(plan, roster, at))) is not None:
            raise CourseOverError(plan.cohort, why)
        begins = await admit(engine.pool, plan, roster, at)
        known = check_participants(begins, recorded)
        if recorded:
            late = [enrolment for enrolment in begins.enrolments if enrolment.enrolment not in known]
            added = [enrolment.enrolment for enrolment in late if await _accept(engine, caller, plan.cohort, enrolment)]
            return Started(plan.cohort, fresh=False, added=tuple(added), known=tuple(sorted(known)))
        await handles.start(
            engine.client,
            COHORT,
            plan.cohort,
            begins.scheduled,
            begins.enrolments,
            scoped=True,
            task_queue=engine.task_queue,
        )
        if wait:
            async with asyncio.timeout(engine.tell_within.total_seconds()):
                await _settled(engine, plan, begins)
        return Started(
            plan.cohort, fresh=True, added=tuple(enrolment.enrolment for enrolment in begins.enrolments), known=()
        )


async def foresee(engine: EngineContext, plan: CohortPlan, roster: Roster, *, at: datetime) -> Started:
    """What `start_cohort` would do, without doing any of it; raises what it would."""
    recorded = await _recorded(engine, plan.cohort)
    if recorded:
        check_same(plan, recorded)
    elif (why := too_late(_scheduled(plan, roster, at))) is not None:
        raise CourseOverError(plan.cohort, why)
    async with engine.connection() as conn:
        tried = conn.transaction()
        await tried.start()
        try:
            begins = openings(plan, roster, await admit_people(conn, plan, roster, at), at)
        finally:
            await tried.rollback()
    known = check_participants(begins, recorded)
    added = tuple(one.enrolment for one in begins.enrolments if one.enrolment not in known)
    return Started(plan.cohort, fresh=not recorded, added=added, known=tuple(sorted(known)))


async def scheduled_as(engine: EngineContext, cohort: CohortId) -> CohortScheduled | None:
    """How a cohort is scheduled by now; None where there is none of this id."""
    recorded = await _recorded(engine, cohort)
    if not recorded:
        return None
    found = Subject.of(recorded, {}, max(fact.occurred_at for fact in recorded)).state.life.opening
    return found if isinstance(found, CohortScheduled) else None


async def move_start(engine: EngineContext, caller: Caller, cohort: CohortId, course_start: date) -> bool:
    """Put right when a course starts: it is postponed, or its start was wrong. All dates move with it.

    Answers whether it was to start on another day until now. Raises FactRefusedError, also where there is no cohort.
    """
    at = engine.clock()
    async with engine.connection() as conn:
        facts = (await ledger.load(conn, cohort)).facts
    if not facts or not isinstance(facts[0], CohortScheduled):
        raise FactRefusedError(unknown(Reference(Named.COHORT, cohort)))
    state = Subject.of(facts, {}, max(at, *(fact.occurred_at for fact in facts))).state
    if state.life.opening.course_start == course_start:
        return False
    told, opening = holding(state.account)[0]
    correction = Correction(
        event_id=f"{cohort}:starts:{course_start:%Y%m%d}:{at:%Y%m%dT%H%M%S}",
        occurred_at=max(at, opening.occurred_at),
        corrects=told,
        replacement=state.life.opening.model_copy(update={"course_start": course_start}),
    )
    await tell(engine, caller, cohort, correction, made_here=True)
    return True


async def _settled(engine: EngineContext, plan: CohortPlan, begins: Openings) -> None:
    """Return once a fresh cohort and its participants are recorded, and are those of this call and no other."""
    facts: tuple[CohortFact, ...] = (begins.scheduled, *begins.enrolments)
    for fact in facts:
        try:
            await handles.tell(engine.client, COHORT, plan.cohort, fact, scoped=True, task_queue=engine.task_queue)
        except FactRefusedError as refused:
            # Another call was a moment before ours: what it recorded is looked at below.
            if refused.refusal.code != DIFFERENT.code:
                raise
    recorded = await _recorded(engine, plan.cohort)
    check_same(plan, recorded)
    check_participants(begins, recorded)


async def _recorded(engine: EngineContext, cohort: CohortId) -> tuple[AnyFact, ...]:
    async with engine.connection() as conn:
        return (await ledger.load(conn, cohort)).facts


def check_participants(wanted: Openings, recorded: tuple[AnyFact, ...]) -> dict[EnrolmentId, EnrolmentAccepted]:
    """Who is enrolled. Raises ParticipantsDifferError for those who were enrolled with something else."""
    known = {fact.enrolment: fact for fact in recorded if isinstance(fact, EnrolmentAccepted)}
    other = [
        enrolment.enrolment
        for enrolment in wanted.enrolments
        if enrolment.enrolment in known
        and known[enrolment.enrolment].model_copy(update={"occurred_at": enrolment.occurred_at}) != enrolment
    ]
    if other:
        raise ParticipantsDifferError(other)
    return known


async def _accept(engine: EngineContext, caller: Caller, cohort: CohortId, enrolment: EnrolmentAccepted) -> bool:
    """Tell the cohort; False when it was told the same participant a moment before."""
    try:
        await tell(engine, caller, cohort, enrolment, made_here=True)
    except FactRefusedError as refused:
        if refused.refusal.code == DIFFERENT.code:
            return False
        raise
    return True


async def admit(pool: Pool, plan: CohortPlan, roster: Roster, at: datetime) -> Openings:
    """Know everybody of the roster by an opaque id, and say with these ids how the cohort begins."""
    async with pool.acquire() as conn:
        return openings(plan, roster, await admit_people(conn, plan, roster, at), at)


async def admit_people(conn: Connection, plan: CohortPlan, roster: Roster, at: datetime) -> admitting.Admitted:
    """Know everybody and every team of the roster, and the office, by an opaque id."""
    await settle_office(conn, plan.academy, plan.office, at)
    with asking(roster):
        return await admitting.admit(conn, plan.academy, at, everybody(roster))


def everybody(roster: Roster) -> admitting.Roster:
    """Everybody whom a roster names, in any role, and every team."""
    teams = tuple(dict.fromkeys(row.microsystem for row in roster.rows if row.microsystem))
    return admitting.Roster(people=tuple(_everybody(roster)), microsystems=teams)


def openings(plan: CohortPlan, roster: Roster, known: admitting.Admitted, at: datetime) -> Openings:
    """How a cohort begins whose course was scheduled, and its participants accepted, at this moment."""
    scheduled = _scheduled(plan, roster, at)
    # Whoever joins a team comes after the participant whose team it is: each must be there when it is named.
    rows = sorted(roster.rows, key=lambda row: bool(row.joins))
    return Openings(scheduled, tuple(_accepted(plan, row, known, at, scheduled.division) for row in rows))


def _scheduled(plan: CohortPlan, roster: Roster, at: datetime) -> CohortScheduled:
    divisions = Counter(row.division for row in roster.rows)
    usual = divisions.most_common(1)[0][0] if divisions else HolidayDivision.ENGLAND_AND_WALES
    return CohortScheduled(
        event_id=f"{plan.cohort}:scheduled",
        occurred_at=at,
        told_by=Teller(role=Role.OFFICE),
        academy=plan.academy,
        programme=plan.programme,
        course_start=plan.course_start,
        zone=plan.programme.zone,
        division=plan.division or usual,
        calendar=plan.calendar or LATEST_HOLIDAY_TABLE,
    )


async def counting(conn: Connection, plan: CohortPlan) -> CohortPlan:
    """The plan with the table of bank holidays that its academy counts by now, unless it names one."""
    return replace(plan, calendar=plan.calendar or await holiday_table_of(conn, plan.academy))


def check_same(plan: CohortPlan, recorded: tuple[AnyFact, ...]) -> None:
    """Raises CohortDiffersError when the cohort starts at another time by now, or began with another programme."""
    scheduled = Subject.of(recorded, {}, max(fact.occurred_at for fact in recorded)).state.life.opening
    if not isinstance(scheduled, CohortScheduled):
        return
    if scheduled.course_start != plan.course_start:
        raise CohortDiffersError(plan.cohort, "course start", scheduled.course_start, plan.course_start)
    if scheduled.programme != plan.programme:
        raise CohortDiffersError(plan.cohort, "programme", scheduled.programme.label, plan.programme.label)


def _everybody(roster: Roster) -> Iterator[admitting.Person]:
    """Everybody in whatever role. Participants last: the organisation and discipline of the roster are theirs."""
    for row in roster.rows:
        for _, contact in row.people:
            if contact is not row.person:
                yield admitting.Person(contact.name, contact.email, meant=contact.meant)
    for row in roster.rows:
        name, address, meant = row.person.name, row.person.email, row.person.meant
        yield admitting.Person(name, address, row.organisation or None, row.discipline or None, meant)


def _accepted(
    plan: CohortPlan, row: RosterRow, known: admitting.Admitted, at: datetime, usual: HolidayDivision
) -> EnrolmentAccepted:
    enrolment = plan.enrolment(row.participant)
    return EnrolmentAccepted(
        event_id=f"{enrolment}:accepted",
        occurred_at=at,
        told_by=Teller(role=Role.OFFICE),
        enrolment=enrolment,
        person=known.of(row.person.name, row.person.email),
        sponsor=known.of(row.sponsor.name, row.sponsor.email) if row.sponsor else None,
        faculty=known.of(row.faculty.name, row.faculty.email) if row.faculty else None,
        division=row.division if row.division is not usual else None,
        team=_team(row, known),
        joins=plan.enrolment(row.joins) if row.joins else None,
    )


def _team(row: RosterRow, known: admitting.Admitted) -> Team | None:
    if not (row.microsystem and row.slot) or row.joins:
        return None
    lead = known.of(row.team_lead.name, row.team_lead.email) if row.team_lead else None
    return Team(microsystem=known.microsystems[row.microsystem], team_lead=lead, slot=row.slot)
