"""What falls due in an engagement, matter by matter. Each duty yields its items in the order of time, earliest first.

A duty looks at the state and at what was carried out, and at nothing else. Duties that look ahead suppose that every
future ask is answered in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import chain
from typing import Final

from lifecycle.engagement import gate
from lifecycle.engagement.life import Pause
from lifecycle.engagement.sessions import Session, becomes_unknown_at, excused, expected
from lifecycle.engagement.state import State
from lifecycle.steps import Case, Done, Step, again, climb, digest, owed
from schemas.due import DueItem
from schemas.programme import Decision
from schemas.words import Act, Health, Matter, Outcome, Role, Stage

COACHED: Final = (Stage.ACTION, Stage.TRANSITION, Stage.READINESS_REVIEW)
WORKING: Final = (Stage.ACTION, Stage.TRANSITION)
_AGREEING: Final = (Role.COACH, Role.SPONSOR, Role.TEAM_LEAD)
_FOREVER: Final = 520


@dataclass(frozen=True, slots=True)
class Desk:
    """Where duties are derived: the state, and what was carried out already."""

    state: State
    done: Done

    def climb(self, case: Case, steps: Iterable[Step]) -> Iterator[DueItem]:
        """The steps of a case that are still to come."""
        return climb(case, steps, self.done, self.state.now, self.state.life.calendar)

    def digest(self, at: datetime) -> datetime:
        """The weekly morning on or after a time."""
        return digest(self.state.life.programme, self.state.life.calendar, at)

    def decision(
        self, case: Case, name: str, rule: Decision, opens: datetime, to: tuple[Role, ...] = ()
    ) -> Iterator[DueItem]:
        """A decision somebody owes, moved by the pauses since it was opened."""
        life = self.state.life
        to = to or (self.present(rule.by),)
        rule = rule.model_copy(update={"by": to[0]})
        case = replace(case, answer_by=life.unpaused(case.since, opens + timedelta(weeks=rule.within_weeks)))
        steps = owed(name, rule, opens, case.since, to)
        return self.climb(case, (replace(step, at=life.unpaused(case.since, step.at)) for step in steps))

    def present(self, *roles: Role) -> Role:
        """The first of these roles that somebody has, else the office."""
        return next((role for role in roles if self.state.life.person(role)), Role.OFFICE)

    def opening_of(self, day: date) -> datetime:
        """The first sending minute of a date."""
        life = self.state.life
        return life.calendar.at(day, life.programme.quiet_hours.opens)


def agreement(desk: Desk) -> Iterator[DueItem]:
    """Coach, sponsor and team lead sign within weeks of the proposal."""
    life = desk.state.life
    if desk.state.stage is not Stage.PROPOSED:
        return iter(())
    since = life.opening.occurred_at
    unsigned = tuple(role for role in _AGREEING if role not in life.signed and life.person(role)) or (Role.OFFICE,)
    case = Case(Matter.AGREEMENT, "signed", "agreement_owed", since, (life.opening.event_id,))
    return desk.decision(case, "agreement", life.programme.decisions.agreement, desk.digest(since), unsigned)


def start(desk: Desk) -> Iterator[DueItem]:
    """Weekly work begins by itself, once agreed, on the first day of the course."""
    life = desk.state.life
    begins = life.begins_action_at()
    if life.stage is not Stage.AGREED or begins is None or begins == life.agreed_at:
        return
    case = Case(Matter.START, begins.date().isoformat(), "weekly_work_begins", begins, (life.stage_by,))
    step = Step(Act.MOVE_ON, begins, desk.present(Role.COACH), (), "course_start")
    yield from desk.climb(case, [step])


def sessions(desk: Desk) -> Iterator[DueItem]:
    """Did your session happen? Asked after its end, chased, then unknown. A stalled team is not asked every week."""
    state = desk.state
    if state.stage not in (Stage.PROPOSED, Stage.AGREED, *COACHED):
        return iter(())
    stalled = state.health is Health.STALLED
    known: list[DueItem] = []
    for session in state.sessions:
        if session.outcome is Outcome.EXPECTED and not stalled:
            known += _asked(desk, session)
        else:
            known += _becomes_unknown(desk, session)
    return merge(
        sorted(known, key=lambda item: item.at), iter(()) if stalled else _to_come(desk), key=lambda item: item.at
    )


def _asked(desk: Desk, session: Session) -> Iterator[DueItem]:
    yield from (
        item for item in desk.climb(_case(session), _session_steps(desk, session)) if item.at < session.known_at
    )
    if f"{Matter.SESSION}/{session.planned_on.isoformat()}/0" in desk.done:
        yield from _becomes_unknown(desk, session)


def _session_steps(desk: Desk, session: Session) -> Iterator[Step]:
    life = desk.state.life
    rules, calendar = life.programme.sessions, life.calendar
    asked = session.ends_at + timedelta(minutes=rules.asked_after_minutes)
    coach = desk.present(Role.COACH, Role.TEAM_LEAD)
    after = f"sessions.asked_after_minutes = {rules.asked_after_minutes}"
    yield Step(Act.ASK, calendar.sendable(asked), coach, (coach,), after)
    for days in rules.chased_after_working_days:
        at = calendar.sendable(calendar.after_working_days(asked, days))
        yield Step(Act.REMIND, at, coach, (coach,), f"sessions.chased_after_working_days = {days}")


def _becomes_unknown(desk: Desk, session: Session) -> Iterator[DueItem]:
    if session.report is not None or session.outcome is Outcome.EXCUSED:
        return
    rules = desk.state.life.programme.sessions
    number = len(rules.chased_after_working_days) + 1
    case = _case(session)
    if f"{case.matter}/{case.window}/{number}" not in desk.done:
        yield DueItem(
            at=session.known_at,
            act=Act.MOVE_ON,
            matter=case.matter,
            window=case.window,
            step=number,
            turn=desk.present(Role.COACH),
            to=(),
            rule="session_becomes_unknown",
            parameter=f"sessions.unknown_after_working_days = {rules.unknown_after_working_days}",
            since=session.ends_at,
            about=session.day,
        )


def _case(session: Session) -> Case:
    return Case(
        Matter.SESSION,
        session.planned_on.isoformat(),
        "session_asked",
        session.ends_at,
        about=session.day,
        answer_by=session.known_at,
    )


def _to_come(desk: Desk) -> Iterator[DueItem]:
    state, life = desk.state, desk.state.life
    supposed = None if life.tapers or state.stage is Stage.READINESS_REVIEW else max(_transition_opens(desk), state.now)
    length = timedelta(minutes=life.programme.sessions.minutes)
    begins = state.begins()
    until = max(state.hand_off_planned(), state.now + timedelta(weeks=8))
    lookback = timedelta(weeks=8) if life.moves else timedelta(weeks=1)
    for monday, day, slot in expected(life, begins, supposed, (state.now - lookback).date()):
        moved = life.moves.get(day)
        on, at = (moved.to_day, moved.to_time) if moved else (day, slot.at)
        starts_at = life.calendar.at(on, at)
        if starts_at > until:
            return
        if starts_at < max(begins, state.now) or on in life.reports or excused(life, on, starts_at):
            continue
        ends_at = starts_at + length
        known_at = becomes_unknown_at(life, ends_at)
        yield from _asked(desk, Session(monday, day, on, starts_at, ends_at, Outcome.EXPECTED, known_at))


def escalation(desk: Desk) -> Iterator[DueItem]:
    """At risk: the coach at once, faculty and office after working days, the sponsor only if faculty released it."""
    state, life = desk.state, desk.state.life
    since = state.run.at_risk_since
    if since is None or state.stage not in COACHED:
        return iter(())
    ladder, calendar = life.programme.ladder, life.calendar
    since = next((p.until for p in life.pauses if p.until and p.since <= since < p.until), since)
    coaches = tuple(role for role in (Role.COACH, Role.CO_COACH) if life.person(role)) or (Role.OFFICE,)
    faculty = desk.present(Role.FACULTY)

    def after(days: int) -> datetime:
        return calendar.sendable(
            state.life.unpaused(since, calendar.after_working_days(calendar.sendable(since), days))
        )

    steps = [
        Step(
            Act.ESCALATE,
            calendar.sendable(since),
            coaches[0],
            coaches,
            f"health.at_risk_after = {life.programme.health.at_risk_after}",
        ),
        Step(
            Act.ESCALATE,
            after(ladder.faculty_after_working_days),
            faculty,
            (faculty,),
            f"ladder.faculty_after_working_days = {ladder.faculty_after_working_days}",
        ),
        Step(
            Act.ESCALATE,
            after(ladder.office_after_working_days),
            Role.OFFICE,
            (Role.OFFICE,),
            f"ladder.office_after_working_days = {ladder.office_after_working_days}",
        ),
    ]
    released = life.sponsor_released_at
    if released is not None and released >= since and life.person(Role.SPONSOR):
        steps.append(Step(Act.ESCALATE, max(released, steps[2].at), Role.OFFICE, (Role.SPONSOR,), "sponsor_released"))
    case = Case(
        Matter.ESCALATION,
        _episode(desk),
        "team_at_risk",
        since,
        tuple(s.report.event_id for s in state.run.misses if s.report),
        about=state.run.misses[0].day,
    )
    return desk.climb(case, steps)


def _episode(desk: Desk) -> str:
    """Names a run of misses by its first; a late fact that moves the first keeps the name that was already used."""
    days = [s.planned_on.isoformat() for s in desk.state.run.misses]
    return next((day for day in days if f"{Matter.ESCALATION}/{day}/0" in desk.done), days[0])


def relief(desk: Desk) -> Iterator[DueItem]:
    """An alarm that no longer holds is put right once, with those above the coach who had it."""
    state, life = desk.state, desk.state.life
    if state.stage not in COACHED:
        return
    current = _episode(desk) if state.run.at_risk_since else None
    told: dict[str, list[int]] = {}
    for key in desk.done:
        matter, window, step = key.split("/")
        if matter == Matter.ESCALATION and window != current and step != "0":
            told.setdefault(window, []).append(int(step))
    roles = {1: desk.present(Role.FACULTY), 2: Role.OFFICE, 3: Role.SPONSOR}
    for window, steps in sorted(told.items()):
        to = tuple(dict.fromkeys(roles[step] for step in sorted(steps)))
        since = state.account.last[0]
        case = Case(Matter.RELIEF, window, "alarm_over", since)
        step = Step(Act.FLAG, life.calendar.sendable(since), desk.present(Role.COACH), to, "ladder")
        yield from desk.climb(case, [step])


def stall(desk: Desk) -> Iterator[DueItem]:
    """A stalled team: the office is asked for a decision, monthly, until there is one."""
    state, life = desk.state, desk.state.life
    since = state.run.stalled_since
    if since is None or state.stage not in COACHED:
        return iter(())
    rule, every = life.programme.decisions.stalled, life.programme.health.stalled_asked_every_weeks
    parameter = f"health.stalled_asked_every_weeks = {every}"
    opens = life.calendar.sendable(state.life.unpaused(since, since))
    by = desk.present(rule.by)
    steps = chain((Step(Act.ASK, opens, by, (by,), parameter),), again(opens, every, by, (by,), parameter))
    case = Case(
        Matter.STALL,
        state.run.misses[0].planned_on.isoformat(),
        "stalled_decision_owed",
        since,
        about=state.run.misses[0].day,
        answer_by=opens + timedelta(weeks=rule.within_weeks),
    )
    return desk.climb(case, steps)


def progress_team(desk: Desk) -> Iterator[DueItem]:
    """A progress score from the team, monthly."""
    return _progress(desk, Matter.PROGRESS_TEAM, "team", desk.present(Role.TEAM_LEAD, Role.COACH))


def progress_faculty(desk: Desk) -> Iterator[DueItem]:
    """A progress score from faculty, monthly."""
    return _progress(desk, Matter.PROGRESS_FACULTY, "faculty", desk.present(Role.FACULTY))


def _progress(desk: Desk, matter: Matter, scorer: str, role: Role) -> Iterator[DueItem]:
    """Only the month that runs is asked about; once more when the last score goes stale."""
    state, life = desk.state, desk.state.life
    if state.ended or state.stage not in (Stage.PROPOSED, Stage.AGREED, *COACHED) or state.run.stalled_since:
        return
    rules, calendar, begins = life.programme.progress, life.calendar, state.begins()
    scored = max((s.at for s in life.scores if s.scorer == scorer), default=None)
    stale = timedelta(weeks=rules.stale_after_weeks) - timedelta(days=30 * rules.asked_every_months)
    until = max(state.hand_off_planned(), state.now + timedelta(weeks=8))
    elapsed = max(0, (state.now - begins).days // 31 - 1)
    for month in range(max(1, elapsed), _FOREVER, rules.asked_every_months):
        opens = calendar.add_months(begins, month)
        if opens > until:
            return
        closes = calendar.add_months(begins, month + rules.asked_every_months)
        answered = scored is not None and scored >= opens - timedelta(days=14)
        if closes <= state.now or answered or _in_pause(state, opens):
            continue
        case = Case(matter, f"month-{month}", "progress_asked", opens, answer_by=opens + stale)
        steps = [
            Step(
                Act.ASK, desk.digest(opens), role, (role,), f"progress.asked_every_months = {rules.asked_every_months}"
            ),
            Step(
                Act.REMIND,
                desk.digest(opens + stale),
                role,
                (role,),
                f"progress.stale_after_weeks = {rules.stale_after_weeks}",
            ),
        ]
        yield from (item for item in desk.climb(case, steps) if item.at < closes)


def _in_pause(state: State, at: datetime) -> bool:
    return any(p.since <= at and (p.until is None or at < p.until) for p in state.life.pauses)


def reviews(desk: Desk) -> Iterator[DueItem]:
    """Reviews with faculty at the programme's months; one that falls into a pause is skipped, not owed."""
    state, life = desk.state, desk.state.life
    if state.stage not in (Stage.PROPOSED, Stage.AGREED, *COACHED):
        return
    months = life.programme.reviews_after_months
    start = desk.opening_of(life.opening.course_start)
    for index, month in enumerate(months):
        opens = life.calendar.add_months(start, month)
        superseded = index + 1 < len(months) and state.now >= life.calendar.add_months(start, months[index + 1])
        stale = opens < life.opening.watched_from
        if month in life.reviews or superseded or stale or _in_pause(state, opens) or opens < life.opening.occurred_at:
            continue
        case = Case(Matter.REVIEW, f"month-{month}", "review_owed", opens, about=life.calendar.day(opens))
        yield from desk.decision(case, "review", life.programme.decisions.review, desk.digest(opens))


