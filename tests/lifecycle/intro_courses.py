"""Introduction courses lived on paper: facts are told, time moves on, what falls due is carried out on the minute."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from lifecycle.account import Account, account
from lifecycle.effects import Owed, Peer
from lifecycle.intro_course import (
    REDUCER,
    State,
    advance,
    assess,
    due,
    effects,
    in_turn,
    next_offer,
    notices,
    plan,
    refused,
    rows,
    upcoming,
)
from lifecycle.intro_course.life import Life
from schemas import intro_course_facts as facts
from schemas.due import DueItem, Notice, Refusal
from schemas.facts import Fact
from schemas.intro_course_facts import BookedBefore, IntroCourseScheduled, PlaceRequested
from schemas.rows import Rows
from schemas.words import Act, BookingState, Matter, office_of
from tests.lifecycle.lives import PROGRAMME, local, read
from tests.lifecycle.peers import still_owed

COURSE, LATER = "sheffield.intro-2026-10", "sheffield.intro-2026-12"
DAY_1, DAY_2 = date(2026, 10, 14), date(2026, 10, 15)
OPENED = "2026-07-22"
A, B, C, D = (f"{COURSE}.{letter}" for letter in "ABCD")


def scheduled(**fields: Any) -> IntroCourseScheduled:
    """The opening fact: twelve weeks before a Wednesday and a Thursday in October 2026, with two places."""
    given: dict[str, Any] = {
        "event_id": "scheduled",
        "occurred_at": local(OPENED),
        "academy": "sheffield",
        "programme": PROGRAMME,
        "day_1": DAY_1,
        "day_2": DAY_2,
        "places": 2,
        "calendar": "uk-2026-11",
    }
    return IntroCourseScheduled(**(given | fields))


@dataclass
class Lived:
    """One course. ``sent`` has the notices with when they went.

    ``written`` is what the database shows: rows are written when a fact is told, or something due is carried out.
    """

    known: Account[Life]
    now: datetime
    course: str = COURSE
    done: dict[str, datetime] = field(default_factory=dict)
    carried: list[tuple[datetime, DueItem]] = field(default_factory=list)
    sent: list[tuple[datetime, Notice]] = field(default_factory=list)
    written: Rows = field(default_factory=dict)
    numbers: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.write()

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

    def went(self, matter: Matter, act: Act | None = None, window: str = "") -> list[str]:
        """When items of a matter were carried out, in local time."""
        return [
            read(at)
            for at, item in self.carried
            if item.matter == matter and act in (None, item.act) and item.window.startswith(window)
        ]

    def heard(self, who: str, matter: Matter | None = None) -> list[str]:
        """What a delegate (by letter) or the office was sent, by rule, and when."""
        person = office_of(COURSE) if who == "office" else f"per_{who}"
        return [
            f"{notice.reason} {read(at)}"
            for at, notice in self.sent
            if notice.person == person and matter in (None, notice.matter)
        ]

    def is_now(self, booking: str) -> BookingState:
        """The state of one booking."""
        return self.state.booking(self.life.bookings[booking])

    def carry_out(self) -> None:
        """Carry out what is due now, until nothing is; what comes free is offered, as the course's workflow does."""
        for _ in range(300):
            items = due(self.state, self.done)
            for item in items:
                self.carried.append((self.now, item))
                for notice in notices(self.state, item):
                    self.say(notice)
            self.done |= {item.key: self.now for item in items}
            if items:
                self.write()
            if not (self.offer() or items):
                break
        else:
            raise AssertionError(f"something is due for ever: {items}")

    def rows(self) -> Rows:
        """What follows from what stands now."""
        return rows(self.course, self.state, upcoming(self.state, self.done))

    def write(self) -> None:
        """The rows are brought up to date."""
        self.written = self.rows()

    def say(self, notice: Notice) -> None:
        """A notice goes."""
        self.sent.append((self.now, notice))

    def offer(self) -> bool:
        """Offer what is free to whoever waits, until there is no more of either."""
        offered = 0
        while (offer := next_offer(self.state)) is not None:
            after = advance(self.known, offer, self.now)
            if isinstance(after, Refusal):
                break
            self.known, offered = after, offered + 1
            self.write()
        return bool(offered)

    def go(self, to: str | datetime) -> None:
        """Let time pass, carrying out everything on its minute."""
        until = local(to) if isinstance(to, str) else to
        self.carry_out()
        while (ahead := upcoming(self.state, self.done)) and ahead[0].at <= until:
            self.now = max(self.now, ahead[0].at)
            self.carry_out()
        self.now = max(self.now, until)
        self.carry_out()

    def away(self, to: str) -> None:
        """Let time pass with the engine switched off."""
        self.now = local(to)

    def try_to(self, kind: type[Fact], when: str | None = None, **fields: Any) -> Account[Life] | Refusal:
        """Tell a fact that occurred ``when`` (now, if left out). A request gets its turn, as the workflow gives it."""
        at = fields.pop("occurred_at", local(when) if when else self.now)
        event_id = fields.pop("event_id", f"e{next(self.numbers):03}")
        fact = kind(event_id=event_id, occurred_at=at, **fields)
        taken = in_turn(self.known, fact, self.now) if isinstance(fact, PlaceRequested) else fact
        after = advance(self.known, taken, self.now)
        if isinstance(after, Refusal):
            return after
        no = refused(self.known, after, taken, self.now)
        if no is None:
            self.known = after
            self.write()
        return no or after

    def tell(self, kind: type[Fact], when: str | None = None, **fields: Any) -> str:
        """Tell a fact that must be accepted, and carry out what it means; its event id."""
        before = set(self.known.facts)
        after = self.try_to(kind, when, **fields)
        assert not isinstance(after, Refusal), after
        self.carry_out()
        return next(iter(set(after.facts) - before), "")

    def refused(self, kind: type[Fact], when: str | None = None, **fields: Any) -> Refusal:
        """Tell a fact that must be refused, and change nothing."""
        before = self.known
        after = self.try_to(kind, when, **fields)
        assert isinstance(after, Refusal), f"{kind.__name__} was accepted"
        assert self.known is before
        return after

    def book(self, *letters: str, when: str | None = None, **fields: Any) -> None:
        """Places are asked for, a minute apart."""
        for letter in letters:
            self.tell(PlaceRequested, when, **(request(self.course, letter) | fields))
            self.now += timedelta(minutes=1)

    def after(self, minutes: int = 1) -> Lived:
        """A little later. Facts of one second hold in a fixed order, whatever came first."""
        self.now += timedelta(minutes=minutes)
        return self

    def cancel(self, letter: str, when: str | None = None) -> str:
        """Somebody gives up what they hold or wait for; the event id."""
        return self.tell(facts.BookingCancelled, when, booking=f"{self.course}.{letter}")

    def take(self, letter: str) -> None:
        """Somebody takes the place they are offered."""
        self.tell(facts.OfferAccepted, booking=f"{self.course}.{letter}")

    def attend(self, day: int, *letters: str, when: str | None = None) -> str:
        """The list of a day; its event id."""
        attended = tuple(f"{self.course}.{letter}" for letter in letters)
        return self.tell(facts.IntroAttendanceTaken, when, day=day, attended=attended)

    def held(self, first: str, second: str) -> None:
        """Both days pass, and their lists are told in the afternoon: who was there by letter, as in ``AB``."""
        for day, letters in ((1, first), (2, second)):
            self.go(self.life.ends(day))
            self.attend(day, *letters)


