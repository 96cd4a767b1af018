"""What an engagement can be told of the team's improvement work: aims, measures, change ideas, cycles, and help."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from schemas.facts import Fact
from schemas.words import Code, Group, RampStep

Number = Annotated[int, Field(ge=1, le=999)]
"""Names a cycle, or a change idea, of one team."""


class RampStepReached(Fact, group=Group.IMPROVEMENT):
    """The team's improvement work reached a step of the ramp."""

    kind: Literal["ramp_step_reached"] = "ramp_step_reached"
    step: RampStep


class AimSet(Fact, group=Group.IMPROVEMENT):
    """The team set or revised an aim. A specific aim has a measure, a target and a date; its words are a note."""

    kind: Literal["aim_set"] = "aim_set"
    aim: Literal["global", "specific"]
    target: float | None = None
    by_day: date | None = None
    measure: Code | None = None


class AimClosed(Fact, group=Group.IMPROVEMENT):
    """The team's specific aim is reached, or was dropped."""

    kind: Literal["aim_closed"] = "aim_closed"
    outcome: Literal["reached", "dropped"]


class ChangeIdeaAdded(Fact, group=Group.IMPROVEMENT):
    """The team has an idea what to change. Its words are a note; what became of it follows from its cycles."""

    kind: Literal["change_idea_added"] = "change_idea_added"
    idea: Number


class PdsaPlanned(Fact, group=Group.IMPROVEMENT):
    """A plan-do-study-act cycle, or one that standardises, is planned for some days. Plan and prediction are a note."""

    kind: Literal["pdsa_planned"] = "pdsa_planned"
    cycle: Number
    standardise: bool = False
    from_day: date
    until_day: date
    idea: Number | None = None


class PdsaStudied(Fact, group=Group.IMPROVEMENT):
    """A planned cycle was studied, and what follows decided. The result in words is a note."""

    kind: Literal["pdsa_studied"] = "pdsa_studied"
    cycle: Number
    as_predicted: Literal["yes", "partly", "no"]
    decision: Literal["adopt", "adapt", "abandon"]


class MeasureDefined(Fact, group=Group.IMPROVEMENT):
    """The team defined a measure. Its words are a note."""

    kind: Literal["measure_defined"] = "measure_defined"
    measure: Code
    better: Literal["higher", "lower"]


class MeasurementRecorded(Fact, group=Group.IMPROVEMENT):
    """One value of a measure, on a day."""

    kind: Literal["measurement_recorded"] = "measurement_recorded"
    measure: Code
    value: float
    day: date


class ChartRebased(Fact, group=Group.IMPROVEMENT):
    """From a day on, the chart of a measure has a new baseline, for a reason. More of it is a note."""

    kind: Literal["chart_rebased"] = "chart_rebased"
    measure: Code
    from_day: date
    reason: Literal["process_changed", "sustained_shift", "measured_otherwise", "other"]


class Help(StrEnum):
    """What helps a team that makes no progress."""

    MORE_SUPPORT = "more_support"
    MORE_TIME = "more_time"
    SMALLER_AIM = "smaller_aim"
    ANOTHER_COACH = "another_coach"
    PAUSE = "pause"
    ENDING = "ending"
    NOTHING_NEEDED = "nothing_needed"
    OTHER = "other"


class HelpAgreed(Fact, group=Group.DECISIONS):
    """Faculty says what would help a team that makes no progress. More of it is a note."""

    kind: Literal["help_agreed"] = "help_agreed"
    help: Help
