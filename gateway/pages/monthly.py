"""Pages about the monthly work: how far a team has got, by itself and by faculty, and reviews."""

from __future__ import annotations

from typing import Final

from gateway.pages.answers import Ask, button, day_field, help_field, on_day, tells
from gateway.pages.asked import Answer, Given, Question, Telling
from gateway.pages.measuring import SCORE
from gateway.pages.named import SCORES
from gateway.pages.recorded import recorded
from gateway.pages.shown import PageContext
from gateway.pages.weekly import asked, marks, topic_of
from schemas import engagement_facts as facts
from schemas.sentences import say

_ABOUT: Final = {
    "team": "This is the monthly score from the team. We keep it next to faculty's score, and never average the two.",
    "faculty": (
        "This is the monthly score from faculty. We keep it next to the team's score, and never average the two."
    ),
}
_SCORED_ON: Final = {"team": "Team, {day}", "faculty": "Faculty, {day}"}


def progress_team(page: PageContext) -> Question:
    """The team's score of the month."""
    return _progress(page, "team")


def progress_faculty(page: PageContext) -> Question:
    """Faculty's score of the month."""
    return _progress(page, "faculty")


def _progress(page: PageContext, scorer: str) -> Question:
    asked_at = min((at for key, at in page.done.items() if key.startswith("/".join(asked(page)))), default=None)
    # Of what nobody was asked for, each score is one more.
    scored = [
        fact
        for fact in page.holding("progress_scored")
        if asked_at
        and isinstance(fact, facts.ProgressScored)
        and fact.scorer == scorer
        and fact.occurred_at >= asked_at
    ]

    def told(given: Given) -> tuple[Telling, ...]:
        before = scored[-1] if scored else None
        return tells(
            given,
            facts.ProgressScored,
            before.event_id if before else None,
            occurred_at=before.occurred_at if before else given.at,
            score=float(given["score"]),
            scorer=scorer,
        )

    earlier = [score for score in page.life.scores if asked_at is None or score.at < asked_at]
    return Question(
        title=say("How far has {team} got?", team=page.team),
        lead=(_ABOUT[scorer],),
        context=tuple(
            (
                say(_SCORED_ON[score.scorer], day=page.clock.date(score.at)),
                say("{score}: {meaning}", score=f"{score.score:g}", meaning=dict(SCORES)[str(score.score)]),
            )
            for score in earlier[-6:]
        ),
        topic=topic_of(page),
        mark=marks(*scored),
        answers=(Answer(name="score", fields=(SCORE,), buttons=button("Record the score"), tell=told),),
        recorded=recorded(page, *scored[-1:]),
        settled=bool(scored),
    )


def review(page: PageContext) -> Question:
    """The review of a month: held, on which day."""
    month = int(asked(page)[1].removeprefix("month-"))
    held = [
        fact
        for fact in page.holding("review_held")
        if isinstance(fact, facts.ReviewHeld) and fact.month == month
    ]  # fmt: skip

    stuck = page.engagement.no_progress is not None or any(fact.help for fact in held)
    fields = (
        day_field("on", "When was it held?", page),
        *((help_field("What would help the team make progress?"),) if stuck else ()),
    )

    def told(given: Given) -> tuple[Telling, ...]:
        said = {"occurred_at": on_day(page, given), "month": month, "help": given["help"]}
        return tells(given, facts.ReviewHeld, held[-1].event_id if held else None, **said)

    return Question(
        title=say("Was the {month}-month review of {team} held?", month=month, team=page.team),
        lead=("Faculty, the coach and the team look back together and plan what comes next.",),
        topic=topic_of(page),
        mark=marks(*held),
        answers=(
            Answer(
                name="held",
                fields=fields,
                buttons=button("Yes, it was held"),
                tell=told,
            ),
        ),
        recorded=recorded(page, *held[-1:]),
        settled=bool(held),
    )


PAGES: Final[dict[str, Ask]] = {
    "progress_team": progress_team,
    "progress_faculty": progress_faculty,
    "review": review,
}
"""By the name that a matter gives as its page."""
