"""A cohort that runs already is taken over: its past is recorded at once or not at all, then its workflows start.

Nothing stale is sent: engagements are watched from the moment of the import, and what the cohort would have done before
it counts as done. Names and addresses in the file of facts become opaque ids before anything is recorded.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, Final

from pydantic import ValidationError

from coaching_client import handles
from lifecycle import cohort as cohort_rules
from lifecycle import engagement as engagement_rules
from lifecycle.dates import clock_of
from lifecycle.identity import full
from lifecycle.projection import shown
from operations.audited import RefusedError, audited
from operations.callers import Caller
from operations.cohorts import CohortPlan, Openings, admit_people, check_same, counting, openings
from operations.context import EngineContext
from records import admitting, ledger, notes
from records.database import Connection, Pool
from records.errors import NotAcceptable
from records.subjects import Subjects
from schemas.cohort_facts import CohortScheduled
from schemas.corrections import COHORT_FACT, ENGAGEMENT_FACT, CohortFact, EngagementFact
from schemas.due import Due, DueItem
from schemas.engagement_facts import EngagementProposed
from schemas.roster import Roster
from schemas.subjects import COHORT, ENGAGEMENT
from schemas.words import CohortId, EngagementId

ACCEPTED_WEEKS_BEFORE: Final = 10
"""An imported cohort counts as scheduled, and its participants as accepted, this long before the course start."""

COHORT_SUBJECT: Final = "cohort"

_OF_THEIR_DAY: Final = ("session_held", "session_not_held", "measurement_recorded")
_PERSONS: Final = ("person", "team_lead", "sponsor", "faculty")
_TEAMS: Final = ("microsystem", "successor")


@dataclass(frozen=True, slots=True)
class FactFault:
    """One fact that cannot be taken over. ``line`` counts from 1; 0 when it is the whole file."""

    line: int
    subject: str
    problem: str


class FactsFileError(RefusedError):
    """The file of facts cannot be taken over; ``faults`` are all of them. Nothing was recorded."""

    code = "invalid"

    def __init__(self, faults: tuple[FactFault, ...]) -> None:
        super().__init__(f"{len(faults)} facts cannot be taken over")
        self.faults = faults


@dataclass(frozen=True, slots=True)
class PastFact:
    """A fact as the file has it: names and addresses still in it."""

    line: int
    subject: str
    fields: Mapping[str, Any] = field(repr=False)
    note: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import took over. ``fresh`` is false when all of it had been taken over before."""

    cohort: CohortId
    fresh: bool
    engagements: int
    facts: int


def read_facts(raw: bytes, plan: CohortPlan) -> tuple[PastFact, ...]:
    """The facts of a JSON-lines file, each with the full id of its subject. Raises FactsFileError."""
    found: list[PastFact] = []
    faults: list[FactFault] = []
    for number, line in enumerate(raw.decode("utf-8-sig", errors="replace").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.append(_past_fact(number, json.loads(line), plan))
        except (ValueError, TypeError) as wrong:
            problem = f"is not JSON: {wrong.msg}" if isinstance(wrong, json.JSONDecodeError) else str(wrong)
            faults.append(FactFault(number, "", problem))
    if faults:
        raise FactsFileError(tuple(faults))
    named = {past_fact.fields["event_id"] for past_fact in found}
    return tuple(_correcting(past_fact, named) for past_fact in found)


def _correcting(past_fact: PastFact, named: Container[str]) -> PastFact:
    """Ids of the file lie in the scope of their subject; it may correct what the engine gives its own ids, too."""
    own = full(past_fact.subject, str(past_fact.fields.get("corrects")))
    return replace(past_fact, fields={**past_fact.fields, "corrects": own}) if own in named else past_fact


async def import_cohort(
    engine: EngineContext, caller: Caller, plan: CohortPlan, roster: Roster, past: tuple[PastFact, ...]
) -> Imported:
    """Record the past of a cohort in one transaction and start its workflows. Repeating it changes nothing.

    Raises FactsFileError with every fact that cannot be, and CohortDiffersError for a cohort that was
    started with something else.
    """
    client, task_queue = engine.client, engine.task_queue
    async with audited(engine, caller, "import", plan.cohort):
        taken = await record_past(engine.pool, plan, roster, past, at=engine.clock())
        for engagement, facts in taken.engagements.items():
            if isinstance(facts[0], EngagementProposed):
                await handles.start(client, ENGAGEMENT, engagement, facts[0], recorded=True, task_queue=task_queue)
        await handles.start(client, COHORT, plan.cohort, taken.scheduled, recorded=True, task_queue=task_queue)
    count = len(taken.cohort) + sum(len(facts) for facts in taken.engagements.values())
    return Imported(plan.cohort, fresh=taken.fresh, engagements=len(taken.engagements), facts=count)


async def record_past(
    pool: Pool, plan: CohortPlan, roster: Roster, past: tuple[PastFact, ...], *, at: datetime
) -> Taken:
    """Record the past of a cohort, all of it or nothing; a cohort that is recorded already stays as it is.

    Raises FactsFileError and CohortDiffersError.
    """
    async with pool.acquire() as conn, conn.transaction():
        before = (await ledger.load(conn, plan.cohort)).facts
        if before:
            check_same(plan, before)
        taken = await _take_over(conn, await counting(conn, plan), roster, past, at)
        if before:
            return replace(taken, fresh=False)
        await _record(conn, taken, past, at)
    return taken


@dataclass(frozen=True, slots=True)
class Taken:
    """The facts of a cohort and of its engagements, as they stand in the ledger, the opening first."""

    name: CohortId
    scheduled: CohortScheduled
    cohort: tuple[CohortFact, ...]
    engagements: dict[EngagementId, tuple[EngagementFact, ...]]
    fresh: bool = True


def _past_fact(line: int, given: object, plan: CohortPlan) -> PastFact:
    if not isinstance(given, dict):
        raise TypeError("each line is a JSON object")
    fields = dict(given)
    subject, note = fields.pop("subject", None), fields.pop("note", None)
    if not isinstance(subject, str) or not subject:
        raise ValueError('its subject is missing: a participant code such as P01, or "cohort"')
    if note is not None and not isinstance(note, str):
        raise ValueError("its note is not text")
    whole = plan.cohort if subject == COHORT_SUBJECT else subject
    if not whole.startswith(plan.cohort):
        whole = f"{plan.cohort}.{whole}"
    digest = sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:16]
    if isinstance(fields.get("event_id"), str):
        fields["event_id"] = full(whole, fields["event_id"])
    fields.setdefault("event_id", f"{whole}:imported:{digest}")
    if "occurred_at" not in fields and fields.get("kind") in _OF_THEIR_DAY:
        end = clock_of(plan.programme.zone).at(_day(fields.get("day")), time(23, 59, 59))
        fields["occurred_at"] = end
    return PastFact(line, whole, fields, note)


