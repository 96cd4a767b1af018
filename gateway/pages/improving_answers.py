"""Answers about the improvement work, and what is recorded of it: cycles, change ideas, aims and charts."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from gateway.pages.answers import button, day_field, tells
from gateway.pages.asked import NO_PATIENTS, Answer, Choice, Field, Given, Telling
from gateway.pages.measuring import MEASURED, defined, measure_words
from gateway.pages.named import AS_PREDICTED, DECISIONS
from gateway.pages.shown import PageContext
from lifecycle.dates import date_range, long_date
from lifecycle.engagement.life import Aim, Cycle
from lifecycle.engagement.work import to_standardise
from schemas import improvement_facts as facts
from schemas.sentences import joined, say

_BECAME: Final = {"adopt": "adopted", "adapt": "being adapted", "abandon": "abandoned"}


def study(cycle: Cycle, *, opened: bool = False) -> Answer:
    """What a cycle showed, and what follows."""
    fields = (
        Field(
            name="as_predicted",
            kind="radios",
            label="Did it go as predicted?",
            missing="Select how it went",
            choices=tuple(Choice(code, words) for code, words in AS_PREDICTED.items()),
        ),
        Field(
            name="decision",
            kind="radios",
            label="What will the team do next?",
            missing="Select what comes next",
            choices=tuple(Choice(code, words) for code, words in DECISIONS.items()),
        ),
        Field(
            name="result",
            kind="note",
            label="What did the study show?",
            hint=say("One sentence. {no_patients}", no_patients=NO_PATIENTS),
            missing="Enter what the study showed",
        ),
    )

    def told(given: Given) -> tuple[Telling, ...]:
        said = {"as_predicted": given["as_predicted"], "decision": given["decision"]}
        return tells(given, facts.PdsaStudied, cycle=cycle.number, **said)

    return Answer(
        name=f"study-{cycle.number}" if opened else "study",
        opener=say("{cycle}: what the study showed", cycle=called(cycle)) if opened else "",
        fields=fields,
        buttons=button("Record the study"),
        tell=told,
        note=False,
    )


def still_running(page: PageContext, cycle: Cycle) -> Answer:
    """A cycle that takes longer than planned."""
    plan = next(
        fact for fact in page.holding("pdsa_planned")
        if isinstance(fact, facts.PdsaPlanned) and fact.cycle == cycle.number
    )  # fmt: skip

    def told(given: Given) -> tuple[Telling, ...]:
        return (Telling(plan.model_copy(update={"until_day": given["until"]}), plan.event_id),)

    return Answer(
        name="longer",
        opener="It's still running",
        fields=(day_field("until", "When will it end?", page, given=False),),
        buttons=button("It's still running"),
        tell=told,
        variant="secondary",
        note=False,
    )


def plan(page: PageContext, *, opened: bool = False) -> Answer:
    """A PDSA or SDSA cycle, for some days. Its plan and prediction are kept as the note."""

    def told(given: Given) -> tuple[Telling, ...]:
        return tells(
            given,
            facts.PdsaPlanned,
            cycle=max(page.life.cycles, default=0) + 1,
            standardise=given["which"] == "sdsa",
            from_day=given["from"],
            until_day=given["until"],
            idea=int(given["idea"]) if given["idea"] else None,
        )

    return Answer(
        name="plan",
        opener="Plan a PDSA or SDSA cycle" if opened else "",
        fields=_of_a_plan(page),
        buttons=button("Record the plan"),
        tell=told,
        note=False,
    )


def _of_a_plan(page: PageContext) -> tuple[Field, ...]:
    adopted = any(each.adopted for each in page.life.cycles.values())
    kinds = (
        Choice("pdsa", say("PDSA"), "Test a change"),
        Choice("sdsa", say("SDSA"), "Make a change you've adopted the standard"),
    )
    which = Field(
        name="which", kind="radios", label="Which kind of cycle?", missing="Select the kind of cycle", choices=kinds,
        value="sdsa" if to_standardise(page.life) else "pdsa",
    )  # fmt: skip
    ideas = Field(
        name="idea", kind="radios", label="Which change idea does it test? (optional)", optional=True,
        choices=tuple(Choice(str(idea), _idea_words(page, idea)) for idea in sorted(page.life.ideas)),
    )  # fmt: skip
    until = Field(
        name="until", kind="date", label="When does it end?", hint="For example, 27 3 2027",
        missing="Enter the date it ends", value=page.today + timedelta(weeks=4),
    )  # fmt: skip
    return (
        *((which,) if adopted else ()),
        Field(
            name="plan",
            kind="note",
            label="What will the team do?",
            hint=say("One sentence. {no_patients}", no_patients=NO_PATIENTS),
            missing="Enter what the team will do",
        ),
        Field(
            name="prediction",
            kind="note",
            label="What does the team predict will happen?",
            hint="One sentence.",
            missing="Enter what the team predicts",
        ),
        day_field("from", "When does it start?", page),
        until,
        *((ideas,) if page.life.ideas else ()),
    )


def idea(page: PageContext) -> Answer:
    """Something the team could change. Its words are kept as the note."""
    words = Field(
        name="words",
        kind="note",
        label="What could the team change?",
        hint=say("One sentence. {no_patients}", no_patients=NO_PATIENTS),
        missing="Enter the change idea",
    )
    number = max(page.life.ideas, default=0) + 1
    return Answer(
        name="idea",
        opener="Add a change idea",
        fields=(words,),
        buttons=button("Add the idea"),
        tell=lambda given: tells(given, facts.ChangeIdeaAdded, idea=number),
        note=False,
    )


def new_aim(page: PageContext) -> Answer:
    """A specific aim, with its measure: what is counted, what it should reach, by when."""
    fields = (
        *MEASURED,
        Field(
            name="target", kind="decimal", label="What number does the team want to reach?", missing="Enter the number"
        ),
        day_field("by", "By when?", page, given=False),
    )  # fmt: skip

    def told(given: Given) -> tuple[Telling, ...]:
        measure = defined(page, given)
        said = {"aim": "specific", "measure": measure.measure, "target": given["target"], "by_day": given["by"]}
        return (Telling(measure), *tells(given, facts.AimSet, **said))

    return Answer(
        name="aim",
        opener="Set a specific aim",
        fields=fields,
        buttons=button("Record the specific aim"),
        tell=told,
        note=False,
    )


def about_aim(page: PageContext, aimed: Aim) -> tuple[Answer, ...]:
    """An aim is reached, has a new date, or is dropped."""

    def revised(given: Given) -> tuple[Telling, ...]:
        said = {"aim": "specific", "measure": aimed.measure, "target": aimed.target, "by_day": given["by"]}
        return tells(given, facts.AimSet, **said)

    return (
        Answer(
            name="reached",
            opener="The team has reached its aim",
            buttons=button("Yes, it's been reached"),
            tell=lambda given: tells(given, facts.AimClosed, outcome="reached"),
        ),
        Answer(
            name="later",
            opener="The aim needs a new date",
            fields=(day_field("by", "What's the new date?", page, given=False),),
            buttons=button("Set the new date"),
            tell=revised,
            variant="secondary",
        ),
        Answer(
            name="dropped",
            opener="The team has dropped this aim",
            buttons=button("The team has dropped this aim"),
            tell=lambda given: tells(given, facts.AimClosed, outcome="dropped"),
            variant="secondary",
        ),
    )


def so_far(page: PageContext) -> tuple[tuple[str, str], ...]:
    """What is recorded of the work."""
    life = page.life
    return (
        *((aim_row(page, life.aim),) if life.aim else ()),
        *((("Change ideas", joined("; ", ideas(page))),) if life.ideas else ()),
        *(
            as_planned(page, each)
            if each.studied_at is None
            else (
                called(each),
                say(
                    "Studied on {day}: {became}",
                    day=long_date(page.calendar.day(each.studied_at)),
                    became=_BECAME[each.decision or ""],
                ),
            )
            for each in life.cycles.values()
        ),
    )


def ideas(page: PageContext) -> tuple[str, ...]:
    """The team's change ideas, and what became of each."""
    return tuple(
        say("{idea} ({became})", idea=_idea_words(page, idea), became=_became(page, idea))
        for idea in sorted(page.life.ideas)
    )


