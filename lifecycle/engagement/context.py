"""Where duties are derived: what they look at, and what they share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from lifecycle import plan_context
from lifecycle.engagement import gate
from lifecycle.engagement.life import Life
from lifecycle.engagement.state import State
from lifecycle.leave import away_until
from lifecycle.steps import Case, Step, owed, owed_by
from schemas.due import DueItem
from schemas.programme import Decision
from schemas.words import Role, Stage

WORKING: Final = (Stage.ACTION, Stage.TRANSITION)

_STAND_IN: Final[dict[Role, tuple[Role, ...]]] = {
    Role.COACH: (Role.CO_COACH, Role.FACULTY),
    Role.CO_COACH: (Role.COACH, Role.FACULTY),
}
"""Who hears what cannot wait when somebody is on leave; after them, and for everybody else, the office."""


class PlanContext(plan_context.PlanContext[State]):
    """What an engagement's duties look at."""

    __slots__ = ()

    def digest(self, at: datetime) -> datetime:
        """The weekly morning on or after a time; of what lies before the engine watched, the first one since."""
        return super().digest(max(at, self.state.life.opening.watched_from))

    def decision(
        self, case: Case, name: str, rule: Decision, opens: datetime, to: tuple[Role, ...] = ()
    ) -> Iterator[DueItem]:
        """A decision somebody owes, moved by the pauses since it was opened."""
        life = self.state.life
        rule = self.owing(rule) if not to else rule.model_copy(update={"by": to[0]})
        to = to or (rule.by,)
        opens, since = self.counted_from(case, opens, self._placed_at(case.since, opens, opens))
        case = case._replace(answer_by=life.unpaused(since, owed_by(rule, opens, since, life.calendar)))
        return self.pending(case, (self.placed(since, step, opens) for step in owed(name, rule, opens, since, to)))

    def unpaused_decision(self, case: Case, name: str, rule: Decision, opens: datetime) -> Iterator[DueItem]:
        """A decision somebody owes in a pause too."""
        return super().decision(case, name, self.owing(rule), opens)

    def overdue_at(self, since: datetime) -> datetime:
        """Moved by pauses."""
        return self.state.life.unpaused(since, super().overdue_at(since))

    def placed(self, since: datetime, step: Step, opens: datetime) -> Step:
        """The step, moved by pauses since its case began; what follows on the first ask waits for a weekly morning."""
        at = self.state.life.calendar.add_weeks(step.at, step.weeks)
        return step._replace(at=self._placed_at(since, at, opens), weeks=0)

    def _placed_at(self, since: datetime, at: datetime, opens: datetime) -> datetime:
        at = self.state.life.unpaused(since, at)
        return self.digest(at) if at > opens else at

    def owing(self, rule: Decision) -> Decision:
        """The decision, owed by the office where nobody has the role that owes it."""
        by = self.present(rule.by)
        return rule if by is rule.by else rule.model_copy(update={"by": by})

    def unpaused(self, since: datetime, step: Step) -> Step:
        """The step, moved by the pauses since its case began."""
        life = self.state.life
        return step._replace(at=life.unpaused(since, life.calendar.add_weeks(step.at, step.weeks)), weeks=0)

    def present(self, *roles: Role) -> Role:
        """The first of these roles that somebody has, else the office."""
        return next((role for role in roles if self.state.life.person(role)), Role.OFFICE)

    def opening_of(self, day: date) -> datetime:
        """The first sending minute of a date."""
        life = self.state.life
        return life.calendar.at(day, life.programme.quiet_hours.opens)

    def looks_ready(self) -> bool:
        """Whether the team's own part of the gate looks met, so that people should decide sooner than planned."""
        state = self.state
        return state.stage in WORKING and not gate.unmet(state.life, state.now, work=True)

    def transition_opens(self) -> datetime:
        """When stepping back is proposed: from the programme's months, or as soon as the team looks ready."""
        state = self.state
        anchor = state.anchor()
        months = state.life.programme.transition.proposed_after_months
        opens = state.life.unpaused(anchor, state.life.calendar.add_months(anchor, months))
        return min(opens, state.account.last[0]) if self.looks_ready() else opens


def hearer(life: Life, role: Role, day: date) -> Role:
    """Who hears what is for a role and cannot wait: on a day when they are away, the first stand-in who is there."""
    for stand_in in (role, *_STAND_IN.get(role, ())):
        person = life.person(stand_in)
        if person and away_until(life.leaves, person, day) is None:
            return stand_in
    return Role.OFFICE