def _transition_opens(desk: Desk) -> datetime:
    """From the programme's months, or as soon as the team's own part of the gate looks met."""
    state, life = desk.state, desk.state.life
    rules = life.programme.transition
    anchor = state.anchor()
    opens = state.life.unpaused(anchor, life.calendar.add_months(anchor, rules.proposed_after_months))
    if state.stage in WORKING and not gate.lacking_progress(life, state.now):
        opens = min(opens, state.account.last[0])
    return opens


def transition(desk: Desk) -> Iterator[DueItem]:
    """May the coach begin to step back? Proposed to faculty and coach, and again, until it starts."""
    state, life = desk.state, desk.state.life
    if state.stage not in (Stage.PROPOSED, Stage.AGREED, Stage.ACTION):
        return iter(())
    every = life.programme.transition.proposed_again_every_weeks
    opens = desk.digest(_transition_opens(desk))
    if life.refused_until is not None:
        opens = max(opens, desk.digest(desk.opening_of(life.refused_until)))
    by = desk.present(Role.FACULTY)
    to = tuple(dict.fromkeys((by, desk.present(Role.COACH))))
    months = f"transition.proposed_after_months = {life.programme.transition.proposed_after_months}"
    repeated = f"transition.proposed_again_every_weeks = {every}"
    steps = chain((Step(Act.ASK, opens, by, to, months),), again(opens, every, by, to, repeated))
    window = "first" if life.refused_until is None else life.refused_until.isoformat()
    case = Case(Matter.TRANSITION, window, "transition_proposed", opens, (life.stage_by,))
    return desk.climb(case, steps)


