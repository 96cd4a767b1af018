"""What keeps an engagement in sight: the agreement, monthly scores, reviews, pauses, and a coach for the team.

Duties that look ahead suppose that every future ask is answered in time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile, zip_longest
from typing import Final

from lifecycle.description import Description, During, Loss, in_time
from lifecycle.engagement.changes import ACTIVE, AFTER
from lifecycle.engagement.context import PlanContext
from lifecycle.engagement.life import AGREEING, OWNERS, SUPPORTING
from lifecycle.engagement.pauses import OnePause, open_pause
from lifecycle.engagement.progress import answered_until
from lifecycle.plan_context import moment
from lifecycle.steps import Case, Step, again, repeated
from schemas.due import DueItem
from schemas.words import Act, Matter, Role, Stage

_NEEDED: Final = {
    **dict.fromkeys(ACTIVE, SUPPORTING),
    **dict.fromkeys(AFTER, (Role.FACULTY, Role.TEAM_LEAD, *OWNERS)),
}
"""The roles that something depends on, by stage."""
_FOREVER: Final = 520


def agreement(context: PlanContext) -> Iterator[DueItem]:
    """Coach, sponsor and team lead sign within weeks of the proposal."""
    life = context.state.life
    if context.state.stage is not Stage.PROPOSED:
        return iter(())
    since = life.opening.occurred_at
    unsigned = tuple(role for role in AGREEING if role not in life.signed and life.person(role)) or (Role.OFFICE,)
    case = Case(Matter.AGREEMENT, "signed", "agreement_owed", since, (life.opening.event_id,))
    rule = life.programme.decisions.agreement.owed_by(Role.COACH)
    return context.decision(case, "agreement", rule, context.digest(since), unsigned)


def progress_team(context: PlanContext) -> Iterator[DueItem]:
    """A progress score from the team, monthly."""
    return _progress(context, Matter.PROGRESS_TEAM, "team", context.present(Role.TEAM_LEAD, Role.COACH))


def progress_faculty(context: PlanContext) -> Iterator[DueItem]:
    """A progress score from faculty, monthly."""
    return _progress(context, Matter.PROGRESS_FACULTY, "faculty", context.present(Role.FACULTY))


def _progress(context: PlanContext, matter: Matter, scorer: str, role: Role) -> Iterator[DueItem]:
    """Only the month that runs is asked about; once more when the last score goes stale."""
    state, life = context.state, context.state.life
    if state.ended or state.stage not in ACTIVE or state.run.stalled_since:
        return
    rules, calendar, begins = life.programme.progress, life.calendar, state.begins()
    every = rules.asked_every_months
    until = max(state.hand_off_planned(), state.now + timedelta(weeks=8))
    elapsed = max(0, (state.now - begins).days // 31 - 1) // every
    answered = answered_until(life, begins, scorer)
    first = every * max(1, elapsed)
    closes = calendar.add_months(begins, first)
    for month in range(first, _FOREVER, every):
        opens, closes = closes, calendar.add_months(begins, month + every)
        if opens > until:
            return
        if closes <= state.now or opens <= answered or opens < life.opening.watched_from or life.pauses_at(opens):
            continue
        case = Case(matter, f"month-{month}", "progress_asked", opens, closes=closes)
        by_rule = context.digest(opens)
        asked = context.late(case, by_rule) or by_rule
        stale_at = min(closes, _stale_at(context, opens, asked))
        case = case._replace(answer_by=stale_at)
        yield from (
            item for item in context.pending(case, _score_steps(context, asked, stale_at, role)) if item.at < closes
        )


def _stale_at(context: PlanContext, opens: datetime, asked: datetime) -> datetime:
    """When the score before goes stale; a week after the question where that is sooner, as with a score a quarter."""
    rules = context.state.life.programme.progress
    stale_at = opens + timedelta(weeks=rules.stale_after_weeks) - timedelta(days=30 * rules.asked_every_months)
    return stale_at if stale_at > asked else context.state.life.calendar.add_weeks(asked, 1)


def _score_steps(context: PlanContext, asked: datetime, stale_at: datetime, role: Role) -> Iterator[Step]:
    rules = context.state.life.programme.progress
    every, weeks = rules.asked_every_months, rules.stale_after_weeks
    yield Step(Act.ASK, asked, role, (role,), f"progress.asked_every_months = {every}")
    yield Step(Act.REMIND, context.digest(stale_at), role, (role,), f"progress.stale_after_weeks = {weeks}")


def reviews(context: PlanContext) -> Iterator[DueItem]:
    """Reviews with faculty at the programme's months; one that falls into a pause is skipped, not owed."""
    state, life = context.state, context.state.life
    if state.stage not in ACTIVE:
        return
    start = life.course_opens()
    opening = [(month, life.calendar.add_months(start, month)) for month in life.reviewed_after()]
    watched = max(life.opening.watched_from, life.opening.occurred_at)
    for (month, opens), closes in zip_longest(opening, [at for _, at in opening[1:]]):
        superseded = closes is not None and closes <= state.now
        if month in life.reviews or superseded or opens < watched or life.pauses_at(opens):
            continue
        about = life.calendar.day(opens)
        case = Case(Matter.REVIEW, f"month-{month}", "review_owed", opens, about=about, closes=closes)
        items = context.decision(case, "review", life.programme.decisions.review, context.digest(opens))
        yield from (item for item in items if closes is None or item.at < closes)


