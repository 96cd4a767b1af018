"""A coach who is away for long, and an interim coach: who coaches the team meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from gateway.pages import answers
from gateway.pages.answers import Ask, button, day_field, tells
from gateway.pages.asked import Answer, Choice, Field, Given, Question, Telling
from gateway.pages.named import NO_COVER
from gateway.pages.recorded import recorded
from gateway.pages.shown import PageContext
from gateway.pages.weekly import as_decided, decided_since, topic_of
from lifecycle.dates import date_range
from lifecycle.engagement.absences import long_absences
from schemas import engagement_facts as facts
from schemas.cover_facts import CoverWaived, InterimKept, NoCoverReason
from schemas.engagement_facts import CoachPart
from schemas.sentences import raised, say

_STANDS_IN: Final = (Choice("interim", "They'll stand in"),)
_MAIN: Final = (Choice("main", "Name them as the new coach"),)


def cover(page: PageContext) -> Question:
    """Who stands in for the coach: somebody, nobody, or does the team pause?"""
    begins = page.life.begins_action_at()
    absences = long_absences(page.life, page.calendar.day(begins)) if begins and page.life.leaves else []
    ahead = next((absence for absence in absences if absence.last >= page.today), None)
    since = decided_since(page)
    waived = any(fact.kind == "cover_waived" for fact in since)
    asked = ahead is not None and not (page.life.paused or page.life.vacant_since or page.engagement.ended or waived)
    days = date_range(ahead.first, ahead.last) if ahead else ""
    return Question(
        title=say("Who will coach {team} while you're away?", team=page.team)
        if page.own
        else say("Who will coach {team} while its coach is away?", team=page.team),
        lead=(
            say("Everyone who coaches {team} is away ({days}), and nobody is standing in.", team=page.team, days=days),
            "If nobody can, it may be best to pause the coaching until the coach is back.",
        )
        if asked
        else (say("There's nothing to decide about {team} now.", team=page.team),),
        topic=topic_of(page),
        mark=as_decided(page),
        answers=(answers.new_coach(page, _STANDS_IN), answers.pause(page), _nobody(page)) if asked else (),
        recorded=recorded(page, *since),
        correctable=False,
    )


def _nobody(page: PageContext) -> Answer:
    reasons = tuple(Choice(reason, raised(words)) for reason, words in NO_COVER.items())
    why = Field(
        name="reason", kind="radios", label="Why not?", missing="Select why nobody needs to stand in", choices=reasons
    )
    again = Field(
        name="again",
        kind="date",
        label="When should we ask again?",
        hint="For example, 27 3 2027. We'll only ask if the coach is still away.",
        missing="Enter when we should ask again",
        value=page.today + timedelta(weeks=4),
    )

    def told(given: Given) -> tuple[Telling, ...]:
        return tells(given, CoverWaived, reason=NoCoverReason(given["reason"]), review_on=given["again"])

    return Answer(
        name="nobody",
        opener="Nobody needs to stand in",
        fields=(why, again),
        buttons=button("Nobody needs to stand in"),
        tell=told,
        variant="secondary",
    )


def interim(page: PageContext) -> Question:
    """Does the interim coach stay?"""
    standing_in, since = page.life.coaching(CoachPart.INTERIM), decided_since(page)
    kept = any(fact.kind == "interim_kept" for fact in since)
    who = page.named(standing_in, "the interim coach")
    found: tuple[Answer, ...] = ()
    if standing_in and not kept:
        found = (_stays(page), answers.new_coach(page, _MAIN), _ends(page, standing_in))
    return Question(
        title=say("Should {who} keep coaching {team}?", who=who, team=page.team),
        lead=(say("{who} is coaching {team} for now.", who=raised(who), team=page.team),)
        if found
        else (say("There's nothing to decide about the interim coach of {team} now.", team=page.team),),
        topic=topic_of(page),
        mark=as_decided(page),
        answers=found,
        recorded=recorded(page, *since),
        correctable=False,
    )


def _stays(page: PageContext) -> Answer:
    until = day_field("until", "When should we ask again? (optional)", page, optional=True, given=False)
    return Answer(
        name="stays",
        fields=(until,),
        buttons=button("Yes, for now"),
        tell=lambda given: tells(given, InterimKept, review_on=given["until"]),
    )


def _ends(page: PageContext, person: str) -> Answer:
    hint = "The team goes back to its own coach." if page.life.main_coach else "We'll then ask who will coach the team."
    return Answer(
        name="ends",
        opener="No, not any more",
        hint=hint,
        buttons=button("They're no longer standing in"),
        tell=lambda given: tells(given, facts.CoachLeft, person=person),
        variant="secondary",
    )


PAGES: Final[dict[str, Ask]] = {"cover": cover, "interim": interim}
"""By the name that a matter gives as its page."""
