"""What each fact does to a cohort, and when it is legal, as tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, Literal

from lifecycle import holding
from lifecycle.account import Reducer
from lifecycle.calendar import calendar
from lifecycle.cohort.completion import lacking_for_completion
from lifecycle.cohort.life import Declined, Enrolment, Found, Helped, Life, Move
from lifecycle.dates import long_date
from lifecycle.leave import Leave
from lifecycle.shared_facts import closing_refused, leave_refused, merged_alone, other_programme, unknown_calendar
from schemas import cohort_facts as facts
from schemas.cohort_facts import CohortScheduled
from schemas.due import Refusal
from schemas.facts import AcademyClosed, CalendarRevised, Fact, LeaveAgreed, PersonLeft, ProgrammeAdopted, RoleChanged
from schemas.mail_facts import MailTold
from schemas.sentences import say
from schemas.subjects import COHORT
from schemas.words import CohortStage, Role

Stage = CohortStage
BEFORE: Final = frozenset({Stage.PLANNED, Stage.CONFIRMED})
TEACHING: Final = frozenset({Stage.IN_TEACHING})
AFTER: Final = frozenset({Stage.TEACHING_COMPLETE, Stage.CLOSED})
OPEN: Final = BEFORE | TEACHING | AFTER

_STAGES: Final[dict[str, frozenset[Stage]]] = {
    "cohort_confirmed": frozenset({Stage.PLANNED}),
    "cohort_cancelled": BEFORE,
    "enrolment_accepted": BEFORE | TEACHING,
    "microsystem_identified": OPEN,
    "conditional_start_decided": OPEN,
    "team_help_asked": OPEN,
    "no_team_found": OPEN,
    "learning_session_declined": BEFORE | TEACHING,
    "learning_session_moved": BEFORE | TEACHING,
    "learning_session_held": TEACHING | AFTER,
    "learning_session_made_up": TEACHING | AFTER,
    "leave_agreed": OPEN,
    "role_changed": OPEN,
    "person_left": OPEN,
    "person_merged": OPEN,
    "enrolment_deferred": OPEN,
    "enrolment_withdrawn": OPEN,
    "enrolment_completed": TEACHING | AFTER,
    "refresher_held": AFTER,
    "coaching_offered": AFTER,
    "coaching_seen": OPEN,
    "calendar_revised": OPEN,
    "programme_adopted": OPEN,
    "academy_closed": OPEN,
    "mail_held": OPEN,
    "mail_skipped": OPEN,
}

_ORDER: Final = tuple(Stage)
_YEAR: Final = timedelta(days=366)
_MOVED_AT_MOST: Final = timedelta(weeks=26)

_WORDS: Final[dict[Stage, str]] = {
    Stage.PLANNED: "the course was planned but not confirmed",
    Stage.CONFIRMED: "the course was confirmed but hadn't started",
    Stage.IN_TEACHING: "the course was being taught",
    Stage.TEACHING_COMPLETE: "teaching had ended",
    Stage.CLOSED: "the course had closed",
    Stage.CANCELLED: "the course had been cancelled",
}


def _no(when: Literal["never", "not_yet"], code: str, reason: str) -> Refusal:
    return Refusal(when=when, code=code, reason=reason)


def begin(opening: CohortScheduled) -> Life:
    """The life of a cohort that was just scheduled."""
    programme = opening.programme
    return Life(opening, programme, calendar(opening.calendar, opening.division, opening.zone, programme.quiet_hours))


def too_late(opening: CohortScheduled) -> str | None:
    """Why nobody could be enrolled in a cohort that is scheduled so: its course was taught already."""
    over = begin(opening).teaching_ends_at
    if opening.occurred_at < over:
        return None
    began, ended = long_date(opening.course_start), long_date(over.date())
    return say("its course ran from {began} to {ended}, so nobody can be enrolled any more", began=began, ended=ended)


def step(life: Life, fact: Fact) -> Life | Refusal:
    """The life after a fact, or why the fact is illegal at the moment it occurred."""
    stage = life.stage_at(fact.occurred_at)
    if fact.occurred_at < life.opening.occurred_at:
        return _no("never", "before_the_beginning", "This date is before the course was planned.")
    if stage not in _STAGES[fact.kind]:
        index = _ORDER.index(stage)
        later = stage is not Stage.CANCELLED and any(_ORDER.index(other) > index for other in _STAGES[fact.kind])
        day = long_date(life.calendar.day(fact.occurred_at))
        what = fact.kind.replace("_", " ")
        reason = say(
            "On {day} {course_stage}, so '{what}' can't be recorded for that day yet."
            if later
            else "On {day} {course_stage}, so '{what}' can't be recorded for that day.",
            day=day,
            course_stage=_WORDS[stage],
            what=what,
        )
        return _no("not_yet" if later else "never", f"{fact.kind}_in_{stage}", reason)
    return _known(life, fact) or _EFFECTS[fact.kind](life, fact)


def _known(life: Life, fact: Fact) -> Refusal | None:
    """Facts about an enrolment need one that is known and still here."""
    enrolment = getattr(fact, "enrolment", None)
    if enrolment is None or fact.kind == "enrolment_accepted":
        return None
    known = life.enrolments.get(enrolment)
    if known is None:
        return _no("not_yet", "unknown_enrolment", "This participant isn't enrolled in this cohort.")
    if known.gone and not (known.deferred_at is not None and fact.kind == "enrolment_deferred"):
        return _no("never", "gone", "This participant has left the cohort.")
    return None


def _accepted(life: Life, fact: facts.EnrolmentAccepted) -> Life | Refusal:
    known = life.enrolments.get(fact.enrolment)
    if known is not None and known.gone:
        return _no("never", "left_already", "This place was given up. To come back, the participant needs a new place.")
    here = (one.accepted.person for one in life.enrolments.values() if not one.gone)
    if known is not None or (fact.deferred_from is not None and fact.person in here):
        return _no("never", "enrolled_already", "This participant is already enrolled.")
    table = life.calendar.table
    teams = (Found(fact.team, fact.occurred_at, life.programme, table, 1, fact.event_id),) if fact.team else ()
    return replace(life, enrolments={**life.enrolments, fact.enrolment: Enrolment(fact, teams)})


def _identified(life: Life, fact: facts.MicrosystemIdentified) -> Life | Refusal:
    known = life.enrolments[fact.enrolment]
    if any(found.team.microsystem == fact.team.microsystem for found in known.teams):
        return _no("never", "identified_already", "This team is already recorded for this participant.")
    number, table = known.numbered(fact.number), life.calendar.table
    found = Found(fact.team, fact.occurred_at, life.programme, table, number, fact.event_id)
    return life.with_enrolment(fact.enrolment, teams=(*known.teams, found))


def _conditional(life: Life, fact: facts.ConditionalStartDecided) -> Life | Refusal:
    if life.has_team(life.enrolments[fact.enrolment]):
        return _no("never", "has_a_team", "This participant has a team, so doesn't need a conditional start.")
    today = life.calendar.day(fact.occurred_at)
    if fact.until is not None and not today < fact.until <= today + _YEAR:
        return _no(
            "never", "until_when", "A conditional start must end after the day of the decision, within a year of it."
        )
    return life.with_enrolment(
        fact.enrolment, may_start=fact.allowed, may_start_until=fact.until, decided_at=fact.occurred_at
    )


def _help_asked(life: Life, fact: facts.TeamHelpAsked) -> Life | Refusal:
    known = life.enrolments[fact.enrolment]
    if life.has_team(known):
        return _no("never", "has_a_team", "This participant has a team already.")
    if known.helped is not None and fact.occurred_at < life.help_ends(known.helped):
        return _no("never", "asked_already", "The programme office has been asked for help already.")
    return life.with_enrolment(fact.enrolment, helped=Helped(fact.occurred_at, fact.event_id))


def _none_found(life: Life, fact: facts.NoTeamFound) -> Life | Refusal:
    helped = life.enrolments[fact.enrolment].helped
    if helped is None or helped.answered_at is not None:
        return _no("never", "help_not_asked", "This participant isn't waiting for help to find a team.")
    return life.with_enrolment(fact.enrolment, helped=helped._replace(answered_at=fact.occurred_at))


def _declined(life: Life, fact: facts.LearningSessionDeclined) -> Life | Refusal:
    """Of whatever day: as long as the learning session is on another one, it has no effect."""
    known = life.enrolments[fact.enrolment]
    if fact.number not in life.numbers or fact.number in life.held:
        return _no("never", "no_such_session", "There's no learning session with this number still to come.")
    if fact.day < life.calendar.day(fact.occurred_at):
        return _no("never", "day_over", "This learning session is over. Attendance shows who was there.")
    said = known.declined.get(fact.number)
    if said is not None and said.day == fact.day:
        return _no("never", "declined_already", "We already know that this participant can't come.")
    declined = {**known.declined, fact.number: Declined(fact.day, fact.occurred_at)}
    return life.with_enrolment(fact.enrolment, declined=declined)


def _moved(life: Life, fact: facts.LearningSessionMoved) -> Life | Refusal:
    if fact.number not in life.numbers or fact.number in life.held:
        return _no("never", "no_such_session", "There's no learning session with this number still to come.")
    if fact.to_day < life.calendar.day(fact.occurred_at):
        return _no("never", "moved_to_the_past", "A learning session can only move to today or a later day.")
    if abs(fact.to_day - life.calendar.day(life.learning_session_planned(fact.number))) > _MOVED_AT_MOST:
        return _no("never", "moved_too_far", "A learning session can move by half a year at most.")
    return replace(life.to_be_held(fact.number), moved={**life.moved, fact.number: (fact.to_day, fact.to_time)})


def _held(life: Life, fact: facts.LearningSessionHeld) -> Life | Refusal:
    if fact.number not in life.numbers:
        return _no(
            "never", "no_such_session", say("The course has {number} learning sessions.", number=len(life.numbers))
        )
    if fact.number in life.held:
        return _no(
            "never",
            "held_already",
            "Attendance at this learning session is already recorded. If it's wrong, correct it.",
        )
    if fact.occurred_at < life.learning_session(fact.number):
        return _no("not_yet", "day_to_come", "This learning session hasn't taken place yet.")
    unknown = [e for e in fact.attended if e not in life.enrolments]
    if unknown:
        return _no(
            "not_yet",
            "unknown_enrolment",
            say("Not enrolled in this cohort: {enrolments}.", enrolments=", ".join(unknown)),
        )
    for enrolment in fact.attended:
        life = _attended(life, enrolment, fact.number)
    return replace(life, held={**life.held, fact.number: fact.occurred_at})


def _attended(life: Life, enrolment: str, number: int) -> Life:
    return life.with_enrolment(enrolment, attended=life.enrolments[enrolment].attended | {number})


def _made_up(life: Life, fact: facts.LearningSessionMadeUp) -> Life | Refusal:
    if fact.number not in life.held:
        return _no("not_yet", "not_held", "Attendance at this learning session isn't recorded yet. Record it first.")
    if fact.number in life.enrolments[fact.enrolment].attended:
        return _no(
            "never", "attended_already", "This participant is already recorded as attending this learning session."
        )
    return _attended(life, fact.enrolment, fact.number)


def _on_leave(life: Life, fact: LeaveAgreed) -> Life | Refusal:
    here = [enrolment for enrolment in life.enrolments.values() if enrolment.accepted.person == fact.person]
    if not here:
        return _no("not_yet", "unknown_participant", "This person isn't enrolled in this cohort.")
    if all(enrolment.gone for enrolment in here):
        return _no("never", "gone", "This participant has left the cohort.")
    told = Leave(fact.person, fact.first_day, fact.last_day, fact.occurred_at)
    return leave_refused(fact, life.leaves, life.programme.absence) or replace(life, leaves=(*life.leaves, told))


def _role_changed(life: Life, fact: RoleChanged) -> Life | Refusal:
    """Faculty or sponsor of all whose it was, or of everybody."""
    if fact.role not in (Role.FACULTY, Role.SPONSOR):
        return _no(
            "never",
            "not_changeable",
            "Only faculty and sponsors can be changed for a whole cohort. Change other roles team by team.",
        )
    if fact.role is Role.SPONSOR and fact.instead_of is None:
        return _no("never", "instead_of_whom", "Say which sponsor this person replaces: there can be several.")
    changed = {}
    for key, enrolment in life.enrolments.items():
        holder = enrolment.person(fact.role)
        if not enrolment.gone and holder != fact.person and fact.instead_of in (None, holder):
            said = fact.model_copy(update={"instead_of": holder})
            changed[key] = replace(enrolment, changes=(*enrolment.changes, said))
    if not changed:
        return _no("never", "nobodys_role", "This changes nothing in the cohort. Check the person and the role.")
    return replace(life, enrolments=life.enrolments | changed)


def _person_left(life: Life, fact: PersonLeft) -> Life:
    life = replace(life, left=life.left | {fact.person})
    for key, enrolment in life.enrolments.items():
        if enrolment.accepted.person == fact.person and not enrolment.gone:
            life = life.with_enrolment(key, left_at=fact.occurred_at)
    return life


def _deferred(life: Life, fact: facts.EnrolmentDeferred) -> Life | Refusal:
    """A second telling adds the new place, once that is known."""
    known, move, to = life.enrolments[fact.enrolment], None, fact.to_enrolment
    if to is None and fact.to_cohort is not None:
        move = Move(fact.to_cohort, fact.occurred_at, fact.event_id)
        to = move.place(fact.enrolment)
    if fact.to_cohort == fact.enrolment.rpartition(".")[0]:
        return _no("never", "same_cohort", "This participant is in that cohort already. Choose a later one.")
    if known.deferred_at is not None:
        if to is None or to == known.deferred_to:
            return _no(
                "never", "deferred_already", "We already know that this participant is moving to a later course."
            )
        return life.with_enrolment(fact.enrolment, deferred_to=to, moves=move)
    if life.stage_at(fact.occurred_at) in AFTER:
        return _no("never", "teaching_is_over", "Teaching has ended, so nobody can move to a later course now.")
    gone = {"deferred_at": fact.occurred_at, "gone_by": fact.event_id}
    return _undecided(known) or life.with_enrolment(fact.enrolment, deferred_to=to, moves=move, **gone)


def _withdrawn(life: Life, fact: facts.EnrolmentWithdrawn) -> Life | Refusal:
    known = life.enrolments[fact.enrolment]
    gone = {"withdrawn_at": fact.occurred_at, "gone_by": fact.event_id}
    return _undecided(known) or life.with_enrolment(fact.enrolment, **gone)


def _undecided(known: Enrolment) -> Refusal | None:
    """Whoever has finished the course, well or not, cannot leave it; a coach leaves a team."""
    if known.completed is None:
        return None
    reason = "The course is over for this participant. If they've stopped coaching, record that for their team."
    return _no("never", "course_is_over", reason)


_STILL_TO_COME: Final = "Still needed to complete the course: "


def _completed(life: Life, fact: facts.EnrolmentCompleted) -> Life | Refusal:
    known = life.enrolments[fact.enrolment]
    if known.completed is not None:
        return _no("never", "decided_already", "This has already been decided. If it's wrong, correct it.")
    lacking = lacking_for_completion(life, known) if fact.completed else []
    if lacking:
        return _no("not_yet", "not_complete", _STILL_TO_COME + "; ".join(lacking) + ".")
    return life.with_enrolment(fact.enrolment, completed=fact.completed, completed_at=fact.occurred_at)


def _refreshed(life: Life, fact: facts.RefresherHeld) -> Life:
    return life.with_enrolment(fact.enrolment, refreshed_at=fact.occurred_at)


def _offered(life: Life, fact: facts.CoachingOffered) -> Life | Refusal:
    if not life.enrolments[fact.enrolment].completed:
        return _no("not_yet", "not_completed", "They haven't completed the course, so there's no way back to offer.")
    return life.with_enrolment(fact.enrolment, offered=(fact.answer, fact.occurred_at))


def _seen(life: Life, fact: facts.CoachingSeen) -> Life:
    for coaching in fact.coaching:
        if coaching.enrolment in life.enrolments:
            known = life.enrolments[coaching.enrolment]
            paused_at = fact.occurred_at if coaching.paused else known.paused_at
            life = life.with_enrolment(coaching.enrolment, coaching=coaching, paused_at=paused_at)
    return replace(life, seen_at=fact.occurred_at)


def _confirmed(life: Life, fact: facts.CohortConfirmed) -> Life:
    return replace(life, confirmed_at=fact.occurred_at)


def _cancelled(life: Life, fact: facts.CohortCancelled) -> Life:
    return replace(life, cancelled_at=fact.occurred_at, cancelled_by=fact.event_id)


def _adopted(life: Life, fact: ProgrammeAdopted) -> Life | Refusal:
    wrong = other_programme(fact, life.programme, "cohort")
    return wrong or _adapted(life, replace(life, programme=fact.programme), life.calendar.table, fact)


def _revised(life: Life, fact: CalendarRevised) -> Life | Refusal:
    own = () if fact.caused_by is not None else (fact,)
    return unknown_calendar(fact) or _adapted(life, replace(life, revised=(*life.revised, *own)), fact.calendar, fact)


def _adapted(before: Life, life: Life, table: str, fact: Fact) -> Life:
    """What lies ahead is planned anew; what is behind stays as it was."""
    opening, hours = life.opening, life.programme.quiet_hours
    days = calendar(table, opening.division, opening.zone, hours, life.calendar.closed)
    return replace(life, calendar=days).ahead_of(before.behind_at(fact.occurred_at))


def _closed(life: Life, fact: AcademyClosed) -> Life | Refusal:
    refused = closing_refused(fact, life.calendar.closed, life.programme.absence)
    return refused or replace(life, calendar=life.calendar.with_closed(fact.first_day, fact.last_day))


def _mail_told(life: Life, fact: MailTold) -> Life | Refusal:
    return holding.refused(life.mailing, life.calendar, fact) or replace(life, mailing=life.mailing.after(fact))


_EFFECTS: Final[dict[str, Callable[[Life, Any], Life | Refusal]]] = {
    "cohort_confirmed": _confirmed,
    "cohort_cancelled": _cancelled,
    "enrolment_accepted": _accepted,
    "microsystem_identified": _identified,
    "conditional_start_decided": _conditional,
    "team_help_asked": _help_asked,
    "no_team_found": _none_found,
    "learning_session_declined": _declined,
    "learning_session_moved": _moved,
    "learning_session_held": _held,
    "learning_session_made_up": _made_up,
    "leave_agreed": _on_leave,
    "role_changed": _role_changed,
    "person_left": _person_left,
    "person_merged": lambda life, fact: merged_alone(fact) or life,
    "enrolment_deferred": _deferred,
    "enrolment_withdrawn": _withdrawn,
    "enrolment_completed": _completed,
    "refresher_held": _refreshed,
    "coaching_offered": _offered,
    "coaching_seen": _seen,
    "calendar_revised": _revised,
    "programme_adopted": _adopted,
    "academy_closed": _closed,
    "mail_held": _mail_told,
    "mail_skipped": _mail_told,
}

REDUCER: Final[Reducer[Life]] = Reducer(kinds=COHORT.kinds, opening=COHORT.opening, begin=begin, step=step)
