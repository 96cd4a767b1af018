"""What each fact changes, and when it is legal: the state machine, as a table at the end.

A fact reaches its effect only after it was found legal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, NamedTuple

from lifecycle.calendar import Closed, calendar
from lifecycle.engagement import absences, checks, improvement, pauses
from lifecycle.engagement.life import AGREEING, Assignment, Earlier, Life, Pause, Score
from lifecycle.engagement.naming import meant
from lifecycle.engagement.weeks import day_to_come, moves_kept
from lifecycle.leave import Leave
from lifecycle.shared_facts import other_programme, unknown_calendar
from schemas import engagement_facts as facts
from schemas.due import Refusal
from schemas.engagement_facts import CoachPart
from schemas.facts import AcademyClosed, CalendarRevised, Fact, LeaveAgreed, PersonLeft, ProgrammeAdopted
from schemas.mail_facts import MailTold
from schemas.words import EndReason, Role, Stage

PRE_PHASE: Final = frozenset({Stage.PROPOSED, Stage.AGREED})
COACHED: Final = frozenset({Stage.ACTION, Stage.TRANSITION, Stage.READINESS_REVIEW})
ACTIVE: Final = PRE_PHASE | COACHED
AFTER: Final = frozenset({Stage.AFTERCARE, Stage.RELAPSED})
OPEN: Final = ACTIVE | AFTER

Check = Callable[[Life, Any], Refusal | None]
Effect = Callable[[Life, Any], Life]


def _fine(_life: Life, _fact: Fact) -> None:
    return None


class Rule(NamedTuple):
    """In which stages a kind of fact may occur, what it changes, and what else must hold."""

    stages: frozenset[Stage]
    effect: Effect
    check: Check = _fine


def _enter(life: Life, stage: Stage, fact: Fact) -> Life:
    return life._replace(stage=stage, stage_since=fact.occurred_at, stage_by=fact.event_id)


def unchanged(life: Life, _fact: Fact) -> Life:
    """Kept in the ledger; no rule depends on it."""
    return life


def agreement_signed(life: Life, fact: facts.AgreementSigned) -> Life:
    """Agreed when coach, sponsor and team lead have signed."""
    signed = {**life.signed, fact.role: fact.occurred_at}
    life = life._replace(signed=signed)
    if all(role in signed for role in AGREEING):
        return _enter(life._replace(agreed_at=fact.occurred_at), Stage.AGREED, fact)
    return life


def coach_assigned(life: Life, fact: facts.CoachAssigned) -> Life:
    """A new main coach replaces the main and the interim coach; a new co-coach or interim coach only the one before."""
    replaced = {CoachPart.MAIN, CoachPart.INTERIM} if fact.part is CoachPart.MAIN else {fact.part}
    kept = tuple(
        replace(a, until=fact.occurred_at) if a.until is None and (a.part in replaced or a.person == fact.person) else a
        for a in life.assignments
    )
    assignments = (*kept, Assignment(fact.person, fact.part, fact.occurred_at, review_on=fact.review_on))
    return _with_coaches(life, assignments, fact)


def coach_gone(life: Life, fact: facts.CoachLeft | facts.CoachStopped | PersonLeft) -> Life:
    """Every open assignment of the person ends; without main or interim coach the place is vacant."""
    assignments = tuple(
        replace(a, until=fact.occurred_at) if a.until is None and a.person == fact.person else a
        for a in life.assignments
    )
    return _with_coaches(life, assignments, fact)


def _with_coaches(life: Life, assignments: tuple[Assignment, ...], fact: Fact) -> Life:
    led = any(a.until is None and a.part in (CoachPart.MAIN, CoachPart.INTERIM) for a in assignments)
    if led:
        return life._replace(assignments=assignments, vacant_since=None, vacant_by="")
    if life.vacant_since is not None:
        return life._replace(assignments=assignments)
    return life._replace(assignments=assignments, vacant_since=fact.occurred_at, vacant_by=fact.event_id)


def role_changed(life: Life, fact: facts.RoleChanged) -> Life:
    """Another person has the role, or nobody."""
    return _filled(life, fact.role, fact.person) if fact.person else _vacated(life, fact.role, fact)


def _filled(life: Life, role: Role, person: str) -> Life:
    vacated = {other: gone for other, gone in life.vacated.items() if other is not role}
    return life._replace(people={**life.people, role: person}, vacated=vacated)


def _vacated(life: Life, role: Role, fact: Fact) -> Life:
    if role not in life.people:
        return life
    people = {other: person for other, person in life.people.items() if other is not role}
    return life._replace(people=people, vacated={**life.vacated, role: (fact.occurred_at, fact.event_id)})


def person_left(life: Life, fact: PersonLeft) -> Life:
    """Whatever part they had is vacant."""
    for role in [role for role, person in life.people.items() if person == fact.person]:
        life = _vacated(life, role, fact)
    coached = any(a.person == fact.person and a.until is None for a in life.assignments)
    return coach_gone(life, fact) if coached else life


def leave_agreed(life: Life, fact: LeaveAgreed) -> Life:
    """A person is away for some days."""
    return life._replace(leaves=(*life.leaves, Leave(fact.person, fact.first_day, fact.last_day, fact.occurred_at)))


def slot_changed(life: Life, fact: facts.WeeklySlotChanged) -> Life:
    """Sessions are at another time from a date on, what is past aside; a later decision about the same dates wins."""
    from_day = max(fact.from_day, day_to_come(life, fact.occurred_at, fact.slot))
    kept = tuple((day, slot) for day, slot in life.slots if day < from_day)
    return moves_kept(life, fact.occurred_at)._replace(slots=(*kept, (from_day, fact.slot)))


def session_told(life: Life, fact: facts.SessionHeld | facts.SessionNotHeld | facts.SessionCancelledAhead) -> Life:
    """A session cancelled ahead may yet have been held: what is told after the day holds."""
    return life._replace(reports={**life.reports, meant(life, fact): fact})


def session_moved(life: Life, fact: facts.SessionRescheduled) -> Life:
    """The session is on another day, so what was told of the day it is no longer on says nothing any more."""
    session = meant(life, fact)
    reports = {told: report for told, report in life.reports.items() if told != session}
    return life._replace(reports=reports, moves={**life.moves, session: fact})


def progress_scored(life: Life, fact: facts.ProgressScored) -> Life:
    """Both scorers' scores are kept, never averaged."""
    return life._replace(scores=(*life.scores, Score(fact.event_id, fact.scorer, fact.score, fact.occurred_at)))


