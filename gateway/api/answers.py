"""What the API answers. No field is a name, an address or a sentence that somebody wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final, Literal, TypeVar

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.problems import ProblemDetails
from lifecycle.worklist import Waiting
from records.audit import AuditLine
from records.lists import ListedFact, ListedNotice, ListedScore, ListedSession
from records.views import CohortLine, ListedEngagement, ListedEnrolment
from schemas.due import AnyTold, Due, Standing, Why
from schemas.moments import Moment
from schemas.programme import Programme
from schemas.roster import RosterFault
from schemas.words import CohortId, EnrolmentId, EventId, Matter, PersonId, Role

Shown = TypeVar("Shown", bound=BaseModel)

_QUOTED: Final = re.compile(r"'(?:[^'\\]|\\.)*' |\"(?:[^\"\\]|\\.)*\" ")


class Answer(BaseModel):
    """Base of every answer. Fields are only ever added."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Paged(Answer):
    """A page of a list."""

    next: str | None = Field(default=None, examples=["ODkzNGVmZGUvc2hlZmZpZWxkLjIwMjctYXV0dW1uLlA1MA"])
    """The cursor of the next page, null on the last."""


class Cohorts(Paged):
    """Cohorts, in the order of their ids."""

    items: tuple[CohortLine, ...]


class CohortShown(Answer):
    """A cohort and its participants."""

    cohort: CohortLine
    enrolments: tuple[ListedEnrolment, ...]


class Scheduled(Answer):
    """What scheduling a cohort did."""

    cohort: CohortId
    fresh: bool
    """Whether the cohort was not there before."""

    added: tuple[EnrolmentId, ...]
    """Participants it did not have before."""

    known: tuple[EnrolmentId, ...]
    """Participants it had already."""


class RosterLine(Answer):
    """Something wrong with a roster, or only worth a look."""

    where: str
    """The line and column of a CSV, or the field of the JSON."""

    line: int | None
    """The line of the CSV, counted from 1."""

    column: str | None
    """The column; null when it concerns the whole row or file."""

    problem: str
    remedy: str

    @classmethod
    def of_a_sheet(cls, fault: RosterFault) -> RosterLine:
        """What is wrong, by the line of the file. It may be logged by whoever sent it: no cell is quoted."""
        column = fault.column or None
        where = f"line {fault.line}, column {column}" if column else f"line {fault.line}"
        return cls(where=where, line=fault.line, column=column, problem=unquoted(fault), remedy=fault.remedy)

    @property
    def as_fault(self) -> dict[str, str | int | None]:
        """The same among the faults of a problem."""
        said = f"{self.problem}; {self.remedy}"
        return {"where": self.where, "problem": said, "line": self.line, "column": self.column}


def unquoted(fault: RosterFault) -> str:
    """The problem without what stands in the cell."""
    return _QUOTED.sub("", f"{fault.problem} ").strip()


class RosterChecked(Answer):
    """What a roster is found to be. With any fault it cannot be scheduled; warnings never hinder."""

    faultless: bool
    participants: int
    teams: int
    faults: tuple[RosterLine, ...]
    warnings: tuple[RosterLine, ...]
    notes: tuple[RosterLine, ...] = ()
    """What was understood, where it could have been something else."""


class Engagements(Paged):
    """Engagements, in the order of their ids."""

    items: tuple[ListedEngagement, ...]


class RoleHeld(Answer):
    """Who has a role, by id."""

    role: Role
    person: PersonId


class UnsentNotice(Answer):
    """A notice that could not be sent yet, or at all."""

    notice: str
    person: PersonId
    role: Role
    matter: Matter
    status: Literal["waiting", "failed"]
    issued_at: Moment


class EngagementShown(Answer):
    """One engagement: where it stands now, who is in it, and what could not be sent."""

    engagement: ListedEngagement
    standing: Standing
    people: tuple[RoleHeld, ...]
    unsent: tuple[UnsentNotice, ...]


class Timeline(Answer):
    """Everything that will fall due, earliest first, as if every question were answered in time."""

    items: tuple[Due, ...]


class Reasons(Answer):
    """The reasons of what was asked about: what was done first, then what is to come, then notices."""

    items: tuple[Why, ...]


