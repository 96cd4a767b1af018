"""Which notices a due item means: one for each person it is for, in codes, dates and numbers only."""

from __future__ import annotations

from lifecycle.engagement import gate
from lifecycle.engagement.context import hearer
from lifecycle.engagement.plan import MATTERS
from lifecycle.engagement.state import State
from schemas.due import DueItem, Notice
from schemas.moments import Moment
from schemas.words import Matter, Role


def notices(state: State, item: DueItem) -> tuple[Notice, ...]:
    """The notices of an item, each person once. A role nobody has goes to the office.

    What cannot wait passes over somebody on leave; what can, waits for them.
    """
    life = state.life
    gathered = MATTERS[item.matter].gathered(item, life.programme.attention)
    people: dict[str, Role] = {}
    for asked in item.to:
        role = asked if life.person(asked) else Role.OFFICE
        if not gathered:
            role = hearer(life, role, life.calendar.day(state.now))
        people.setdefault(life.person(role) or life.people[Role.OFFICE], role)
    return tuple(
        Notice.of(
            item,
            person,
            role,
            starts_at=_starts_at(state, item),
            number=_number(state, item),
            detail=_detail(state, item),
            gathered=gathered,
        )
        for person, role in people.items()
    )


def _starts_at(state: State, item: DueItem) -> Moment | None:
    if item.matter is not Matter.SESSION:
        return None
    return next((s.starts_at for s in state.sessions if s.name == item.window), None)


def _detail(state: State, item: DueItem) -> str | None:
    if item.matter is Matter.CONTRADICTION:
        return item.facts[0]
    if item.matter is Matter.GATE:
        return ".".join(each.name for each in gate.unmet(state.life, state.now, work=True)) or None
    if item.matter in (Matter.NO_PROGRESS, Matter.REVIEW):
        return state.no_progress.why if state.no_progress else None
    if item.matter is Matter.CYCLE:
        return item.window.partition("-")[0]
    return item.window.partition(".")[0] if item.matter is Matter.ROLE_VACANCY else None


def _number(state: State, item: DueItem) -> int | None:
    if item.matter in (Matter.ESCALATION, Matter.STALL):
        return len(state.run.misses)
    if item.matter in (Matter.REVIEW, Matter.AFTERCARE):
        return int(item.window.removeprefix("month-").partition(".")[0])
    if item.matter is Matter.CYCLE:
        return int(item.window.partition("-")[2])
    return None
