"""No schedule of facts, outages and retries sends anything twice, stale, or outside its window: a notice's whole way.

Simulated on paper, with the real rules: an engagement, a cohort and an Introduction course of one academy, each kept as
``workflows/keeper.py`` keeps it; the sending of ``activities/notices.py``; and ``activities/digests.py``, looked at on
the academy's mornings, and again where something was kept back. Chosen at random: what is told, now or days late;
the worker away, so that nothing is carried out; the mail server away, so that what cannot wait is delivered later,
asked for anew each day, tried and judged again and again; a worker that dies between the acceptance of a mail and its
settling, and repeats the activity within seconds; leave, pauses, closed weeks, subjects that end; people who stop their
weekly mail. An activity that is begun hours after it was asked for sends nothing itself: it is as if the mail server
had been away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import cohort, engagement, intro_course
from lifecycle.account import Account, account, advance
from lifecycle.gathering import Gathered, Subject, judge, next_look
from lifecycle.subject_rules import SubjectRules
from lifecycle.timeline import revived
from schemas import cohort_facts, intro_course_facts
from schemas import engagement_facts as facts
from schemas.due import Notice
from schemas.engagement_facts import PauseReason
from schemas.facts import AcademyClosed, Fact, LeaveAgreed
from schemas.programme import Attention
from schemas.words import Matter, NotHeldReason, Role
from tests.drawing import MANY
from tests.lifecycle import cohorts, intro_courses
from tests.lifecycle.lives import PROGRAMME, local, proposed

TRY_AGAIN, FIVE_DAYS = timedelta(hours=3), timedelta(days=5)
"""The engine tries every half hour: here less often, so that more lives are tried in the same time."""
TEAM, COHORT, COURSE = "sheffield.2026-autumn.P03", cohorts.COHORT, intro_courses.COURSE
RECEIPTS = {"booking_confirmed", "booking_waiting", "booking_cancelled"}


@dataclass
class Row:
    """A notice in the records."""

    subject: str
    notice: Notice
    issued_at: datetime
    due_at: datetime
    status: str = "waiting"

    @property
    def id(self) -> str:
        """What the database keeps unique."""
        return f"{self.subject}/{self.notice.person}/{self.notice.item}"


@dataclass
class Kept:
    """One subject, as its workflow keeps it. ``asked`` is the delivery that is being tried."""

    name: str
    book: SubjectRules[Any]
    known: Account[Any]
    next_at: datetime | None = None
    done: dict[str, datetime] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    began: datetime | None = None
    asked: list[str] = field(default_factory=list)
    asked_at: datetime | None = None
    try_at: datetime | None = None


@dataclass
class Town:
    """An academy: its subjects, its records, its worker and its mail server. ``dies`` counts mails until it does."""

    now: datetime
    kept: dict[str, Kept]
    rows: dict[str, Row] = field(default_factory=dict)
    digests: dict[tuple[str, date], str] = field(default_factory=dict)
    declined: set[str] = field(default_factory=set)
    handed_in: list[tuple[datetime, str, list[Row]]] = field(default_factory=list)
    look_at: datetime | None = None
    refused: bool = False
    late: bool = False
    works: bool = True
    mail: bool = True
    dies: int = 0
    numbers: count[int] = field(default_factory=count)

    def tell(self, name: str, kind: type[Fact], lag: timedelta = timedelta(), **said: Any) -> None:
        """A fact is told, and accepted or refused. While no worker is there, nobody answers."""
        if self.works:
            fact = kind(event_id=f"e{next(self.numbers):04}", occurred_at=self.now - lag, **said)
            after = advance(self.kept[name].known, fact, self.now)
            if isinstance(after, Account):
                self.kept[name].known = after
                self.carry_out(self.kept[name])

    def state(self, one: Kept, at: datetime | None = None) -> Any:
        """What stands now."""
        return one.book.assess(one.known, at or self.now, one.done)

    def carry_out(self, one: Kept) -> None:
        """``Keeper._carry_out`` and ``_follow``, and the activity: until nothing is due and nothing free."""
        while True:
            state = self.state(one)
            items = one.book.due(state, one.done)
            one.done |= {item.key: self.now for item in items}
            issued = [Row(one.name, n, self.now, i.at) for i in items for n in one.book.notices(state, i)]
            rows = [self.rows.setdefault(row.id, row) for row in issued]
            self.send([row for row in rows if not row.notice.gathered], self.now)
            one.waiting |= {r.id: r.notice.item for r in rows if r.status == "waiting" and not r.notice.gathered}
            if any(item.matter is Matter.COACHING_CHECK for item in items):
                self.tell(one.name, cohort_facts.CoachingSeen, coaching=())
            offer = intro_course.next_offer(self.state(one)) if one.book is intro_course else None
            after = advance(one.known, offer, self.now) if offer else None
            if isinstance(after, Account):
                one.known = after
            elif not items:
                ahead = one.book.upcoming(self.state(one), one.done)
                one.next_at = ahead[0].at if ahead else None
                return

    def send(self, rows: list[Row], asked_at: datetime) -> None:
        """``NoticeActivities._send``: one mail a person, and all again for as long as the worker dies with one."""
        while True:
            mails: dict[str, list[Row]] = defaultdict(list)
            for row in rows:
                if row.status == "waiting":
                    mails[row.notice.person].append(row)
            keys = {person: "+".join(sorted(row.id for row in mail)) for person, mail in mails.items()}
            if all(self.hand_in(keys[person], mail, asked_at) for person, mail in mails.items()):
                return

    def hand_in(self, key: str, mail: list[Row], asked_at: datetime) -> bool:
        """The mail server takes it or not; then it is settled. False: the worker died before that, and is back."""
        if not self.mail:
            self.refused = True
            return True
        for row in mail:
            self.check(row, asked_at)
        self.handed_in.append((self.now, key, mail))
        self.dies -= 1
        if self.dies == 0:
            return False
        for row in mail:
            row.status = "sent"
        return True

    def deliver(self, one: Kept) -> None:
        """``Keeper._deliver``, and one try of the activity it asks for."""
        state = self.state(one)
        one.began = one.began or self.now
        opens = state.life.calendar.sendable(self.now)
        if opens > self.now:
            one.asked, one.try_at = [], opens
            return
        if not one.asked:
            gone = self.now - one.began >= FIVE_DAYS
            plan = [] if gone else one.book.plan(state, revived(one.waiting.values(), one.done))
            needed = {item.key for item in plan}
            for row in self.of_the_same_items(one, list(one.waiting)):
                row.status = "waiting" if row.notice.item in needed else "withdrawn"
            one.asked, one.asked_at = list(one.waiting), self.now
        asked_at = one.asked_at or self.now
        self.send(self.still_due(one, asked_at), asked_at)
        if self.of_the_same_items(one, one.asked):
            one.try_at = self.now + TRY_AGAIN
            return
        one.waiting = {row: item for row, item in one.waiting.items() if row not in one.asked}
        one.asked, one.began, one.try_at = [], one.began if one.waiting else None, None

    def still_due(self, one: Kept, at: datetime) -> list[Row]:
        """``NoticeActivities._still_due``: what goes now, to whoever hears of it by now."""
        subject = Subject(one.book, self.state(one, at), one.done)
        others: list[Notice] = []
        for row in self.of_the_same_items(one, one.asked):
            if not subject.needs(row.notice):
                others += subject.notices_of(row.notice)
                row.status = "withdrawn"
        for notice in others:
            made = Row(one.name, notice, at, at)
            self.rows.setdefault(made.id, made)
        return self.of_the_same_items(one, one.asked)

    def of_the_same_items(self, one: Kept, ids: list[str]) -> list[Row]:
        """What waits to be sent by itself of the items of some notices."""
        items = {self.rows[row].notice.item for row in ids}
        waiting = (row for row in self.rows.values() if row.status == "waiting" and not row.notice.gathered)
        return [row for row in waiting if row.subject == one.name and row.notice.item in items]

    def look(self) -> None:
        """``DigestActivities.send_digests``, repeated if the worker dies; then when to look again."""
        done = self.refused = False
        late = self.look_at is not None and self.now - self.look_at > timedelta(minutes=10)
        while not done:
            done, kept = self.looked(late=late or self.late)
        regular = next_look(Attention(), PROGRAMME.quiet_hours, PROGRAMME.zone, "uk-2026-11", self.now)
        again = self.now + TRY_AGAIN if self.refused else kept
        self.look_at, self.late = min(regular, again or regular), late
        if late:
            self.look_at = min(self.look_at, self.now + timedelta(minutes=15))

    def looked(self, *, late: bool) -> tuple[bool, datetime | None]:
        """Judge what waits, withdraw what is needed no more, and send a mail a person."""
        subjects = {name: Subject(one.book, self.state(one), one.done) for name, one in self.kept.items()}
        waiting = [row for row in self.rows.values() if row.status == "waiting" and row.notice.gathered]
        verdicts = judge(
            [Gathered(r.id, r.subject, r.issued_at, r.notice) for r in waiting], subjects, self.now, late=late
        )
        going: dict[str, list[Row]] = defaultdict(list)
        for one in verdicts:
            row = self.rows[one.gathered.id]
            if one.withdrawn:
                row.status = "withdrawn"
            elif one.week and row.notice.person in self.declined:
                row.status = "withheld"
            elif one.week:
                going[row.notice.person].append(row)
        week = max((one.week for one in verdicts if one.week), default=self.now.date())
        kept = min((one.until for one in verdicts if one.until), default=None)
        return all(self.digest(person, week, rows) for person, rows in sorted(going.items())), kept

    def digest(self, person: str, week: date, rows: list[Row]) -> bool:
        """One person's mail of the week, unless they had it. One of an earlier week is given up."""
        given_up = [k for k, status in self.digests.items() if k[0] == person and k[1] < week and status == "waiting"]
        self.digests |= dict.fromkeys(given_up, "failed")
        if self.digests.setdefault((person, week), "waiting") != "waiting":
            return True
        at_most = PROGRAMME.attention.lines_at_most
        if not self.hand_in(f"digest/{person}/{week}", rows[:at_most], self.now):
            return False
        if self.mail:
            self.digests[person, week] = "sent"
            for row in rows[at_most:]:
                row.status = "withheld"
        return True

    def live(self, until: datetime) -> None:
        """To a moment. Whatever the worker is woken for on the way is done on its second, or when it is back."""
        while self.works and (wake := min(self.wakes())) <= until:
            self.now = max(self.now, wake)
            for one in self.kept.values():
                if one.next_at is not None and one.next_at <= self.now:
                    self.carry_out(one)
                if one.waiting and (one.try_at is None or one.try_at <= self.now):
                    self.deliver(one)
            if self.look_at is None or self.look_at <= self.now:
                self.look()
        self.now = max(self.now, until)

    def wakes(self) -> Iterator[datetime]:
        """When somebody has something to do."""
        yield self.look_at or self.now
        for one in self.kept.values():
            if one.next_at is not None:
                yield one.next_at
            if one.waiting:
                yield one.try_at or self.now

    def next_due(self) -> datetime:
        """When something falls due next, whoever is there to do it."""
        return max(self.now, min((one.next_at for one in self.kept.values() if one.next_at), default=self.now))

    def check(self, row: Row, asked_at: datetime) -> None:
        """At every hand-in: still to be sent, due, needed by the same person, and in the hours of its own calendar."""
        one, notice = self.kept[row.subject], row.notice
        state = self.state(one, asked_at)
        assert row.status == "waiting"
        assert row.due_at <= row.issued_at <= self.now
        subject = Subject(one.book, state, one.done)
        assert subject.needs(notice), notice
        assert state.life.calendar.sendable(self.now) == self.now or exempt(state, notice), notice
        if notice.gathered:
            subjects = [Subject(other.book, self.state(other), other.done) for other in self.kept.values()]
            assert not any(other.away_until(notice.person) for other in subjects)
            assert notice.person not in self.declined


