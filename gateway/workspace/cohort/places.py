"""Questions about one participant of a cohort: whether they stay on the course, and what comes after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from gateway.pages.answers import button, day_field, on_day, tells
from gateway.pages.asked import Answer, Choice, Field, Given, Question, Telling
from gateway.pages.course import participant_name
from gateway.pages.named import OFFER_ANSWERS
from gateway.pages.shown import PageContext
from gateway.workspace.cohort.answers import UNDONE, to_ask
from lifecycle.cohort.life import Enrolment
from lifecycle.dates import long_date
from schemas import cohort_facts as facts
from schemas.facts import Fact
from schemas.sentences import say

_LEAVES: Final = (
    Choice("capacity", "Not enough capacity"),
    Choice("time", "Not enough time"),
    Choice("left_post", "They've left their post"),
    Choice("health", "Health"),
    Choice("other", "Another reason"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A course that somebody may move to, and the id of the place that they have there already, if they do."""

    cohort: str
    label: str
    starts: date
    enrolment: str | None


def _teams_after(page: PageContext, enrolment: Enrolment, *, ends: bool) -> str:
    if not page.course.has_team(enrolment):
        return "They have no team, so nothing else changes."
    if ends:
        return "Unless their team has a co-coach, its coaching ends too."
    return "Their team stays, and we'll ask who will coach it."


def _of(page: PageContext, key: str, *kinds: str) -> list[Fact]:
    return [fact for fact in page.holding(*kinds) if getattr(fact, "enrolment", "") == key]


def defer(page: PageContext, key: str, places: Sequence[Place]) -> Question:
    """A participant moves to a later course: with a place there, or before it is known which."""
    enrolment = page.course.enrolments[key]
    name, later = participant_name(page, enrolment), {place.cohort: place for place in places}
    choices = (
        *(
            Choice(place.cohort, say("{label}, which starts on {day}", label=place.label, day=long_date(place.starts)))
            for place in places
        ),
        Choice("unknown", "We don't know yet"),
    )
    where = Field(name="to", kind="radios", label="To which course?", missing="Select a course", choices=choices)

    def told(given: Given) -> tuple[Telling, ...]:
        place = later.get(given["to"])
        if place is None:
            return tells(given, facts.EnrolmentDeferred, enrolment=key)
        to = {"to_enrolment": place.enrolment} if place.enrolment else {}
        return tells(given, facts.EnrolmentDeferred, enrolment=key, to_cohort=place.cohort, **to)

    lead = (
        (
            say(
                "They leave this cohort, and get a place on the other course with the same faculty "
                "member and sponsor. {teams_after} {undone}",
                teams_after=_teams_after(page, enrolment, ends=True),
                undone=UNDONE,
            )
        ),
    )
    answer = Answer(name="defer", fields=(where,), buttons=button("Move them"), tell=told, variant="warning",
                    weighty=True)  # fmt: skip
    gone = _of(page, key, "enrolment_deferred", "enrolment_withdrawn")
    return to_ask(page, f"defer/{key}", say("Move {name} to a later course", name=name), lead,
                     *(() if enrolment.gone else (answer,)), mark=gone)  # fmt: skip


def withdraw(page: PageContext, key: str) -> Question:
    """A participant leaves the course."""
    enrolment = page.course.enrolments[key]
    why = Field(name="reason", kind="radios", label="Why do they leave?", missing="Select why they leave",
                choices=_LEAVES)  # fmt: skip
    answer = Answer(
        name="withdraw", fields=(day_field("on", "When did they leave?", page), why),
        buttons=button("Record that they've left"), variant="warning",
        weighty=True,
        tell=lambda given: tells(
            given, facts.EnrolmentWithdrawn, occurred_at=on_day(page, given), enrolment=key, reason=given["reason"]
        ),
    )  # fmt: skip
    lead = (
        say(
            "We won't ask them for anything more. {teams_after} {undone}",
            teams_after=_teams_after(page, enrolment, ends=False),
            undone=UNDONE,
        ),
    )
    gone = _of(page, key, "enrolment_deferred", "enrolment_withdrawn")
    return to_ask(
        page,
        f"withdraw/{key}",
        say("{name} leaves the course", name=participant_name(page, enrolment)),
        lead,
        *(() if enrolment.gone else (answer,)),
        mark=gone,
    )


def conditional(page: PageContext, key: str) -> Question:
    """May a participant go on without a team? Decided at any time."""
    name = participant_name(page, page.course.enrolments[key])
    told = _of(page, key, "conditional_start_decided")
    until = day_field("until", "Until when?", page, given=False)
    found = (
        Answer(
            name="allow", fields=(until,), buttons=button("Yes, until this date"),
            tell=lambda given: tells(
                given, facts.ConditionalStartDecided, enrolment=key, allowed=True, until=given["until"]
            ),
        ),
        Answer(
            name="refuse", opener="They can't start without a team", buttons=button("Not without a team"),
            variant="secondary",
            tell=lambda given: tells(given, facts.ConditionalStartDecided, enrolment=key, allowed=False),
        ),
    )  # fmt: skip
    lead = (
        say(
            "If they can, we'll ask again on that date. If not, they stay enrolled without a team. {undone}",
            undone=UNDONE,
        ),
    )
    return to_ask(
        page, f"conditional/{key}", say("May {name} start without a team?", name=name), lead, *found, mark=told
    )


def offered(page: PageContext, key: str) -> Question:
    """Somebody who coaches nobody was asked whether they would again."""
    name = participant_name(page, page.course.enrolments[key])
    said = Field(
        name="answer", kind="radios", label="What did they say?", missing="Select what they said",
        choices=tuple(Choice(code, words) for code, words in OFFER_ANSWERS.items()),
    )  # fmt: skip
    answer = Answer(
        name="offered", fields=(said,), buttons=button("Record the answer"),
        tell=lambda given: tells(given, facts.CoachingOffered, enrolment=key, answer=given["answer"]),
    )  # fmt: skip
    lead = (say("We'll show the answer beside their name, and send nobody an email about it. {undone}", undone=UNDONE),)
    told = _of(page, key, "coaching_offered")
    return to_ask(page, f"offered/{key}", say("Would {name} coach again?", name=name), lead, answer, mark=told)


def refresher(page: PageContext, key: str) -> Question:
    """A coach had a refresher."""
    name = participant_name(page, page.course.enrolments[key])
    answer = Answer(
        name="refreshed", fields=(day_field("on", "When was the refresher held?", page),),
        buttons=button("A refresher was held"),
        tell=lambda given: tells(given, facts.RefresherHeld, occurred_at=on_day(page, given), enrolment=key),
    )  # fmt: skip
    lead = ("They'll have the same length of time again before we ask whether they still coach.",)
    told = _of(page, key, "refresher_held")
    return to_ask(page, f"refresher/{key}", say("A refresher for {name}", name=name), lead, answer, mark=told)