def pause_review(context: PlanContext) -> Iterator[DueItem]:
    """Is the pause still right? Asked of the coach every few weeks, from its start or the last look."""
    life = context.state.life
    pause = open_pause(life)
    if pause is None:
        return iter(())
    every = life.programme.pause.reviewed_every_weeks
    first = life.calendar.add_weeks(pause.looked_at, every)
    if pause.review_on is not None:
        first = max(pause.looked_at, context.opening_of(pause.review_on))
    by = context.present(Role.COACH, Role.TEAM_LEAD)
    parameter = f"pause.reviewed_every_weeks = {every}"
    opens = life.calendar.sendable(first)
    steps = repeated(opens, every, by, (by,), parameter)
    return context.pending(_pause_case(Matter.PAUSE_REVIEW, pause, moment(pause.looked_at), pause.looked_at), steps)


def pause_decision(context: PlanContext) -> Iterator[DueItem]:
    """A long pause: somebody must decide whether it ends or the engagement does, or until when it goes on.

    Asked after some weeks, and anew once it is so long that its length must be confirmed. Confirmed until a day, it is
    asked again then.
    """
    life = context.state.life
    pause = open_pause(life)
    if pause is None:
        return
    rules, weeks = life.programme.pause, life.programme.absence.confirmed_after_weeks
    decided = life.calendar.add_weeks(pause.since, rules.decided_after_weeks)
    parameter = f"pause.decided_after_weeks = {rules.decided_after_weeks}"
    window = moment(pause.since)
    if pause.confirmed_until is not None:
        opens = max(decided, context.opening_of(pause.confirmed_until))
        case = _pause_case(Matter.PAUSE_DECISION, pause, f"{window}.{pause.confirmed_until}", pause.since)
        yield from context.pending(case, _decided(context, opens, parameter))
        return
    unconfirmed = life.calendar.sendable(life.calendar.add_weeks(pause.since, weeks))
    if context.state.now < unconfirmed:
        case = _pause_case(Matter.PAUSE_DECISION, pause, window, pause.since)._replace(closes=unconfirmed)
        items = context.pending(case, _decided(context, decided, parameter))
        yield from takewhile(lambda item: item.at < unconfirmed, items)
    case = _pause_case(Matter.PAUSE_DECISION, pause, f"{window}.unconfirmed", pause.since)
    steps = _decided(context, unconfirmed, f"absence.confirmed_after_weeks = {weeks}")
    yield from context.pending(case._replace(rule="pause_unconfirmed"), steps)


def _decided(context: PlanContext, at: datetime, parameter: str) -> Iterator[Step]:
    life, opens = context.state.life, context.state.life.calendar.sendable(at)
    to = tuple(dict.fromkeys((context.present(Role.FACULTY), Role.OFFICE)))
    yield Step(Act.ASK, opens, Role.OFFICE, to, parameter)
    yield from again(opens, life.programme.pause.reviewed_every_weeks, Role.OFFICE, (Role.OFFICE,), parameter)


def _pause_case(matter: Matter, pause: OnePause, window: str, since: datetime) -> Case:
    return Case(matter, window, f"{matter.value}_asked", since, (pause.event_id,))


def vacancy(context: PlanContext) -> Iterator[DueItem]:
    """A team without a coach is never silently closed: faculty finds an interim or a new one, then the office."""
    life = context.state.life
    if life.vacant_since is None or context.state.stage not in ACTIVE:
        return iter(())
    since = life.vacant_since
    case = Case(Matter.VACANCY, moment(since), "coach_vacancy", since, (life.vacant_by,))
    opens = life.calendar.sendable(since)
    return context.unpaused_decision(case, "vacancy", life.programme.decisions.vacancy, opens)


