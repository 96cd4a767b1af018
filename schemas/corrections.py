"""Corrections, and with them all that each kind of subject can be told: unions told apart by ``kind``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.academy_facts import AcademyHappening, AcademyOpened
from schemas.cohort_facts import CohortHappening, CohortScheduled
from schemas.engagement_facts import EngagementHappening, EngagementProposed
from schemas.facts import Fact
from schemas.intro_course_facts import IntroCourseHappening, IntroCourseScheduled
from schemas.person_facts import PersonHappening, PersonKnown
from schemas.words import EventId

Opening = EngagementProposed | CohortScheduled | IntroCourseScheduled | AcademyOpened | PersonKnown
Happening = EngagementHappening | CohortHappening | IntroCourseHappening | AcademyHappening | PersonHappening


class Correction(Fact):
    """An earlier fact was wrong: it is withdrawn, and ``replacement``, if any, holds in its place.

    The latest correction of a fact wins, and the office sees the other. A correction can itself be corrected. A first
    fact is never withdrawn, and keeps its ids, its moment and its programme.
    """

    kind: Literal["correction"] = "correction"
    corrects: EventId
    replacement: Annotated[Opening | Happening, Field(discriminator="kind")] | None = None


EngagementFact = Annotated[EngagementProposed | EngagementHappening | Correction, Field(discriminator="kind")]
CohortFact = Annotated[CohortScheduled | CohortHappening | Correction, Field(discriminator="kind")]
IntroCourseFact = Annotated[IntroCourseScheduled | IntroCourseHappening | Correction, Field(discriminator="kind")]
AcademyFact = Annotated[AcademyOpened | AcademyHappening | Correction, Field(discriminator="kind")]
PersonFact = Annotated[PersonKnown | PersonHappening | Correction, Field(discriminator="kind")]
AnyFact = Annotated[Opening | Happening | Correction, Field(discriminator="kind")]

ENGAGEMENT_FACT: TypeAdapter[EngagementFact] = TypeAdapter(EngagementFact)
COHORT_FACT: TypeAdapter[CohortFact] = TypeAdapter(CohortFact)
INTRO_COURSE_FACT: TypeAdapter[IntroCourseFact] = TypeAdapter(IntroCourseFact)
ACADEMY_FACT: TypeAdapter[AcademyFact] = TypeAdapter(AcademyFact)
PERSON_FACT: TypeAdapter[PersonFact] = TypeAdapter(PersonFact)
ANY_FACT: TypeAdapter[AnyFact] = TypeAdapter(AnyFact)
"""Each reads and writes any fact of its kind of subject, as Python objects or JSON."""
