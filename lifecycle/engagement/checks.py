"""What must hold, beside the stage, for a fact to be legal; each refusal says what is wrong and what to do."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from lifecycle import holding
from lifecycle.absence import not_confirmed
from lifecycle.dates import long_date
from lifecycle.engagement.gate import missing
from lifecycle.engagement.life import AGREEING, OWNERS, SUPPORTING, Life
from lifecycle.engagement.naming import meant, misnamed
from lifecycle.engagement.pauses import one_pause
from lifecycle.engagement.weeks import FARTHEST_MOVE, day_of
from lifecycle.shared_facts import closing_refused, leave_refused, merged_alone
from schemas import engagement_facts as facts
from schemas.cover_facts import CoverWaived, InterimKept
from schemas.due import Refusal
from schemas.engagement_facts import CoachPart
from schemas.facts import AcademyClosed, LeaveAgreed, PersonMerged, RoleChanged
from schemas.mail_facts import MailTold
from schemas.words import EndReason, Role

_SEEN_AGAIN_WITHIN = timedelta(days=366)


_Reviewed = (
    facts.PauseStarted | facts.PauseReviewed | facts.ReadinessRefused | facts.CoachAssigned | InterimKept | CoverWaived
)


def _no(when: Literal["never", "not_yet"], code: str, reason: str) -> Refusal:
    return Refusal(when=when, code=code, reason=reason)


def signs_agreement(life: Life, fact: facts.AgreementSigned) -> Refusal | None:
    """The agreement is signed once each by coach, sponsor and team lead."""
    if fact.role not in AGREEING:
        return _no("never", "no_signature", "Only the coach, the sponsor and the team lead sign the agreement.")
    if fact.role in life.signed:
        return _no("never", "signed_already", "We already have this signature on the agreement.")
    return None


def coaches_now(life: Life, fact: facts.CoachLeft | facts.CoachStopped) -> Refusal | None:
    """Only somebody who coaches the team can leave it."""
    if any(a.person == fact.person and a.until is None for a in life.assignments):
        return None
    return _no("never", "not_coaching", "This person wasn't coaching this team on that date. Check both.")


def not_coaching_so(life: Life, fact: facts.CoachAssigned) -> Refusal | None:
    """Nobody is assigned to the part they have."""
    if life.coaching(fact.part) == fact.person:
        return _no("never", "assigned_already", "This person already has this role, so there's nothing to change.")
    if fact.part is not CoachPart.MAIN and life.main_coach == fact.person:
        return _no("never", "main_already", "This person is already the team's main coach.")
    return asked_again_ahead(life, fact)


def interim_is_there(life: Life, fact: InterimKept) -> Refusal | None:
    """Only an interim coach can stay for the time being."""
    if life.coaching(CoachPart.INTERIM) is None:
        return _no("not_yet", "no_interim", "The team had no interim coach on that date. Name one first.")
    return asked_again_ahead(life, fact)


def asked_again_ahead(life: Life, fact: _Reviewed) -> Refusal | None:
    """A date to ask again lies ahead, within a year."""
    if fact.review_on is not None and fact.review_on <= life.calendar.day(fact.occurred_at):
        return _no("never", "reviewed_in_the_past", "The date to ask again must be in the future.")
    return _reviewed_in_sight(life, fact)


def told_to_the_person(_life: Life, fact: PersonMerged) -> Refusal | None:
    """Two records are one person everywhere, or nowhere."""
    return merged_alone(fact)


def role_can_change(life: Life, fact: RoleChanged) -> Refusal | None:
    """Coaches are assigned, owners are named; the other roles change hands. All of them can be given up."""
    if fact.role in SUPPORTING or (fact.role in OWNERS and fact.person is None):
        return _anothers(life, fact)
    if fact.role in OWNERS:
        return _no("never", "not_changeable", "To change an owner, record who owns the process or the measure now.")
    if fact.role is Role.OFFICE:
        return _no("never", "not_changeable", "The office belongs to the academy: change it there.")
    return _no("never", "not_changeable", "Only faculty, the sponsor and the team lead can be changed this way.")


def _anothers(life: Life, fact: RoleChanged) -> Refusal | None:
    """What holds for a whole cohort holds here only where the role is that person's, or nobody's."""
    if fact.caused_by is None and fact.instead_of is None:
        return None
    holder = life.person(fact.role)
    if holder is not None and holder == fact.person:
        return _no("never", "theirs_already", "This person already has this role, so there's nothing to change.")
    if holder is not None and holder != fact.instead_of:
        return _no("never", "anothers_role", "Somebody else has this role in this team. Check who should be replaced.")
    return None


def day_has_come(life: Life, fact: facts.SessionHeld | facts.SessionNotHeld) -> Refusal | None:
    """A session is told on its day or later; for one that will not take place there is cancelling ahead."""
    if fact.day > life.calendar.day(fact.occurred_at):
        return _no(
            "not_yet",
            "day_to_come",
            f"{long_date(fact.day)} hasn't come yet. If the session won't go ahead, cancel it.",
        )
    return before_the_beginning(life, fact.day) or not_told_yet(life, fact)


def before_the_beginning(life: Life, day: date) -> Refusal | None:
    """Nothing was done with the coach before there was one."""
    if day >= life.calendar.day(life.opening.occurred_at):
        return None
    return _no("never", "before_the_beginning", f"{long_date(day)} is before coaching was proposed.")


def slot_in_sight(life: Life, fact: facts.WeeklySlotChanged) -> Refusal | None:
    """Another weekly hour holds from a day of the coaching, within a year."""
    if fact.from_day > life.calendar.day(fact.occurred_at) + _SEEN_AGAIN_WITHIN:
        return _no("never", "changed_too_late", "The weekly hour must change within a year. Check the date.")
    return before_the_beginning(life, fact.from_day)


def not_told_yet(life: Life, fact: facts.OfSession) -> Refusal | None:
    """One report holds for a session. To change it, correct it: nothing is overruled unseen."""
    wrong = misnamed(life, fact)
    told = None if wrong else life.reports.get(meant(life, fact))
    if told is None or told.kind == "session_cancelled_ahead":
        return wrong
    what = "held" if told.kind == "session_held" else "not held"
    reason = f"The session on {long_date(told.day)} is already recorded as {what}. If that's wrong, correct it."
    if fact.kind == "session_held" and told.day == fact.day:
        reason += f" If the team met twice that day, record the second meeting as session {fact.day}.2."
    return _no("never", "told_already", reason)


def moved_sensibly(life: Life, fact: facts.SessionRescheduled) -> Refusal | None:
    """A session moves by eight weeks at most from the day it was first planned for, and not once it was held."""
    wrong = misnamed(life, fact)
    if wrong:
        return wrong
    session = meant(life, fact)
    if abs(fact.to_day - day_of(session)) > FARTHEST_MOVE:
        return _no("never", "moved_too_far", "A session can move by eight weeks at most. Cancel it instead.")
    told = life.reports.get(session)
    return not_told_yet(life, fact) if told is not None and told.kind == "session_held" else None


def review_is_planned(life: Life, fact: facts.ReviewHeld) -> Refusal | None:
    """Reviews are held at the programme's months, once each."""
    listed = life.reviewed_after()
    if fact.month not in listed:
        months = ", ".join(map(str, listed))
        return _no("never", "no_such_review", f"Reviews are held after {months} months.")
    if fact.month in life.reviews:
        return _no("never", "held_already", f"The {fact.month}-month review is already recorded.")
    return None


