"""How results are shown: tables for people, JSON for machines, CSV for spreadsheets. Results go to standard output."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from datetime import UTC, date, datetime
from textwrap import wrap
from typing import Final, NamedTuple, TypeVar

import typer
from pydantic import BaseModel, TypeAdapter
from rich.cells import cell_len
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
"""So many rows are laid out with wrapped cells. Of ten thousand that takes half a minute."""

_BETWEEN: Final = " │ "
_LINES: Final = 4
"""A cell that would take more lines than this stands on its own."""

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
    """A result for people, no wider than their screen. Cells are shown as they are, whatever brackets they hold.

    A row is a line; where no line has room for that, its cells stand below one another, each after its heading.
    """
    cells = [[in_words(cell) for cell in row] for row in rows]
    console = output()
    widths = _widths([columns, *cells], console.width)
    if widths is None or (len(cells) > _LAID_OUT and sum(widths) < sum(_longest([columns, *cells]))):
        typer.echo("\n".join((*wrap(title, console.width), *_below(columns, cells, console.width))))
    elif len(cells) > _LAID_OUT:
        lines = ("   ".join(map(str.ljust, row, widths)).rstrip() for row in (columns, *cells))
        typer.echo("\n".join((*wrap(title, console.width), *lines)))
    else:
        table = Table(title=escape(title), title_justify="left", header_style="bold", show_edge=False, pad_edge=False)
        for column, width in zip(columns, widths, strict=True):
            table.add_column(column, width=width)
        for row in cells:
            table.add_row(*map(escape, row))
        console.print(table)


def _longest(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(cell_len, column)) for column in zip(*rows, strict=True)]


def _widths(rows: Sequence[Sequence[str]], screen: int) -> list[int] | None:
    """How wide each column is drawn: no word is broken, and no cell takes many lines. None where there is no room."""
    longest = _longest(rows)
    widths = [
        max(cell_len(word) for cell in column for word in (*cell.split(), "")) for column in zip(*rows, strict=True)
    ]
    room = screen - len(_BETWEEN) * (len(widths) - 1) - sum(widths)
    if room < 0:
        return None
    wanting = sorted(range(len(widths)), key=lambda column: longest[column] - widths[column])
    for served, column in enumerate(wanting):
        more = min(longest[column] - widths[column], room // (len(wanting) - served))
        widths[column] += more
        room -= more
    tall = any(length > width * _LINES for length, width in zip(longest, widths, strict=True))
    return None if tall else widths


def _below(columns: Sequence[str], rows: Iterable[Sequence[str]], screen: int) -> Iterator[str]:
    """Each row as a paragraph: a heading and its cell a line, without those that are empty."""
    indent = max(map(len, columns)) + 2
    for row in rows:
        yield ""
        for column, cell in zip(columns, row, strict=True):
            yield from wrap(
                cell,
                screen,
                initial_indent=column.ljust(indent),
                subsequent_indent=" " * indent,
                break_on_hyphens=False,
            )


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