def readiness(desk: Desk) -> Iterator[DueItem]:
    """Is the team ready to carry on alone? Owed by faculty at the planned date, earlier if the gate looks met."""
    state, life = desk.state, desk.state.life
    if state.stage not in (Stage.PROPOSED, Stage.AGREED, *WORKING):
        return iter(())
    opens = state.hand_off_planned()
    if state.stage is Stage.TRANSITION and not gate.lacking_progress(life, state.now):
        opens = min(opens, state.account.last[0])
    window = "first"
    if life.refused_until is not None:
        opens, window = desk.opening_of(life.refused_until), life.refused_until.isoformat()
    case = Case(Matter.READINESS, window, "readiness_owed", opens, (life.stage_by,))
    return desk.decision(case, "readiness", life.programme.decisions.readiness, desk.digest(opens))


def sign_off(desk: Desk) -> Iterator[DueItem]:
    """Readiness was assessed: those who have not signed are asked, and the coach for the two owners."""
    state, life = desk.state, desk.state.life
    if state.stage is not Stage.READINESS_REVIEW or life.assessed_at is None:
        return iter(())
    owners = [role for role in (Role.PROCESS_OWNER, Role.MEASURE_OWNER) if role not in life.people]
    unsigned = [role for role in life.programme.gate.sign_offs if role not in life.signed_off]
    if not (owners or unsigned):
        return iter(())
    to = tuple(dict.fromkeys(desk.present(role) for role in [*unsigned, *([Role.COACH] if owners else [])]))
    since = life.assessed_at
    case = Case(Matter.SIGN_OFF, since.date().isoformat(), "sign_off_owed", since, (life.stage_by,))
    opens = life.calendar.sendable(since)
    return desk.decision(case, "readiness", life.programme.decisions.readiness, opens, to)