def not_paused(life: Life, fact: facts.PauseStarted) -> Refusal | None:
    """Pauses never overlap."""
    if life.paused is None:
        return _length_is_meant(life, fact)
    since = long_date(life.calendar.day(life.paused.since))
    return _no("never", "paused_already", f"Coaching has already been paused since {since}.")


def is_paused(life: Life, fact: facts.PauseReviewed | facts.PauseEnded) -> Refusal | None:
    """Only a pause that is open can be looked at or ended."""
    if life.paused is not None:
        return _length_is_meant(life, fact) if isinstance(fact, facts.PauseReviewed) else None
    return _no("not_yet", "not_paused", "Coaching wasn't paused on that date.")


def _length_is_meant(life: Life, fact: facts.PauseStarted | facts.PauseReviewed) -> Refusal | None:
    """A pause that is to be looked at late, or has gone on for long, must be confirmed."""
    refused = asked_again_ahead(life, fact)
    if refused is not None or fact.confirmed:
        return refused
    today = life.calendar.day(fact.occurred_at)
    pauses = one_pause(life, fact.occurred_at)
    first = life.calendar.day(pauses[0].since) if pauses else today
    last, weeks = max(today, fact.review_on or today), life.programme.absence.confirmed_after_weeks
    if any(pause.confirmed_until is not None and last <= pause.confirmed_until for pause in pauses):
        return None
    return not_confirmed(first, last, weeks, "The pause would last {length}")