def exempt(state: Any, notice: Notice) -> bool:
    """A receipt, or a change of a course whose day begins, or would have begun, before the hours open again."""
    if notice.matter is not Matter.COURSE_CHANGED:
        return notice.matter is Matter.BOOKING and notice.reason in RECEIPTS
    life = state.life
    days = [*life.dates, *life.moved_from]
    opens = life.calendar.sendable(state.now)
    return any(state.now <= life.calendar.at(day, life.rules.starts_at) <= opens for day in days)


def town() -> Town:
    """In August: an engagement that was just agreed, a cohort of two of whom one has a team, a course with a line."""
    openings: list[tuple[str, SubjectRules[Any], Any]] = [
        (TEAM, engagement, proposed()),
        (COHORT, cohort, cohorts.scheduled(occurred_at=local("2026-08-10"))),
        (COURSE, intro_course, intro_courses.scheduled(occurred_at=local("2026-08-10"))),
    ]
    kept = {name: Kept(name, book, account(book.REDUCER, [opening])) for name, book, opening in openings}
    one = Town(local("2026-08-10"), kept)
    for role in (Role.COACH, Role.SPONSOR, Role.TEAM_LEAD):
        one.tell(TEAM, facts.AgreementSigned, role=role)
    for number, team in enumerate((None, cohorts.team()), start=1):
        given: dict[str, Any] = {
            "person": f"per_P0{number}",
            "faculty": "per_faculty",
            "sponsor": "per_sponsor",
            "team": team,
        }
        one.tell(COHORT, cohort_facts.EnrolmentAccepted, enrolment=f"{COHORT}.P0{number}", **given)
    for letter in "ABCD":
        one.tell(COURSE, intro_course_facts.PlaceRequested, **intro_courses.request(COURSE, letter))
    return one