class Facts(Paged):
    """Facts in the order they were recorded."""

    items: tuple[ListedFact, ...]


class Notices(Paged):
    """Notices, oldest first."""

    items: tuple[ListedNotice, ...]


class PeopleInRoles(Paged):
    """Who has which part, in the order of people's ids."""

    items: tuple[RoleHeld, ...]


class Sessions(Paged):
    """A team's sessions, as they begin."""

    items: tuple[ListedSession, ...]


class Scores(Paged):
    """A team's progress scores, oldest first."""

    items: tuple[ListedScore, ...]


class DayTaught(Answer):
    """One learning session of a cohort, or one day of an Introduction course."""

    number: int
    day: date
    """The day it begins on, by the clocks of its place."""

    starts_at: Moment
    ends_at: Moment
    held: bool
    """Whether somebody has told who was there."""

    cancelled: bool
    """Whether it will not take place, because all of it was cancelled before."""

    expected: int
    """Who has a place, and at a learning session had one when it began."""

    attended: int
    """How many of these were there. Who made up a learning session counts; a day that was made up counts there."""

    facts: tuple[EventId, ...]
    """The facts that say so, as they hold: a corrected one goes by the id of its correction."""


class DaysTaught(Paged):
    """Learning sessions or days, by their numbers."""

    items: tuple[DayTaught, ...]


class Kept(Answer):
    """The fact is kept, and will be told. `Location` says where to look."""

    event_id: EventId
    status: Literal["waiting", "recorded", "set_aside"]


class FactStatus(Answer):
    """What became of a fact."""

    event_id: EventId
    subject: str | None
    """The engagement or cohort it was told to."""

    status: Literal["recorded", "waiting", "set_aside"]
    """`waiting`: kept, not told yet. `set_aside`: it cannot be told as it is, and waits for somebody to mend it."""

    recorded_at: Moment | None = None
    answer: AnyTold | None = None
    """The first answer, of a recorded fact."""

    code: str | None = None
    """Why it waits or was set aside, for programs."""

    reason: str | None = None
    """The same, for people."""


class AnsweredFact(Answer):
    """What became of one fact of many."""

    subject: str
    event_id: str | None
    status: int
    """The HTTP status that telling it alone would have had."""

    told: AnyTold | None = None
    """The answer, when it is recorded."""

    location: str | None = None
    """Where to look, when it is kept."""

    problem: ProblemDetails | None = None
    """What is wrong, when it is neither."""


class AnsweredFacts(Answer):
    """What became of each, in the order they came."""

    items: tuple[AnsweredFact, ...]


class Worklist(Answer):
    """What waits for a human, the most pressing first."""

    items: tuple[Waiting, ...]


class ListedProgramme(Answer):
    """A programme that comes with the engine."""

    name: str
    version: int
    label: str = Field(examples=["sheffield-mca@1"])


class Programmes(Answer):
    """The programmes that come with the engine."""

    items: tuple[ListedProgramme, ...]


class ProgrammeShown(Answer):
    """A programme with every parameter."""

    programme: Programme


class AuditEntries(Paged):
    """Who asked for what, the newest first."""

    items: tuple[AuditLine, ...]


class Running(Answer):
    """All is well."""

    status: Literal["live", "ready"]


def scheduled(response: Response, said: BaseModel, place: str, *, fresh: bool, later: bool) -> Response:
    """Something is scheduled: anew, as before, or, as the caller would rather not wait, ``later``."""
    if later:
        return answered(response, said, 202, Location=place, Preference_Applied="respond-async")
    return answered(response, said, 201 if fresh else 200, Location=place)


def shown(model: type[Shown], found: Iterable[object]) -> tuple[Shown, ...]:
    """What was found, as far as the answer shows it."""
    return tuple(model.model_validate(line, from_attributes=True) for line in found)


def place_of(event_id: EventId) -> str:
    """Where to look for what became of a fact."""
    return f"/v1/facts/{event_id}"


def answered(response: Response, said: BaseModel, status: int = 200, **headers: str) -> Response:
    """The answer, with the headers that stand in ``response`` already."""
    given = dict(response.headers) | {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(said.model_dump_json(), status, headers=given, media_type="application/json")