def leave_is_meant(life: Life, fact: LeaveAgreed) -> Refusal | None:
    """Leave has days in order, and no surprising length."""
    return leave_refused(fact, life.leaves, life.programme.absence)


def closing_is_meant(life: Life, fact: AcademyClosed) -> Refusal | None:
    """So have closed weeks."""
    return closing_refused(fact, life.calendar.closed, life.programme.absence)


def coaching_goes_on(life: Life, _fact: object) -> Refusal | None:
    """Steps towards hand-off are not taken during a pause."""
    if life.paused is None:
        return None
    return _no("not_yet", "paused", "Coaching is paused. End the pause first.")


def signs_readiness(life: Life, fact: facts.SignedOff) -> Refusal | None:
    """Readiness is signed once each by the roles the programme names."""
    if fact.role not in life.programme.gate.sign_offs:
        roles = ", ".join(role.replace("_", " ") for role in life.programme.gate.sign_offs)
        return _no("never", "no_signature", f"Only these can sign off readiness: {roles}.")
    if fact.role in life.signed_off:
        return _no("never", "signed_already", "We already have this signature.")
    return coaching_goes_on(life, fact)


def conditions_ahead(life: Life, fact: facts.ReadinessRefused) -> Refusal | None:
    """Conditions have a date, and it lies ahead."""
    if fact.review_on > life.calendar.day(fact.occurred_at):
        return _reviewed_in_sight(life, fact)
    return _no("never", "no_time_left", "The date to look again must be after the day the team was found not ready.")


def _reviewed_in_sight(life: Life, fact: _Reviewed) -> Refusal | None:
    """A date in a far year is a slip of the pen, and would keep the engagement silent until then."""
    if fact.review_on is None or fact.review_on <= life.calendar.day(fact.occurred_at) + _SEEN_AGAIN_WITHIN:
        return None
    return _no("never", "reviewed_too_late", "The date to look again must be within a year.")


def gate_is_met(life: Life, fact: facts.HandedOff) -> Refusal | None:
    """No hand-off without a readiness record, its signatures, and everything else the gate asks for."""
    lacking = missing(life, fact.occurred_at)
    if lacking:
        return _no("not_yet", "gate_not_met", "Still needed before the hand-off: " + "; ".join(lacking) + ".")
    return coaching_goes_on(life, fact)


def aftercare_month(life: Life, fact: facts.AftercareReported) -> Refusal | None:
    """Aftercare is reported for the programme's months, once each, from four weeks before they are over."""
    months = life.checked_after()
    if fact.month not in months:
        return _no("never", "no_such_month", f"Aftercare is only reported after {', '.join(map(str, months))} months.")
    if fact.month in life.aftercare:
        return _no("never", "reported_already", f"The {fact.month}-month report is already recorded.")
    due = life.check_due(life.handed_off_at or fact.occurred_at, fact.month)
    if fact.occurred_at < due - timedelta(weeks=4):
        return _no(
            "not_yet",
            "too_early",
            f"This is too early: the {fact.month}-month check is due on {long_date(life.calendar.day(due))}.",
        )
    return None


def extensions_left(life: Life, _fact: facts.ExtensionGranted) -> Refusal | None:
    """The programme bounds how often the limit moves."""
    most = life.programme.hand_off.extensions_at_most
    if life.extensions < most:
        return None
    return _no("never", "no_extension_left", f"The programme allows {most} extensions, and all have been used.")


def mail_can_wait(life: Life, fact: MailTold) -> Refusal | None:
    """Some mail must go, and none is held for long."""
    return holding.refused(life.mailing, life.calendar, fact)


def reason_fits(_life: Life, fact: facts.EndedEarly) -> Refusal | None:
    """An early end has an early end's reason; a merged team names where it went."""
    if fact.reason is EndReason.SUSTAINED:
        return _no("never", "not_early", "'Sustained' isn't an early end: it follows from the last aftercare report.")
    if fact.reason is EndReason.TEAM_MERGED and fact.successor is None:
        return _no("never", "no_successor", "Name the team that this one was merged into.")
    return None
