"""Pages of faculty where a team gets no further: no progress, and a hand-off that still needs something."""

from __future__ import annotations

from typing import Final

from gateway.pages import answers
from gateway.pages.answers import Ask, button, help_field, tells
from gateway.pages.asked import NO_PATIENTS, Answer, Field, Question
from gateway.pages.recorded import recorded
from gateway.pages.shown import PageContext
from gateway.pages.weekly import as_decided, decided_since, marks, put_at, topic_of
from lifecycle.engagement import gate
from schemas import improvement_facts as facts
from schemas.facts import Fact
from schemas.sentences import raised, say
from schemas.words import Matter, Role, Stage

_ASKED_OF: Final = {
    Matter.PROGRESS_TEAM: "We've asked the team lead",
    Matter.PROGRESS_FACULTY: "We've asked faculty",
    Matter.CYCLE: "We've asked the coach",
    Matter.SESSION: "We ask the coach after each session",
}


def no_progress(page: PageContext) -> Question:
    """What would help a team that makes no progress?"""
    since = put_at(page)
    told: list[Fact] = [fact for fact in page.holding("help_agreed") if fact.occurred_at >= since]
    found = page.engagement.no_progress
    why = (
        say("We've been asking for progress scores for {team}, and some are still missing.", team=page.team)
        if found and found.why == "unscored"
        else say("The progress scores for {team} haven't gone up for months.", team=page.team)
    )
    fields = (
        help_field("What would help?"),
        Field(
            name="words", kind="note", label="What did you agree? (optional)", optional=True, seen=True,
            hint=say("One sentence, for the programme's records. {no_patients}", no_patients=NO_PATIENTS),
        ),
    )  # fmt: skip
    agree = Answer(
        name="help",
        fields=fields,
        buttons=button("Record what would help"),
        tell=lambda given: tells(given, facts.HelpAgreed, help=given["help"]),
        note=False,
    )
    return Question(
        title=say("What would help {team} make progress?", team=page.team),
        lead=(why, "Please talk to the coach and the team. We'll come back to it at the next review.")
        if found
        else (say("{team} is making progress again.", team=page.team),),
        topic=topic_of(page),
        mark=marks(*told),
        answers=(agree,) if found or told else (),
        recorded=recorded(page, *told),
        settled=bool(told),
    )


def _asked_of(page: PageContext, matter: Matter) -> str:
    yours = matter is Matter.PROGRESS_FACULTY and page.role is Role.FACULTY
    return "We've asked you" if yours else _ASKED_OF[matter]


def gate_unmet(page: PageContext) -> Question:
    """All have signed, and something else is missing: what, and who was asked for it."""
    open_now = page.engagement.stage is Stage.READINESS_REVIEW
    lacking = [
        (words, _asked_of(page, condition.asked_by))
        for condition in gate.unmet(page.life, page.present, work=True)
        for words in condition.lacking(page.life, page.present)
    ]
    return Question(
        title=say("What {team} still needs before its hand-off", team=page.team),
        lead=(
            "Everyone has signed, but the hand-off can't go ahead yet. You can help, or decide the team isn't ready.",
        )
        if lacking and open_now
        else ("Nothing is missing now.",)
        if open_now
        else (say("{team} isn't being handed off now: there's nothing to decide.", team=page.team),),
        context=tuple((raised(words), asked_of) for words, asked_of in lacking) if open_now else (),
        topic=topic_of(page),
        mark=as_decided(page),
        answers=(answers.not_ready(page),) if open_now else (),
        recorded=recorded(page, *decided_since(page)),
        correctable=False,
    )


PAGES: Final[dict[str, Ask]] = {"no_progress": no_progress, "gate": gate_unmet}
"""By the name that a matter gives as its page."""
