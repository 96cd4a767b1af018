"""A role that nobody has: who has it from now on."""

from __future__ import annotations

from typing import Final

from gateway.pages.answers import Ask, button, tells
from gateway.pages.asked import Answer, Field, Given, Question, Telling
from gateway.pages.recorded import recorded
from gateway.pages.shown import PageContext
from gateway.pages.weekly import asked, marks, put_at, topic_of
from lifecycle.engagement.life import OWNERS
from lifecycle.roles import called
from schemas import engagement_facts as facts
from schemas.sentences import say
from schemas.words import Role


def role_vacancy(page: PageContext) -> Question:
    """Who takes over the role?"""
    role = Role(asked(page)[1].partition(".")[0])
    part = called(role)
    first = page.notice is not None and page.notice.reason == "role_empty"
    vacant = role in page.life.vacated and not page.engagement.ended
    since = put_at(page)
    named = [
        fact
        for fact in page.holding("role_changed", "owner_named")
        if isinstance(fact, facts.RoleChanged | facts.OwnerNamed) and fact.role == role and fact.occurred_at >= since
    ]

    def told(given: Given) -> tuple[Telling, ...]:
        kind = facts.OwnerNamed if role in OWNERS else facts.RoleChanged
        return tells(given, kind, role=role.value, person=given["who"])

    who = Field(
        name="who",
        kind="person",
        label=say("Who is the {part}?", part=part) if first else say("Who is the new {part}?", part=part),
        hint="If we already know them, we'll recognise their email address.",
        missing=say("Enter who the {part} is", part=part) if first else say("Enter who the new {part} is", part=part),
    )
    answer = Answer(name="who", fields=(who,), buttons=button("Record the name"), tell=told)
    return Question(
        title=say("Who is the {part} for {team}?", part=part, team=page.team)
        if first
        else say("Who is the new {part} for {team}?", part=part, team=page.team),
        lead=(
            say("{team} has no {part} at the moment.", team=page.team, part=part)
            if vacant
            else say("{team} has a {part} now.", team=page.team, part=part),
        ),
        topic=topic_of(page),
        mark=marks(*named),
        answers=(answer,) if vacant else (),
        recorded=recorded(page, *named),
        settled=bool(named),
    )


PAGES: Final[dict[str, Ask]] = {"role_vacancy": role_vacancy}
"""By the name that a matter gives as its page."""
