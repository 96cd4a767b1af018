"""A role that nobody has: who has it from now on."""

from __future__ import annotations

from typing import Final

from gateway.pages.answers import Ask, button, tells
from gateway.pages.asked import Answer, Field, Given, Question, Telling
from gateway.pages.recorded import called, recorded
from gateway.pages.shown import PageContext
from gateway.pages.weekly import asked, marks, put_at, topic_of
from lifecycle.engagement.life import OWNERS
from schemas import engagement_facts as facts
from schemas.words import Role


def role_vacancy(page: PageContext) -> Question:
    """Who takes over the role?"""
    role = Role(asked(page)[1].partition(".")[0])
    part = called(role)
    new = part if page.notice and page.notice.reason == "role_empty" else f"new {part}"
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
        label=f"Who is the {new}?",
        hint="If we already know them, we'll recognise their email address.",
        missing=f"Enter who the {new} is",
    )
    answer = Answer(name="who", fields=(who,), buttons=button("Record the name"), tell=told)
    return Question(
        title=f"Who is the {new} for {page.team}?",
        lead=(f"{page.team} has no {part} at the moment." if vacant else f"{page.team} has a {part} now.",),
        topic=topic_of(page),
        mark=marks(*named),
        answers=(answer,) if vacant else (),
        recorded=recorded(page, *named),
        settled=bool(named),
    )


PAGES: Final[dict[str, Ask]] = {"role_vacancy": role_vacancy}
"""By the name that a matter gives as its page."""
