"""What must hold in every cohort, for generated ones: time moves on, facts are told, what is due is carried out."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lifecycle import cohort
from lifecycle.account import account, holding
from lifecycle.cohort import REDUCER, due, rows, standing, upcoming
from lifecycle.projection import shown
from schemas import cohort_facts as facts
from schemas.cohort_facts import Coaching, EnrolmentAccepted
from schemas.corrections import Correction
from schemas.due import Refusal
from schemas.facts import Fact, LeaveAgreed, ProgrammeAdopted, RoleChanged
from schemas.programme import Course, Microsystem
from schemas.words import Act, HolidayDivision, Role
from tests.drawing import MANY
from tests.lifecycle.asking import questions_stand_until_something_is_due
from tests.lifecycle.cohorts import COHORT, P1, P2, P3, Lived, fresh, team
from tests.lifecycle.described import is_described
from tests.lifecycle.lives import PROGRAMME, local, without_dates

_IDS = st.sampled_from([P1, P2, P3, f"{COHORT}.P04", f"{COHORT}.P99"])
_HOURS = st.sampled_from([0, 0, 0, 1, 30, 24 * 9, 24 * 60])
_DAYS = st.integers(-20, 90)
_PROGRAMMES = st.sampled_from(
    [
        PROGRAMME,
        PROGRAMME.model_copy(update={"version": 2, "course": Course(length_months=4, learning_sessions=5)}),
        PROGRAMME.model_copy(update={"version": 3, "microsystem": Microsystem(asked_weeks_before=(), grace_weeks=2)}),
        PROGRAMME.model_copy(update={"version": 4, "course": Course(reminder_days_before=(14, 3, 1))}),
    ]
)
_COACHING: dict[str, st.SearchStrategy[Any]] = {
    "agreed": st.booleans(),
    "sessions_expected": st.integers(0, 20),
    "sessions_held": st.integers(0, 20),
    "last_coached": st.none() | st.dates(date(2026, 9, 7), date(2028, 1, 1)),
    "paused": st.booleans(),
    "running": st.booleans(),
}
_ROLES = st.sampled_from([Role.FACULTY, Role.SPONSOR])
_FACULTY = st.sampled_from(["per_faculty", "per_other"])
_NUMBERS = st.integers(1, 7)
_AT_ONCE = ("cohort_cancelled", "cohort_runs_after_all", "learning_session_changed")
_OTHER: list[tuple[type[Fact], dict[str, st.SearchStrategy[Any]]]] = [
    (facts.CohortConfirmed, {}),
    (facts.CohortCancelled, {"reason": st.just("other")}),
    (facts.MicrosystemIdentified, {"enrolment": _IDS, "team": st.integers(1, 6).map(team)}),
    (facts.LearningSessionMadeUp, {"enrolment": _IDS, "number": _NUMBERS}),
    (
        facts.LearningSessionDeclined,
        {"enrolment": _IDS, "number": _NUMBERS, "day": st.dates(date(2026, 8, 1), date(2027, 6, 30))},
    ),
    (facts.TeamHelpAsked, {"enrolment": _IDS}),
    (facts.NoTeamFound, {"enrolment": _IDS}),
    (facts.EnrolmentDeferred, {"enrolment": _IDS, "to_cohort": st.none() | st.just("sheffield.2027-spring")}),
    (facts.EnrolmentWithdrawn, {"enrolment": _IDS, "reason": st.just("time")}),
    (facts.EnrolmentCompleted, {"enrolment": _IDS, "completed": st.booleans()}),
    (facts.RefresherHeld, {"enrolment": _IDS}),
    (facts.CoachingOffered, {"enrolment": _IDS, "answer": st.sampled_from(("team", "refresher", "later", "no"))}),
    (ProgrammeAdopted, {"programme": _PROGRAMMES}),
    (RoleChanged, {"role": _ROLES, "instead_of": st.none() | _FACULTY, "person": st.none() | _FACULTY}),
]


@st.composite
def _other_facts(draw: st.DrawFn) -> tuple[type[Fact], dict[str, Any]]:
    kind, fields = draw(st.sampled_from(_OTHER))
    return kind, {name: draw(values) for name, values in fields.items()}


class Cohorts(RuleBasedStateMachine):
    """One cohort, told all kinds of things, true and impossible, early and late."""

    lived: Lived

    @initialize(
        start=st.dates(date(2026, 7, 1), date(2026, 12, 31)),
        ahead=st.integers(-60, 120),
        programme=_PROGRAMMES,
        division=st.sampled_from(HolidayDivision),
        teams=st.integers(0, 3),
    )
    def begin(self, start: date, ahead: int, programme: Any, division: HolidayDivision, teams: int) -> None:
        """Scheduled long before the start or after it, with some participants who have a team."""
        at = local(f"{start - timedelta(days=ahead)} 15:20")
        given = {"course_start": start, "programme": programme, "division": division, "occurred_at": at}
        self.lived = fresh(*[P1, P2, P3][: teams if ahead > 0 else 0], **given)

    @rule(hours=st.integers(0, 12 * 24), weeks=st.integers(0, 8))
    def time_passes(self, hours: int, weeks: int) -> None:
        """Everything due on the way is carried out on its minute."""
        self.lived.go(self.lived.now + timedelta(hours=hours, weeks=weeks))

    @rule(hours=st.integers(0, 100 * 24))
    def engine_is_away(self, hours: int) -> None:
        """Time passes, and nothing is carried out until the end."""
        self.lived.now += timedelta(hours=hours)

    @rule(enrolment=_IDS, number=st.integers(0, 6), joins=st.none() | _IDS, lag=_HOURS)
    def participant_is_accepted(self, enrolment: str, number: int, joins: str | None, lag: int) -> None:
        """With a team, as a co-coach, or with neither."""
        given = {"joins": joins} if joins not in (None, enrolment) else {"team": team(number) if number else None}
        self._try(EnrolmentAccepted, lag, enrolment=enrolment, person=f"per_{enrolment[-3:]}", **given)

    @rule(data=st.data())
    def records_change(self, data: st.DataObject) -> None:
        """What the next look at the coaching records will find."""
        for key in self.lived.life.enrolments:
            self.lived.records[key] = Coaching(
                enrolment=key, **{name: data.draw(values) for name, values in _COACHING.items()}
            )

    @rule()
    def somebody_coaches_well(self) -> None:
        """Enough for everybody to complete the course."""
        for key in self.lived.life.enrolments:
            self.lived.records[key] = Coaching(
                enrolment=key, agreed=True, sessions_expected=10, sessions_held=9, running=True
            )

    @rule(number=_NUMBERS, lag=_HOURS, data=st.data())
    def attendance_is_told(self, number: int, lag: int, data: st.DataObject) -> None:
        """Of some or all participants."""
        everybody = sorted(self.lived.life.enrolments)
        attended = data.draw(st.lists(st.sampled_from(everybody), unique=True)) if everybody else []
        self._try(facts.LearningSessionHeld, lag, number=number, attended=tuple(attended))

    @rule()
    def everybody_attends(self) -> None:
        """All sessions so far."""
        for number in self.lived.life.numbers:
            self._try(facts.LearningSessionHeld, 0, number=number, attended=tuple(self.lived.life.enrolments))

    @rule(number=_NUMBERS, days=_DAYS, at=st.sampled_from([time(8), time(9, 30), time(17)]), lag=_HOURS)
    def session_is_moved(self, number: int, days: int, at: time, lag: int) -> None:
        """To any day."""
        self._try(facts.LearningSessionMoved, lag, number=number, to_day=self._day(days), to_time=at)

    @rule(enrolment=_IDS, allowed=st.booleans(), days=st.none() | _DAYS, lag=_HOURS)
    def start_is_decided(self, enrolment: str, days: int | None, lag: int, *, allowed: bool) -> None:
        """With an end or without."""
        until = None if days is None else self._day(days)
        self._try(facts.ConditionalStartDecided, lag, enrolment=enrolment, allowed=allowed, until=until)

    @rule(enrolment=_IDS, days=_DAYS, length=st.integers(-1, 60))
    def participant_is_on_leave(self, enrolment: str, days: int, length: int) -> None:
        """Past or to come."""
        first = self._day(days)
        given = {"first_day": first, "last_day": first + timedelta(days=length)}
        self._try(LeaveAgreed, 0, person=f"per_{enrolment.rpartition('.')[2]}", **given)

    @rule(completed=st.booleans())
    def course_is_decided(self, *, completed: bool) -> None:
        """The office answers for everybody."""
        for enrolment in self.lived.life.enrolments:
            self._try(facts.EnrolmentCompleted, 0, enrolment=enrolment, completed=completed)

    @rule(told=_other_facts(), lag=_HOURS)
    def anything_is_told(self, told: tuple[type[Fact], dict[str, Any]], lag: int) -> None:
        """Mostly refused, and then without effect."""
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

    @rule(days=st.integers(-20, 90), lag=_HOURS)
    def course_is_moved(self, days: int, lag: int) -> None:
        """Postponed, or put right: the first fact is corrected, and the correction of it."""
        told, opening = holding(self.lived.known)[0]
        moved = {"course_start": self.lived.life.opening.course_start + timedelta(days=days)}
        self._try(Correction, lag, corrects=told, replacement=opening.model_copy(update=moved))

    def _day(self, days: int) -> date:
        return self.lived.life.calendar.day(self.lived.now) + timedelta(days=days)

    def _try(self, kind: type[Fact], lag_hours: float, **fields: Any) -> None:
        """Tell something. A refusal says why; what is told in time and no correction changes nothing told elsewhere."""
        lived = self.lived
        lived.now += timedelta(minutes=1)
        before, told = lived.known, lived.effects()
        at: datetime = lived.now - timedelta(hours=lag_hours)
        answer = lived.try_to(kind, None, occurred_at=at, **fields)
        if isinstance(answer, Refusal):
            assert answer.reason.endswith(".")
            assert lived.known is before
        elif not lag_hours and kind is not Correction:
            now = {effect.fact.event_id: effect for effect in lived.effects()}
            assert [now[effect.fact.event_id] for effect in told] == told

    @invariant()
    def what_is_carried_out_is_carried_out_once(self) -> None:
        """Carrying out everything due at a moment leaves nothing due at that moment, and no key comes twice."""
        self.lived.carry_out()
        assert not due(self.lived.state, self.lived.done)
        keys = [item.key for _, item in self.lived.carried]
        assert len(keys) == len(set(keys))

    @invariant()
    def nobody_is_asked_with_a_date_that_is_past(self) -> None:
        """When a question is first put, its answer is owed later, however late the fact that raised it."""
        for at, item in self.lived.carried:
            if item.step == 0 and item.act is Act.ASK and item.answer_by is not None:
                assert item.answer_by > at, item

    @invariant()
    def somebody_has_a_next_turn_until_the_end(self) -> None:
        """Not ended: a next due item, and whose turn it is; ended: nothing, once all have heard of it."""
        self.lived.carry_out()
        state, items = self.lived.state, self.lived.plan()
        ahead = upcoming(state, self.lived.done)
        assert [item.at for item in ahead[:1]] == [item.at for item in items[:1]]
        now = standing(state, ahead)
        assert (now.next_due is None) == (now.turn is None) == (not items)
        assert items or state.ended
        assert not state.ended or {item.act for item in items} <= {Act.FLAG}

    @invariant()
    def the_plan_is_sound(self) -> None:
        """In order, in the future, each key once and not done already, in sending hours, nothing before its time."""
        self.lived.carry_out()
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

    @invariant()
    def notices_keep_their_hours_and_come_once(self) -> None:
        """Only on working days, in sending hours; none twice; of learning sessions before they start.

        That a course is cancelled is news even after its first day. It waits for no hours if that day, or of a session
        that is on another day the old or the new one, begins before they open again.
        """
        calendar = self.lived.life.calendar
        for number, (at, notice) in enumerate(self.lived.sent):
            opens = calendar.sendable(at)
            exempt = notice.reason in _AT_ONCE and any(at <= day <= opens for day in self._days_said(number))
            assert at == opens or exempt
            assert notice.starts_at is None or at < notice.starts_at or notice.reason == "cohort_cancelled"
        sent = [(n.person, n.matter, n.window, n.step) for _, n in self.lived.sent]
        assert len(sent) == len(set(sent))

    def _days_said(self, number: int) -> set[datetime]:
        """When a learning session is, by a notice, and when it was to be, by what was said or planned before."""
        _, said = self.lived.sent[number]
        assert said.number is not None
        before = {earlier.starts_at for _, earlier in self.lived.sent[: number + 1] if earlier.number == said.number}
        first = self.lived.state.first_planned(said.number)
        return {day for day in (*before, first) if day is not None}

    @invariant()
    def each_effect_has_an_id_of_its_own(self) -> None:
        """None comes before its engagement began; what a later cohort is told is who moves to it, and nothing else."""
        found = self.lived.effects()
        assert len({effect.fact.event_id for effect in found}) == len(found)
        started = {effect.subject for effect in found if effect.fact.kind == "engagement_proposed"}
        apart = {(effect.subject, effect.fact.kind) for effect in found if effect.subject not in started}
        assert apart <= {("sheffield.2027-spring", "enrolment_accepted")}
        assert all(effect.fact.occurred_at <= self.lived.now for effect in found)

    @invariant()
    def what_stands_is_written(self) -> None:
        """Whatever time alone changes, something falls due with it. What is overdue is seen to in the morning."""
        self.lived.carry_out()
        assert without_dates(self.lived.written) == without_dates(self.lived.rows())
        questions_stand_until_something_is_due(cohort, self.lived.known, self.lived.done, self.lived.now)

    @invariant()
    def the_rows_can_be_written(self) -> None:
        """One for each enrolment and learning session, and one for each matter that is due."""
        state = self.lived.state
        ahead = upcoming(state, self.lived.done)
        found = rows(COHORT, state, ahead)
        assert len([key for key in found if key[0] == "enrolments"]) == len(state.life.enrolments)
        assert {key[1] for key in found if key[0] == "due_items"} == {str(item.matter) for item in ahead}

    def teardown(self) -> None:
        """The same facts in another order of arrival, and a rebuild from the records, give the same cohort."""
        if not hasattr(self, "lived"):
            return
        known = self.lived.known
        for told in (known.facts.values(), reversed(known.facts.values())):
            rebuilt = account(REDUCER, told)
            assert (rebuilt.life, rebuilt.void, rebuilt.last) == (known.life, known.void, known.last)


TestCohorts = Cohorts.TestCase
TestCohorts.settings = settings(
    max_examples=1500 if MANY else 20,
    stateful_step_count=40 if MANY else 20,
)
