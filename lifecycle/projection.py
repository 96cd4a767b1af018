"""What engagements and cohorts show alike: the next items, whose turn it is, and which rows changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple

from schemas.due import Due, DueItem
from schemas.facts import ChairedBy
from schemas.rows import Changes, DueRow, Gone, Row, SessionRow, session_key
from schemas.words import Matter, NotHeldReason, Outcome, Role

Rows = dict[tuple[str, str], Row]
"""The rows of one subject, by table and key."""


class SessionLine(NamedTuple):
    """What a session's row says: an engagement has a hundred sessions, of which one or two change at a time."""

    week: date
    day: date
    starts_at: datetime
    outcome: Outcome
    counted: bool = True
    reason: NotHeldReason | None = None
    chaired_by: ChairedBy | None = None
    evaluation: int | None = None
    attendance: int | None = None

    @property
    def table(self) -> str:
        """Whose rows they are."""
        return "sessions"

    @property
    def key(self) -> str:
        """Which row of the engagement this is."""
        return session_key(self.week, self.day, counted=self.counted)

    def row(self) -> SessionRow:
        """The row itself."""
        return SessionRow(**self._asdict())


Line = Row | SessionLine
Lines = Mapping[tuple[str, str], Line]
"""What the rows of one subject say, by table and key."""


def drawn(line: Line) -> Row:
    """The row that a line speaks of."""
    return line.row() if isinstance(line, SessionLine) else line


Stood = dict[tuple[str, str], tuple[object, ...] | None]
"""What stood when rows were written last, value by value. None stands for a row that may be there, whatever it says."""


def _said(line: Line) -> tuple[object, ...]:
    """The values of a line: they take a tenth of the room that the row takes."""
    return line if type(line) is SessionLine else tuple(line.__dict__.values())


def stood(lines: Lines) -> Stood:
    """What is kept of lines once they are written."""
    return {key: _said(line) for key, line in lines.items()}


def changes(before: Stood, after: Lines) -> Changes:
    """What must be written to bring the projections from what stood to these lines."""
    changed = tuple(drawn(line) for key, line in after.items() if before.get(key) != _said(line))
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
