"""What must hold of engagements, whatever their cohort is told and takes back, and whenever they hear of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.cohort import numbered
from schemas import cohort_facts as facts
from schemas.corrections import Correction
from schemas.engagement_facts import CoachPart
from schemas.facts import Fact
from schemas.words import EndReason
from tests.drawing import MANY
from tests.lifecycle.cohorts import P1, P2, P3, Lived, fresh, team
from tests.lifecycle.listener import Listener

_WHO = st.sampled_from([P1, P2, P3])
_TEAM = st.integers(1, 4).map(team)
_KINDS: list[tuple[type[Fact], dict[str, st.SearchStrategy[Any]]]] = [
    (facts.EnrolmentDeferred, {"enrolment": _WHO}),
    (facts.EnrolmentWithdrawn, {"enrolment": _WHO, "reason": st.just("time")}),
    (facts.MicrosystemIdentified, {"enrolment": _WHO, "team": _TEAM}),
    (facts.EnrolmentAccepted, {"enrolment": _WHO, "team": st.none() | _TEAM, "joins": st.none() | _WHO}),
    (facts.CohortCancelled, {"reason": st.just("other")}),
]


def _say(draw: Any, kinds: Any = _KINDS) -> tuple[type[Fact], dict[str, Any]]:
    kind, fields = draw(st.sampled_from(kinds))
    said = {name: draw(values) for name, values in fields.items()}
    if kind is facts.EnrolmentAccepted:
        said |= {"person": f"per_{said['enrolment'][-3:]}"} | ({"team": None} if said["joins"] else {})
    return kind, said


def _happens(lived: Lived, data: st.DataObject) -> None:
    """Something is told, taken back, put back or put right. What is refused changes nothing."""
    lived.now += timedelta(hours=data.draw(st.integers(1, 30)))
    before = [fact for fact in lived.known.facts.values() if fact.kind != "cohort_scheduled"]
    if data.draw(st.booleans()) and before:
        wrong = data.draw(st.sampled_from(before))
        replacement = None
        if data.draw(st.integers(0, 2)) == 0 and not isinstance(wrong, Correction):
            kind, said = _say(data.draw, [known for known in _KINDS if known[0] is type(wrong)] or _KINDS)
            replacement = kind(event_id="instead", occurred_at=wrong.occurred_at, **said)
        lived.try_to(Correction, corrects=wrong.event_id, replacement=replacement)
        return
    kind, said = _say(data.draw)
    if kind is facts.MicrosystemIdentified:
        fact = facts.MicrosystemIdentified(event_id="next", occurred_at=lived.now, **said)
        said["number"] = numbered(lived.known, fact).number
    lived.try_to(kind, **said)


def _standing(listener: Listener) -> tuple[Any, ...] | None:
    """Who coaches which team, or why nobody does; None for what never began, or began in error."""
    if not listener.ledger or listener.state.life.end_reason is EndReason.STARTED_IN_ERROR:
        return None
    life = listener.state.life
    coaches = tuple(life.coaching(part) for part in CoachPart)
    return life.opening.microsystem, life.opening.people, coaches, life.end_reason, listener.state.stage


@settings(max_examples=3000 if MANY else 60)
@given(st.data())
def test_whatever_is_taken_back_engagements_stand_as_if_told_at_once(data: st.DataObject) -> None:
    """Step by step, or all of it at the end: the same teams, with the same coaches, go on or have ended."""
    lived = fresh(P1, P2)
    listeners: dict[str, Listener] = {}
    for _ in range(data.draw(st.integers(1, 12))):
        _happens(lived, data)
        if data.draw(st.booleans()):
            _all_hear(lived, listeners)
    _all_hear(lived, listeners)
    for name, listener in listeners.items():
        at_once = Listener(lived, name)
        at_once.hear()
        assert _standing(listener) == _standing(at_once)


def _all_hear(lived: Lived, listeners: dict[str, Listener]) -> None:
    for effect in lived.effects():
        listeners.setdefault(effect.subject, Listener(lived, effect.subject))
    for listener in listeners.values():
        listener.hear()
