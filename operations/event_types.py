"""The names of event types: one for each kind of fact, and one for each change that is published."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas import subjects
from schemas.words import Health, Phase, RampStep

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


Change = Literal["phase", "health", "ramp_step"]
CHANGES: Final[dict[Change, type[BaseModel]]] = {
    "phase": PhaseChanged,
    "health": HealthChanged,
    "ramp_step": RampStepChanged,
}
"""What is published beside facts, as ``changed.<what>``."""

TYPES: Final = (*(f"fact.{kind}" for kind in KINDS), *(f"changed.{what}" for what in CHANGES))
"""Every type that is published, as it is recorded: without our prefix."""