def review_held(life: Life, fact: facts.ReviewHeld) -> Life:
    """A review took place; it may say what helps."""
    life = life._replace(reviews={**life.reviews, fact.month: fact.occurred_at})
    return life._replace(helped_at=fact.occurred_at) if fact.help else life


def pause_started(life: Life, fact: facts.PauseStarted) -> Life:
    """Coaching rests; stage and ramp step stay as they are."""
    until = pauses.confirmed_until(life, fact)
    pause = Pause(fact.occurred_at, fact.reason, fact.event_id, review_on=fact.review_on, confirmed_until=until)
    return life._replace(pauses=(*life.pauses, pause))


def pause_reviewed(life: Life, fact: facts.PauseReviewed) -> Life:
    """The pause goes on; the next look is counted from here."""
    pause = life.pauses[-1]
    until = pauses.confirmed_until(life, fact) or pause.confirmed_until
    looked = replace(pause, looked_at=fact.occurred_at, review_on=fact.review_on, confirmed_until=until)
    return life._replace(pauses=(*life.pauses[:-1], looked))


def pause_ended(life: Life, fact: facts.PauseEnded) -> Life:
    """Coaching resumes exactly where it was."""
    return life._replace(pauses=(*life.pauses[:-1], replace(life.pauses[-1], until=fact.occurred_at)))


def academy_closed(life: Life, fact: AcademyClosed) -> Life:
    """The days are neither session days nor working days."""
    first, last = fact.first_day, fact.last_day
    earlier = tuple(held._replace(calendar=held.calendar.with_closed(first, last)) for held in life.earlier)
    return life._replace(calendar=life.calendar.with_closed(first, last), earlier=earlier)


def calendar_revised(life: Life, fact: CalendarRevised) -> Life:
    """Another bank-holiday table holds, for what is still to come."""
    return _with_calendar(_kept(life, fact), fact.calendar, life.calendar.closed)


def programme_adopted(life: Life, fact: ProgrammeAdopted) -> Life:
    """Other parameters hold, for what is still to come."""
    life = _kept(life, fact)._replace(programme=fact.programme)
    life = _with_calendar(life, life.calendar.table, life.calendar.closed)
    return _last_checked(life, fact) if life.stage is Stage.AFTERCARE else life


def _last_checked(life: Life, fact: ProgrammeAdopted) -> Life:
    """Held at what is the last check now: sustained. Did not hold then, and a booster was: asked for again."""
    last = life.checked_after()[-1]
    holding, _ = life.aftercare.get(last, (None, None))
    if holding:
        return _sustained(life, fact)
    return life._replace(aftercare={month: report for month, report in life.aftercare.items() if month != last})


def _sustained(life: Life, fact: Fact) -> Life:
    return _enter(life._replace(ended_at=fact.occurred_at, end_reason=EndReason.SUSTAINED), Stage.SUSTAINED, fact)


