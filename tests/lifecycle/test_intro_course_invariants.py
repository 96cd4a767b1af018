"""What must hold in every Introduction course, for generated ones: people book, cancel and come, and time moves on."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lifecycle import intro_course
from lifecycle.account import Account, account, advance, holding
from lifecycle.intro_course import REDUCER, due, standing, upcoming
from lifecycle.intro_course.life import ACTIVE, DAYS, HOLDING, Life, Rebooked
from lifecycle.projection import shown
from schemas import intro_course_facts as facts
from schemas.corrections import Correction
from schemas.due import Notice, Refusal
from schemas.facts import AcademyClosed, Fact, LeaveAgreed
from schemas.programme import IntroCourse, QuietHours
from schemas.rows import BookingRow, IntroCourseRow
from schemas.words import BookingState, HolidayDivision, Matter, Role
from tests.drawing import MANY
from tests.lifecycle.asking import questions_stand_until_something_is_due
from tests.lifecycle.described import is_described
from tests.lifecycle.intro_courses import COURSE, LATER, Lived, request, scheduled
from tests.lifecycle.lives import PROGRAMME, local, without_dates

_LETTERS = st.sampled_from("ABCDEF")
_BOOKINGS = _LETTERS.map(lambda letter: f"{COURSE}.{letter}")
_WHICH = st.sampled_from([(1, 2), (1, 2), (1, 2), (1,), (2,)])
_LAG = st.sampled_from([0, 0, 0, 0, 1, 60, 24 * 60, 24 * 60 * 9])
_PROGRAMMES = st.sampled_from(
    [
        PROGRAMME,
        PROGRAMME.model_copy(update={"intro_course": IntroCourse(starts_at=time(7, 30), offer_stands_working_days=5)}),
        PROGRAMME.model_copy(update={"intro_course": IntroCourse(joining_days_before=3, reminder_days_before=1)}),
        PROGRAMME.model_copy(update={"quiet_hours": QuietHours(opens=time(10), closes=time(15))}),
    ]
)
_OTHER: list[tuple[type[Fact], dict[str, st.SearchStrategy[Any]]]] = [
    (facts.BookingCancelled, {"booking": _BOOKINGS}),
    (facts.OfferAccepted, {"booking": _BOOKINGS}),
    (facts.IntroPlacesChanged, {"places": st.integers(1, 5)}),
    (facts.DelegateSeen, {"booking": _BOOKINGS, "day": st.integers(1, 2), "attended": st.booleans()}),
    (facts.FeedbackGiven, {"booking": _BOOKINGS}),
    (facts.CoachingWished, {"booking": _BOOKINGS}),
    (facts.HandedOnToCohort, {"booking": _BOOKINGS, "cohort": st.just("sheffield.2027-spring")}),
    (facts.IntroCourseCancelled, {"reason": st.just("no_room")}),
    (
        facts.MissingDayRebooked,
        {
            "booking": _BOOKINGS,
            "day": st.integers(1, 2),
            "course": st.just(LATER),
            "outcome": st.sampled_from(["booked", "attended", "missed"]),
        },
    ),
]


@st.composite
def _other_facts(draw: st.DrawFn) -> tuple[type[Fact], dict[str, Any]]:
    kind, fields = draw(st.sampled_from(_OTHER))
    return kind, {name: draw(values) for name, values in fields.items()}


def _passed_over(before: Life, after: Life, now: datetime) -> list[str]:
    """Who waits once all is offered, though they would have a place had nobody come by one since who asked later."""
    while (first := next(after.in_line(now), None)) is not None:
        until = after.starts(first.days[0])
        after = after.with_booking(first.requested.booking, offered_at=now, offered_until=until)
    had = {key for key, one in before.bookings.items() if one.standing(now) in HOLDING}
    found, line = [], list(after.bookings)
    for number, key in enumerate(line):
        one, without = after.bookings[key], after
        if one.standing(now) is not BookingState.WAITING or now >= after.starts(one.days[0]):
            continue
        for other in line[number + 1 :]:
            if after.bookings[other].standing(now) in HOLDING and other not in had:
                without = without.with_booking(other, cancelled_at=now)
        if without.free(one.days, now) > 0:
            found.append(key)
    return found


class Watched(Lived):
    """A course that looks at every offer and every notice at the moment it goes."""

    def offer(self) -> bool:
        """Whoever waits longest comes first."""
        before = self.life
        offered = super().offer()
        assert not (offered and _passed_over(before, self.life, self.now))
        return offered

    def say(self, notice: Notice) -> None:
        """In the hours for notices, and nothing about what is over."""
        calendar = self.life.calendar
        assert calendar.sendable(self.now) == self.now or self._may_go_at_night(notice), notice
        if notice.role is Role.DELEGATE:
            assert notice.detail
            self._is_true(notice, notice.detail)
        elif notice.matter is Matter.INTRO_ATTENDANCE:
            assert notice.number
            assert self.life.untold(self.now, notice.number)
        super().say(notice)

    def _may_go_at_night(self, notice: Notice) -> bool:
        life = self.life
        if notice.matter is Matter.BOOKING:
            return notice.reason in ("booking_confirmed", "booking_waiting", "booking_cancelled")
        starts = [life.calendar.at(day, life.rules.starts_at) for day in (*life.dates, *life.moved_from)]
        opens = life.calendar.sendable(self.now)
        return notice.matter is Matter.COURSE_CHANGED and any(self.now <= at <= opens for at in starts)

    def _is_true(self, notice: Notice, booking: str) -> None:
        life, now, one = self.life, self.now, self.life.bookings[booking]
        begins, ends = life.starts(one.days[0]), life.ends(one.days[-1])
        state, stands = self.state.booking(one), one.standing(now)
        missing = [day for day in one.days if not one.present(day) and _is_open(one.rebooked.get(day))]
        off = any(
            told.detail == booking and (told.matter is Matter.COURSE_CHANGED or told.reason == "booking_cancelled")
            for _, told in self.sent
        )
        news_until = life.starts(one.days[-1]) if off and stands is BookingState.CONFIRMED else begins
        left_over = stands is BookingState.WAITING and begins <= now < life.ends(2)
        holds = {
            Matter.BOOKING: left_over
            if notice.reason == "no_place_came_free"
            else f"booking_{stands}" == notice.reason
            and now < (ends if stands is BookingState.CANCELLED else news_until),
            Matter.OFFER: stands is BookingState.OFFERED and notice.answer_by == one.offered_until,
            Matter.JOINING: stands is BookingState.CONFIRMED and now < begins == notice.starts_at,
            Matter.COURSE_CHANGED: now < ends and one.standing(life.cancelled_at or now) in ACTIVE,
            Matter.MISSING_DAY: state is BookingState.PART_ATTENDED and notice.number in missing,
            Matter.CERTIFICATE: one.days == DAYS and state is BookingState.ATTENDED,
            Matter.FEEDBACK: one.feedback_at is None and one.seen.get(2) and now < life.closes_at,
        }
        assert holds[notice.matter], notice
        after = (Matter.MISSING_DAY, Matter.CERTIFICATE, Matter.FEEDBACK)
        assert notice.matter not in after or now >= life.ends(2 if life.held(2) else 1)
        if life.cancelled_at is not None:
            owed = {Matter.COURSE_CHANGED, Matter.CERTIFICATE} | ({Matter.MISSING_DAY} if life.held(1) else set())
            assert notice.matter in owed


class Courses(RuleBasedStateMachine):
    """One course, told all kinds of things, true and impossible, early and late; at times the engine is away."""

    lived: Watched
    away: bool

    @initialize(
        day_1=st.dates(date(2026, 9, 1), date(2027, 6, 30)),
        apart=st.integers(1, 9),
        ahead=st.integers(1, 120),
        places=st.integers(1, 4),
        asking=st.integers(0, 6),
        programme=_PROGRAMMES,
        division=st.sampled_from(HolidayDivision),
    )
    def begin(
        self, day_1: date, apart: int, ahead: int, places: int, asking: int, programme: Any, division: HolidayDivision
    ) -> None:
        """Scheduled long before or the day before; more or fewer people ask for a place at once than there are."""
        opening = scheduled(
            occurred_at=local(f"{day_1 - timedelta(days=ahead)} 15:20"),
            day_1=day_1,
            day_2=day_1 + timedelta(days=apart),
            places=places,
            programme=programme,
            division=division,
        )
        self.lived, self.away = Watched(account(REDUCER, [opening]), opening.occurred_at), False
        self.people_book(list("ABCDEF"[:asking]), (1, 2), 0)

    @rule(minutes=st.integers(0, 600), hours=st.integers(0, 60))
    def time_passes(self, minutes: int, hours: int) -> None:
        """Everything due on the way is carried out on its minute, unless the engine is away."""
        self._to(self.lived.now + timedelta(minutes=minutes, hours=hours))

    @rule(weeks=st.integers(1, 9))
    def weeks_pass(self, weeks: int) -> None:
        """The same."""
        self._to(self.lived.now + timedelta(weeks=weeks))

    @rule(day=st.sampled_from(DAYS), minutes=st.sampled_from([-24 * 60, -16 * 60, -120, 0, 60, 500]))
    def it_is_nearly_time(self, day: int, minutes: int) -> None:
        """The eve of a day, its night, its morning, its afternoon."""
        self._to(self.lived.life.starts(day) + timedelta(minutes=minutes))

    @rule()
    def engine_goes_or_comes_back(self) -> None:
        """While it is away facts may be told, and nothing is carried out."""
        self.away = not self.away

    @rule(letters=st.lists(_LETTERS, min_size=1, max_size=5, unique=True), days=_WHICH, lag=_LAG)
    def people_book(self, letters: list[str], days: tuple[int, ...], lag: int) -> None:
        """Both days or one of them; often somebody who is booked already."""
        for letter in letters:
            self._try(facts.PlaceRequested, lag, days=days, **request(COURSE, letter))

    @rule(letter=_LETTERS, number=st.integers(1, 3))
    def somebody_books_again(self, letter: str, number: int) -> None:
        """Under another id: refused, unless they gave their place up."""
        has = [one for one in self.lived.life.bookings.values() if one.requested.person == f"per_{letter}"]
        active = [one for one in has if one.standing(self.lived.now) in ACTIVE and 1 in one.days]
        said = request(COURSE, letter) | {"booking": f"{COURSE}.{letter}.{number}"}
        answer = self._try(facts.PlaceRequested, 0, **said)
        assert not active or isinstance(answer, Refusal)

    @precondition(lambda self: self._offered())
    @rule(accepts=st.booleans(), data=st.data(), lag=_LAG)
    def an_offer_is_answered(self, data: st.DataObject, lag: int, *, accepts: bool) -> None:
        """Taken or declined."""
        booking = data.draw(st.sampled_from(self._offered()))
        self._try(facts.OfferAccepted if accepts else facts.BookingCancelled, lag, booking=booking)

    @precondition(lambda self: self._offered())
    @rule(data=st.data(), letter=st.sampled_from("FGH"), days=_WHICH)
    def somebody_is_quicker_than_the_engine(self, data: st.DataObject, letter: str, days: tuple[int, ...]) -> None:
        """A place is asked for in the second in which an offer ends."""
        until = self.lived.life.bookings[data.draw(st.sampled_from(self._offered()))].offered_until
        assert until is not None
        self.lived.now = until
        self._try(facts.PlaceRequested, 0, days=days, **request(COURSE, letter))

    @rule(data=st.data(), lag=_LAG)
    def a_place_is_given_back(self, data: st.DataObject, lag: int) -> None:
        """By somebody who has or wants one."""
        known = sorted(self.lived.life.bookings) or [f"{COURSE}.A"]
        self._try(facts.BookingCancelled, lag, booking=data.draw(st.sampled_from(known)))

    @rule(days=st.integers(-3, 60), apart=st.integers(0, 9), lag=_LAG)
    def course_is_moved(self, days: int, apart: int, lag: int) -> None:
        """To any day."""
        day_1 = self.lived.life.calendar.day(self.lived.now) + timedelta(days=days)
        self._try(facts.IntroCourseMoved, lag, day_1=day_1, day_2=day_1 + timedelta(days=apart))

    @rule(day=st.sampled_from(DAYS), lag=_LAG, by_list=st.booleans(), data=st.data())
    def attendance_is_told(self, day: int, lag: int, data: st.DataObject, *, by_list: bool) -> None:
        """Of everybody who has a place."""
        here = [key for key, _ in self.lived.life.with_place(self.lived.now, day)]
        came = data.draw(st.lists(st.sampled_from(here), unique=True)) if here else []
        if by_list:
            self._try(facts.IntroAttendanceTaken, lag, day=day, attended=tuple(came))
        for key in here if not by_list else ():
            self._try(facts.DelegateSeen, lag, booking=key, day=day, attended=key in came)

    @rule(weeks=st.integers(5, 9))
    def it_is_held(self, weeks: int) -> None:
        """Everybody who has a place comes, and weeks go by."""
        for day in DAYS:
            self._to(self.lived.life.ends(day))
            here = tuple(key for key, _ in self.lived.life.with_place(self.lived.now, day))
            self._try(facts.IntroAttendanceTaken, 0, day=day, attended=here)
        self._to(self.lived.now + timedelta(weeks=weeks))

    @rule(days=st.integers(-3, 30), length=st.integers(0, 12), lag=_LAG)
    def academy_is_closed(self, days: int, length: int, lag: int) -> None:
        """For a day, or for two weeks."""
        first = self.lived.life.calendar.day(self.lived.now) + timedelta(days=days)
        self._try(AcademyClosed, lag, first_day=first, last_day=first + timedelta(days=length))

    @rule(person=st.sampled_from("ABCD"), days=st.integers(-3, 30), length=st.integers(0, 12), lag=_LAG)
    def somebody_is_away(self, person: str, days: int, length: int, lag: int) -> None:
        """Past or to come."""
        first = self.lived.life.calendar.day(self.lived.now) + timedelta(days=days)
        given = {"first_day": first, "last_day": first + timedelta(days=length)}
        self._try(LeaveAgreed, lag, person=f"per_{person}", **given)

    @rule(told=_other_facts(), lag=_LAG)
    def anything_is_told(self, told: tuple[type[Fact], dict[str, Any]], lag: int) -> None:
        """Often refused, and then without effect."""
        kind, fields = told
        self._try(kind, lag, **fields)

    @rule(data=st.data(), replaced=st.booleans())
    def something_is_corrected(self, data: st.DataObject, *, replaced: bool) -> None:
        """Any known fact, corrections too: withdrawn, or replaced by something else."""
        corrects = data.draw(st.sampled_from(sorted(self.lived.known.facts)))
        replacement = None
        if replaced:
            kind, fields = data.draw(_other_facts())
            replacement = kind(event_id="r", occurred_at=self.lived.now, **fields)
        self._try(Correction, 0, corrects=corrects, replacement=replacement)

    def _offered(self) -> list[str]:
        bookings, now = self.lived.life.bookings, self.lived.now
        return sorted(key for key, one in bookings.items() if one.standing(now) is BookingState.OFFERED)

    def _to(self, until: datetime) -> None:
        if self.away:
            self.lived.now = max(self.lived.now, until)
        elif until > self.lived.now:
            self.lived.go(until)

    def _try(self, kind: type[Fact], lag_minutes: int, **fields: Any) -> Account[Life] | Refusal:
        """Tell something, a second after what was told before. A refusal says why; nobody new passes the line."""
        lived = self.lived
        lived.now += timedelta(seconds=1)
        before = lived.known
        answer = lived.try_to(kind, occurred_at=lived.now - timedelta(minutes=lag_minutes), **fields)
        if isinstance(answer, Refusal):
            assert answer.reason.endswith(".")
            assert lived.known is before
        elif kind is facts.PlaceRequested:
            assert not _passed_over(before.life, lived.life, lived.now)
        return answer

    @invariant()
    def every_rule_holds(self) -> None:
        """Once everything that is due was carried out."""
        if self.away:
            return
        self.what_is_carried_out_is_carried_out_once()
        self.somebody_has_a_next_turn_until_the_end()
        self.the_plan_is_sound()
        self.nobody_waits_while_a_place_fits()
        self.everybody_knows_how_they_stand()
        self.what_stands_is_written()
        self.the_rows_fit_the_database()

    def what_is_carried_out_is_carried_out_once(self) -> None:
        """Carrying out what is due leaves nothing due, no key comes twice, nor does a notice."""
        lived = self.lived
        lived.carry_out()
        assert not due(lived.state, lived.done)
        keys = [item.key for _, item in lived.carried]
        assert len(keys) == len(set(keys))
        sent = [(n.person, n.matter, n.window, n.step) for _, n in lived.sent]
        assert len(sent) == len(set(sent))

    def somebody_has_a_next_turn_until_the_end(self) -> None:
        """Not ended: something is due, and somebody's turn. Ended: at most what is still owed."""
        lived, items = self.lived, self.lived.plan()
        ahead = upcoming(lived.state, lived.done)
        assert [item.at for item in ahead[:1]] == [item.at for item in items[:1]]
        now = standing(lived.state, ahead)
        assert (now.next_due is None) == (now.turn is None)
        assert lived.state.ended or now.next_due is not None
        owed = {Matter.COURSE_CHANGED, Matter.CERTIFICATE, Matter.COACHING_WISH, Matter.CONTRADICTION}
        owed |= {Matter.OFFICE_OVERDUE}
        assert not lived.state.ended or {item.matter for item in items} <= owed

    def the_plan_is_sound(self) -> None:
        """In order, in the future, each key once and not done already; in the hours for notices."""
        items, calendar = self.lived.plan(), self.lived.life.calendar
        keys = [item.key for item in items]
        assert len(keys) == len(set(keys))
        assert not set(keys) & self.lived.done.keys()
        assert all(one.at <= other.at for one, other in pairwise(items))
        for item in items:
            assert item.at > self.lived.now
            is_described(item)
            assert not item.to or calendar.sendable(item.at) == item.at
            assert shown(item).key == item.key

    def nobody_waits_while_a_place_fits(self) -> None:
        """Whoever waits, waits for a day that is full or has begun."""
        life, now = self.lived.life, self.lived.now
        for one in life.bookings.values() if not self.lived.state.ended and life.cancelled_at is None else ():
            waits = one.standing(now) is BookingState.WAITING
            assert not waits or life.free(one.days, now) <= 0 or now >= life.starts(one.days[0])

    def everybody_knows_how_they_stand(self) -> None:
        """What a delegate heard last of their booking is true, at the latest when the hours for notices are open."""
        lived, heard = self.lived, dict[str, str]()
        for _, notice in lived.sent:
            if notice.matter in (Matter.BOOKING, Matter.OFFER) or notice.reason.endswith("_cancelled"):
                heard[notice.detail or ""] = notice.reason
            if notice.reason == "course_moved" and heard.get(notice.detail or "") == "no_place_came_free":
                heard[notice.detail or ""] = "booking_waiting"
        says = {BookingState.OFFERED: "place_offered"}
        for key, one in lived.life.bookings.items():
            to_come = lived.now < lived.life.starts(one.days[0]) and lived.life.cancelled_at is None
            if to_come and lived.life.calendar.sendable(lived.now) == lived.now:
                stands = one.standing(lived.now)
                gone = stands is BookingState.CANCELLED and heard[key].endswith("_cancelled")
                assert gone or heard[key] == says.get(stands, f"booking_{stands}"), key

    def what_stands_is_written(self) -> None:
        """Whatever time alone changes, something falls due with it. What is overdue is seen to in the morning."""
        assert without_dates(self.lived.written) == without_dates(self.lived.rows())
        questions_stand_until_something_is_due(intro_course, self.lived.known, self.lived.done, self.lived.now)

    def the_rows_fit_the_database(self) -> None:
        """The constraints of the tables ``intro_courses`` and ``bookings``."""
        state = self.lived.state
        found = list(self.lived.rows().values())
        (course,) = [row for row in found if isinstance(row, IntroCourseRow)]
        assert [course.turn, course.next_due, course.next_matter].count(None) in (0, 3)
        assert course.stage in ("closed", "cancelled") or course.next_due is not None
        bookings = [row for row in found if isinstance(row, BookingRow)]
        assert len({row.booking for row in bookings}) == len(state.life.bookings)
        assert all(row.place is None or row.state == "waiting" for row in bookings)
        assert sorted(row.place for row in bookings if row.place) == list(range(1, 1 + course.waiting - _open(state)))

    def teardown(self) -> None:
        """Places were never given twice; and another order of arrival, or the records, give the same course."""
        if not hasattr(self, "lived"):
            return
        known = self.lived.known
        _never_more_places_than_there_are(known)
        for told in (known.facts.values(), reversed(known.facts.values())):
            rebuilt = account(REDUCER, told)
            assert (rebuilt.life, rebuilt.void, rebuilt.last) == (known.life, known.void, known.last)
            assert list(rebuilt.life.bookings) == list(known.life.bookings)
        last_first = _told_again(self.lived)
        if last_first.facts.keys() == known.facts.keys():
            assert (last_first.life, last_first.void) == (known.life, known.void)


