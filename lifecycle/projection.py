"""What all kinds of subject show alike: the next items, and whose turn it is."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.due import Due, DueItem
from schemas.rows import DueRow
from schemas.words import Matter, Role


def turn(upcoming: list[DueItem]) -> Role | None:
    """Whose turn it is: of what was asked and is unanswered, the most pressing; else whoever comes next."""
    running = [item for item in upcoming if item.step > 0 and item.to]
    return (running or upcoming)[0].turn if upcoming else None


def due_rows(upcoming: list[DueItem]) -> Iterator[DueRow]:
    """The next item of each matter."""
    seen: set[Matter] = set()
    for item in upcoming:
        if item.matter not in seen:
            seen.add(item.matter)
            yield DueRow(
                matter=item.matter, item=item.key, act=item.act, due_at=item.at, turn=item.turn, rule=item.rule
            )


def shown(item: DueItem) -> Due:
    """A due item as it is shown and stored."""
    return Due(
        key=item.key,
        at=item.at,
        act=item.act,
        matter=item.matter,
        turn=item.turn,
        rule=item.rule,
        parameter=item.parameter,
        since=item.since,
        facts=item.facts,
        about=item.about,
        answer_by=item.answer_by,
    )
