"""A cohort that runs already is taken over: its past is recorded at once or not at all, then its workflows start.

Nothing stale is sent: engagements are watched from the moment of the import, and what the cohort would have done before
it counts as done. Names and addresses in the file of facts become opaque ids before anything is recorded.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from coaching_client import handles
from operations.audited import RefusedError, audited
from operations.callers import Caller
from operations.cohorts import CohortPlan, admit_people, check_participants, check_same, counting, openings
from operations.context import EngineContext
from operations.past_facts import FactFault, FactsFileError, PastFact, fault_of, team_names
from operations.past_judged import Ids, Imported, Judge, Taken, addresses
from operations.people import NobodyError, SeveralError, by_id_or_address
from records import admitting, ledger, notes
from records.database import Connection, Pool
from schemas.roster import Roster
from schemas.words import CohortId

ACCEPTED_WEEKS_BEFORE: Final = 10
"""An imported cohort counts as scheduled, and its participants as accepted, this long before the course start."""

_LARGEST: Final = 1_500_000
"""What Temporal takes at once, less what is wrapped around it."""


class TooMuchError(RefusedError):
    """There is more than can be taken over at once. Nothing was recorded."""

    code = "invalid"

    def __init__(self, cohort: CohortId) -> None:
        super().__init__(f"the past of {cohort} is too much to be taken over at once: import it team by team")


class NobodyInItError(RefusedError):
    """There is no such cohort yet, and nobody would be in it. Nothing was changed."""

    code = "invalid"

    def __init__(self, cohort: CohortId) -> None:
        super().__init__(
            f"there is no cohort {cohort.partition('.')[2]} yet, and no participant to start it with: send a sheet "
            "that has at least one without a fault, or check the cohort's name"
        )


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an import would take over: the facts that can be, and what is wrong with the others."""

    imported: Imported
    good: tuple[PastFact, ...]
    faults: tuple[FactFault, ...] = ()


async def import_cohort(
    engine: EngineContext, caller: Caller, plan: CohortPlan, roster: Roster, past: tuple[PastFact, ...]
) -> Imported:
    """Have the past of a cohort recorded, all or nothing, and its workflows started. Repeating it changes nothing.

    What is recorded already stays as it is, and what is new is added. The people and their words are kept here; the
    ledger is the worker's. Raises FactsFileError with every fact that cannot be, and CohortDiffersError and
    ParticipantsDifferError for a cohort that was started with something else.
    """
    async with audited(engine, caller, "import", plan.cohort):
        at = engine.clock()
        taken = await judge(engine.pool, plan, roster, past, at=at)
        if taken.new:
            asked = taken.asked(at)
            if len(asked.model_dump_json()) > _LARGEST:
                raise TooMuchError(plan.cohort)
            answer = await handles.take_over(engine.client, asked, task_queue=engine.task_queue)
            if answer.refused is not None:
                raise FactsFileError((fault_of(past, answer.refused, answer.reason),))
    return taken.imported


async def foresee_import(
    engine: EngineContext, plan: CohortPlan, roster: Roster, past: tuple[PastFact, ...]
) -> Foreseen:
    """What an import would do with the facts that can be taken over, without doing any of it; and the others.

    Raises what an import would of a cohort that was started with something else.
    """
    at, faults = engine.clock(), list[FactFault]()
    while True:
        async with engine.connection() as conn:
            tried = conn.transaction()
            await tried.start()
            try:
                taken = await _take_over(conn, await counting(conn, plan), roster, past, at)
            except FactsFileError as wrong:
                faults += wrong.faults
                lines = {fault.line for fault in wrong.faults}
                kept = tuple(one for one in past if one.line not in lines)
                if len(kept) == len(past):
                    raise
                past = kept
            else:
                return Foreseen(taken.imported, past, tuple(sorted(faults, key=lambda fault: fault.line)))
            finally:
                await tried.rollback()


async def judge(pool: Pool, plan: CohortPlan, roster: Roster, past: tuple[PastFact, ...], *, at: datetime) -> Taken:
    """What is to be recorded of the past of a cohort, by opaque ids: its people, teams and notes are kept.

    Raises FactsFileError, CohortDiffersError and ParticipantsDifferError; nothing is kept then.
    """
    async with pool.acquire() as conn, conn.transaction():
        taken = await _take_over(conn, await counting(conn, plan), roster, past, at)
        new = {fact.event_id for facts in (taken.cohort, *taken.engagements.values()) for fact in facts}
        for past_fact in past:
            if past_fact.note and past_fact.fields["event_id"] in new:
                await notes.keep(conn, past_fact.subject, str(past_fact.fields["event_id"]), past_fact.note, at)
    return taken


async def _take_over(
    conn: Connection, plan: CohortPlan, roster: Roster, past: tuple[PastFact, ...], at: datetime
) -> Taken:
    """What the past is, by opaque ids, judged by the rules. Raises FactsFileError."""
    recorded = (await ledger.load(conn, plan.cohort)).facts
    if recorded:
        check_same(plan, recorded)
    elif not roster.rows:
        raise NobodyInItError(plan.cohort)
    known = await admit_people(conn, plan, roster, at)
    found = tuple(dict.fromkeys(name for past_fact in past for name in team_names(past_fact.fields)))
    teams = await admitting.admit(conn, plan.academy, at, admitting.Roster(microsystems=found))
    at_address: dict[str, set[str]] = defaultdict(set)
    for (_, address), person in known.ids.items():
        at_address[address].add(person)
    for address in addresses(past) - set(at_address):
        try:
            at_address[address].add((await by_id_or_address(conn, address, plan.academy)).person)
        except (NobodyError, SeveralError):
            continue
    ids = Ids(at_address, known.microsystems | teams.microsystems)
    accepted = min(at, datetime.combine(plan.course_start, time(9), UTC) - timedelta(weeks=ACCEPTED_WEEKS_BEFORE))
    begins = openings(plan, roster, known, accepted)
    here = check_participants(begins, recorded)
    new = (*(() if recorded else (begins.scheduled,)), *(one for one in begins.enrolments if one.enrolment not in here))
    before = {subject: (await ledger.load(conn, subject)).facts for subject in {one.subject for one in past}}
    return Judge(plan, new, {**before, plan.cohort: recorded}, ids, at).taken(past)