def hand_off(desk: Desk) -> Iterator[DueItem]:
    """All have signed: somebody must decide that the team carries on alone. It is always a human decision."""
    state, life = desk.state, desk.state.life
    signed = all(role in life.signed_off for role in life.programme.gate.sign_offs)
    owned = Role.PROCESS_OWNER in life.people and Role.MEASURE_OWNER in life.people
    if state.stage is not Stage.READINESS_REVIEW or not (signed and owned):
        return iter(())
    since = max(life.signed_off.values(), default=life.stage_since)
    case = Case(Matter.HAND_OFF, since.date().isoformat(), "hand_off_owed", since, (life.stage_by,))
    return desk.decision(case, "hand_off", life.programme.decisions.hand_off, life.calendar.sendable(since))


def limit(desk: Desk) -> Iterator[DueItem]:
    """The time is up: extend or close. Announced four weeks ahead to faculty and office."""
    state, life = desk.state, desk.state.life
    if state.stage not in COACHED:
        return iter(())
    at = state.limit()
    rule = life.programme.decisions.limit
    months = f"hand_off.limit_after_months = {life.programme.hand_off.limit_after_months}"
    ahead = tuple(dict.fromkeys((desk.present(Role.FACULTY), Role.OFFICE)))
    by = desk.present(rule.by)
    announced = Step(Act.REMIND, desk.digest(at - timedelta(weeks=4)), by, ahead, months)
    steps = chain((announced,), owed("limit", rule, desk.digest(at), at, (by,)))
    case = Case(
        Matter.LIMIT,
        f"extension-{life.extensions}",
        "extend_or_close",
        at,
        about=life.calendar.day(at),
        answer_by=at + timedelta(weeks=rule.within_weeks),
    )
    return desk.climb(case, steps)


