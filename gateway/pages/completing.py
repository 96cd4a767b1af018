"""The page about completing the course: each participant with the evidence, and many at once where all have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from coaching_client.handles import FactRefusedError
from gateway.pages.answers import UNNAMED, Ask
from gateway.pages.asked import Answer, Choice, Field, Given, Question, Telling
from gateway.pages.course import participant_name
from gateway.pages.recorded import recorded
from gateway.pages.shown import COACHES, PageContext
from gateway.pages.weekly import marks, topic_of
from lifecycle.cohort.completion import lacking_for_completion
from lifecycle.cohort.life import Enrolment
from schemas import cohort_facts as facts
from schemas.due import Refusal
from schemas.facts import Fact
from schemas.sentences import joined, raised, say

_COMPLETED: Final = {None: "", True: "Recorded as completed", False: "Recorded as not completed"}


def evidence(page: PageContext, enrolment: Enrolment) -> str:
    """What is known of how a participant fared: learning sessions, the agreement, and sessions with their team."""
    coaching = enrolment.coaching
    attended = say(
        "{attended} of {planned} learning sessions attended",
        attended=len(enrolment.attended),
        planned=len(page.course.numbers),
    )
    if page.course.seen_at is None:
        return say("{attended}; agreement and team sessions are looked up when teaching ends", attended=attended)
    held, expected = (coaching.sessions_held, coaching.sessions_expected) if coaching else (0, 0)
    share = f" ({100 * held // expected}%)" if expected else ""
    met = (
        say("{held} of {expected} team sessions went ahead{share}", held=held, expected=expected, share=share)
        if expected
        else "no team sessions counted yet"
    )
    if coaching and coaching.agreed:
        return say("{attended}; agreement signed; {met}", attended=attended, met=met)
    return say("{attended}; agreement not signed; {met}", attended=attended, met=met)


def completion(page: PageContext, scores: Mapping[str, str] = MappingProxyType({})) -> Question:
    """Who completed the course? Each participant by themselves, with the evidence; ``scores`` are by enrolment."""
    here = {key: enrolment for key, enrolment in page.course.enrolments.items() if not enrolment.gone}
    own = page.role in COACHES
    decided = [
        fact for fact in page.holding("enrolment_completed")
        if not own or here.get(getattr(fact, "enrolment", "")) is page.concerned()
    ]  # fmt: skip
    before = {getattr(fact, "enrolment", ""): fact for fact in decided}

    def told(given: Given) -> tuple[Telling, ...]:
        if given.choice == "yes":
            _all_complete(page, [here[key] for key in given["who"]])
        return tuple(_completed(key, given, before.get(key)) for key in given["who"])

    who = Field(
        name="who",
        kind="checkboxes",
        label="Which participants?",
        hint="Select one or more, then choose below what's true for all of them.",
        missing="Select at least one participant",
        choices=tuple(
            Choice(key, participant_name(page, enrolment), _in_short(page, enrolment, scores.get(key, "")))
            for key, enrolment in here.items()
        ),
    )
    buttons = (Choice("yes", "They have completed the course"), Choice("no", "They have not completed it"))
    return Question(
        title="Your completion of the course" if own else "Who completed the course?",
        lead=tuple(_takes(page, page.concerned() if own else None)),
        topic=topic_of(page),
        mark=marks(*decided),
        answers=() if own else (Answer(name="completed", fields=(who,), buttons=buttons, tell=told),),
        recorded=recorded(page, *decided) if own else (),
        settled=all(enrolment.completed is not None for enrolment in here.values()),
        correctable=not own,
    )


def _takes(page: PageContext, own: Enrolment | None) -> Iterator[str]:
    rules = page.course.completion
    yield say(
        "Completing it takes a signed agreement, {attended} learning sessions attended or made up, and {percent}% of "
        "the sessions with the team.",
        attended=rules.learning_sessions_attended,
        percent=rules.sessions_held_percent,
    )
    if own:
        yield say("{evidence}.", evidence=evidence(page, own))


def _in_short(page: PageContext, enrolment: Enrolment, score: str) -> str:
    open_still = enrolment.completed is None and page.course.seen_at is not None
    lacking = lacking_for_completion(page.course, enrolment) if open_still else []
    parts = [
        _COMPLETED[enrolment.completed], evidence(page, enrolment), score,
        say("Still needed: {lacking}", lacking=joined("; ", lacking)) if lacking else "",
    ]  # fmt: skip
    return joined(". ", (raised(part) for part in parts if part))


def _all_complete(page: PageContext, chosen: Iterable[Enrolment]) -> None:
    """Raises FactRefusedError, with names, before anything is recorded of anybody."""
    short = [
        say("{name} still needs {lacking}.", name=participant_name(page, enrolment), lacking=joined("; ", lacking))
        for enrolment in chosen
        if (lacking := lacking_for_completion(page.course, enrolment))
    ]
    if short:
        reason = joined(" ", (*short, "Nothing was recorded."))
        raise FactRefusedError(Refusal(when="not_yet", code="not_complete", reason=reason))


def _completed(key: str, given: Given, before: Fact | None) -> Telling:
    fact = facts.EnrolmentCompleted(
        event_id=UNNAMED,
        occurred_at=before.occurred_at if before else given.at,
        enrolment=key,
        completed=given.choice == "yes",
    )
    return Telling(fact, before.event_id if before else None)


PAGES: Final[dict[str, Ask]] = {"completion": completion}
"""By the name that a matter gives as its page."""
