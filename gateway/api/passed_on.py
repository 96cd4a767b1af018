"""What is told once and heard by many: the days it is about, and who heard."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StrictBool, model_validator

from gateway.api.answers import Answer
from gateway.api.rosters import within_calendar
from operations.effects import Heard
from schemas.words import Code, Said

_Day = Annotated[date, AfterValidator(within_calendar)]


class Days(Said):
    """The days on which somebody is away, or an academy is closed."""

    first_day: _Day = Field(description="The first day.")
    last_day: _Day = Field(description="The last day, included.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError("the last day must not be before the first")
        return self


class DaysToSay(Days):
    """Such days, as they are told."""

    confirmed: StrictBool = Field(
        default=False, description="Confirms a length that is unusual. Without it, so many days are refused."
    )


class RefusedBy(Answer):
    """Who did not take it."""

    subject: Code
    reason: str
    """The refusal in words."""


class Told(Answer):
    """Who heard of it, or that it was taken back."""

    told: tuple[Code, ...]
    """Those that did not know it before."""

    refused: tuple[RefusedBy, ...] = ()
    late: tuple[Code, ...] = ()
    """Those that have not answered yet. They are told again by the next morning."""

    @classmethod
    def of(cls, heard: Heard) -> Told:
        """As the engine says it."""
        refused = tuple(RefusedBy(subject=subject, reason=reason) for subject, reason in heard.refused)
        return cls(told=heard.told, refused=refused, late=heard.late)
