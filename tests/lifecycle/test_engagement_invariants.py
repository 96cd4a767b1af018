"""The eight invariants, for generated lives: time moves on, facts true and impossible are told, what is due is done."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lifecycle import engagement
from lifecycle.account import Account, account, advance, holding
from lifecycle.engagement import REDUCER, State, assess, due, rows, standing, upcoming
from lifecycle.engagement.life import Life
from lifecycle.projection import shown
from lifecycle.steps import IN_TIME
from schemas import engagement_facts as facts
from schemas import improvement_facts as improvement
from schemas.corrections import Correction
from schemas.due import DueItem, Refusal
from schemas.engagement_facts import CoachPart, PauseReason, People, Slot
from schemas.facts import AcademyClosed, CalendarRevised, Fact, LeaveAgreed, PersonLeft, ProgrammeAdopted
from schemas.mail_facts import MailHeld, MailSkipped
from schemas.programme import HandOff, Progress, Sessions
from schemas.words import Act, EndReason, Matter, NotHeldReason, Outcome, RampStep, Role, Stage, Weekday
from tests.drawing import MANY
from tests.lifecycle.asking import questions_stand_until_something_is_due
from tests.lifecycle.described import is_described
from tests.lifecycle.lives import PEOPLE, PROGRAMME, SIGNERS, Lived, proposed

_PERSONS = st.sampled_from(["per_coach", "per_co", "per_interim", "per_new"])
_HOURS = st.integers(0, 12 * 24)
_PROGRAMMES = st.sampled_from(
    [
        PROGRAMME,
        PROGRAMME.model_copy(update={"progress": Progress(asked_every_months=3, stale_after_weeks=16)}),
        PROGRAMME.model_copy(update={"sessions": Sessions(every_weeks=2, chased_after_working_days=())}),
        PROGRAMME.model_copy(update={"hand_off": HandOff(planned_after_months=9, limit_after_months=12)}),
    ]
)
_IN_PAUSE = {Matter.PAUSE_REVIEW, Matter.PAUSE_DECISION, Matter.VACANCY}
_REASONS = st.sampled_from([reason for reason in EndReason if reason is not EndReason.SUSTAINED])

_ITEMS = st.sampled_from(
    ["session/2026-09-08/0", "session/2026-09-15/0", "session/2026-09-08/1", "progress_team/2026-10-07/0"]
)
_OTHER: list[tuple[type[Fact], dict[str, st.SearchStrategy[Any]]]] = [
    (facts.CoachAssigned, {"person": _PERSONS, "part": st.sampled_from(CoachPart)}),
    (facts.CoachLeft, {"person": _PERSONS}),
    (facts.CoachStopped, {"person": _PERSONS}),
    (facts.RoleChanged, {"role": st.sampled_from(Role), "person": st.none() | _PERSONS}),
    (PersonLeft, {"person": _PERSONS | st.just("per_faculty")}),
    (MailHeld, {"item": _ITEMS, "due_on": st.dates(date(2026, 9, 8), date(2026, 10, 1)), "until": st.dates()}),
    (MailSkipped, {"item": _ITEMS}),
    (improvement.RampStepReached, {"step": st.sampled_from(RampStep)}),
    (
        improvement.AimSet,
        {
            "aim": st.sampled_from(["global", "specific"]),
            "measure": st.just("m"),
            "target": st.just(1.0),
            "by_day": st.dates(date(2026, 9, 1), date(2028, 12, 1)),
        },
    ),
    (improvement.AimClosed, {"outcome": st.sampled_from(["reached", "dropped"])}),
    (improvement.MeasureDefined, {"measure": st.just("m"), "better": st.just("lower")}),
    (improvement.ChangeIdeaAdded, {"idea": st.integers(1, 3)}),
    (improvement.ChartRebased, {"measure": st.just("m"), "from_day": st.dates(), "reason": st.just("other")}),
    (
        improvement.PdsaStudied,
        {
            "cycle": st.integers(1, 5),
            "as_predicted": st.just("no"),
            "decision": st.sampled_from(["adopt", "adapt"]),
        },
    ),
    (improvement.HelpAgreed, {"help": st.sampled_from(improvement.Help)}),
    (improvement.MeasurementRecorded, {"measure": st.just("m"), "value": st.just(1.0), "day": st.dates()}),
    (facts.ReviewHeld, {"month": st.sampled_from([6, 9, 12, 18])}),
    (facts.PauseReviewed, {}),
    (facts.TransitionStarted, {}),
    (facts.ReadinessAssessed, {}),
    (facts.SignedOff, {"role": st.sampled_from(Role)}),
    (facts.HandedOff, {}),
    (facts.AftercareReported, {"month": st.sampled_from([3, 6, 12]), "holding": st.booleans()}),
    (facts.Relapsed, {}),
    (facts.BoosterHeld, {}),
    (facts.ExtensionGranted, {}),
    (facts.SponsorReleased, {}),
    (CalendarRevised, {"calendar": st.sampled_from(["uk-2026-11", "uk-2025-12", "unknown"])}),
    (ProgrammeAdopted, {"programme": _PROGRAMMES}),
    (facts.EndedEarly, {"reason": _REASONS}),
]


def _about(item: DueItem) -> str:
    """The matter, or of what goes to the deputy that which the office owes."""
    return item.window.partition(".")[0] if item.matter is Matter.OFFICE_OVERDUE else item.matter


@st.composite
def _other_facts(draw: st.DrawFn) -> tuple[type[Fact], dict[str, Any]]:
    kind, fields = draw(st.sampled_from(_OTHER))
    return kind, {name: draw(values) for name, values in fields.items()}


class Lives(RuleBasedStateMachine):
    """One engagement, told all kinds of things, true and impossible, early and late."""

    lived: Lived
    state: State
    items: list[DueItem]

    @initialize(
        day=st.sampled_from(Weekday),
        at=st.sampled_from([time(9), time(17), time(7, 30)]),
        people=st.sampled_from([PEOPLE, People(coach="per_coach")]),
        programme=_PROGRAMMES,
        signs=st.booleans(),
    )
    def begin(self, day: Weekday, at: time, people: People, programme: Any, *, signs: bool) -> None:
        """Proposed, and often signed at once."""
        opening = proposed(slot=Slot(day=day, at=at), people=people, programme=programme)
        self.lived = Lived(account(REDUCER, [opening]), opening.occurred_at)
        for role in (Role.COACH, Role.SPONSOR, Role.TEAM_LEAD) if signs else ():
            self.lived.tell(facts.AgreementSigned, role=role)

    @rule(hours=_HOURS, weeks=st.integers(0, 12))
    def time_passes(self, hours: int, weeks: int) -> None:
        """Everything due on the way is carried out on its minute."""
        self.lived.go(self.lived.now + timedelta(hours=hours, weeks=weeks))

    @rule(hours=_HOURS)
    def engine_is_away(self, hours: int) -> None:
        """Time passes, and nothing is carried out until the end."""
        self.lived.now += timedelta(hours=hours)

    @rule(weeks=st.integers(1, 16), chaired_by=st.sampled_from(["team", "coach"]))
    def team_meets(self, weeks: int, chaired_by: str) -> None:
        """Weekly, answered before anybody asks."""
        self.lived.weekly_for(weeks, chaired_by=chaired_by)

    @rule(held=st.booleans(), back=st.integers(1, 4))
    def session_is_told(self, back: int, *, held: bool) -> None:
        """One of the last sessions, however late."""
        sessions = self.lived.state.sessions
        if len(sessions) < back:
            return
        session = sessions[-back]
        given: dict[str, Any] = {} if held else {"reason": NotHeldReason.STAFFING}
        kind = facts.SessionHeld if held else facts.SessionNotHeld
        self._try(kind, max((self.lived.now - session.ends_at).total_seconds() / 3600, 0), day=session.day, **given)

    @rule(days=st.integers(-20, 20), to=st.integers(-20, 60), at=st.sampled_from([time(8), time(16)]))
    def session_is_moved(self, days: int, to: int, at: time) -> None:
        """Of any day, to any day."""
        today = self.lived.life.calendar.day(self.lived.now)
        day, to_day = today + timedelta(days=days), today + timedelta(days=to)
        self._try(facts.SessionRescheduled, 0, day=day, to_day=to_day, to_time=at)
        self._try(facts.SessionCancelledAhead, 0, day=day + timedelta(days=7), reason=NotHeldReason.OTHER)

    @rule(day=st.sampled_from(Weekday), days=st.integers(-20, 20))
    def slot_changes(self, day: Weekday, days: int) -> None:
        """From a day on, past or to come."""
        from_day = self.lived.life.calendar.day(self.lived.now) + timedelta(days=days)
        self._try(facts.WeeklySlotChanged, 0, slot=Slot(day=day, at=time(11)), from_day=from_day)

    @rule(person=_PERSONS, days=st.integers(-20, 20), length=st.integers(-1, 30), closed=st.booleans())
    def days_are_free(self, person: str, days: int, length: int, *, closed: bool) -> None:
        """A person's leave, or a closed week of the academy."""
        first = self.lived.life.calendar.day(self.lived.now) + timedelta(days=days)
        given = {"first_day": first, "last_day": first + timedelta(days=length)}
        if closed:
            self._try(AcademyClosed, 0, **given)
        else:
            self._try(LeaveAgreed, 0, person=person, **given)

    @rule(lag=_HOURS, named=st.booleans(), days=st.integers(0, 60))
    def pause_begins_or_ends(self, lag: int, days: int, *, named: bool) -> None:
        """Told at once or late."""
        if self.lived.life.paused:
            self._try(facts.PauseEnded, lag)
        else:
            review_on = self.lived.now.date() + timedelta(days=days) if named else None
            self._try(facts.PauseStarted, lag, reason=PauseReason.OTHER, review_on=review_on)

    @rule(
        score=st.sampled_from([2.0, 4.0, 4.5]),
        standardise=st.booleans(),
        studied=st.booleans(),
        decision=st.sampled_from(["adopt", "abandon"]),
        long=st.integers(0, 60),
    )
    def work_is_told(self, score: float, decision: str, long: int, *, standardise: bool, studied: bool) -> None:
        """Scores by both, and a cycle."""
        self._try(facts.ProgressScored, 0, scorer="team", score=score)
        self._try(facts.ProgressScored, 0, scorer="faculty", score=score)
        today, number = self.lived.life.calendar.day(self.lived.now), len(self.lived.life.cycles) + 1
        days = {"from_day": today, "until_day": today + timedelta(days=long)}
        self._try(improvement.PdsaPlanned, 0, cycle=number, standardise=standardise, **days)
        if studied:
            self._try(improvement.PdsaStudied, 0, cycle=number, as_predicted="partly", decision=decision)

    @rule(signatures=st.integers(0, 3), hand_over=st.booleans())
    def readiness_is_assessed(self, signatures: int, *, hand_over: bool) -> None:
        """With some or all signatures, and handed off, if the gate lets it."""
        for role in ("process_owner", "measure_owner"):
            self._try(facts.OwnerNamed, 0, role=role, person="per_owner")
        self._try(facts.ReadinessAssessed, 0)
        for role in SIGNERS[:signatures]:
            self._try(facts.SignedOff, 0, role=role)
        if hand_over:
            self._try(facts.HandedOff, 0)

    @rule(back_to=st.sampled_from(["action", "transition"]), days=st.integers(-5, 120))
    def readiness_is_refused(self, back_to: str, days: int) -> None:
        """Back to work, with a date."""
        review_on = self.lived.now.date() + timedelta(days=days)
        self._try(facts.ReadinessRefused, 0, back_to=back_to, conditions=1, review_on=review_on)

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

    @rule(days=st.integers(-30, 90))
    def course_start_is_put_right(self, days: int) -> None:
        """The first fact is corrected, and the correction of it."""
        told, opening = holding(self.lived.known)[0]
        moved = {"course_start": self.lived.life.opening.course_start + timedelta(days=days)}
        self._try(Correction, 0, corrects=told, replacement=opening.model_copy(update=moved))

    @precondition(lambda self: self.lived.state.stage is Stage.AFTERCARE)
    @rule(month=st.sampled_from([3, 6, 12]), holding=st.booleans())
    def aftercare_is_reported(self, month: int, *, holding: bool) -> None:
        """In its time."""
        handed_off = self.lived.life.handed_off_at
        assert handed_off is not None
        self.lived.go(max(self.lived.now, handed_off + timedelta(days=31 * month)))
        self._try(facts.AftercareReported, 0, month=month, holding=holding)

    def _try(self, kind: type[Fact], lag_hours: float, **fields: Any) -> None:
        """Tell something; a refusal says why, and changes nothing."""
        before = self.lived.known
        at = self.lived.now - timedelta(hours=lag_hours)
        number = next(self.lived.numbers)
        answer = advance(before, kind(event_id=f"e{number:03}", occurred_at=at, **fields), self.lived.now)
        if isinstance(answer, Refusal):
            assert answer.when in ("never", "not_yet")
            assert answer.reason.endswith(".")
        else:
            self.lived.known = answer

    @invariant()
    def every_rule_holds(self) -> None:
        """Once everything that is due was carried out."""
        self.what_is_carried_out_is_carried_out_once()
        self.nobody_is_asked_with_a_date_that_is_past()
        self.state = self.lived.state
        self.items = self.lived.plan()
        self.somebody_has_a_next_turn_until_the_end()
        self.the_plan_is_sound()
        self.at_most_one_main_coach_and_none_only_while_vacant()
        self.no_hand_off_without_a_readiness_record_and_its_signatures()
        self.pauses_never_overlap_and_silence_all_else()
        self.notices_keep_their_hours_and_come_once()
        self.the_rows_have_each_key_once()
        self.no_session_is_unknown_before_people_were_asked()
        questions_stand_until_something_is_due(engagement, self.lived.known, self.lived.done, self.lived.now)

    def what_is_carried_out_is_carried_out_once(self) -> None:
        """Carrying out everything due at a moment leaves nothing due at that moment, and no key comes twice."""
        self.lived.carry_out()
        assert not due(self.lived.state, self.lived.done)
        keys = [item.key for _, item in self.lived.carried]
        assert len(keys) == len(set(keys))

    def nobody_is_asked_with_a_date_that_is_past(self) -> None:
        """When a question is first put, its answer is owed later, however late the fact that raised it."""
        for at, item in self.lived.carried:
            if item.step == 0 and item.act is Act.ASK and item.answer_by is not None:
                assert item.answer_by > at, item

    def somebody_has_a_next_turn_until_the_end(self) -> None:
        """Invariant 1: not ended, a next due item and whose turn it is; invariant 5: ended, a reason."""
        state, items = self.state, self.items
        ahead = upcoming(state, self.lived.done)
        assert [item.at for item in ahead[:1]] == [item.at for item in items[:1]]
        if state.ended:
            assert state.life.end_reason is not None
            assert {item.matter for item in items} <= {Matter.CONTRADICTION}
        else:
            now = standing(state, ahead)
            assert now.next_due is not None
            assert now.turn is not None

    def the_plan_is_sound(self) -> None:
        """In order, in the future, each key once and not done already, sendable, and every rule has its words."""
        items = self.items
        calendar = self.lived.life.calendar
        keys = [item.key for item in items]
        assert len(keys) == len(set(keys))
        assert not set(keys) & self.lived.done.keys()
        assert all(one.at <= other.at for one, other in pairwise(items))
        for item in items:
            assert item.at > self.lived.now
            is_described(item)
            assert not item.to or calendar.sendable(item.at) == item.at
            assert shown(item).key == item.key

    def at_most_one_main_coach_and_none_only_while_vacant(self) -> None:
        """Invariant 2. An interim coach stands in for the main coach."""
        life = self.lived.life
        parts = [a.part for a in life.assignments if a.until is None]
        assert parts.count(CoachPart.MAIN) <= 1
        if life.handed_off_at is None and life.ended_at is None:
            led = CoachPart.MAIN in parts or CoachPart.INTERIM in parts
            assert led == (life.vacant_since is None)

    def no_hand_off_without_a_readiness_record_and_its_signatures(self) -> None:
        """Invariant 3."""
        life = self.lived.life
        if life.handed_off_at is not None:
            assert life.assessed_at is not None
            assert set(SIGNERS) <= life.signed_off.keys()

    def pauses_never_overlap_and_silence_all_else(self) -> None:
        """Invariant 4."""
        life = self.lived.life
        for one, other in pairwise(life.pauses):
            assert one.until is not None
            assert one.since <= one.until <= other.since
        if life.paused:
            assert {_about(item) for item in self.items} <= _IN_PAUSE

    def notices_keep_their_hours_and_come_once(self) -> None:
        """Invariant 6. Judged when they are sent: a closed week may be told of later."""
        assert self.lived.sent_out_of_hours == []
        sent = [(n.person, n.matter, n.window, n.step) for _, n in self.lived.sent]
        assert len(sent) == len(set(sent))

    def the_rows_have_each_key_once(self) -> None:
        """What people look up is derived without contradiction."""
        state = self.state
        found = rows("x", state, upcoming(state, self.lived.done))
        assert len([key for key in found if key[0] == "sessions"]) >= len(state.sessions)

    def no_session_is_unknown_before_people_were_asked(self) -> None:
        """For seven working days at least, but of a team that was stalled when its question would have been put."""
        for session in self.state.sessions:
            put = self.lived.done.get(f"session/{session.name}/0")
            if session.outcome is Outcome.UNKNOWN and put is None:
                before = [
                    one for one in self.state.sessions if one.starts_at < session.starts_at and one.report is None
                ]
                told = [one for one in self.state.sessions if one.outcome is Outcome.NOT_HELD]
                assert len(before) + len(told) >= self.state.life.programme.health.stalled_after
            elif session.outcome is Outcome.UNKNOWN:
                days = self.state.life.programme.sessions.unknown_after_working_days
                assert put is not None
                assert self.lived.now >= self.lived.life.calendar.after_working_days(put - IN_TIME, days)

    def teardown(self) -> None:
        """Invariants 7 and 8, at the end of each life."""
        if not hasattr(self, "lived"):
            return
        known = self.lived.known
        rebuilt = account(REDUCER, known.facts.values())
        assert (rebuilt.life, rebuilt.void, rebuilt.last) == (known.life, known.void, known.last)
        again = _told_backwards(known, self.lived)
        if len(again.facts) == len(known.facts):
            assert (again.life, again.void) == (known.life, known.void)
            backwards, state = assess(again, self.lived.now, self.lived.done), self.lived.state
            assert (backwards.sessions, backwards.run) == (state.sessions, state.run)


