"""Cohorts lived on paper: facts are told, time moves on, and what falls due is carried out on the minute."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import count
from typing import Any

from lifecycle.account import Account, account
from lifecycle.cohort import REDUCER, State, advance, assess, due, effects, notices, plan, rows, upcoming
from lifecycle.cohort.life import Life
from lifecycle.effects import Effect
from schemas import cohort_facts as facts
from schemas.cohort_facts import Coaching, CohortScheduled, EnrolmentAccepted, Team
from schemas.due import DueItem, Notice, Refusal
from schemas.engagement_facts import Slot
from schemas.facts import Fact
from schemas.rows import Rows
from schemas.words import Act, EnrolmentState, Matter, Weekday
from tests.lifecycle.lives import PROGRAMME, local, read

COHORT = "sheffield.2026-autumn"
COURSE_START = date(2026, 9, 7)
OPENED = "2026-06-22"
P1, P2, P3 = (f"{COHORT}.P0{n}" for n in (1, 2, 3))
SLOT = Slot(day=Weekday.TUESDAY, at=time(9))
COACHES_WELL: dict[str, Any] = {"agreed": True, "sessions_expected": 20, "sessions_held": 18, "running": True}


def team(number: int = 1) -> Team:
    """One of the teams."""
    return Team(microsystem=f"ms_{number}", team_lead=f"per_lead{number}", slot=SLOT)


def scheduled(**fields: Any) -> CohortScheduled:
    """The opening fact: eleven weeks before the course starts on Monday 7 September 2026."""
    given: dict[str, Any] = {
        "event_id": "scheduled",
        "occurred_at": local(OPENED),
        "academy": "sheffield",
        "programme": PROGRAMME,
        "course_start": COURSE_START,
        "calendar": "uk-2026-11",
    }
    return CohortScheduled(**(given | fields))


@dataclass
class Lived:
    """One cohort. ``records`` is what a look at the coaching records would find.

    ``written`` is what the database shows: rows are written when a fact is told, or something due is carried out.
    """

    known: Account[Life]
    now: datetime
    done: dict[str, datetime] = field(default_factory=dict)
    carried: list[tuple[datetime, DueItem]] = field(default_factory=list)
    sent: list[tuple[datetime, Notice]] = field(default_factory=list)
    records: dict[str, Coaching] = field(default_factory=dict)
    written: Rows = field(default_factory=dict)
    numbers: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.write()

    def rows(self) -> Rows:
        """What follows from what stands now."""
        return rows(COHORT, self.state, upcoming(self.state, self.done))

    def write(self) -> None:
        """The rows are brought up to date."""
        self.written = self.rows()

    @property
    def state(self) -> State:
        """What stands now."""
        return assess(self.known, self.now, self.done)

    @property
    def life(self) -> Life:
        """What the facts say."""
        return self.known.life

    def plan(self) -> list[DueItem]:
        """The whole timeline."""
        return plan(self.state, self.done)

    def ahead(self, matter: Matter) -> list[str]:
        """When items of a matter are planned, in local time."""
        return [read(item.at) for item in self.plan() if item.matter == matter]

    def went(self, matter: Matter, act: Act | None = None, window: str = "") -> list[str]:
        """When items of a matter were carried out, in local time."""
        return [
            read(at)
            for at, item in self.carried
            if item.matter == matter and act in (None, item.act) and item.window.startswith(window)
        ]

    def heard(self, person: str, matter: Matter) -> list[str]:
        """When somebody had a notice about a matter."""
        return [read(at) for at, notice in self.sent if notice.person == person and notice.matter == matter]

    def is_now(self, enrolment: str = P1) -> EnrolmentState:
        """The state of one enrolment."""
        return self.state.enrolment(self.life.enrolments[enrolment])

    def effects(self) -> list[Effect]:
        """What engagements should hold by now."""
        return effects(COHORT, self.state)

    def meant(self) -> list[tuple[str, str]]:
        """Engagement and kind of every fact that engagements should hold, in the order in which they must arrive."""
        return [(found.subject.removeprefix(f"{COHORT}."), found.fact.kind) for found in self.effects()]

    def carry_out(self) -> None:
        """Carry out what is due now, until nothing is; a look at the records follows on its check."""
        for _ in range(300):
            items = due(self.state, self.done)
            if not items:
                return
            for item in items:
                self.carried.append((self.now, item))
                self.sent += [(self.now, notice) for notice in notices(self.state, item)]
            self.done |= {item.key: self.now for item in items}
            self.write()
            if any(item.matter is Matter.COACHING_CHECK for item in items):
                self.look()
        raise AssertionError(f"something is due for ever: {items}")

    def look(self, **fields: Any) -> None:
        """Read the records; ``fields`` say how the first participant coaches."""
        if fields:
            self.records[P1] = Coaching(enrolment=P1, **(COACHES_WELL | fields))
        coaching = tuple(self.records.get(key, Coaching(enrolment=key)) for key in self.life.enrolments)
        self.tell(facts.CoachingSeen, coaching=coaching)

    def go(self, to: str | datetime) -> None:
        """Let time pass, carrying out everything on its minute."""
        until = local(to) if isinstance(to, str) else to
        self.carry_out()
        while (ahead := upcoming(self.state, self.done)) and ahead[0].at <= until:
            self.now = max(self.now, ahead[0].at)
            self.carry_out()
        self.now = max(self.now, until)

    def away(self, to: str) -> None:
        """Let time pass with the engine switched off."""
        self.now = local(to)

    def try_to(self, kind: type[Fact], when: str | None = None, **fields: Any) -> Account[Life] | Refusal:
        """Tell a fact that occurred ``when`` (now, if left out)."""
        at = fields.pop("occurred_at", local(when) if when else self.now)
        event_id = fields.pop("event_id", f"e{next(self.numbers):03}")
        after = advance(self.known, kind(event_id=event_id, occurred_at=at, **fields), self.now)
        if not isinstance(after, Refusal):
            self.known = after
            self.write()
        return after

    def tell(self, kind: type[Fact], when: str | None = None, **fields: Any) -> str:
        """Tell a fact that must be accepted; its event id."""
        before = set(self.known.facts)
        after = self.try_to(kind, when, **fields)
        assert not isinstance(after, Refusal), after
        return next(iter(set(after.facts) - before), "")

    def refused(self, kind: type[Fact], when: str | None = None, **fields: Any) -> Refusal:
        """Tell a fact that must be refused, and change nothing."""
        before = self.known
        after = self.try_to(kind, when, **fields)
        assert isinstance(after, Refusal), f"{kind.__name__} was accepted"
        assert self.known is before
        return after

    def accept(self, enrolment: str, when: str | None = None, **fields: Any) -> str:
        """A participant has a place."""
        person = f"per_{enrolment.rpartition('.')[2]}"
        given = {"faculty": "per_faculty", "sponsor": "per_sponsor"} | fields
        return self.tell(EnrolmentAccepted, when, enrolment=enrolment, person=person, **given)

    def attend(self, numbers: Iterable[int], *present: str) -> None:
        """Tell the attendance of learning sessions, each an hour after its end."""
        for number in numbers:
            self.go(self.life.learning_session_ends(number))
            self.tell(facts.LearningSessionHeld, number=number, attended=present)


def fresh(*enrolments: str, **fields: Any) -> Lived:
    """A cohort just scheduled, with participants who have a team each."""
    opening = scheduled(**fields)
    lived = Lived(account(REDUCER, [opening]), opening.occurred_at)
    for number, enrolment in enumerate(enrolments, start=1):
        lived.accept(enrolment, team=team(number))
    return lived


def taught(*enrolments: str) -> Lived:
    """Confirmed, taught to the end, attended by everybody, and looked at: nobody's completion is decided yet."""
    lived = fresh(*enrolments)
    lived.tell(facts.CohortConfirmed)
    lived.records = {key: Coaching(enrolment=key, last_coached=date(2027, 3, 2), **COACHES_WELL) for key in enrolments}
    lived.attend(range(1, 7), *enrolments)
    lived.go("2027-03-07")
    return lived


def completed(*enrolments: str) -> Lived:
    """The same, and everybody completed the course on 10 March 2027."""
    lived = taught(*enrolments)
    lived.go("2027-03-10")
    for enrolment in enrolments:
        lived.tell(facts.EnrolmentCompleted, enrolment=enrolment, completed=True)
    return lived