def called(cycle: Cycle) -> str:
    """A cycle, by its kind and number."""
    if cycle.standardise:
        return say("SDSA cycle {number}", number=cycle.number)
    return say("PDSA cycle {number}", number=cycle.number)


def as_planned(page: PageContext, cycle: Cycle) -> tuple[str, str]:
    """A cycle as it was planned: its days, and what was written of it."""
    said = page.words_of(cycle.event_id)
    days = date_range(cycle.from_day, cycle.until_day)
    return (called(cycle), say("{days}. {said}", days=days, said=said) if said else days)


def aim_row(page: PageContext, aimed: Aim) -> tuple[str, str]:
    """The aim, in a line."""
    return (
        "Aim",
        say(
            "{measure}: {target} by {day}",
            measure=measure_words(page, aimed.measure),
            target=f"{aimed.target:g}",
            day=long_date(aimed.by_day),
        ),
    )


def _idea_words(page: PageContext, idea: int) -> str:
    added = [
        fact for fact in page.holding("change_idea_added")
        if isinstance(fact, facts.ChangeIdeaAdded) and fact.idea == idea
    ]  # fmt: skip
    return (page.words_of(added[-1].event_id) if added else "") or say("Idea {number}", number=idea)


def _became(page: PageContext, idea: int) -> str:
    """What became of an idea follows from the last of its cycles."""
    tried = [each for each in page.life.cycles.values() if each.idea == idea]
    if not tried:
        return "not tried yet"
    return _BECAME[tried[-1].decision] if tried[-1].decision else "being tried"
