"""Engagements lived on paper: facts are told, time moves on, and what falls due is carried out on the minute."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from lifecycle.account import Account, account
from lifecycle.engagement import REDUCER, State, advance, assess, due, notices, plan, upcoming
from lifecycle.engagement.life import Life
from schemas import engagement_facts as facts
from schemas import improvement_facts as improvement
from schemas.corrections import Correction
from schemas.due import DueItem, Notice, Refusal
from schemas.engagement_facts import EngagementProposed, People, Slot
from schemas.facts import Fact
from schemas.programme import Programme
from schemas.rows import Rows
from schemas.words import Act, Matter, NotHeldReason, Role, Weekday

LONDON = ZoneInfo("Europe/London")
PROGRAMME = Programme(name="sheffield-mca", version=1)
PEOPLE = People(coach="per_coach", faculty="per_faculty", sponsor="per_sponsor", team_lead="per_lead")
COURSE_START = date(2026, 9, 7)
SLOT = Slot(day=Weekday.TUESDAY, at=time(9))
SIGNERS = (Role.COACH, Role.TEAM_LEAD, Role.FACULTY)
_WEEK = timedelta(weeks=1)


def local(text: str) -> datetime:
    """'2026-10-06 09:00' as London's clocks read it; a date alone is midday."""
    at = datetime.fromisoformat(text if " " in text else f"{text} 12:00")
    return at.replace(tzinfo=LONDON).astimezone(ZoneInfo("UTC"))


def read(at: datetime) -> str:
    """The reverse of `local`."""
    return f"{at.astimezone(LONDON):%Y-%m-%d %H:%M}"


def without_dates(rows: Rows) -> dict[tuple[str, str], dict[str, Any]]:
    """What rows say, but for when what is due next: after an outage that moves on by itself until it may go."""
    dates = {"next_due", "next_matter", "next_act", "next_to", "next_about", "next_rule", "next_weekly", "turn"}
    return {
        key: {name: said for name, said in row._asdict().items() if name not in dates}
        for key, row in rows.items()
        if key[0] != "due_items"
    }


def proposed(**fields: Any) -> EngagementProposed:
    """An opening fact of 10 August 2026, four weeks before the course starts."""
    at = fields.pop("occurred_at", local("2026-08-10"))
    given: dict[str, Any] = {
        "event_id": "opening",
        "occurred_at": at,
        "programme": PROGRAMME,
        "cohort": "sheffield.2026-autumn",
        "enrolment": "sheffield.2026-autumn.P01",
        "microsystem": "ms_1",
        "course_start": COURSE_START,
        "slot": SLOT,
        "calendar": "uk-2026-11",
        "people": PEOPLE,
        "watched_from": at,
    }
    return EngagementProposed(**(given | fields))


@dataclass
class Lived:
    """One engagement. ``carried`` is what was carried out, with when; ``sent`` the notices of it."""

    known: Account[Life]
    now: datetime
    done: dict[str, datetime] = field(default_factory=dict)
    carried: list[tuple[datetime, DueItem]] = field(default_factory=list)
    sent: list[tuple[datetime, Notice]] = field(default_factory=list)
    sent_out_of_hours: list[str] = field(default_factory=list)
    numbers: count[int] = field(default_factory=count)

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

    def ahead(self, matter: Matter) -> list[DueItem]:
        """What is planned of a matter."""
        return [item for item in self.plan() if item.matter == matter]

    def went(self, matter: Matter, act: Act | None = None) -> list[str]:
        """When items of a matter were carried out, in local time."""
        return [read(at) for at, item in self.carried if item.matter == matter and act in (None, item.act)]

    def heard(self, role: Role, matter: Matter) -> list[str]:
        """When somebody in a role had a notice about a matter."""
        return [read(at) for at, notice in self.sent if notice.role == role and notice.matter == matter]

    def carry_out(self) -> None:
        """Carry out what is due now, until nothing is."""
        for _ in range(100):
            items = due(self.state, self.done)
            if not items:
                return
            for item in items:
                self.carried.append((self.now, item))
                self.sent += [(self.now, notice) for notice in notices(self.state, item)]
                if item.to and self.life.calendar.sendable(self.now) != self.now:
                    self.sent_out_of_hours.append(item.key)
            self.done |= {item.key: self.now for item in items}
        raise AssertionError(f"something is due for ever: {items}")

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
        at = local(when) if when else self.now
        event_id = fields.pop("event_id", f"e{next(self.numbers):03}")
        after = advance(self.known, kind(event_id=event_id, occurred_at=at, **fields), self.now)
        if not isinstance(after, Refusal):
            self.known = after
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

    def meet(self, day: str, when: str | None = None, **fields: Any) -> str:
        """The session of a day took place."""
        return self.tell(facts.SessionHeld, when or f"{day} 10:30", day=date.fromisoformat(day), **fields)

    def miss(self, day: str, when: str | None = None, reason: NotHeldReason = NotHeldReason.STAFFING) -> str:
        """The session of a day did not take place."""
        return self.tell(facts.SessionNotHeld, when or f"{day} 10:30", day=date.fromisoformat(day), reason=reason)

    def met_after_all(self, day: str) -> str:
        """Somebody corrects what was told of a day: the session did take place."""
        on = date.fromisoformat(day)
        wrong = next(f for f in self.known.facts.values() if isinstance(f, facts.SessionNotHeld) and f.day == on)
        right = facts.SessionHeld(event_id="right", occurred_at=wrong.occurred_at, day=on)
        return self.tell(Correction, corrects=wrong.event_id, replacement=right)

    def weekly(self, to: str, **fields: Any) -> None:
        """Live until a date; every session takes place and is told half an hour after its end, every score is given."""
        self._live(local(to), fields)

    def weekly_for(self, weeks: int, **fields: Any) -> None:
        """Live so for some weeks."""
        self._live(self.now + weeks * _WEEK, fields)

    def _live(self, end: datetime, fields: dict[str, Any]) -> None:
        """The same life is lived once in a run: most tests begin with the same weeks."""
        known = self.known
        told = (list(known.facts.values()), known.void, known.overruled, known.last, self.numbers)
        key = pickle.dumps((told, self.now, self.done, end, fields))
        if key not in _LIVED:
            alone = Lived(known, self.now, dict(self.done), numbers=copy(self.numbers))
            alone._live_anew(end, fields)
            _LIVED[key] = alone
        lived = _LIVED[key]
        self.known, self.now, self.done, self.numbers = lived.known, lived.now, dict(lived.done), copy(lived.numbers)
        self.carried += lived.carried
        self.sent += lived.sent
        self.sent_out_of_hours += lived.sent_out_of_hours

    def _live_anew(self, end: datetime, fields: dict[str, Any]) -> None:
        while True:
            asks = [i for i in upcoming(self.state, self.done) if i.matter in _ANSWERED and i.act is Act.ASK]
            following = min((max(_told_at(item), self.now) for item in asks), default=end)
            if following >= end:
                break
            self.go(following)
            for item in asks:
                if _told_at(item) <= self.now:
                    self._answer(item, fields)
        self.go(end)

    def _answer(self, item: DueItem, fields: dict[str, Any]) -> None:
        if item.matter is Matter.SESSION:
            assert item.about is not None
            self.tell(facts.SessionHeld, day=item.about, **({"chaired_by": "team"} | fields))
        else:
            scorer = "team" if item.matter is Matter.PROGRESS_TEAM else "faculty"
            self.tell(facts.ProgressScored, scorer=scorer, score=2.5)


