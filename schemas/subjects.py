"""Every kind of subject, described once: what it is called, what it can be told, and where it is kept.

Layers above add what only they know, each in one dict keyed by a kind's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from pydantic import TypeAdapter

from schemas.cohort_facts import COHORT_FACT, CohortCorrection, CohortFact
from schemas.due import CohortStanding, CohortTold, IntroCourseStanding, IntroCourseTold, Standing, Told
from schemas.facts import ENGAGEMENT_FACT, Correction, EngagementFact, Fact, models_of
from schemas.intro_course_facts import INTRO_COURSE_FACT, IntroCourseCorrection, IntroCourseFact

ToldT = TypeVar("ToldT", Told, CohortTold, IntroCourseTold)
StandingT = TypeVar("StandingT", Standing, CohortStanding, IntroCourseStanding)


@dataclass(frozen=True, slots=True)
class SubjectKind(Generic[ToldT, StandingT]):
    """One kind of subject.

    ``words`` is what people call it. ``prefix`` begins its workflow ids. ``opening`` is the kind of its first fact,
    ``facts`` reads any of its facts, ``models`` are all of them. ``told`` and ``standing`` are its answers. ``table``
    is where the records keep one row of each, by ``column``.
    """

    name: str
    words: str
    workflow: str
    prefix: str
    opening: str
    facts: TypeAdapter[Any]
    models: tuple[type[Fact], ...]
    correction: type[Correction | CohortCorrection | IntroCourseCorrection]
    told: type[ToldT]
    standing: type[StandingT]
    table: str
    column: str

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
    workflow="EngagementWorkflow",
    prefix="engagement",
    opening="engagement_proposed",
    facts=ENGAGEMENT_FACT,
    models=models_of(EngagementFact),
    correction=Correction,
    told=Told,
    standing=Standing,
    table="engagements",
    column="engagement",
)

COHORT: Final = SubjectKind(
    name="cohort",
    words="cohort",
    workflow="CohortWorkflow",
    prefix="cohort",
    opening="cohort_scheduled",
    facts=COHORT_FACT,
    models=models_of(CohortFact),
    correction=CohortCorrection,
    told=CohortTold,
    standing=CohortStanding,
    table="cohorts",
    column="cohort",
)

INTRO_COURSE: Final = SubjectKind(
    name="intro_course",
    words="Introduction course",
    workflow="IntroCourseWorkflow",
    prefix="intro-course",
    opening="intro_course_scheduled",
    facts=INTRO_COURSE_FACT,
    models=models_of(IntroCourseFact),
    correction=IntroCourseCorrection,
    told=IntroCourseTold,
    standing=IntroCourseStanding,
    table="intro_courses",
    column="course",
)

KINDS: Final[tuple[AnyKind, ...]] = (ENGAGEMENT, COHORT, INTRO_COURSE)
"""Every kind of subject there is."""

_BY_OPENING: Final = {kind.opening: kind for kind in KINDS}
_BY_TABLE: Final = {kind.table: kind for kind in KINDS}
_BY_FACT: Final = {fact: kind for kind in KINDS for fact in kind.kinds}


def kind_of(opening: str) -> AnyKind:
    """The kind of subject that begins with this kind of fact. Raises KeyError for any other."""
    return _BY_OPENING[opening]


def kept_in(table: str) -> AnyKind:
    """The kind of subject whose rows a table keeps. Raises KeyError for any other."""
    return _BY_TABLE[table]


def kind_told(fact: str) -> AnyKind | None:
    """The kind of subject that is told facts of this kind; None for an unknown one."""
    return _BY_FACT.get(fact)


def workflow_id(kind: AnyKind, subject: str) -> str:
    """The workflow id of a subject."""
    return f"{kind.prefix}:{subject}"