def happens(one: Town, what: str, number: int, lag: timedelta) -> None:
    """Something happens in town, today or so many days from now."""
    day = (one.now + timedelta(days=number)).date()
    free = {"first_day": day, "last_day": day + timedelta(days=number)}
    booking, enrolment = f"{COURSE}.{'ABCD'[number % 4]}", f"{COHORT}.P0{1 + number % 2}"
    sessions = [session.day for session in one.state(one.kept[TEAM]).sessions][-1 - number % 3 :][:1]
    told: dict[str, tuple[str, type[Fact], dict[str, Any]]] = {
        "score": (TEAM, facts.ProgressScored, {"scorer": "faculty", "score": 2.5}),
        "pause": (TEAM, facts.PauseStarted, {"reason": PauseReason.STAFFING}),
        "resume": (TEAM, facts.PauseEnded, {}),
        "leave": (
            TEAM,
            LeaveAgreed,
            free | {"first_day": one.now.date(), "person": ("per_coach", "per_faculty")[number % 2]},
        ),
        "delegate away": (
            COURSE,
            LeaveAgreed,
            free | {"first_day": one.now.date(), "person": f"per_{'ABCD'[number % 4]}"},
        ),
        "participant away": (
            COHORT,
            LeaveAgreed,
            free | {"first_day": one.now.date(), "person": f"per_{enrolment.rpartition('.')[2]}"},
        ),
        "faculty changes": (TEAM, facts.RoleChanged, {"role": Role.FACULTY, "person": f"per_new{number}"}),
        "team ends": (TEAM, facts.EndedEarly, {"reason": "other"}),
        "team closed": (TEAM, AcademyClosed, free),
        "found": (COHORT, cohort_facts.MicrosystemIdentified, {"enrolment": enrolment, "team": cohorts.team(2)}),
        "confirmed": (COHORT, cohort_facts.CohortConfirmed, {}),
        "cohort cancelled": (COHORT, cohort_facts.CohortCancelled, {"reason": "other"}),
        "learnt": (COHORT, cohort_facts.LearningSessionHeld, {"number": 1 + number % 6, "attended": ()}),
        "shifted": (
            COHORT,
            cohort_facts.LearningSessionMoved,
            {"number": 1 + number % 6, "to_day": day, "to_time": time(9)},
        ),
        "withdrawn": (COHORT, cohort_facts.EnrolmentWithdrawn, {"enrolment": enrolment, "reason": "time"}),
        "booked": (COURSE, intro_course_facts.PlaceRequested, intro_courses.request(COURSE, f"N{number}")),
        "given back": (COURSE, intro_course_facts.BookingCancelled, {"booking": booking}),
        "taken": (COURSE, intro_course_facts.OfferAccepted, {"booking": booking}),
        "moved": (COURSE, intro_course_facts.IntroCourseMoved, {"day_1": day, "day_2": day + timedelta(days=1)}),
        "called off": (COURSE, intro_course_facts.IntroCourseCancelled, {"reason": "no_room"}),
        "seen": (COURSE, intro_course_facts.DelegateSeen, {"booking": booking, "day": 1 + number % 2}),
        "course closed": (COURSE, AcademyClosed, free),
    }
    if sessions:
        told["met"] = (TEAM, facts.SessionHeld, {"day": sessions[0]})
        told["not met"] = (TEAM, facts.SessionNotHeld, {"day": sessions[0], "reason": NotHeldReason.STAFFING})
        told["later"] = (
            TEAM,
            facts.SessionRescheduled,
            {"day": sessions[0], "to_day": sessions[0] + timedelta(days=1 + number), "to_time": time(16)},
        )
    match what:
        case "worker":
            one.works = not one.works
        case "mail":
            one.mail = not one.mail
        case "dies":
            one.dies = 1 + number
        case "declines":
            one.declined ^= {("sheffield.office", "per_faculty", "per_coach")[number % 3]}
        case _ if what in told:
            name, kind, said = told[what]
            one.tell(name, kind, lag, **said)