def role_vacancy(context: PlanContext) -> Iterator[DueItem]:
    """A role that nobody has, or has any more: faculty finds somebody for it, then the office."""
    life, needed = context.state.life, _NEEDED.get(context.state.stage, ())
    items: list[DueItem] = []
    for role, (since, event_id) in life.vacated.items():
        if role in needed:
            rule = "role_empty" if event_id == life.opening.event_id else "role_vacated"
            case = Case(Matter.ROLE_VACANCY, f"{role}.{moment(since)}", rule, since, (event_id,))
            opens = life.calendar.sendable(since)
            items += context.decision(case, "vacancy", life.programme.decisions.vacancy, opens)
    return in_time(items)


AGREEMENT: Final = Description(
    matter=Matter.AGREEMENT,
    label="agreement",
    duties={agreement: During.RUNNING},
    loss=Loss.DECISION,
    suggestion="Get the missing signatures on the agreement.",
    rules={
        "agreement_owed": "The coach, the sponsor and the team lead sign the agreement within a few weeks of "
        "the proposal.",
    },
    parameters=("decisions.agreement",),
)

PROGRESS_TEAM: Final = Description(
    matter=Matter.PROGRESS_TEAM,
    label="the team's progress score",
    duties={progress_team: During.RUNNING},
    loss=Loss.LATER,
    suggestion="Ask the team to score its progress, and record the score.",
    rules={"progress_asked": "The team and faculty each score progress every month."},
    parameters=("progress",),
)

PROGRESS_FACULTY: Final = Description(
    matter=Matter.PROGRESS_FACULTY,
    label="faculty's progress score",
    duties={progress_faculty: During.RUNNING},
    loss=Loss.LATER,
    suggestion="Score the team's progress.",
    rules={"progress_asked": "The team and faculty each score progress every month."},
    parameters=("progress",),
)

REVIEW: Final = Description(
    matter=Matter.REVIEW,
    label="review",
    duties={reviews: During.RUNNING},
    loss=Loss.LATER,
    suggestion="Hold the review with the team, and record the date.",
    rules={"review_owed": "Faculty reviews the work with the team at set times after the course start."},
    parameters=("decisions.review",),
)

PAUSE_REVIEW: Final = Description(
    matter=Matter.PAUSE_REVIEW,
    label="pause review",
    duties={pause_review: During.PAUSED},
    loss=Loss.LATER,
    suggestion="Ask whether the team is ready to restart.",
    rules={"pause_review_asked": "Every few weeks we ask whether a pause should go on."},
    parameters=("pause.reviewed_every_weeks",),
)

PAUSE_DECISION: Final = Description(
    matter=Matter.PAUSE_DECISION,
    label="pause decision",
    duties={pause_decision: During.PAUSED},
    loss=Loss.DECISION,
    suggestion="Decide whether to restart, to stay paused until a date, or to end the coaching.",
    rules={
        "pause_decision_asked": "A long pause needs a decision.",
        "pause_unconfirmed": "Somebody needs to confirm an unusually long pause, until a date.",
    },
    parameters=("pause", "absence.confirmed_after_weeks", "absence.pauses_joined_within_weeks"),
)

VACANCY: Final = Description(
    matter=Matter.VACANCY,
    label="no coach",
    duties={vacancy: During.RUNNING | During.PAUSED},
    loss=Loss.TEAM,
    suggestion="Find a new or interim coach, and record who it is.",
    rules={
        "coach_vacancy": "A team without a coach gets a new or interim one within a few weeks. Its "
        "coaching never ends without a decision.",
    },
    parameters=("decisions.vacancy",),
)

ROLE_VACANCY: Final = Description(
    matter=Matter.ROLE_VACANCY,
    label="a role to fill",
    duties={role_vacancy: During.RUNNING},
    loss=Loss.DECISION,
    suggestion="Find somebody to take over the role, and record who it is.",
    rules={
        "role_vacated": "When a faculty member, sponsor, team lead or owner leaves, we ask who will take over.",
        "role_empty": "When there is no faculty member, sponsor or team lead from the start, we ask who it is.",
    },
    parameters=("decisions.vacancy",),
)

MATTERS: Final = (
    AGREEMENT, PROGRESS_TEAM, PROGRESS_FACULTY, REVIEW, PAUSE_REVIEW, PAUSE_DECISION, VACANCY, ROLE_VACANCY,
)  # fmt: skip
