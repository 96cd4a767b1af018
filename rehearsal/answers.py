"""What people answer when the engine asks: each question finds its fact, after some working days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from rehearsal import behaviours
from rehearsal.acts import Asked
from rehearsal.team import CYCLES, Team
from schemas import engagement_facts as facts
from schemas import improvement_facts as improvement
from schemas.engagement_facts import CoachPart
from schemas.improvement_facts import Help
from schemas.words import EndReason, Matter, Role

_COACHES: Final = (Role.COACH, Role.CO_COACH, Role.INTERIM_COACH)
_SOON: Final = (1, 4)
_SOON_READY: Final = 2.5


def answer(team: Team, asked: Asked, not_before: datetime) -> None:
    """Put on the team's agenda what is answered to a question seen at ``not_before``. What is settled is left."""
    react = _ANSWERS.get(asked.matter)
    ended = team.ended_at is not None and not_before >= team.ended_at
    over = ended and asked.matter not in _AFTER_THE_END
    unanswered = asked.question in team.answered or asked.matter in team.character.leaves_open
    if react is None or over or unanswered or not team.answers(asked.role, not_before):
        return
    if react(team, asked, not_before):
        team.answered.add(asked.question)


def _at(team: Team, asked: Asked, not_before: datetime, days: tuple[int, int] = _SOON) -> datetime:
    day = team.calendar.day(asked.issued_at)
    return team.desk.reply(day, days, not_before, team.engagement, *asked.question, asked.role)


def _agreement(team: Team, _asked: Asked, not_before: datetime) -> bool:
    """All three sign within three weeks, one after the other, whoever is asked first."""
    if team.diary is not None:
        return True
    at = not_before
    for role in (Role.COACH, Role.TEAM_LEAD, Role.SPONSOR):
        day = team.calendar.day(at)
        at = team.desk.reply(day, (1, 4), at, team.engagement, "signs", role)
        team.tell(at, facts.AgreementSigned, by=role, role=role)
    team.agree(at)
    return True


def _progress(scorer: str) -> Callable[[Team, Asked, datetime], bool]:
    def react(team: Team, asked: Asked, not_before: datetime) -> bool:
        at = _at(team, asked, not_before, (2, 6))
        score = behaviours.progress(team.dice, scorer, team.month(team.calendar.day(at)), team.ready_month)
        by = Role.FACULTY if scorer == "faculty" else Role.TEAM_LEAD
        team.tell(at, facts.ProgressScored, by=by, score=score, scorer=scorer)
        return True

    return react


def _review(team: Team, asked: Asked, not_before: datetime) -> bool:
    at = _at(team, asked, not_before, (5, 12))
    help_ = Help.MORE_SUPPORT if asked.detail else None
    team.tell(at, facts.ReviewHeld, by=Role.FACULTY, month=_months(asked), help=help_)
    return True


def _cycle(team: Team, asked: Asked, not_before: datetime) -> bool:
    """A study is told, and the next cycle follows soon, up to the SDSA; after that one is planned when asked for."""
    at = _at(team, asked, not_before)
    what, _, number = asked.window.partition("-")
    if what != "study":
        team.plan_cycle(team.calendar.day(at))
        return True
    decision = "adapt" if number == "1" else "adopt"
    went = "partly" if number == "1" else "yes"
    team.tell(
        at, improvement.PdsaStudied, by=Role.COACH, cycle=int(number), as_predicted=went, decision=decision,
    )  # fmt: skip
    if int(number) < CYCLES:
        team.plan_cycle(team.calendar.day(at) + team.apart)
    return True


def _aim(team: Team, asked: Asked, not_before: datetime) -> bool:
    team.tell(_at(team, asked, not_before), improvement.AimClosed, by=Role.COACH, outcome="reached")
    return True


def _no_progress(team: Team, asked: Asked, not_before: datetime) -> bool:
    team.tell(_at(team, asked, not_before), improvement.HelpAgreed, by=Role.FACULTY, help=Help.MORE_SUPPORT)
    return True


def _months(asked: Asked) -> int:
    return int(asked.window.removeprefix("month-"))


def _transition(team: Team, asked: Asked, not_before: datetime) -> bool:
    """A proposed step back is taken up from a month of the team's own; until then it is proposed again."""
    if asked.role is not Role.FACULTY or team.diary is None or team.diary.stepped_back is not None:
        return False
    at = _at(team, asked, not_before)
    if team.month(team.calendar.day(at)) < team.dice.on("steps back").uniform(*team.character.steps_back_from):
        return False
    team.tell(at, facts.TransitionStarted, by=Role.FACULTY)
    team.diary.stepped_back = at
    return True


def _readiness(team: Team, asked: Asked, not_before: datetime) -> bool:
    """Ready: a readiness record, with owners named. Not ready for long: refused, with conditions and a date."""
    if team.assessed_on is not None:
        return True
    at = _at(team, asked, not_before, (3, 8))
    month, refused_in = team.month(team.calendar.day(at)), team.character.refused_in_month
    if refused_in is not None and not team.refusals:
        at = max(at, team.desk.on(team.day_of(refused_in), team.dice.on("refusal")))
        _refuse(team, at, team.day_of(team.character.assessed_from))
    elif month < team.ready_month - _SOON_READY:
        _refuse(team, at, min(team.day_of(team.ready_month), team.calendar.day(at) + timedelta(days=180)))
    else:
        opens = max(team.character.assessed_from, team.ready_month)
        _assess(team, max(at, team.desk.on(team.day_of(opens), team.dice.on("assessed"))))
    return True


