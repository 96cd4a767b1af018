"""How results are shown: tables for people, JSON for machines, CSV for spreadsheets. Results go to standard output."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Final, NamedTuple, TypeVar

import typer
from pydantic import BaseModel, TypeAdapter
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from lifecycle.dates import clock_of, clock_time, long_date
from schemas.programme import DEFAULT_ZONE
from schemas.sheet import neutral

_ZONE: ContextVar[str] = ContextVar("zone", default=DEFAULT_ZONE)
"""By whose clocks times without a zone of their own are shown to people; JSON has UTC."""

_ANYTHING: Final[TypeAdapter[object]] = TypeAdapter(object)

_LAID_OUT: Final = 500
"""So many rows are laid out to the width of the screen. Of ten thousand that takes half a minute."""

T = TypeVar("T")

Cell = str | int | float | date | datetime | None


def output() -> Console:
    """Where results go. Made when needed: colours, width and NO_COLOR are those of the moment."""
    return Console(highlight=False)


def say(sentence: str) -> None:
    """A message beside the result, on standard error."""
    typer.echo(sentence, err=True)


def show_json(value: object) -> None:
    """A result for machines: keys sorted, times in UTC."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else _ANYTHING.dump_python(value, mode="json")
    typer.echo(json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False))


def show_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """A result for spreadsheets. No cell is ever executed by one."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([neutral("" if cell is None else str(cell)) for cell in row] for row in rows)
    typer.echo(text.getvalue(), nl=False)


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """A result for people. Cells are shown as they are, whatever brackets they hold."""
    cells = [[in_words(cell) for cell in row] for row in rows]
    if len(cells) > _LAID_OUT:
        _show_long(title, columns, cells)
        return
    table = Table(title=escape(title), title_justify="left", header_style="bold", show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in cells:
        table.add_row(*map(escape, row))
    output().print(table)


def _show_long(title: str, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """A row on each line, however wide."""
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in (columns, *cells))
    typer.echo("\n".join((title, *lines)))


def show_list(
    found: Sequence[T],
    title: str,
    columns: Sequence[str],
    row: Callable[[T], Sequence[Cell]],
    *,
    none: str,
    as_json: bool,
) -> None:
    """What was found as a table with a row each, or for machines; ``none`` is said where nothing was."""
    if as_json:
        show_json(found)
    elif found:
        show_table(title, columns, map(row, found))
    else:
        say(none)


class Note(NamedTuple):
    """What is too long for a row: sentences, and a command to run then."""

    title: str
    lines: Sequence[str]
    command: str | None


def show_notes(notes: Iterable[Note]) -> None:
    """Notes for people, one below another; a command stands on a line of its own, ready to be copied."""
    for note in notes:
        output().print(f"[bold]{escape(note.title)}[/bold]", soft_wrap=True)
        for line in note.lines:
            output().print(Padding(escape(line), (0, 0, 0, 4)))
        if note.command:
            output().print(f"    $ {note.command}", markup=False, soft_wrap=True)
        output().print()


def show_faults(title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], then: str = "") -> None:
    """Faults of a file with their number, and what follows from it."""
    show_table(title, (*columns, "What is wrong", "What to do"), rows)
    say(f"{len(rows)} fault{'s' if len(rows) > 1 else ''}.{then}")


def show_pairs(title: str, pairs: Iterable[tuple[str, Cell]]) -> None:
    """One thing and what is known of it; what is unknown is left out."""
    table = Table(title=escape(title), title_justify="left", show_header=False, show_edge=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, cell in pairs:
        if cell not in (None, ""):
            table.add_row(name, escape(in_words(cell)))
    output().print(table)


def goes_by(zone: str) -> None:
    """From here on, times are shown by the clocks of this zone: that of what the command is about."""
    _ZONE.set(zone)


def local(at: datetime | None, zone: str) -> datetime | None:
    """A time that is shown by the clocks of a zone, whatever the command is about."""
    return clock_of(zone).local(at) if at is not None else None


def in_words(cell: Cell) -> str:
    """A cell as people read it: dates in full, times on the subject's clock, codes without underscores."""
    match cell:
        case None:
            return ""
        case datetime():
            local = cell if cell.tzinfo is not UTC else clock_of(_ZONE.get()).local(cell)
            return f"{long_date(local.date())}, {clock_time(local.time())}"
        case date():
            return long_date(cell)
        case _:
            return str(cell)


def words(code: object) -> str:
    """A code of the engine as words: ``at_risk`` as ``at risk``."""
    return "" if code is None else str(code).replace("_", " ")