def _is_open(later: Rebooked | None) -> bool:
    return later is None or later.outcome == "missed"


def _open(state: Any) -> int:
    return sum(one.standing(state.now) is BookingState.OFFERED for one in state.life.bookings.values())


def _never_more_places_than_there_are(known: Account[Life]) -> None:
    """Fact by fact: what is taken fits the places, or nobody new was let in."""
    ordered = [fact for _, fact in holding(known)]
    life = REDUCER.begin(ordered[0])
    for fact in ordered[1:]:
        after = REDUCER.step(life, fact)
        if isinstance(after, Refusal):
            continue
        for day in DAYS:
            had, has = (one.taken_places(day, fact.occurred_at) for one in (life, after))
            assert has <= max(after.places, had)
        life = after


def _told_again(lived: Lived) -> Account[Life]:
    """The same facts told now, the last first; again those that are refused until nothing more is accepted."""
    told = account(REDUCER, [lived.known.facts["scheduled"]])
    left = [fact for fact in reversed(list(lived.known.facts.values())) if fact.event_id != "scheduled"]
    while left:
        refused = []
        for fact in left:
            after = advance(told, fact, lived.now)
            if isinstance(after, Refusal):
                refused.append(fact)
            else:
                told = after
        if len(refused) == len(left):
            break
        left = refused
    return told


TestCourses = Courses.TestCase
TestCourses.settings = settings(
    max_examples=1500 if MANY else 60,
    stateful_step_count=50 if MANY else 25,
)