HAPPENS = (
    *("worker", "worker", "mail", "mail", "dies", "declines", "met", "not met", "later", "score", "pause", "resume"),
    *("leave", "faculty changes", "team ends", "team closed", "found", "confirmed", "cohort cancelled", "learnt"),
    *(
        "shifted",
        "withdrawn",
        "booked",
        "given back",
        "taken",
        "moved",
        "called off",
        "seen",
        "course closed",
        "nothing",
    ),
)
EVENTS = st.tuples(
    st.sampled_from(HAPPENS),
    st.integers(0, 14),
    st.sampled_from([0, 0, 0, 24, 24 * 9]).map(lambda hours: timedelta(hours=hours)),
    st.sampled_from([0, 0, 0, 0, 1, 40, 60 * 5, 60 * 14, 60 * 24 * 3, 60 * 24 * 8]),
)


@settings(
    max_examples=600 if MANY else 30,
)
@given(st.lists(EVENTS, min_size=5, max_size=40 if MANY else 30))
def test_no_schedule_of_facts_outages_and_retries_sends_anything_twice_stale_or_out_of_hours(
    events: list[tuple[str, int, timedelta, int]],
) -> None:
    """Every hand-in is checked as it happens; of all of them, none is a second one but for a worker that died."""
    one = town()
    for what, number, lag, minutes in events:
        happens(one, what, number, lag)
        one.live(one.now + timedelta(minutes=minutes) if minutes else one.next_due() + timedelta(minutes=1))
    one.works = one.mail = True
    one.live(one.now + timedelta(weeks=1))
    keys, weeks = defaultdict[str, set[str]](set), defaultdict[tuple[str, Any], set[str]](set)
    for at, key, mail in one.handed_in:
        for row in mail:
            keys[row.id].add(key)
            if row.notice.gathered:
                weeks[row.notice.person, at.date().isocalendar()[:2]].add(key)
    assert all(len(found) == 1 for found in (*keys.values(), *weeks.values()))
    assert not [row for row in one.rows.values() if row.status == "waiting" and not row.notice.gathered and stuck(one)]


def stuck(one: Town) -> bool:
    """Whether mail could have gone in the last days."""
    return any(
        kept.waiting and kept.book.assess(kept.known, one.now, kept.done).life.calendar.sendable(one.now) == one.now
        for kept in one.kept.values()
    )