def _kept(life: Life, fact: Fact) -> Life:
    earlier = (*life.earlier, Earlier(fact.occurred_at, life.programme, life.calendar))
    return moves_kept(life, fact.occurred_at)._replace(earlier=earlier)


def _with_calendar(life: Life, table: str, closed: Closed) -> Life:
    opening = life.opening
    return life._replace(calendar=calendar(table, opening.division, opening.zone, life.programme.quiet_hours, closed))


def transition_started(life: Life, fact: facts.TransitionStarted) -> Life:
    """The coach steps back; sessions thin out from here."""
    return _enter(life._replace(tapers=(*life.tapers, (fact.occurred_at, None))), Stage.TRANSITION, fact)


def readiness_assessed(life: Life, fact: facts.ReadinessAssessed) -> Life:
    """A readiness record is open for signatures. A new one starts without any."""
    return _enter(
        life._replace(assessed_at=fact.occurred_at, signed_off={}, refused_until=None), Stage.READINESS_REVIEW, fact
    )


def signed_off(life: Life, fact: facts.SignedOff) -> Life:
    """One signature under the readiness record."""
    return life._replace(signed_off={**life.signed_off, fact.role: fact.occurred_at})


def readiness_refused(life: Life, fact: facts.ReadinessRefused) -> Life:
    """Back to work, with dated conditions; the readiness record and its signatures are void."""
    back = Stage.TRANSITION if fact.back_to == "transition" else Stage.ACTION
    tapers = life.tapers
    if back is Stage.TRANSITION and life.transition_at is None:
        tapers = (*tapers, (fact.occurred_at, None))
    if back is Stage.ACTION and life.transition_at is not None:
        tapers = (*tapers[:-1], (life.transition_at, fact.occurred_at))
    return _enter(
        life._replace(assessed_at=None, signed_off={}, refused_until=fact.review_on, tapers=tapers), back, fact
    )


def owner_named(life: Life, fact: facts.OwnerNamed) -> Life:
    """Somebody owns the process, or the measure, from hand-off on."""
    return _filled(life, Role(fact.role), fact.person)


def handed_off(life: Life, fact: facts.HandedOff) -> Life:
    """The team carries on alone; coach assignments end."""
    assignments = tuple(replace(a, until=fact.occurred_at) if a.until is None else a for a in life.assignments)
    return _enter(
        life._replace(
            handed_off_at=fact.occurred_at,
            assignments=assignments,
            vacant_since=None,
            pauses=_closed_pauses(life, fact),
        ),
        Stage.AFTERCARE,
        fact,
    )


def aftercare_reported(life: Life, fact: facts.AftercareReported) -> Life:
    """Holding at the last check: sustained. Not holding: relapsed."""
    life = life._replace(aftercare={**life.aftercare, fact.month: (fact.holding, fact.occurred_at)})
    if not fact.holding:
        return _enter(life, Stage.RELAPSED, fact)
    if fact.month == life.checked_after()[-1]:
        return _sustained(life, fact)
    return life


def relapsed(life: Life, fact: facts.Relapsed) -> Life:
    """The improvement no longer holds, told between two checks."""
    return _enter(life, Stage.RELAPSED, fact)


def booster_held(life: Life, fact: facts.BoosterHeld) -> Life:
    """Aftercare goes on after a booster; a last check that failed is asked for again."""
    last = life.checked_after()[-1]
    aftercare = {month: report for month, report in life.aftercare.items() if month != last}
    return _enter(life._replace(aftercare=aftercare, boosted_at=fact.occurred_at), Stage.AFTERCARE, fact)


def extension_granted(life: Life, _fact: facts.ExtensionGranted) -> Life:
    """The limit moves by one extension, as long as the programme gives then."""
    months = life.extended_months + life.programme.hand_off.extension_months
    return life._replace(extensions=life.extensions + 1, extended_months=months)


def ended_early(life: Life, fact: facts.EndedEarly) -> Life:
    """The end, with its reason; open assignments and pauses end with it."""
    assignments = tuple(replace(a, until=fact.occurred_at) if a.until is None else a for a in life.assignments)
    return _enter(
        life._replace(
            ended_at=fact.occurred_at,
            end_reason=fact.reason,
            assignments=assignments,
            vacant_since=None,
            pauses=_closed_pauses(life, fact),
        ),
        Stage.ENDED_EARLY,
        fact,
    )


def _closed_pauses(life: Life, fact: Fact) -> tuple[Pause, ...]:
    return tuple(replace(p, until=fact.occurred_at) if p.until is None else p for p in life.pauses)


def sponsor_released(life: Life, fact: facts.SponsorReleased) -> Life:
    """Faculty lets this alarm reach the sponsor."""
    return life._replace(sponsor_released_at=fact.occurred_at)


