"""Writes what the rules derived into the tables people read. Rows that stand already are not touched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from records.database import Connection
from schemas.rows import TABLES, IntroCourseRow, Row, Rows
from schemas.words import IntroStage

Before = Mapping[tuple[str, str], Row | None]
"""The rows in the tables before a change, by table and key; None for a row that is there with unknown content."""


@dataclass(frozen=True, slots=True)
class _Statements:
    """How rows of one table are written and deleted, as steps of a statement."""

    owner: str
    keyed: bool
    upsert: str
    delete: str


def _statements(model: type[Row]) -> _Statements:
    """A row's fields are its table's columns, by the same names; a row that is not the subject itself has a key."""
    name, owner, key = TABLES[model]
    stated = [field for field in model._fields if field != owner]
    keys = [owner, "key"] if key else [owner]
    named = (*keys, *stated, "changed_at")
    columns, held = (", ".join(f'"{field}"' for field in fields) for fields in (named, stated))
    # `told` may have columns of the same names.
    given, old, new = (
        ", ".join(f'{side}."{field}"' for field in fields)
        for side, fields in (("given", named), ("known", stated), ("EXCLUDED", stated))
    )
    returned = "key" if key else "''"
    # Names come from the rows' own types, never from input.
    return _Statements(
        owner=owner,
        keyed=key is not None,
        upsert=f"""
            {name}_written AS (
                INSERT INTO {name} AS known ({columns})
                SELECT {given} FROM told, jsonb_populate_recordset(NULL::{name}, $3::jsonb -> '{name}') AS given
                ON CONFLICT ({", ".join(keys)}) DO UPDATE SET ({held}, changed_at) = ({new}, EXCLUDED.changed_at)
                WHERE ({old}) IS DISTINCT FROM ({new})
                RETURNING {returned} AS key
            )""",  # noqa: S608
        delete=f"""
            {name}_deleted AS (
                DELETE FROM {name}
                USING told
                WHERE {owner} = $1 AND key IN (SELECT jsonb_array_elements_text($4::jsonb -> '{name}'))
                RETURNING key
            )""",  # noqa: S608
    )


_STATEMENTS: Final = {table.name: _statements(model) for model, table in TABLES.items()}

_NONE: Final = "SELECT NULL AS name, NULL AS key WHERE false"

STANDING: Final = " UNION ALL ".join(
    f"SELECT '{name}' AS name, key FROM {name} WHERE {table.owner} = $1"  # noqa: S608
    for name, table in _STATEMENTS.items()
    if table.keyed
)
"""The rows of the subject $1, by table and key; its own row always stands, and is not among them."""

# With a course, what its delegates need goes too; of a cancelled one later, for its cancelling may be taken back.
_NEEDS_FORGOTTEN: Final = """
            needs_forgotten AS (
                DELETE FROM access_needs
                USING told, intro_courses AS closed, intro_courses AS over
                WHERE closed.course = $1 AND access_needs.course = over.course
                  AND (over.course = closed.course
                       OR over.academy = closed.academy AND over.stage = 'cancelled'
                          AND over.day_2_ends_at < closed.day_2_ends_at)
            )"""


@dataclass(frozen=True, slots=True)
class Writing:
    """Changed rows as steps of one statement. They do nothing unless the step `told` before them wrote its row.

    The statement gives the subject as $1, `rows` as $3 and `gone` as $4. `touched` selects what the steps wrote or
    deleted, by name of table and key. Whatever the order of the changes, the constraints judge only what stands at the
    end of the transaction.
    """

    steps: str
    touched: str
    rows: dict[str, list[dict[str, object]]]
    gone: dict[str, list[str]]


def writing(subject: str, at: datetime, before: Before, after: Rows) -> Writing:
    """The steps that turn the rows `before` into the rows `after`, as of `at`."""
    written: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
    gone: defaultdict[str, list[str]] = defaultdict(list)
    closed = False
    for (name, key), row in after.items():
        if before.get((name, key)) != row:
            written[name].append({_STATEMENTS[name].owner: subject, "key": key, "changed_at": at} | row._asdict())
            closed |= isinstance(row, IntroCourseRow) and row.stage is IntroStage.CLOSED
    for name, key in before:
        if (name, key) not in after:
            gone[name].append(key)
    steps = [*(_STATEMENTS[name].upsert for name in written), *(_STATEMENTS[name].delete for name in gone)]
    names = [*((name, "written") for name in written), *((name, "deleted") for name in gone)]
    touched = [f"SELECT '{name}' AS name, key FROM {name}_{how}" for name, how in names]  # noqa: S608
    if closed:
        steps.append(_NEEDS_FORGOTTEN)
    return Writing("".join(f", {step}" for step in steps), " UNION ALL ".join(touched) or _NONE, written, gone)


async def write(conn: Connection, subject: str, at: datetime, before: Before, after: Rows) -> None:
    """Write what changed. Rows that stand already as they are given are not touched."""
    changed = writing(subject, at, before, after)
    await conn.execute(
        f"WITH told AS (SELECT) {changed.steps} SELECT num_nulls($1::text, $2::text, $3::jsonb, $4::jsonb)",
        subject,
        None,
        changed.rows,
        changed.gone,
    )
