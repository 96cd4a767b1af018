"""The past of a cohort as it is handed in: JSON lines, or the rows of a sheet; names and addresses still in it."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any, Final

from lifecycle.dates import clock_of
from lifecycle.identity import full
from operations.audited import RefusedError
from operations.cohorts import CohortPlan
from schemas import texts
from schemas.past import LONGEST_WORDS, PastLine

COHORT_SUBJECT: Final = "cohort"

TEAMS: Final = ("microsystem", "successor")
"""The fields that name a team."""

_OF_THEIR_DAY: Final = ("session_held", "session_not_held", "measurement_recorded", "learning_session_held")


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
    adds: bool = False
    """Whether it says of some what is recorded of others already, as one row of a list of who attended does."""


def past_facts(given: Iterable[tuple[int, object]], plan: CohortPlan) -> tuple[PastFact, ...]:
    """Facts by their numbers, each with the full id of its subject. Raises FactsFileError."""
    found, faults = list[PastFact](), list[FactFault]()
    for number, one in given:
        try:
            found.append(_past_fact(number, one, plan))
        except (ValueError, TypeError) as wrong:
            faults.append(FactFault(number, "", str(wrong)))
    if faults:
        raise FactsFileError(tuple(faults))
    named = {past_fact.fields["event_id"] for past_fact in found}
    return tuple(_correcting(past_fact, named) for past_fact in found)


def read_facts(raw: bytes, plan: CohortPlan) -> tuple[PastFact, ...]:
    """The facts of a JSON-lines file. Raises FactsFileError."""
    given, faults = list[tuple[int, object]](), list[FactFault]()
    for number, line in enumerate(raw.decode("utf-8-sig", errors="replace").splitlines(), start=1):
        try:
            given += [(number, json.loads(line))] if line.strip() else []
        except json.JSONDecodeError as wrong:
            faults.append(FactFault(number, "", f"is not JSON: {wrong.msg}"))
    try:
        found = past_facts(given, plan)
    except FactsFileError as wrong:
        faults += wrong.faults
    if faults:
        raise FactsFileError(tuple(sorted(faults, key=lambda fault: fault.line)))
    return found


def _correcting(past_fact: PastFact, named: Container[str]) -> PastFact:
    """Ids of the file lie in the scope of their subject; it may correct what the engine gives its own ids, too."""
    own = full(past_fact.subject, str(past_fact.fields.get("corrects")))
    return replace(past_fact, fields={**past_fact.fields, "corrects": own}) if own in named else past_fact


def _past_fact(line: int, given: object, plan: CohortPlan) -> PastFact:
    if not isinstance(given, dict):
        raise TypeError("each line is a JSON object")
    fields = dict(given)
    subject, note = fields.pop("subject", None), fields.pop("note", None)
    if not isinstance(subject, str) or not subject:
        raise ValueError('its subject is missing: a participant code such as P01, or "cohort"')
    if note is not None and not isinstance(note, str):
        raise ValueError("its note is not text")
    _check(given, note or "")
    whole = plan.cohort if subject == COHORT_SUBJECT else subject
    if whole != plan.cohort and not whole.startswith(f"{plan.cohort}."):
        whole = f"{plan.cohort}.{whole}"
    digest = sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:16]
    named = fields.get("event_id", f"{whole}:imported:{digest}")
    if not isinstance(named, str):
        raise TypeError("its event_id is not text")
    fields["event_id"] = full(whole, named) if "event_id" in fields else named
    if "occurred_at" not in fields and fields.get("kind") in _OF_THEIR_DAY:
        end = clock_of(plan.programme.zone).at(_day(fields.get("day")), time(23, 59, 59))
        fields["occurred_at"] = end
    return PastFact(line, whole, fields, note)


def _check(given: object, note: str) -> None:
    """Raises ValueError for what no record holds, and for names and notes that no other door takes."""
    if "\\u0000" in json.dumps(given):
        raise ValueError("it holds a character that cannot be recorded")
    if len(note) > LONGEST_WORDS:
        raise ValueError(f"its note has {len(note)} characters: write at most {LONGEST_WORDS}")
    try:
        texts.words(note)
        for team in team_names(given):
            texts.name(team)
    except texts.TextError as wrong:
        raise ValueError(f"{wrong}") from None


def team_names(given: object) -> Iterator[str]:
    """The teams that something names, whether as people call them or by id."""
    if isinstance(given, dict):
        for name, value in given.items():
            if name in TEAMS and isinstance(value, str):
                yield value
            yield from team_names(value)


def _day(given: object) -> date:
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        raise ValueError("its day is missing or no date like 2025-11-03") from None


def past_of(lines: Iterable[PastLine], plan: CohortPlan) -> tuple[PastFact, ...]:
    """The facts of a sheet: who attended the same learning session is one of them."""
    found: list[PastFact] = []
    attended: dict[str, list[PastLine]] = {}
    for line in lines:
        if line.happening.kind == "learning_session_held":
            attended.setdefault(line.detail or "", []).append(line)
        else:
            found.append(_of_line(line, plan))
    return (*found, *(_of_session(number, there, plan) for number, there in attended.items()))


def _of_line(line: PastLine, plan: CohortPlan) -> PastFact:
    happening, day = line.happening, line.day
    of_day = happening.kind in _OF_THEIR_DAY
    fields: dict[str, Any] = {"kind": happening.kind, **happening.fixed, "occurred_at": _moment(day, plan, of_day)}
    if of_day:
        fields["day"] = day.isoformat()
    if line.detail is not None:
        fields[happening.detail] = line.detail
    if happening.of_cohort:
        fields["enrolment"] = plan.enrolment(line.participant)
    subject = plan.cohort if happening.of_cohort else plan.enrolment(line.participant)
    said = json.dumps([line.participant, f"{day}", *happening, line.detail], sort_keys=True, default=dict)
    fields["event_id"] = f"{subject}:imported:{sha256(said.encode()).hexdigest()[:16]}"
    return PastFact(line.line, subject, fields, line.words)


def _of_session(number: str, there: list[PastLine], plan: CohortPlan) -> PastFact:
    fields = {
        "kind": "learning_session_held",
        "event_id": f"{plan.cohort}:imported:learning-session-{number}",
        "occurred_at": _moment(max(line.day for line in there), plan, of_day=True),
        "number": number,
        "attended": tuple(dict.fromkeys(plan.enrolment(line.participant) for line in there)),
    }
    return PastFact(there[0].line, plan.cohort, fields, adds=True)


def _moment(day: date, plan: CohortPlan, of_day: bool) -> datetime:  # noqa: FBT001 - private
    """When it counts as having happened: what is told of a day once that is over, everything else at noon."""
    return clock_of(plan.programme.zone).at(day, time(23, 59, 59) if of_day else time(12))


def fault_of(past: Iterable[PastFact], event_id: str, problem: str) -> FactFault:
    """What is wrong with the fact of this id, on its line."""
    found = next((one for one in past if one.fields["event_id"] == event_id), None)
    return FactFault(found.line, found.subject, problem) if found else FactFault(0, event_id, problem)