def pause_review(desk: Desk) -> Iterator[DueItem]:
    """Is the pause still right? Asked of the coach every few weeks, from its start or the last look."""
    life = desk.state.life
    pause = life.paused
    if pause is None:
        return iter(())
    every = life.programme.pause.reviewed_every_weeks
    since = pause.looked_at or pause.since
    first = since + timedelta(weeks=every)
    if pause.review_on is not None:
        first = max(since, desk.opening_of(pause.review_on))
    by = desk.present(Role.COACH, Role.TEAM_LEAD)
    parameter = f"pause.reviewed_every_weeks = {every}"
    opens = life.calendar.sendable(first)
    steps = chain((Step(Act.ASK, opens, by, (by,), parameter),), again(opens, every, by, (by,), parameter))
    return desk.climb(_pause_case(Matter.PAUSE_REVIEW, pause, since), steps)


def pause_decision(desk: Desk) -> Iterator[DueItem]:
    """A long pause: somebody must decide whether it ends or the engagement does."""
    life = desk.state.life
    pause = life.paused
    if pause is None:
        return iter(())
    rules = life.programme.pause
    opens = life.calendar.sendable(pause.since + timedelta(weeks=rules.decided_after_weeks))
    to = tuple(dict.fromkeys((desk.present(Role.FACULTY), Role.OFFICE)))
    parameter = f"pause.decided_after_weeks = {rules.decided_after_weeks}"
    steps = chain(
        (Step(Act.ASK, opens, Role.OFFICE, to, parameter),),
        again(opens, rules.reviewed_every_weeks, Role.OFFICE, (Role.OFFICE,), parameter),
    )
    return desk.climb(_pause_case(Matter.PAUSE_DECISION, pause, pause.since), steps)


