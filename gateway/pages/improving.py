"""Pages about the improvement work: cycles planned and studied, the aim, and all of it at any time."""

from __future__ import annotations

from typing import Final

from gateway.pages.answers import Ask
from gateway.pages.asked import Question
from gateway.pages.improvement import work as shown
from gateway.pages.improving_answers import (
    about_aim,
    aim_row,
    as_planned,
    called,
    idea,
    new_aim,
    plan,
    so_far,
    still_running,
    study,
)
from gateway.pages.measuring import global_aim, new_measure, rebase, scores, values
from gateway.pages.recorded import recorded
from gateway.pages.shown import PageContext
from gateway.pages.weekly import asked, marks, put_at, topic_of
from lifecycle.engagement.work import to_standardise
from schemas import improvement_facts as facts
from schemas.corrections import Correction
from schemas.sentences import say
from schemas.words import Stage

_WORK: Final = (
    "measure_defined", "measurement_recorded", "aim_set", "aim_closed", "change_idea_added", "pdsa_planned",
    "pdsa_studied", "chart_rebased", "progress_scored",
)  # fmt: skip


def work(page: PageContext) -> Question:
    """All that can be recorded of the team's work, at any time."""
    open_now = page.engagement.stage not in (
        Stage.AFTERCARE, Stage.RELAPSED, Stage.SUSTAINED, Stage.ENDED_EARLY,
    )  # fmt: skip
    found = (
        *((values(page),) if page.life.measures else ()),
        *scores(page),
        *(study(cycle, opened=True) for cycle in page.life.running),
        plan(page, opened=True),
        idea(page),
        *(about_aim(page, page.life.aim) if page.life.aim else (new_aim(page),)),
        global_aim(page),
        new_measure(page),
        *((rebase(page),) if page.life.measures else ()),
    )
    return Question(
        title=say("Improvement work at {team}", team=page.team),
        lead=("Choose what you'd like to record. You can come back to this page at any time.",) if open_now else (),
        topic=f"{page.subject}/work",
        mark=marks(*page.holding(*_WORK), *(fact for fact in page.facts if isinstance(fact, Correction))),
        answers=found if open_now else found[:1] if page.life.measures and not page.engagement.ended else (),
        recorded=recorded(page, *page.holding(*_WORK)[-3:]),
        correctable=False,
        work=shown(page),
        also="What would you like to record?",
        together=True,
    )


def cycle(page: PageContext) -> Question:
    """What did the study of a cycle show? Or, where none runs: which one is next?"""
    what, _, number = asked(page)[1].partition("-")
    return _studied(page, int(number)) if what == "study" else _next(page)


def _studied(page: PageContext, number: int) -> Question:
    running = page.life.cycles.get(number)
    told = [
        fact for fact in page.holding("pdsa_studied") if isinstance(fact, facts.PdsaStudied) and fact.cycle == number
    ]
    found = (study(running), still_running(page, running)) if running and not told else ()
    return Question(
        title=say("{team}: what did {cycle} show?", team=page.team, cycle=called(running))
        if running
        else say("{team}: what did cycle {number} show?", team=page.team, number=number),
        lead=("Compare what happened with what the team predicted, and decide what to do next.",),
        context=(as_planned(page, running),) if running else (),
        topic=topic_of(page),
        mark=marks(*page.holding(*_WORK)),
        answers=found,
        recorded=recorded(page, *told),
        settled=bool(told),
    )


def _next(page: PageContext) -> Question:
    since = put_at(page)
    told = [fact for fact in page.holding("pdsa_planned") if fact.occurred_at >= since]
    standard = to_standardise(page.life)
    lead = (
        "The team has adopted a change. The next step is an SDSA cycle (standardise, do, study, act). Before the "
        "hand-off, the team needs one full cycle from PDSA to SDSA."
        if standard
        else "As far as we know, no cycle is running. A small one, planned with the team, is enough. Before the "
        "hand-off, the team needs one full cycle from PDSA to SDSA."
    )
    return Question(
        title=say("How will {team} standardise its change?", team=page.team)
        if standard
        else say("What will {team} test next?", team=page.team),
        lead=() if told else (lead,),
        context=so_far(page),
        topic=topic_of(page),
        mark=marks(*page.holding(*_WORK)),
        answers=() if told else (plan(page),),
        recorded=recorded(page, *told),
        settled=bool(told),
    )


def aim(page: PageContext) -> Question:
    """The date of the aim has passed: reached, a new date, or dropped?"""
    aimed, since = page.life.aim, put_at(page)
    told = [fact for fact in page.holding("aim_closed", "aim_set") if fact.occurred_at >= since]
    return Question(
        title=say("Has {team} reached its aim?", team=page.team),
        lead=("The date the team set for its aim has passed.",),
        context=(aim_row(page, aimed),) if aimed else (),
        topic=topic_of(page),
        mark=marks(*page.holding(*_WORK)),
        answers=about_aim(page, aimed) if aimed and not told else (),
        recorded=recorded(page, *told),
        settled=bool(told),
    )


PAGES: Final[dict[str, Ask]] = {"cycle": cycle, "aim": aim}
"""By the name that a matter gives as its page."""
