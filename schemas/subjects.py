"""Every kind of subject, described once: what it is called, what it can be told, and where it is kept.

Layers above add what only they know, each in one dict keyed by a kind's name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from pydantic import TypeAdapter

from schemas.corrections import (
    ACADEMY_FACT,
    COHORT_FACT,
    ENGAGEMENT_FACT,
    INTRO_COURSE_FACT,
    PERSON_FACT,
    AcademyFact,
    CohortFact,
    Correction,
    EngagementFact,
    IntroCourseFact,
    PersonFact,
)
from schemas.due import (
    AcademyStanding,
    AcademyTold,
    AnyStanding,
    AnyTold,
    CohortStanding,
    CohortTold,
    IntroCourseStanding,
    IntroCourseTold,
    PersonStanding,
    PersonTold,
    Standing,
    Told,
)
from schemas.facts import Fact, models_of
from schemas.sentences import say

ToldT = TypeVar("ToldT", bound=AnyTold)
StandingT = TypeVar("StandingT", bound=AnyStanding)


@dataclass(frozen=True, slots=True)
class SubjectKind(Generic[ToldT, StandingT]):
    """One kind of subject.

    ``words`` is what people call it, ``about`` what it is, in a sentence; ``page`` is its page in the workspace.
    ``example`` is an id as documents write it. ``prefix`` begins its workflow ids.
    ``opening`` is the kind of its first fact, ``facts`` reads any of its facts, ``models`` are all of them. ``told``
    and ``standing`` are its answers. ``table`` is where the records keep one row of each, by ``column``; None for a
    kind that has a ledger alone.
    """

    name: str
    words: str
    about: str
    page: str
    example: str
    workflow: str
    prefix: str
    opening: str
    facts: TypeAdapter[Any]
    models: tuple[type[Fact], ...]
    told: type[ToldT]
    standing: type[StandingT]
    table: str | None = None
    column: str | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its facts, in the order that settles ties of ``occurred_at``."""
        return tuple(model.model_fields["kind"].default for model in self.models)

    def __str__(self) -> str:
        """The words with their article, as in a sentence."""
        return f"{'an' if self.words[0].lower() in 'aeiou' else 'a'} {self.words}"


AnyKind = SubjectKind[Any, Any]

ENGAGEMENT: Final = SubjectKind(
    name="engagement",
    words="engagement",
    about="The coaching of one team, from the proposal to the day it carries on alone.",
    page="/teams/{subject}",
    example="sheffield.2027-autumn.P01",
    workflow="EngagementWorkflow",
    prefix="engagement",
    opening="engagement_proposed",
    facts=ENGAGEMENT_FACT,
    models=models_of(EngagementFact),
    told=Told,
    standing=Standing,
    table="engagements",
    column="engagement",
)

COHORT: Final = SubjectKind(
    name="cohort",
    words="cohort",
    about="One cohort of the coaching course: its sessions and its participants' places.",
    page="/cohorts/{subject}",
    example="sheffield.2027-autumn",
    workflow="CohortWorkflow",
    prefix="cohort",
    opening="cohort_scheduled",
    facts=COHORT_FACT,
    models=models_of(CohortFact),
    told=CohortTold,
    standing=CohortStanding,
    table="cohorts",
    column="cohort",
)

INTRO_COURSE: Final = SubjectKind(
    name="intro_course",
    words="Introduction course",
    about="One two-day Introduction course: its bookings, its days, and what comes after them.",
    page="/introduction-courses/{subject}",
    example="sheffield.intro-2027-09",
    workflow="IntroCourseWorkflow",
    prefix="intro-course",
    opening="intro_course_scheduled",
    facts=INTRO_COURSE_FACT,
    models=models_of(IntroCourseFact),
    told=IntroCourseTold,
    standing=IntroCourseStanding,
    table="intro_courses",
    column="course",
)

ACADEMY: Final = SubjectKind(
    name="academy",
    words="academy",
    about="What holds for a whole academy: closed weeks, bank holidays, programme, office.",
    page="/academy",
    example="sheffield",
    workflow="AcademyWorkflow",
    prefix="academy",
    opening="academy_opened",
    facts=ACADEMY_FACT,
    models=models_of(AcademyFact),
    told=AcademyTold,
    standing=AcademyStanding,
)

PERSON: Final = SubjectKind(
    name="person",
    words="person",
    about="What belongs to one person wherever they have a part, such as their leave.",
    page="/people/{subject}",
    example="sheffield.per_3f2a",
    workflow="PersonWorkflow",
    prefix="person",
    opening="person_known",
    facts=PERSON_FACT,
    models=models_of(PersonFact),
    told=PersonTold,
    standing=PersonStanding,
)

KINDS: Final[tuple[AnyKind, ...]] = (ENGAGEMENT, COHORT, INTRO_COURSE, ACADEMY, PERSON)
"""Every kind of subject there is."""

GROUPS: Final = {
    model.model_fields["kind"].default: model.group
    for kind in KINDS
    for model in kind.models
    if model is not Correction
}
"""The group of every kind of fact; a correction has that of what it corrects."""

_HALF_YEAR: Final = re.compile(r"([0-9]{4})-([a-z]+)(?:-([0-9]+))?")
_SEASONS: Final = {
    "winter": "Winter {year}", "spring": "Spring {year}", "summer": "Summer {year}", "autumn": "Autumn {year}",
}  # fmt: skip
_BY_OPENING: Final = {kind.opening: kind for kind in KINDS}
_BY_TABLE: Final = {kind.table: kind for kind in KINDS if kind.table is not None}


def kind_of(opening: str) -> AnyKind:
    """The kind of subject that begins with this kind of fact. Raises KeyError for any other."""
    return _BY_OPENING[opening]


def kept_in(table: str) -> AnyKind:
    """The kind of subject whose rows a table keeps. Raises KeyError for any other."""
    return _BY_TABLE[table]


def workflow_id(kind: AnyKind, subject: str) -> str:
    """The workflow id of a subject."""
    return f"{kind.prefix}:{subject}"


def person_subject(academy: str, person: str) -> str:
    """Under which id a person's ledger stands: ids of subjects begin with their academy."""
    return f"{academy}.{person}"


def cohort_name(cohort: str) -> str:
    """What people call a cohort, by its id: "2026-autumn" is read as "Autumn 2026", "2026-autumn-2" with " (2)"."""
    code = cohort.partition(".")[2] or cohort
    if (parts := _HALF_YEAR.fullmatch(code)) is None:
        return code
    year, season, number = parts.groups()
    name = say(_SEASONS.get(season, f"{season.capitalize()} {{year}}"), year=year)
    return say("{name} ({number})", name=name, number=number) if number else name