def _told_backwards(known: Account[Life], lived: Lived) -> Account[Life]:
    """The same facts, the latest told first, as often as they are refused: until nothing more is accepted."""
    told = account(REDUCER, [known.facts["opening"]])
    left = [fact for fact in reversed(list(known.facts.values())) if fact.event_id != "opening"]
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


TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=2000 if MANY else 70,
    stateful_step_count=50 if MANY else 20,
)


def test_a_long_life_counts_every_day_as_active_or_paused() -> None:
    """Active plus paused time is elapsed time: hand-off moves by exactly the paused time, however pauses lie."""
    opening = proposed()
    lived = Lived(account(REDUCER, [opening]), opening.occurred_at)
    for role in (Role.COACH, Role.SPONSOR, Role.TEAM_LEAD):
        lived.tell(facts.AgreementSigned, role=role)
    planned, paused = lived.state.hand_off_planned(), timedelta()
    for month in (1, 3, 7, 11):
        lived.now = lived.life.calendar.add_months(opening.occurred_at, 1 + month)
        lived.tell(facts.PauseStarted, reason=PauseReason.OTHER)
        lived.now += timedelta(days=month)
        lived.tell(facts.PauseEnded)
        paused += timedelta(days=month)
    assert lived.state.hand_off_planned() - planned == paused
    assert lived.life.calendar.day(planned) == date(2028, 3, 7)