def _refuse(team: Team, at: datetime, review_on: date) -> None:
    team.refusals += 1
    stepped_back = team.diary is not None and team.diary.stepped_back is not None
    back_to = "transition" if stepped_back else "action"
    on = max(review_on, team.calendar.day(at) + timedelta(days=28))
    team.tell(at, facts.ReadinessRefused, by=Role.FACULTY, back_to=back_to, conditions=2, review_on=on)


def _assess(team: Team, at: datetime) -> None:
    for number, role in enumerate(("process_owner", "measure_owner")):
        named = at + timedelta(minutes=number)
        team.tell(named, facts.OwnerNamed, named - timedelta(hours=2), by=Role.COACH, role=role, person=team.cast.owner)
    team.tell(at + timedelta(minutes=2), facts.ReadinessAssessed, by=Role.FACULTY)
    team.assessed_on = team.calendar.day(at)


def _sign_off(team: Team, asked: Asked, not_before: datetime) -> bool:
    role = Role.COACH if asked.role in _COACHES else asked.role
    signature = ("sign-off", role.value, str(team.assessed_on))
    if role in team.programme.gate.sign_offs and signature not in team.answered:
        team.answered.add(signature)
        team.tell(_at(team, asked, not_before), facts.SignedOff, by=role, role=role)
    return False


def _hand_off(team: Team, asked: Asked, not_before: datetime) -> bool:
    at = _at(team, asked, not_before)
    team.tell(at, facts.HandedOff, at, by=Role.FACULTY)
    team.handed_off = True
    team.over(at)
    return True


def _limit(team: Team, asked: Asked, not_before: datetime) -> bool:
    """Extended while the programme allows it; then closed."""
    if asked.role is not Role.OFFICE or asked.act != "ask":
        return False
    at = _at(team, asked, not_before)
    if team.extensions < team.programme.hand_off.extensions_at_most:
        team.extensions += 1
        team.tell(at, facts.ExtensionGranted)
    else:
        team.end(at, EndReason.TIME_LIMIT)
    return True


def _escalation(team: Team, asked: Asked, not_before: datetime) -> bool:
    """Faculty, once told, gets a drifting team going again, and closes one that nobody can reach any more."""
    told = asked.role in (Role.FACULTY, Role.OFFICE)
    if told and team.silent_from is not None:
        _close_silent(team, asked, not_before)
    elif told and team.character.drifts_after_weeks is not None and team.recovers_on is None:
        team.recovers_on = team.calendar.day(asked.issued_at) + timedelta(days=15)
    return False


def _close_silent(team: Team, asked: Asked, not_before: datetime) -> None:
    weeks = team.dice.on("gives up").randint(4, 6)
    on = team.calendar.day(asked.issued_at) + timedelta(weeks=weeks)
    at = max(team.desk.on(on, team.dice.on("closes")), _at(team, asked, not_before))
    if ("closed",) not in team.answered:
        team.answered.add(("closed",))
        team.end(at, EndReason.SILENT)


def _pause_review(team: Team, asked: Asked, not_before: datetime) -> bool:
    at = _at(team, asked, not_before, (1, 2))
    if any(start <= at < end - timedelta(days=1) for start, end in team.rests):
        team.tell(at, facts.PauseReviewed, by=Role.COACH)
    return True


def _vacancy(team: Team, asked: Asked, not_before: datetime) -> bool:
    """A new coach three weeks after the old one left; for a coach who left the course, an interim and then the end."""
    at = _at(team, asked, not_before, (3, 6))
    if team.withdraws_at is None:
        left = team.calendar.day(team.vacant_from or asked.issued_at)
        at = max(at, team.desk.on(left + timedelta(weeks=3), team.dice.on("found")))
        team.tell(at, facts.CoachAssigned, by=Role.FACULTY, person=team.cast.successor, part=CoachPart.MAIN)
    else:
        team.tell(at, facts.CoachAssigned, by=Role.FACULTY, person=team.cast.stand_in, part=CoachPart.INTERIM)
        on = team.calendar.day(at) + timedelta(days=30)
        team.end(team.desk.on(on, team.dice.on("interim ends")), EndReason.PARTICIPANT_WITHDREW)
    team.vacant_until = at
    return True


def _aftercare(team: Team, asked: Asked, not_before: datetime) -> bool:
    month = _months(asked)
    first = team.programme.aftercare.asked_after_months[0]
    holding = not (team.character.relapses and month == first)
    team.tell(
        _at(team, asked, not_before, (2, 6)),
        facts.AftercareReported,
        by=Role.PROCESS_OWNER,
        month=month,
        holding=holding,
    )
    return True


def _relapse(team: Team, asked: Asked, not_before: datetime) -> bool:
    team.tell(_at(team, asked, not_before, (3, 7)), facts.BoosterHeld, by=Role.FACULTY)
    return True


_AFTER_THE_END: Final = (Matter.AFTERCARE, Matter.RELAPSE)

_ANSWERS: Final[dict[Matter, Callable[[Team, Asked, datetime], bool]]] = {
    Matter.AGREEMENT: _agreement,
    Matter.PROGRESS_TEAM: _progress("team"),
    Matter.PROGRESS_FACULTY: _progress("faculty"),
    Matter.CYCLE: _cycle,
    Matter.AIM: _aim,
    Matter.NO_PROGRESS: _no_progress,
    Matter.REVIEW: _review,
    Matter.TRANSITION: _transition,
    Matter.READINESS: _readiness,
    Matter.SIGN_OFF: _sign_off,
    Matter.HAND_OFF: _hand_off,
    Matter.LIMIT: _limit,
    Matter.ESCALATION: _escalation,
    Matter.PAUSE_REVIEW: _pause_review,
    Matter.VACANCY: _vacancy,
    Matter.AFTERCARE: _aftercare,
    Matter.RELAPSE: _relapse,
}
