"""A pause that is open: does it end, or go on, and until when?"""

from __future__ import annotations

from typing import Final

from gateway.pages import answers
from gateway.pages.answers import Ask, button, day_field, tells
from gateway.pages.asked import Answer, Question
from gateway.pages.recorded import recorded
from gateway.pages.shown import PageContext
from gateway.pages.weekly import as_decided, decided_since, topic_of
from lifecycle.absence import in_weeks
from lifecycle.dates import long_date
from lifecycle.engagement.pauses import open_pause
from schemas import engagement_facts as facts
from schemas.sentences import say


def pause_review(page: PageContext) -> Question:
    """Is the pause still right?"""
    return _paused(
        page, say("Is {team} ready to restart?", team=page.team), answers.resume(page), answers.pause_goes_on(page)
    )


def pause_decision(page: PageContext) -> Question:
    """A long pause: somebody decides."""
    title = say("What should happen next with {team} after its long pause?", team=page.team)
    return _paused(page, title, answers.resume(page), _confirmed(page), answers.end_early(page))


def _confirmed(page: PageContext) -> Answer:
    """The pause goes on until a day, by decision."""
    until = day_field("until", "When does the pause end?", page, given=False)
    return Answer(
        name="longer",
        opener="Stay paused until a date",
        hint="This confirms the pause, however long it has been. We'll ask you again on that day.",
        fields=(until,),
        buttons=button("Confirm the pause until then"),
        tell=lambda given: tells(given, facts.PauseReviewed, review_on=given["until"], confirmed=True),
        variant="secondary",
    )


def _paused(page: PageContext, title: str, *found: Answer) -> Question:
    pause = open_pause(page.life)
    lead = say("The coaching of {team} isn't paused now.", team=page.team)
    if pause is not None:
        since = page.calendar.day(pause.since)
        broken = page.life.paused is not None and page.life.paused.since > pause.since
        lead = say(
            "The coaching of {team} has been paused since {day}, with short breaks. That's {length}."
            if broken
            else "The coaching of {team} has been paused since {day}. That's {length}.",
            team=page.team,
            day=long_date(since),
            length=in_weeks(since, page.today),
        )
    return Question(
        title=title,
        lead=(lead,),
        topic=topic_of(page),
        mark=as_decided(page),
        answers=found if pause else (),
        recorded=recorded(page, *decided_since(page)),
        correctable=False,
    )


PAGES: Final[dict[str, Ask]] = {"pause_review": pause_review, "pause_decision": pause_decision}
"""By the name that a matter gives as its page."""