def mail_told(life: Life, fact: MailTold) -> Life:
    """A mail waits, or is left out."""
    return life._replace(mailing=life.mailing.after(fact))


RULES: Final[dict[str, Rule]] = {
    "agreement_signed": Rule(frozenset({Stage.PROPOSED}), agreement_signed, checks.signs_agreement),
    "coach_assigned": Rule(ACTIVE, coach_assigned, checks.not_coaching_so),
    "interim_kept": Rule(ACTIVE, absences.interim_kept, checks.interim_is_there),
    "cover_waived": Rule(ACTIVE, absences.cover_waived, checks.asked_again_ahead),
    "coach_left": Rule(ACTIVE, coach_gone, checks.coaches_now),
    "coach_stopped": Rule(ACTIVE, coach_gone, checks.coaches_now),
    "person_left": Rule(OPEN, person_left),
    "person_merged": Rule(OPEN, unchanged, checks.told_to_the_person),
    "role_changed": Rule(OPEN, role_changed, checks.role_can_change),
    "leave_agreed": Rule(OPEN, leave_agreed, checks.leave_is_meant),
    "weekly_slot_changed": Rule(ACTIVE, slot_changed, checks.slot_in_sight),
    "session_held": Rule(ACTIVE, session_told, checks.day_has_come),
    "session_not_held": Rule(ACTIVE, session_told, checks.day_has_come),
    "session_rescheduled": Rule(ACTIVE, session_moved, checks.moved_sensibly),
    "session_cancelled_ahead": Rule(ACTIVE, session_told, checks.not_told_yet),
    "ramp_step_reached": Rule(ACTIVE, improvement.step_reached),
    "measure_defined": Rule(ACTIVE, improvement.measure_defined),
    "measurement_recorded": Rule(OPEN, unchanged, improvement.can_be_measured),
    "chart_rebased": Rule(OPEN, unchanged, improvement.can_be_rebased),
    "aim_closed": Rule(ACTIVE, improvement.aim_closed, improvement.has_aim),
    "aim_set": Rule(ACTIVE, improvement.aim_set, improvement.aim_is_whole),
    "change_idea_added": Rule(ACTIVE, improvement.idea_added, improvement.idea_is_new),
    "pdsa_studied": Rule(ACTIVE, improvement.cycle_studied, improvement.can_be_studied),
    "pdsa_planned": Rule(ACTIVE, improvement.cycle_planned, improvement.can_be_planned),
    "help_agreed": Rule(COACHED, improvement.help_agreed),
    "progress_scored": Rule(ACTIVE, progress_scored),
    "review_held": Rule(ACTIVE, review_held, checks.review_is_planned),
    "pause_started": Rule(ACTIVE, pause_started, checks.not_paused),
    "pause_reviewed": Rule(ACTIVE, pause_reviewed, checks.is_paused),
    "pause_ended": Rule(ACTIVE, pause_ended, checks.is_paused),
    "academy_closed": Rule(OPEN, academy_closed, checks.closing_is_meant),
    "transition_started": Rule(frozenset({Stage.ACTION}), transition_started, checks.coaching_goes_on),
    "readiness_assessed": Rule(
        frozenset({Stage.ACTION, Stage.TRANSITION}), readiness_assessed, checks.coaching_goes_on
    ),
    "signed_off": Rule(frozenset({Stage.READINESS_REVIEW}), signed_off, checks.signs_readiness),
    "readiness_refused": Rule(COACHED, readiness_refused, checks.conditions_ahead),
    "owner_named": Rule(COACHED | AFTER, owner_named),
    "handed_off": Rule(frozenset({Stage.READINESS_REVIEW}), handed_off, checks.gate_is_met),
    "aftercare_reported": Rule(frozenset({Stage.AFTERCARE}), aftercare_reported, checks.aftercare_month),
    "relapsed": Rule(frozenset({Stage.AFTERCARE}), relapsed),
    "booster_held": Rule(frozenset({Stage.RELAPSED}), booster_held),
    "extension_granted": Rule(COACHED, extension_granted, checks.extensions_left),
    "ended_early": Rule(OPEN, ended_early, checks.reason_fits),
    "sponsor_released": Rule(ACTIVE, sponsor_released),
    "mail_held": Rule(OPEN, mail_told, checks.mail_can_wait),
    "mail_skipped": Rule(OPEN, mail_told, checks.mail_can_wait),
    "calendar_revised": Rule(OPEN, calendar_revised, lambda _, fact: unknown_calendar(fact)),
    "programme_adopted": Rule(
        OPEN, programme_adopted, lambda life, fact: other_programme(fact, life.programme, "engagement")
    ),
}
"""Every kind of fact that may follow the opening."""
