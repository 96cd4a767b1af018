"""The names of event types: one for each kind of fact, and one for each change that is published."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas import subjects
from schemas.moments import Moment
from schemas.words import CohortStage, Health, IntroStage, Matter, PersonId, Phase, RampStep, Role

PREFIX: Final = "org.coaching-lifecycle."
KINDS: Final = tuple(dict.fromkeys(fact for kind in subjects.KINDS for fact in kind.kinds))


def type_of(kind: str) -> str:
    """The event type of a kind of fact."""
    return f"{PREFIX}fact.{kind}"


def kind_of(event_type: str) -> str | None:
    """The kind of fact that an event type names; None for another type."""
    kind = event_type.removeprefix(f"{PREFIX}fact.")
    return kind if kind in KINDS and event_type == type_of(kind) else None


class PhaseChanged(BaseModel):
    """The engagement is in another phase."""

    model_config = ConfigDict(populate_by_name=True)
    before: Phase = Field(alias="from")
    to: Phase


class HealthChanged(BaseModel):
    """The weekly work goes better, or worse."""

    model_config = ConfigDict(populate_by_name=True)
    before: Health = Field(alias="from")
    to: Health


class RampStepChanged(BaseModel):
    """The team's improvement work is at another step."""

    model_config = ConfigDict(populate_by_name=True)
    before: RampStep | None = Field(alias="from")
    to: RampStep | None


class CohortStageChanged(BaseModel):
    """The cohort is at another stage."""

    model_config = ConfigDict(populate_by_name=True)
    before: CohortStage = Field(alias="from")
    to: CohortStage


class CourseStageChanged(BaseModel):
    """The Introduction course is at another stage."""

    model_config = ConfigDict(populate_by_name=True)
    before: IntroStage = Field(alias="from")
    to: IntroStage


Change = Literal["phase", "health", "ramp_step", "cohort_stage", "course_stage"]
CHANGES: Final[dict[Change, type[BaseModel]]] = {
    "phase": PhaseChanged,
    "health": HealthChanged,
    "ramp_step": RampStepChanged,
    "cohort_stage": CohortStageChanged,
    "course_stage": CourseStageChanged,
}
"""What is published beside facts, as ``changed.<what>``."""


class Ask(BaseModel):
    """Something that is asked of somebody: which matter it is about, whose turn it is, and until when it is owed."""

    matter: Matter
    window: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:@+/-]+$")]
    """With the subject and the matter, says which ask it is."""

    step: Annotated[int, Field(ge=0)]
    """How far it has come: reminders and escalations count."""

    turn: Role
    person: PersonId | None
    since: Moment
    owed_by: Moment | None
    about: date | None


ASKS: Final[dict[str, str]] = {
    "due": "Something is asked of somebody, from now on.",
    "chased": "Somebody is reminded of what is asked of them.",
    "escalated": "What is asked has not been answered, and is now somebody else's turn.",
    "turn_changed": "What is asked is somebody else's turn now, for who has the part has changed.",
    "answered": "What was asked is answered, or nobody needs it any more.",
    "lapsed": "What was asked was not answered, and is not asked any more.",
}
"""What happens to an :class:`Ask`, published as ``ask.<what>``."""

TYPES: Final = (
    *(f"fact.{kind}" for kind in KINDS),
    *(f"changed.{what}" for what in CHANGES),
    *(f"ask.{what}" for what in ASKS),
)
"""Every type that is published, as it is recorded: without our prefix."""
