"""Questions about a team that no mail asks, since they come up at any time."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateway.pages import answers
from gateway.pages.answers import WHY_NOT, button, day_field, on_day, tells
from gateway.pages.asked import Answer, Choice, Field, Given, Question, Telling
from gateway.pages.named import STEPS
from gateway.pages.recorded import recorded
from gateway.pages.shown import PageContext
from schemas import engagement_facts as facts
from schemas.facts import Fact
from schemas.improvement_facts import RampStepReached
from schemas.sentences import say
from schemas.words import HolidayDivision, NotHeldReason, RampStep

_DIVISIONS: Final = {
    HolidayDivision.ENGLAND_AND_WALES: "England or Wales",
    HolidayDivision.SCOTLAND: "Scotland",
    HolidayDivision.NORTHERN_IRELAND: "Northern Ireland",
}


def _question(page: PageContext, name: str, title: str, lead: str, *found: Answer, kinds: tuple[str, ...]) -> Question:
    """A question whose mark is all that was told of its kinds: each telling is another one."""
    told: list[Fact] = page.holding(*kinds)
    return Question(
        title=title,
        lead=(lead,),
        topic=f"{page.subject}/record/{name}",
        mark=tuple(fact.event_id for fact in told),
        answers=found,
        recorded=recorded(page, *told[-1:]),
        correctable=False,
    )


def _opened(answer: Answer) -> Answer:
    return replace(answer, opener="")


def met(page: PageContext) -> Question:
    """The team met, on a day of its own."""
    lead = "Use this for a meeting that isn't in the plan. Any meeting counts."
    title = say("When did {team} meet?", team=page.team)
    return _question(page, "met", title, lead, _opened(answers.met_again(page)), kinds=("session_held",))


def cancelled(page: PageContext) -> Question:
    """A session to come will not take place."""

    def told(given: Given) -> tuple[Telling, ...]:
        reason = NotHeldReason(given["reason"])
        return tells(given, facts.SessionCancelledAhead, day=given["day"], reason=reason)

    answer = Answer(
        name="cancelled",
        fields=(day_field("day", "Which session won't go ahead?", page, given=False), WHY_NOT),
        buttons=button("It won't go ahead"),
        tell=told,
    )
    lead = "We won't ask about it. If the team isn't meeting for some weeks, record a pause instead."
    title = say("Which session of {team} won't go ahead?", team=page.team)
    return _question(page, "cancelled", title, lead, answer, kinds=("session_cancelled_ahead",))


def step(page: PageContext) -> Question:
    """The team's work has reached a step of the ramp."""
    which = Field(
        name="step",
        kind="radios",
        label="Which step is the team on?",
        missing="Select a step",
        choices=tuple(Choice(step, words) for step, words in STEPS.items()),
    )
    answer = Answer(
        name="step",
        fields=(which, day_field("on", "Since when?", page)),
        buttons=button("Record the step"),
        tell=lambda given: tells(given, RampStepReached, occurred_at=on_day(page, given), step=RampStep(given["step"])),
    )
    now_at = page.life.ramp_step
    lead = say("As far as we know, it's on: {step}.", step=STEPS[now_at]) if now_at else "We don't know yet."
    title = say("How far has the work of {team} got?", team=page.team)
    return _question(page, "step", title, lead, answer, kinds=("ramp_step_reached",))


def release(page: PageContext) -> Question:
    """The sponsor may be told."""
    answer = Answer(
        name="release",
        buttons=button("Allow us to tell the sponsor"),
        tell=lambda given: tells(given, facts.SponsorReleased),
    )
    lead = (
        "The sponsor then sees how the team is doing. If it's at risk, we tell them after the coach, faculty and the "
        "programme office."
    )
    title = say("May we tell the sponsor how {team} is doing?", team=page.team)
    return _question(page, "sponsor", title, lead, answer, kinds=("sponsor_released",))


def relapsed(page: PageContext) -> Question:
    """It no longer holds, and nobody had asked."""
    answer = Answer(
        name="relapsed",
        fields=(day_field("on", "Since when?", page),),
        buttons=button("The improvement hasn't lasted"),
        tell=lambda given: tells(given, facts.Relapsed, occurred_at=on_day(page, given)),
        variant="warning",
    )
    lead = "We'll ask faculty how to help: with a booster session, or with new coaching."
    title = say("Has the improvement at {team} not lasted?", team=page.team)
    return _question(page, "relapsed", title, lead, answer, kinds=("relapsed", "booster_held"))


def end(page: PageContext) -> Question:
    """The coaching ends without a hand-off."""
    lead = (
        "We won't ask anybody for anything more, but we'll keep the records. If this was a mistake, you can take "
        "it back in the team's log."
    )
    title = say("Is coaching ending for {team}?", team=page.team)
    return _question(page, "end", title, lead, _opened(answers.end_early(page)), kinds=("ended_early",))


def place(page: PageContext) -> Question:
    """The bank holidays and clocks of another part of the country hold, and always did."""
    opening = page.life.opening
    first = page.facts[0].event_id
    where = Field(
        name="division",
        kind="radios",
        label="Where is the team?",
        missing="Select where the team is",
        choices=tuple(Choice(division, words) for division, words in _DIVISIONS.items()),
        value=opening.division,
    )

    def told(given: Given) -> tuple[Telling, ...]:
        right = opening.model_copy(update={"division": HolidayDivision(given["division"])})
        return (Telling(right, first),)

    answer = Answer(name="place", fields=(where,), buttons=button("Correct it"), tell=told, as_recorded=True)
    lead = say(
        "We use the bank holidays of {place}. If that's wrong, correct it: we'll work "
        "out all the dates again. You can take this back in the team's log.",
        place=_DIVISIONS[opening.division],
    )
    corrections = tuple(fact.event_id for fact in page.facts if fact.kind == "correction")
    question = _question(
        page, "place", say("Which bank holidays does {team} follow?", team=page.team), lead, answer, kinds=()
    )
    return replace(question, mark=corrections)