def _pause_case(matter: Matter, pause: Pause, since: datetime) -> Case:
    return Case(matter, since.strftime("%Y-%m-%dT%H%M%S"), f"{matter.value}_asked", since, (pause.event_id,))


def vacancy(desk: Desk) -> Iterator[DueItem]:
    """A team without a coach is never silently closed: faculty finds an interim or a new one, then the office."""
    life = desk.state.life
    if life.vacant_since is None or desk.state.stage not in (Stage.PROPOSED, Stage.AGREED, *COACHED):
        return iter(())
    since = life.vacant_since
    case = Case(Matter.VACANCY, since.strftime("%Y-%m-%dT%H%M%S"), "coach_vacancy", since, (life.vacant_by,))
    rule = life.programme.decisions.vacancy
    to = (desk.present(rule.by),)
    opens = life.calendar.sendable(since)
    answer_by = opens + timedelta(weeks=rule.within_weeks)
    return desk.climb(replace(case, answer_by=answer_by), owed("vacancy", rule, opens, since, to))


def aftercare(desk: Desk) -> Iterator[DueItem]:
    """Does it hold? Asked of the process owner months after hand-off, chased, then put to the office, until answered."""
    state, life = desk.state, desk.state.life
    if state.ended:
        return
    rules, calendar = life.programme.aftercare, life.calendar
    handed_off = life.handed_off_at or max(state.hand_off_planned(), state.now)
    by = desk.present(Role.PROCESS_OWNER, Role.TEAM_LEAD)
    months = rules.asked_after_months
    for index, month in enumerate(months):
        opens = calendar.add_months(handed_off, month)
        closed = index + 1 < len(months) and state.now >= calendar.add_months(handed_off, months[index + 1])
        if month in life.aftercare or closed or (state.stage is Stage.RELAPSED and opens <= state.now):
            continue
        asked = desk.digest(opens)
        late = calendar.after_working_days(asked, 2 * rules.chased_after_working_days)
        case = Case(Matter.AFTERCARE, f"month-{month}", "aftercare_asked", opens, answer_by=late)
        yield from desk.climb(case, _aftercare_steps(desk, month, asked, late, by))


def _aftercare_steps(desk: Desk, month: int, asked: datetime, late: datetime, by: Role) -> Iterator[Step]:
    days = desk.state.life.programme.aftercare.chased_after_working_days
    parameter = f"aftercare.chased_after_working_days = {days}"
    yield Step(Act.ASK, asked, by, (by,), f"aftercare.asked_after_months = {month}")
    yield Step(Act.REMIND, desk.state.life.calendar.after_working_days(asked, days), by, (by,), parameter)
    yield Step(Act.ESCALATE, late, Role.OFFICE, (Role.OFFICE,), parameter)
    yield from again(late, 4, Role.OFFICE, (Role.OFFICE,), parameter)


def relapse(desk: Desk) -> Iterator[DueItem]:
    """It no longer holds: faculty answers with a booster or a new engagement."""
    state, life = desk.state, desk.state.life
    if state.stage is not Stage.RELAPSED:
        return iter(())
    since = life.stage_since
    case = Case(Matter.RELAPSE, since.date().isoformat(), "relapse_answer_owed", since, (life.stage_by,))
    rule = life.programme.decisions.relapse
    return desk.decision(case, "relapse", rule, life.calendar.sendable(since))


def contradictions(desk: Desk) -> Iterator[DueItem]:
    """An accepted fact that a later-told one made impossible is put to the office, once."""
    state = desk.state
    for event_id in sorted(state.account.void):
        since = state.account.facts[event_id].occurred_at
        case = Case(Matter.CONTRADICTION, event_id.replace("/", "-"), "fact_without_effect", since, (event_id,))
        step = Step(Act.FLAG, state.life.calendar.sendable(since), Role.OFFICE, (Role.OFFICE,), "corrections")
        yield from desk.climb(case, [step])


IN_PAUSE: Final = (pause_review, pause_decision, vacancy)
"""All that is due while a team pauses."""

ALWAYS: Final = (
    escalation,
    relief,
    vacancy,
    relapse,
    sessions,
    agreement,
    start,
    stall,
    sign_off,
    hand_off,
    limit,
    readiness,
    transition,
    reviews,
    progress_team,
    progress_faculty,
    aftercare,
    contradictions,
)