_LIVED: dict[bytes, Lived] = {}
_ANSWERED = (Matter.SESSION, Matter.PROGRESS_TEAM, Matter.PROGRESS_FACULTY)


def _told_at(item: DueItem) -> datetime:
    """Sessions are told before anybody asks; a score, when it is asked for."""
    return item.since + timedelta(minutes=30) if item.matter is Matter.SESSION else item.at


def fresh(**fields: Any) -> Lived:
    """An engagement that was just proposed."""
    opening = proposed(**fields)
    return Lived(account(REDUCER, [opening]), opening.occurred_at)


def agreed(**fields: Any) -> Lived:
    """An engagement whose agreement was signed on 20 August 2026, at the eve of the course."""
    lived = fresh(**fields)
    lived.go("2026-08-20")
    for role in (Role.COACH, Role.SPONSOR, Role.TEAM_LEAD):
        lived.tell(facts.AgreementSigned, role=role)
    lived.go("2026-09-06")
    return lived


def full_cycle(day: date, first: int = 1) -> list[tuple[type[Fact], dict[str, Any]]]:
    """A change that was tested, adopted, and made the standard, all on one day."""
    days = {"from_day": day, "until_day": day}
    studied = {"as_predicted": "yes", "decision": "adopt"}
    return [
        (improvement.PdsaPlanned, {"cycle": first, **days}),
        (improvement.PdsaStudied, {"cycle": first, **studied}),
        (improvement.PdsaPlanned, {"cycle": first + 1, "standardise": True, **days}),
        (improvement.PdsaStudied, {"cycle": first + 1, **studied}),
    ]


def ready(lived: Lived, *, without: Callable[[str], bool] = lambda _part: False) -> None:
    """Tell what the gate asks for, the readiness record and signatures last. ``without`` leaves parts out."""
    parts: list[tuple[str, type[Fact], dict[str, Any]]] = [
        *(("cycle", kind, said) for kind, said in full_cycle(lived.life.calendar.day(lived.now))),
        ("score by the team", facts.ProgressScored, {"scorer": "team", "score": 4.0}),
        ("score by the faculty", facts.ProgressScored, {"scorer": "faculty", "score": 4.5}),
        ("process owner", facts.OwnerNamed, {"role": "process_owner", "person": "per_owner"}),
        ("measure owner", facts.OwnerNamed, {"role": "measure_owner", "person": "per_owner"}),
        ("readiness record", facts.ReadinessAssessed, {}),
        *((f"sign-off by the {role.replace('_', ' ')}", facts.SignedOff, {"role": role}) for role in SIGNERS),
    ]
    for name, kind, given in parts:
        if not without(name):
            lived.tell(kind, **given)
        lived.now += timedelta(minutes=1)


def handed_off(when: str = "2028-03-14") -> Lived:
    """A team that meets every week and is handed off."""
    lived = agreed()
    lived.weekly(when)
    ready(lived)
    lived.tell(facts.HandedOff)
    return lived
