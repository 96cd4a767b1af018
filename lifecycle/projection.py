"""What engagements and cohorts show alike: the next items, whose turn it is, and which rows changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from schemas.due import Due, DueItem
from schemas.rows import Changes, DueRow, Gone, Row
from schemas.words import Matter, Role

Rows = dict[tuple[str, str], Row]
"""The rows of one subject, by table and key."""


def changes(before: Mapping[tuple[str, str], Row | None], after: Rows) -> Changes:
    """What must be written to bring the projections from one set of rows to another.

    None stands for a row that may be there, whatever it says.
    """
    changed = tuple(row for key, row in after.items() if before.get(key) != row)
    gone = tuple(Gone(table=table, key=key) for table, key in before if (table, key) not in after)
    return Changes(rows=changed, gone=gone)


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