def request(course: str, letter: str) -> dict[str, Any]:
    """What a booking says."""
    return {"booking": f"{course}.{letter}", "person": f"per_{letter}", "delegate": "external"}


def fresh(*letters: str, course: str = COURSE, **fields: Any) -> Lived:
    """A course that was just scheduled, with bookings of these letters, each a minute after the one before."""
    opening = scheduled(**fields)
    lived = Lived(account(REDUCER, [opening]), opening.occurred_at, course=course)
    lived.carry_out()
    lived.book(*letters)
    return lived


def later(before: Lived, letter: str, day: int, **fields: Any) -> Lived:
    """A course in December on which one delegate of an earlier course makes up a day they missed."""
    given = {"day_1": date(2026, 12, 9), "day_2": date(2026, 12, 10), "occurred_at": before.now} | fields
    lived = fresh(course=LATER, **given)
    lived.book(letter, days=(day,), rebooks=BookedBefore(course=before.course, booking=f"{before.course}.{letter}"))
    pass_on(lived, before)
    return lived


def owed_to(before: Lived, lived: Lived) -> list[Owed]:
    """What a later course has still to tell an earlier one."""
    peer = Peer(before.course, "intro_course", before.life.opening.occurred_at)
    last = max(fact.occurred_at for fact in lived.known.facts.values())
    return still_owed(lived.course, effects(lived.course, lived.state), peer, before.known.facts.values(), last)


def pass_on(lived: Lived, before: Lived) -> None:
    """What a later course has to tell an earlier one is told there."""
    before.now = max(before.now, lived.now)
    for owed in owed_to(before, lived):
        after = advance(before.known, owed.fact, before.now)
        assert not isinstance(after, Refusal), after
        before.known = after
        before.carry_out()
    assert owed_to(before, lived) == []
