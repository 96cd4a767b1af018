"""Every kind of page: who is asked what in which state, which button answers, and what is recorded then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from schemas.intro_course_facts import CoachingWished, IntroCourseMoved
from schemas.words import Matter, Role
from tests.gateway.pages.lives import OTHER, Course, Intro, Life
from tests.workflows.subjects import COACH, FACULTY, LEAD, OFFICE, SPONSOR, now

WHO = {
    Role.COACH: COACH,
    Role.FACULTY: FACULTY,
    Role.SPONSOR: SPONSOR,
    Role.TEAM_LEAD: LEAD,
    Role.OFFICE: OFFICE,
    Role.PROCESS_OWNER: LEAD,
    Role.DELEGATE: OTHER,
}


def on(name: str, day: date) -> dict[str, str]:
    """A date, as a form has it."""
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def named(name: str) -> dict[str, str]:
    """Somebody new, as a form names them."""
    return {f"{name}-name": "Nora New", f"{name}-email": "nora@example.org"}


Day = Callable[[], date]
"""When the form is filled in, not when its case is read: a run may go on past midnight."""
Form = Mapping[str, str | list[str] | Day]


def ahead(days: int) -> Day:
    """So many days from now."""
    return lambda: now().date() + timedelta(days=days)


def wednesday_before() -> date:
    """The Wednesday of last week, the day after a session that did not take place."""
    today = now().date()
    return today - timedelta(days=5 + today.weekday())


@dataclass(frozen=True)
class Case:
    """One kind of page. ``told`` is the kind of the first fact that the button tells.

    In ``form``, ``{subject}`` stands for the id of what the page is about.
    """

    matter: Matter
    role: Role
    made: Callable[[], Life | Course | Intro]
    answer: str
    told: str
    window: str = "first"
    form: Form = field(default_factory=dict)
    detail: str = ""
    """The participant or booking the notice is about, by number."""
    facts: int = 1

    @property
    def name(self) -> str:
        """For the list of tests."""
        return f"{self.matter}-{self.role}-{self.answer}"


def course(weeks: int = 8) -> Course:
    """A confirmed course."""
    return Course(weeks).confirmed()


def moved() -> Intro:
    """A course to come that was moved by two weeks."""
    one = Intro(6).booked()
    days = [one.day_1 + timedelta(days=14 + number) for number in (0, 1)]
    return one.tell(IntroCourseMoved, day_1=days[0], day_2=days[1])


def missed() -> Intro:
    """A course whose second day the first delegate missed, and a later one."""
    one = Intro(-3).attended(2)
    return one.before(Intro(8, name=f"{one.name}-later"))


def wished() -> Intro:
    """A delegate would like to become a coach, and a cohort is planned."""
    one = Intro(-3).attended(1, 2)
    one.tell(CoachingWished, booking=one.key())
    return one.before(Course(-4, name=f"{one.name}-cohort"))


M, R = Matter, Role
PLAN: Form = {
    "plan-plan": "Set up the room the day before",
    "plan-prediction": "Eight of ten clinics start on time",
    "plan-from": ahead(0),
    "plan-until": ahead(21),
}
MARKS = {"feedback-useful": "5", "feedback-confident": "3", "feedback-recommends": "4"}
CASES = (
    Case(M.AGREEMENT, R.COACH, Life, "sign.yes", "agreement_signed"),
    Case(M.AGREEMENT, R.SPONSOR, Life, "sign.yes", "agreement_signed"),
    Case(M.AGREEMENT, R.OFFICE, Life, "collected.yes", "agreement_signed", facts=3,
         form={"collected-signed": ["coach", "sponsor", "team_lead"], "collected-on_coach": ahead(0),
               "collected-on_sponsor": ahead(-20), "collected-on_team_lead": ahead(-2)}),
    Case(M.AGREEMENT, R.OFFICE, Life, "end.yes", "ended_early", form={"end-reason": "team_withdrew"}),
    Case(M.ESCALATION, R.COACH, lambda: Life().stalled(), "met.team", "session_held",
         form={"met-on": wednesday_before}),
    Case(M.ESCALATION, R.COACH, lambda: Life().stalled(), "next.yes", "session_rescheduled",
         form={"next-day": ahead(9), "next-time": "2pm"}),
    Case(M.ESCALATION, R.FACULTY, lambda: Life().stalled(), "release.yes", "sponsor_released"),
    Case(M.ALARM_AGAIN, R.FACULTY, lambda: Life().stalled(), "met.team", "session_held", form={"met-on": ahead(0)}),
    Case(M.STALL, R.OFFICE, lambda: Life().stalled(), "pause.yes", "pause_started",
         form={"pause-reason": "winter_pressure", "pause-until": ahead(30)}),
    Case(M.STALL, R.OFFICE, lambda: Life().stalled(), "coach.interim", "coach_assigned", form=named("coach-coach")),
    Case(M.STALL, R.OFFICE, lambda: Life().stalled(), "end.yes", "ended_early",
         form={"end-reason": "team_merged", "end-into": "Ward 13"}),
    Case(M.VACANCY, R.OFFICE, lambda: Life().vacant(), "coach.main", "coach_assigned", form=named("coach-coach")),
    Case(M.VACANCY, R.FACULTY, lambda: Life().vacant(), "end.yes", "ended_early",
         form={"end-reason": "no_coach_found"}),
    Case(M.COVER, R.OFFICE, lambda: Life().away(), "coach.interim", "coach_assigned",
         form=named("coach-coach") | {"coach-until": ahead(40)}),
    Case(M.COVER, R.COACH, lambda: Life().away(), "pause.yes", "pause_started", form={"pause-reason": "staffing"}),
    Case(M.COVER, R.OFFICE, lambda: Life().away(), "nobody.yes", "cover_waived",
         form={"nobody-reason": "team_leads", "nobody-again": ahead(30)}),
    Case(M.INTERIM, R.FACULTY, lambda: Life().interim(), "stays.yes", "interim_kept"),
    Case(M.INTERIM, R.FACULTY, lambda: Life().interim(), "coach.main", "coach_assigned", form=named("coach-coach")),
    Case(M.INTERIM, R.OFFICE, lambda: Life().interim(), "ends.yes", "coach_left"),
    Case(M.ROLE_VACANCY, R.FACULTY, lambda: Life().without_sponsor(), "who.yes", "role_changed", "sponsor.first",
         form=named("who-who"), detail="sponsor"),
    Case(M.PROGRESS_TEAM, R.COACH, lambda: Life().agreed(), "score.yes", "progress_scored", "month-19",
         form={"score-score": "3.5"}),
    Case(M.PROGRESS_FACULTY, R.FACULTY, lambda: Life().agreed(), "score.yes", "progress_scored", "month-19",
         form={"score-score": "4.0"}),
    Case(M.CYCLE, R.COACH, lambda: Life().testing(), "study.yes", "pdsa_studied", "study-1",
         form={"study-as_predicted": "yes", "study-decision": "adopt", "study-result": "Clinics started on time"}),
    Case(M.CYCLE, R.TEAM_LEAD, lambda: Life().agreed(), "plan.yes", "pdsa_planned", "next-1", form=PLAN),
    Case(M.CYCLE, R.COACH, lambda: Life().adopted(), "plan.yes", "pdsa_planned", "standardise-2",
         form={"plan-which": "sdsa", **PLAN}),
    Case(M.AIM, R.COACH, lambda: Life().aimed(), "reached.yes", "aim_closed"),
    Case(M.AIM, R.COACH, lambda: Life().aimed(), "later.yes", "aim_set",
         form={"later-by": ahead(70)}),
    Case(M.NO_PROGRESS, R.FACULTY, lambda: Life().flat(), "help.yes", "help_agreed",
         form={"help-help": "more_support", "help-words": "Faculty joins two sessions"}),
    Case(M.REVIEW, R.FACULTY, lambda: Life().flat(), "held.yes", "review_held", "month-18",
         form={"held-help": "smaller_aim", "held-on": ahead(0)}),
    Case(M.REVIEW, R.FACULTY, lambda: Life().agreed(), "held.yes", "review_held", "month-18",
         form={"held-on": ahead(0)}),
    Case(M.TRANSITION, R.FACULTY, lambda: Life().agreed(), "begin.yes", "transition_started",
         form={"begin-on": ahead(0)}),
    Case(M.READINESS, R.FACULTY, lambda: Life().worked(), "ready.yes", "readiness_assessed"),
    Case(M.READINESS, R.FACULTY, lambda: Life().worked(), "not-ready.yes", "readiness_refused",
         form={"not-ready-conditions": "One more cycle\nA deputy for the lead", "not-ready-back_to": "transition",
               "not-ready-review_on": ahead(70)}),
    Case(M.SIGN_OFF, R.COACH, lambda: Life().assessed(), "sign.yes", "signed_off"),
    Case(M.SIGN_OFF, R.COACH, lambda: Life().assessed(), "process-owner.yes", "owner_named",
         form=named("process-owner-owner")),
    Case(M.SIGN_OFF, R.FACULTY, lambda: Life().assessed(), "sign.yes", "signed_off"),
    Case(M.GATE, R.FACULTY, lambda: Life().signed(without_cycle=True), "not-ready.yes", "readiness_refused",
         form={"not-ready-conditions": "One cycle", "not-ready-back_to": "transition",
               "not-ready-review_on": ahead(70)}),
    Case(M.HAND_OFF, R.FACULTY, lambda: Life().signed(), "hand-off.yes", "handed_off",
         form={"hand-off-on": ahead(0)}),
    Case(M.HAND_OFF, R.FACULTY, lambda: Life().signed(), "not-ready.yes", "readiness_refused",
         form={"not-ready-conditions": "One more cycle", "not-ready-back_to": "action",
               "not-ready-review_on": ahead(70)}),
    Case(M.LIMIT, R.OFFICE, lambda: Life(24).agreed(), "extend.yes", "extension_granted"),
    Case(M.LIMIT, R.OFFICE, lambda: Life(24).agreed(), "end.yes", "ended_early", form={"end-reason": "time_limit"}),
    Case(M.LIMIT, R.OFFICE, lambda: Life(24).signed(), "hand-off.yes", "handed_off",
         form={"hand-off-on": ahead(0)}),
    Case(M.PAUSE_REVIEW, R.COACH, lambda: Life().paused(), "resume.yes", "pause_ended",
         form={"resume-on": ahead(0)}),
    Case(M.PAUSE_REVIEW, R.COACH, lambda: Life().paused(), "longer.yes", "pause_reviewed"),
    Case(M.PAUSE_DECISION, R.OFFICE, lambda: Life().paused(), "end.yes", "ended_early",
         form={"end-reason": "team_disbanded"}),
    Case(M.AFTERCARE, R.PROCESS_OWNER, lambda: Life().handed_off(), "report.holding", "aftercare_reported", "month-3"),
    Case(M.AFTERCARE, R.PROCESS_OWNER, lambda: Life().handed_off(), "report.not-holding", "aftercare_reported",
         "month-3"),
    Case(M.RELAPSE, R.FACULTY, lambda: Life().relapsed(), "booster.yes", "booster_held", form={"booster-on": ahead(0)}),
    Case(M.RELAPSE, R.FACULTY, lambda: Life().relapsed(), "end.yes", "ended_early",
         form={"end-reason": "new_engagement"}),
    Case(M.COHORT_CONFIRMATION, R.OFFICE, lambda: Course(-4), "confirm.yes", "cohort_confirmed", "confirmed"),
    Case(M.COHORT_CONFIRMATION, R.OFFICE, lambda: Course(-4), "cancel.yes", "cohort_cancelled", "confirmed",
         form={"cancel-reason": "too_few_participants"}),
    Case(M.ATTENDANCE, R.OFFICE, course, "attended.yes", "learning_session_held", "1",
         form={"attended-attended": ["P01", "P03"]}),
    Case(M.MAKE_UP, R.FACULTY, lambda: Course().missed(), "made-up.yes", "learning_session_made_up", "1.P01",
         form={"made-up-on": ahead(0)}, detail="P01"),
    Case(M.MICROSYSTEM, R.COACH, course, "team.yes", "microsystem_identified", "P01", detail="P01",
         form={"team-team": "Eye clinic", "team-day": "friday", "team-time": "8:30", **named("team-lead")}),
    Case(M.MICROSYSTEM, R.COACH, lambda: Course(-4), "help.yes", "team_help_asked", "P01", detail="P01",
         form={"help-words": "I've asked three wards"}),
    Case(M.TEAM_HELP, R.OFFICE, lambda: Course(-4).in_need(), "team.yes", "microsystem_identified", "P01", detail="P01",
         form={"team-team": "Eye clinic", "team-day": "friday", "team-time": "8:30", **named("team-lead")}),
    Case(M.TEAM_HELP, R.OFFICE, lambda: Course(-4).in_need(), "none.yes", "no_team_found", "P01", detail="P01"),
    Case(M.LEARNING_SESSION, R.COACH, lambda: Course(-4), "cannot.yes", "learning_session_declined", "1.7"),
    Case(M.CONDITIONAL_START, R.OFFICE, course, "allow.yes", "conditional_start_decided", "P01.grace", detail="P01",
         form={"allow-until": ahead(20)}),
    Case(M.CONDITIONAL_START, R.OFFICE, course, "refuse.no", "conditional_start_decided", "P01.grace", detail="P01"),
    Case(M.CONDITIONAL_START, R.OFFICE, course, "defer.yes", "enrolment_deferred", "P01.grace", detail="P01"),
    Case(M.COMPLETION, R.OFFICE, lambda: Course(30).taught(), "completed.no", "enrolment_completed", "course",
         form={"completed-who": ["P01", "P03"]}, facts=2),
    Case(M.LAPSE, R.FACULTY, lambda: Course(40).taught(), "refreshed.yes", "refresher_held", "P02.lapsed",
         form={"refreshed-on": ahead(0)}, detail="P02"),
    Case(M.BOOKING, R.DELEGATE, lambda: Intro(6).booked(), "cancel.yes", "booking_cancelled", "B01.confirmed",
         detail="B01"),
    Case(M.JOINING, R.DELEGATE, lambda: Intro(1).booked(), "cancel.yes", "booking_cancelled", "B01.joining",
         detail="B01"),
    Case(M.COURSE_CHANGED, R.DELEGATE, moved, "cancel.yes", "booking_cancelled", "B01.moved", detail="B01"),
    Case(M.OFFER, R.DELEGATE, lambda: Intro(6, places=1).offered(), "take.yes", "offer_accepted", "B01", detail="B01"),
    Case(M.OFFER, R.DELEGATE, lambda: Intro(6, places=1).offered(), "decline.yes", "booking_cancelled", "B01",
         detail="B01"),
    Case(M.MISSING_DAY, R.DELEGATE, missed, "choose.yes", "place_requested", "B01.2", detail="B01",
         form={"choose-course": "{subject}-later"}),
    Case(M.FEEDBACK, R.DELEGATE, lambda: Intro(-3).attended(1, 2), "feedback.yes", "feedback_given", "B01",
         detail="B01", form=MARKS | {"feedback-comment": "More time to try things out"}),
    Case(M.FEEDBACK, R.DELEGATE, lambda: Intro(-3).attended(1), "feedback.yes", "feedback_given", "B01", detail="B01",
         form=MARKS),
    Case(M.INTRO_ATTENDANCE, R.OFFICE, lambda: Intro(-1).booked(), "list.yes", "intro_attendance_taken",
         "day-1.20270113", form={"list-attended": ["B02"]}),
    Case(M.COACHING_WISH, R.OFFICE, wished, "hand-on.yes", "handed_on_to_cohort", "B01", detail="B01",
         form={"hand-on-cohort": "{subject}-cohort"}),
)  # fmt: skip
