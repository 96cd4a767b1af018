"""The team's improvement work: what each fact of it changes, and when it is legal."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal

from lifecycle.dates import long_date
from lifecycle.engagement.checks import before_the_beginning
from lifecycle.engagement.life import Aim, Cycle, Life
from schemas import improvement_facts as facts
from schemas.due import Refusal
from schemas.words import RampStep

_LONGEST: Final = timedelta(days=366)
_FARTHEST_AIM: Final = timedelta(days=3 * 366)


def _no(when: Literal["never", "not_yet"], code: str, reason: str) -> Refusal:
    return Refusal(when=when, code=code, reason=reason)


def step_reached(life: Life, fact: facts.RampStepReached) -> Life:
    """The ramp is cyclic: any step may follow any other."""
    return life._replace(ramp_step=fact.step)


def measure_defined(life: Life, fact: facts.MeasureDefined) -> Life:
    """Measurements of it can be told from now on."""
    return life._replace(measures=life.measures | {fact.measure})


def measure_is_defined(life: Life, fact: facts.MeasurementRecorded | facts.ChartRebased) -> Refusal | None:
    """A value, and a chart, belong to a measure the team defined."""
    return None if fact.measure in life.measures else _unknown_measure()


def _unknown_measure() -> Refusal:
    return _no("not_yet", "unknown_measure", "This measure isn't defined yet. Record the measure first.")


def can_be_measured(life: Life, fact: facts.MeasurementRecorded) -> Refusal | None:
    """A value is of a day that has come."""
    if fact.day > life.calendar.day(fact.occurred_at):
        return _no(
            "not_yet", "day_to_come", f"{long_date(fact.day)} is in the future. Record its value once it's measured."
        )
    return measure_is_defined(life, fact)


def can_be_rebased(life: Life, fact: facts.ChartRebased) -> Refusal | None:
    """A chart has a new baseline from a day that has come."""
    if fact.from_day > life.calendar.day(fact.occurred_at):
        return _no(
            "not_yet",
            "day_to_come",
            f"{long_date(fact.from_day)} is in the future. Record the new baseline once it has started.",
        )
    return measure_is_defined(life, fact)


def aim_set(life: Life, fact: facts.AimSet) -> Life:
    """An aim moves the ramp forward to its step, never back: later cycles may revise an aim."""
    if fact.measure is not None and fact.target is not None and fact.by_day is not None and fact.aim == "specific":
        life = life._replace(aim=Aim(fact.measure, fact.target, fact.by_day, fact.event_id))
    aimed = RampStep.GLOBAL_AIM if fact.aim == "global" else RampStep.SPECIFIC_AIM
    steps = list(RampStep)
    if life.ramp_step is None or steps.index(aimed) > steps.index(life.ramp_step):
        return life._replace(ramp_step=aimed)
    return life


def aim_is_whole(life: Life, fact: facts.AimSet) -> Refusal | None:
    """A specific aim has a measure that is defined, a target, and a date ahead, in sight."""
    if fact.aim == "global":
        return None
    if fact.measure is None or fact.target is None or fact.by_day is None:
        return _no("never", "aim_not_whole", "A specific aim needs a measure, a number to reach and a date.")
    if fact.measure not in life.measures:
        return _unknown_measure()
    today = life.calendar.day(fact.occurred_at)
    if not today < fact.by_day <= today + _FARTHEST_AIM:
        return _no(
            "never",
            "aim_out_of_sight",
            "The date of an aim must be after the day it was set, and within 3 years of it.",
        )
    return None


def aim_closed(life: Life, _fact: facts.AimClosed) -> Life:
    """The aim is reached, or dropped: its date is no longer asked about."""
    return life._replace(aim=None)


def has_aim(life: Life, _fact: facts.AimClosed) -> Refusal | None:
    """Only an aim that was set can be reached or dropped."""
    return None if life.aim else _no("not_yet", "no_aim", "The team has no specific aim at the moment. Set one first.")


def idea_added(life: Life, fact: facts.ChangeIdeaAdded) -> Life:
    """Cycles can try it from now on."""
    return life._replace(ideas=life.ideas | {fact.idea})


def idea_is_new(life: Life, fact: facts.ChangeIdeaAdded) -> Refusal | None:
    """Each idea has a number of its own."""
    if fact.idea not in life.ideas:
        return None
    return _no("never", "idea_known", f"Change idea {fact.idea} is already recorded. Give this one another number.")


def cycle_planned(life: Life, fact: facts.PdsaPlanned) -> Life:
    """The cycle runs, until it is studied."""
    cycle = Cycle(fact.cycle, fact.standardise, fact.from_day, fact.until_day, fact.idea, fact.event_id)
    step = RampStep.SDSA if fact.standardise else RampStep.PDSA
    return life._replace(cycles={**life.cycles, fact.cycle: cycle}, ramp_step=step)


def can_be_planned(life: Life, fact: facts.PdsaPlanned) -> Refusal | None:
    """Days in order and in sight, a number of its own, an idea that is known; SDSA after a PDSA that was adopted."""
    if fact.cycle in life.cycles:
        return _no("never", "planned_already", f"Cycle {fact.cycle} is already planned. Correct it, or plan another.")
    today = life.calendar.day(fact.occurred_at)
    if fact.from_day > today + _LONGEST or not fact.from_day <= fact.until_day <= max(today, fact.from_day) + _LONGEST:
        return _no("never", "days_out_of_order", "A cycle must end on or after the day it starts, and within a year.")
    if refused := before_the_beginning(life, fact.from_day):
        return refused
    if fact.idea is not None and fact.idea not in life.ideas:
        return _no("not_yet", "unknown_idea", f"Change idea {fact.idea} isn't recorded yet. Record the idea first.")
    if fact.standardise and not any(each.adopted and not each.standardise for each in life.cycles.values()):
        return _no(
            "not_yet", "nothing_adopted", "An SDSA cycle needs a change that the team tested in a PDSA cycle and "
            "adopted. Record the study of that cycle first.",
        )  # fmt: skip
    return None


def cycle_studied(life: Life, fact: facts.PdsaStudied) -> Life:
    """The cycle is over; an SDSA that is adopted counts towards the gate."""
    studied = life.cycles[fact.cycle]._replace(studied_at=fact.occurred_at, decision=fact.decision)
    return life._replace(cycles={**life.cycles, fact.cycle: studied})


def can_be_studied(life: Life, fact: facts.PdsaStudied) -> Refusal | None:
    """A cycle is studied once, after it was planned and has begun."""
    cycle = life.cycles.get(fact.cycle)
    if cycle is None:
        return _no("not_yet", "not_planned", f"Cycle {fact.cycle} isn't planned yet. Record its plan first.")
    if cycle.studied_at is not None:
        return _no("never", "studied_already", f"The study of cycle {fact.cycle} is already recorded.")
    if life.calendar.day(fact.occurred_at) < cycle.from_day:
        return _no(
            "not_yet",
            "not_begun",
            f"Cycle {fact.cycle} doesn't start until {long_date(cycle.from_day)}, so it can't have been studied yet.",
        )
    return None


def help_agreed(life: Life, fact: facts.HelpAgreed) -> Life:
    """Somebody has said what helps."""
    return life._replace(helped_at=fact.occurred_at)
