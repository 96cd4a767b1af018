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
    """What was accepted and has no effect is put to the office, once: facts made impossible, corrections overruled."""
    account, calendar = context.state.account, context.state.life.calendar
    items: list[DueItem] = []
    found: list[tuple[str, str, tuple[str, ...]]] = [
        (event_id, "fact_without_effect", (event_id,)) for event_id in account.void
    ]
    found += [(each, "correction_overruled", (each, other)) for each, other in account.overruled.items()]
    for event_id, rule, facts in found:
        since = max(account.facts[each].occurred_at for each in facts)
        case = Case(Matter.CONTRADICTION, event_id, rule, since, facts)
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
        "longer counts, and the office is told.",
        "correction_overruled": "The same report was corrected twice. The later correction counts, and the office is "
        "told about the other one.",
    },
    facts=("corrections",),
)