def _day(given: object) -> date:
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        raise ValueError("its day is missing or no date like 2025-11-03") from None


async def _take_over(
    conn: Connection, plan: CohortPlan, roster: Roster, past: tuple[PastFact, ...], at: datetime
) -> Taken:
    """What the past is, by opaque ids, judged by the rules. Raises FactsFileError."""
    known = await admit_people(conn, plan, roster, at)
    found = tuple(dict.fromkeys(name for past_fact in past for name in _team_names(past_fact.fields)))
    teams = await admitting.admit(conn, plan.academy, at, admitting.Roster(microsystems=found))
    at_address: dict[str, set[str]] = defaultdict(set)
    for (_, address), person in known.ids.items():
        at_address[address].add(person)
    ids = _Ids(at_address, known.microsystems | teams.microsystems)
    accepted = min(at, datetime.combine(plan.course_start, time(9), UTC) - timedelta(weeks=ACCEPTED_WEEKS_BEFORE))
    return _Judge(plan, openings(plan, roster, known, accepted), ids, at).taken(past)


@dataclass(frozen=True, slots=True)
class _Ids:
    people: Mapping[str, Collection[str]] = field(repr=False)
    teams: Mapping[str, str] = field(repr=False)

    def instead(self, given: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
        """The same without names and addresses. Raises LookupError for a person whom the roster does not have."""
        if not isinstance(given, dict):
            return given
        return {name: self._one(name, value) for name, value in given.items()}

    def _one(self, name: str, value: Any) -> Any:  # noqa: ANN401 - as above
        if name in _PERSONS and isinstance(value, str) and "@" in value:
            found = self.people.get(value.lower(), ())
            if len(found) != 1:
                has = "several people of the roster have" if found else "nobody of the roster has"
                raise LookupError(f"{name}: {has} this address")
            return next(iter(found))
        if name in _TEAMS and isinstance(value, str):
            return self.teams.get(value, value)
        return self.instead(value)


def _team_names(given: object) -> Iterator[str]:
    if isinstance(given, dict):
        for name, value in given.items():
            if name in _TEAMS and isinstance(value, str):
                yield value
            yield from _team_names(value)


@dataclass(slots=True)
class _Judge:
    plan: CohortPlan
    begins: Openings
    ids: _Ids
    at: datetime
    faults: list[FactFault] = field(default_factory=list)
    lines: dict[str, PastFact] = field(default_factory=dict)

    def taken(self, past: tuple[PastFact, ...]) -> Taken:
        of_cohort: list[CohortFact] = [self.begins.scheduled, *self.begins.enrolments]
        of_engagements: dict[EngagementId, list[EngagementFact]] = defaultdict(list)
        for past_fact in past:
            self._read(past_fact, of_cohort, of_engagements)
        state = cohort_rules.fold(of_cohort, self.at)
        self._refused(state.account.void)
        told: dict[EngagementId, list[Any]] = {}
        for effect in cohort_rules.effects(self.plan.cohort, state):
            if isinstance(effect.fact, EngagementProposed):
                told[effect.subject] = [self._watched(effect.fact)]
            elif effect.subject in told:
                told[effect.subject].append(effect.fact)
        for engagement, facts in of_engagements.items():
            if engagement not in told:
                self._fault(facts[0].event_id, "the roster and the cohort's facts give this subject no engagement")
        whole = {name: self._whole([*facts, *of_engagements.get(name, ())]) for name, facts in told.items()}
        if self.faults:
            raise FactsFileError(tuple(sorted(self.faults, key=lambda fault: fault.line)))
        return Taken(self.plan.cohort, self.begins.scheduled, _in_order(of_cohort), whole)

    def _read(
        self, past_fact: PastFact, of_cohort: list[CohortFact], of_engagements: dict[EngagementId, list[EngagementFact]]
    ) -> None:
        try:
            fields = self.ids.instead(dict(past_fact.fields))
            fact: CohortFact | EngagementFact
            if past_fact.subject == self.plan.cohort:
                fact = COHORT_FACT.validate_python(fields)
                of_cohort.append(fact)
            else:
                fact = ENGAGEMENT_FACT.validate_python(fields)
                of_engagements[past_fact.subject].append(fact)
        except LookupError as unknown:
            self.faults.append(FactFault(past_fact.line, past_fact.subject, str(unknown.args[0])))
        except ValidationError as wrong:
            for error in wrong.errors(include_url=False, include_input=False):
                place = ".".join(str(part) for part in error["loc"][1:])
                self.faults.append(
                    FactFault(past_fact.line, past_fact.subject, f"{place}: {error['msg']}".removeprefix(": "))
                )
        else:
            if fact.event_id in self.lines:
                self.faults.append(
                    FactFault(past_fact.line, past_fact.subject, "the same event id stands on two lines")
                )
            if fact.occurred_at > self.at:
                self.faults.append(FactFault(past_fact.line, past_fact.subject, "it lies in the future"))
            self.lines[fact.event_id] = past_fact

    def _watched(self, opening: EngagementProposed) -> EngagementProposed:
        """The engine sends what falls due from now on; what was missed before it took over, it does not."""
        return opening.model_copy(update={"watched_from": self.at})

    def _whole(self, facts: list[EngagementFact]) -> tuple[EngagementFact, ...]:
        self._refused(engagement_rules.fold(facts, self.at).account.void)
        return _in_order(facts)

    def _refused(self, void: Mapping[str, Any]) -> None:
        for event_id, refusal in void.items():
            self._fault(event_id, refusal.reason)

    def _fault(self, event_id: str, problem: str) -> None:
        past_fact = self.lines.get(event_id)
        self.faults.append(
            FactFault(past_fact.line if past_fact else 0, past_fact.subject if past_fact else event_id, problem)
        )


def _in_order(facts: list[Any]) -> tuple[Any, ...]:
    """As they occurred; the opening stays first, and facts of one moment stay in the order given."""
    return (facts[0], *sorted(facts[1:], key=lambda fact: fact.occurred_at))


async def _record(conn: Connection, taken: Taken, past: tuple[PastFact, ...], at: datetime) -> None:
    for past_fact in past:
        if past_fact.note:
            await notes.keep(conn, past_fact.subject, str(past_fact.fields["event_id"]), past_fact.note, at)
    subjects = Subjects()
    lines = {past_fact.fields["event_id"]: past_fact for past_fact in past}
    try:
        await subjects.take_in(conn, taken.name, taken.cohort, at, _done_before(taken, at))
        for engagement, facts in taken.engagements.items():
            await subjects.take_in(conn, engagement, facts, at)
    except NotAcceptable as wrong:
        found = lines.get(wrong.event_id)
        line, subject = (found.line, found.subject) if found else (0, wrong.event_id)
        raise FactsFileError((FactFault(line, subject, wrong.reason),)) from None


def _done_before(taken: Taken, at: datetime) -> list[Due]:
    state = cohort_rules.fold(taken.cohort, at)
    return [shown(item) for item in _missed(state, at)]


def _missed(state: cohort_rules.State, at: datetime) -> list[DueItem]:
    """What the cohort would have done before the import. It counts as done, so that nothing stale is sent."""
    missed: list[DueItem] = []
    done: dict[str, datetime] = {}
    while found := [item for item in cohort_rules.due(state, done) if item.key not in done]:
        missed += found
        done |= {item.key: at for item in found}
    return missed
