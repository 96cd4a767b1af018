"""Reports that do not fit together: a matter of every kind of subject."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from lifecycle.description import Description, During, Loss, in_time
from lifecycle.plan_context import OFFICE, PlanContext
from lifecycle.steps import Case, Step
from schemas.due import DueItem
from schemas.words import Act, Matter, Role


def contradictions(context: PlanContext[Any]) -> Iterator[DueItem]:
    """An accepted fact that a later-told one made impossible is put to the office, once."""
    account, calendar = context.state.account, context.state.life.calendar
    items: list[DueItem] = []
    for event_id in account.void:
        since = account.facts[event_id].occurred_at
        case = Case(Matter.CONTRADICTION, event_id, "fact_without_effect", since, (event_id,))
        step = Step(Act.FLAG, calendar.sendable(since), Role.OFFICE, OFFICE, "corrections")
        items += context.pending(case, [step])
    return in_time(items)


CONTRADICTION: Final = Description(
    matter=Matter.CONTRADICTION,
    label="two reports that contradict each other",
    duties={contradictions: During.RUNNING | During.DAY_2_CANCELLED | During.ENDED},
    loss=Loss.RECORD,
    suggestion="Find out which of the two reports is wrong, and take it back.",
    rules={
        "fact_without_effect": "Something recorded later makes an earlier report impossible. The earlier report no "
        "longer counts, and the office is told."
    },
    facts=("corrections",),
)
