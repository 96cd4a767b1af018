"""What the improvement work asks for: the next cycle, the study of one, an aim whose date has passed, and help."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from lifecycle.description import Description, During, Loss, in_time
from lifecycle.engagement.changes import COACHED
from lifecycle.engagement.context import PlanContext
from lifecycle.engagement.life import Life
from lifecycle.steps import Case, Step, repeated
from schemas.due import DueItem
from schemas.words import Act, Matter, Role, Stage

_DAY: Final = timedelta(days=1)


def _works(context: PlanContext) -> bool:
    """Whether the team's work is asked about: not before it begins, nor while it is stalled."""
    return context.state.stage in COACHED and context.state.run.stalled_since is None


def cycle(context: PlanContext) -> Iterator[DueItem]:
    """What did the study show, once the planned days are over; and when nothing runs, which cycle is next?"""
    life = context.state.life
    if not _works(context):
        return iter(())
    items: list[DueItem] = []
    for running in life.running:
        opens = context.opening_of(running.until_day + _DAY)
        case = Case(
            Matter.CYCLE, f"study-{running.number}", "study_asked", opens, (running.event_id,), running.until_day
        )
        items += _asked(context, case)
    if not life.running:
        items += _next_cycle(context)
    return in_time(items)


def _next_cycle(context: PlanContext) -> Iterator[DueItem]:
    """Asked some weeks after the last one; towards the hand-off at once, until something was made the standard."""
    state, life = context.state, context.state.life
    ending = state.stage is not Stage.ACTION
    if ending and life.standardised:
        return iter(())
    rules = life.programme.improvement
    since = max((each.studied_at for each in life.cycles.values() if each.studied_at), default=state.begins())
    weeks = rules.next_cycle_after_weeks if life.cycles else rules.first_cycle_after_weeks
    opens = life.unpaused(since, life.calendar.add_weeks(since, weeks))
    if ending:
        opens = min(opens, max(since, life.stage_since))
    what = "standardise" if to_standardise(life) else "next"
    case = Case(Matter.CYCLE, f"{what}-{len(life.cycles) + 1}", f"{what}_cycle_asked", opens)
    return _asked(context, case)


def to_standardise(life: Life) -> bool:
    """Whether a change was adopted, and none made the standard yet."""
    return any(each.adopted for each in life.cycles.values()) and not life.standardised


def aim(context: PlanContext) -> Iterator[DueItem]:
    """The date of the specific aim has passed: reached, a new date, or dropped?"""
    aimed = context.state.life.aim
    if aimed is None or not _works(context):
        return iter(())
    opens = context.opening_of(aimed.by_day + _DAY)
    case = Case(Matter.AIM, aimed.by_day.isoformat(), "aim_asked", opens, (aimed.event_id,), aimed.by_day)
    return _asked(context, case)


def _asked(context: PlanContext, case: Case) -> Iterator[DueItem]:
    """Asked of the coach in the weekly mail, and again, gently."""
    every = context.state.life.programme.improvement.asked_again_every_weeks
    by = context.present(Role.COACH, Role.TEAM_LEAD)
    parameter = f"improvement.asked_again_every_weeks = {every}"
    return context.pending(case, repeated(context.digest(case.since), every, by, (by,), parameter))


def no_progress(context: PlanContext) -> Iterator[DueItem]:
    """What would help a team without progress? Asked of faculty once; and again if a review after it did not say."""
    state, life = context.state, context.state.life
    found = state.lacking_progress if _works(context) else None
    if found is None:
        return iter(())
    reviewed = max((at for at in life.reviews.values() if at >= found.since), default=None)
    since, window = found.since, f"{found.why}-{life.calendar.day(found.since).isoformat()}"
    if reviewed is not None:
        since, window = reviewed, f"review-{life.calendar.day(reviewed).isoformat()}"
    if life.helped_at is not None and life.helped_at >= since:
        return iter(())
    rules = life.programme.progress
    parameter = f"progress.{found.why}_months = {getattr(rules, f'{found.why}_months')}"
    by = context.present(Role.FACULTY)
    case = Case(Matter.NO_PROGRESS, window, f"no_progress_{found.why}", since)
    return context.pending(case, [Step(Act.ASK, context.digest(since), by, (by,), parameter)])


CYCLE: Final = Description(
    matter=Matter.CYCLE,
    label="PDSA cycle",
    duties={cycle: During.RUNNING},
    loss=Loss.LATER,
    suggestion="Ask the team about its PDSA cycle, and record the plan or what the study showed.",
    rules={
        "study_asked": "Once the planned days of a cycle are over, we ask what the study showed.",
        "next_cycle_asked": "When no cycle has run for some weeks, we ask what the team will test next.",
        "standardise_cycle_asked": "Once a team adopts a change, we ask when it will become the standard. The hand-off "
        "needs one full cycle from PDSA to SDSA.",
    },
    parameters=("improvement",),
)

AIM: Final = Description(
    matter=Matter.AIM,
    label="the aim's date",
    duties={aim: During.RUNNING},
    loss=Loss.LATER,
    suggestion="Ask the team whether it reached its aim, and record the answer or a new date.",
    rules={"aim_asked": "Once the date of a specific aim has passed, we ask whether the team reached it."},
    parameters=("improvement.asked_again_every_weeks",),
)

NO_PROGRESS: Final = Description(
    matter=Matter.NO_PROGRESS,
    label="no progress",
    duties={no_progress: During.RUNNING},
    loss=Loss.TEAM,
    suggestion="Talk to the coach and the team, and record what would help.",
    rules={
        "no_progress_unscored": "When scores that we've asked for are missing for some months, we ask faculty what "
        "would help. We come back to it at the next review.",
        "no_progress_flat": "When scores below the mark for the hand-off haven't risen for some months, we ask faculty "
        "what would help. We come back to it at the next review.",
    },
    parameters=("progress",),
)

MATTERS: Final = (CYCLE, AIM, NO_PROGRESS)
