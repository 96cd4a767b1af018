"""Anything told in any sequence, of every kind of subject: late by years, in one second, corrected over and over.

The rules answer each fact; nothing raises, nothing stands still, and the order of arrival never matters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st

from gateway.pages.purposes import PAGES
from lifecycle import cohort, intro_course
from lifecycle.account import Account, account, advance
from lifecycle.matters import MATTERS
from lifecycle.subjects import RULES
from schemas.academy_facts import AcademyOpened
from schemas.cohort_facts import MicrosystemIdentified
from schemas.due import DueItem, Refusal
from schemas.facts import Fact
from schemas.intro_course_facts import PlaceRequested
from schemas.person_facts import PersonKnown
from schemas.subjects import ACADEMY, COHORT, ENGAGEMENT, INTRO_COURSE, KINDS, PERSON, AnyKind
from schemas.words import Act
from tests.drawing import MANY
from tests.lifecycle import cohorts, intro_courses
from tests.lifecycle.anything import correction, fact
from tests.lifecycle.described import is_described
from tests.lifecycle.lives import local, proposed

EXAMPLES = 400 if MANY else 12
_FIRST: dict[str, Callable[[], Fact]] = {
    ENGAGEMENT.name: proposed,
    COHORT.name: cohorts.scheduled,
    INTRO_COURSE.name: intro_courses.scheduled,
    ACADEMY.name: lambda: AcademyOpened(event_id="opening", occurred_at=local("2026-06-01"), calendar="uk-2026-11"),
    PERSON.name: lambda: PersonKnown(event_id="opening", occurred_at=local("2026-06-01"), person="per_coach"),
}
_PHASES = [Phase.reuse, Phase.generate]
"""A failing sequence is short enough as it is, and making it shorter takes minutes."""
_PAST = st.sampled_from([0, 0, 0, 1, 60, 24 * 60, 9 * 24 * 60, 200 * 24 * 60, 3 * 365 * 24 * 60])
_PASSES = st.sampled_from([0, 0, 0, 1, 60, 24 * 60, 9 * 24 * 60, 60 * 24 * 60])


@dataclass
class Told:
    """One subject of any kind, told whatever comes; what falls due is carried out."""

    kind: AnyKind
    known: Account[Any]
    now: datetime
    done: dict[str, datetime] = field(default_factory=dict)

    @property
    def rules(self) -> Any:
        """Those of its kind."""
        return RULES[self.kind.name]

    def tell(self, told: Fact) -> None:
        """A refusal says why, and changes nothing."""
        taken = told
        if isinstance(told, PlaceRequested):
            taken = intro_course.in_turn(self.known, told, self.now)
        elif isinstance(told, MicrosystemIdentified):
            taken = cohort.numbered(self.known, told)
        answer = advance(self.known, taken, self.now)
        if isinstance(answer, Refusal):
            assert answer.when in ("never", "not_yet")
            assert answer.reason.endswith((".", "?", "!")), answer
            return
        if self.kind is INTRO_COURSE and intro_course.refused(self.known, answer, taken, self.now):
            return
        self.known = answer

    def carry_out(self) -> None:
        """What is due now, until nothing is: each once, described, and a question is put to somebody, with a page."""
        for _ in range(300):
            state = self.rules.assess(self.known, self.now, self.done)
            items: list[DueItem] = self.rules.due(state, self.done)
            if not items:
                return
            for item in items:
                assert item.key not in self.done
                is_described(item)
                notices = self.rules.notices(state, item)
                if item.act is Act.ASK and item.to:
                    # Nothing is sent to a delegate who is gone.
                    assert notices or self.kind is INTRO_COURSE, item
                    assert MATTERS[item.matter].page in PAGES, item
            self.done |= {item.key: self.now for item in items}
        raise AssertionError(f"something is due for ever: {items}")

    def stands(self) -> None:
        """Neither ended nor due is nobody's; what stands can be shown and explained."""
        state = self.rules.assess(self.known, self.now, self.done)
        ahead = self.rules.upcoming(state, self.done)
        standing = self.rules.standing(state, ahead)
        if self.rules.MATTERS:
            assert state.ended or ahead, "neither ended nor due"
            assert state.ended or (standing.next_due is not None and standing.turn is not None)
        self.rules.rows("sheffield.x", state, ahead)
        for item in self.rules.plan(state, self.done)[:3]:
            assert item.at >= self.now
            assert self.rules.why(state, self.done, item.key)

    def in_any_order(self) -> None:
        """The same facts and the same moments of asking, whichever came first, are the same subject."""
        for facts in (
            list(self.known.facts.values())[::-1],
            sorted(self.known.facts.values(), key=lambda f: f.event_id),
        ):
            again = account(self.known.rules, facts)
            assert (again.life, again.void, again.last) == (self.known.life, self.known.void, self.known.last)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_whatever_is_told_in_whatever_sequence_the_rules_have_an_answer(kind: AnyKind) -> None:
    """No exception, nothing neither ended nor due, no question without a page, no dependence on the order."""
    models = [model for model in kind.models if model.model_fields["kind"].default not in (kind.opening, "correction")]

    @settings(max_examples=EXAMPLES, phases=_PHASES)
    @given(st.data())
    def lives(data: st.DataObject) -> None:
        opening = _FIRST[kind.name]()
        told = Told(kind, account(RULES[kind.name].REDUCER, [opening]), opening.occurred_at)
        for number in range(data.draw(st.integers(1, 24), label="facts")):
            told.now += timedelta(minutes=data.draw(_PASSES, label="minutes pass"))
            occurred = max(opening.occurred_at, told.now - timedelta(minutes=data.draw(_PAST, label="minutes late")))
            said = data.draw(fact(data.draw(st.sampled_from(models)), f"e{number:02}", occurred))
            if data.draw(st.integers(0, 3), label="corrects") == 0:
                wrong = data.draw(st.sampled_from(sorted(told.known.facts)))
                said = correction(f"c{number:02}", occurred, wrong, said if data.draw(st.booleans()) else None)
            if said is not None:
                note(f"{told.now} {said!r}")
                told.tell(said)
            if data.draw(st.booleans(), label="carried out"):
                told.carry_out()
                told.stands()
        told.carry_out()
        told.stands()
        told.in_any_order()

    lives()
