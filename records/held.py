"""All that is held about somebody, from every table with a row of theirs: what stands of them, and what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter

from lifecycle.gathering import Subject
from lifecycle.snapshot import snapshot
from records.database import Connection
from records.erasures import searched_by
from records.personal import TABLES, TITLES, Table
from schemas.corrections import AnyFact
from schemas.words import PersonId

_FACTS: Final[TypeAdapter[tuple[AnyFact, ...]]] = TypeAdapter(tuple[AnyFact, ...])
_ROW: Final[TypeAdapter[Any]] = TypeAdapter(Any)
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)

_WHO: Final = """
    (SELECT person, academy, address, $2::timestamptz AS since, $3::timestamptz AS until,
            $4::text AS searched
     FROM people WHERE person = $1 OR merged_into = $1) AS who
    """


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one table, in the order of time. ``title`` is what people call it."""

    table: str
    title: str
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Held:
    """What stands of a person, and what happened. Of a period: what stood when it began, and what happened in it."""

    state: tuple[Section, ...]
    events: tuple[Section, ...]


async def held(conn: Connection, person: PersonId, since: datetime | None, until: datetime) -> Held:
    """All that is held about somebody; empty for nobody.

    What follows from facts is shown as it stood when the period began. What no fact says, as a name, has no past: it
    is shown as it stands.
    """
    known = await conn.fetch(
        "SELECT person, academy, name, address FROM people "
        "WHERE (person = $1 OR merged_into = $1) AND erased_at IS NULL",
        person,
    )
    searched, _ = await searched_by(conn, known)
    states: list[Section] = []
    events: list[Section] = []
    for table in TABLES:
        if of := _condition(table, searched):
            rows = await _rows(conn, table, of, _Asked(person, since or _BEGINNING, until, searched))
            (states if table.at is None else events).append(Section(table.name, TITLES[table.name], rows))
    if since is not None:
        before = await _before(conn, person, since)
        kept = [section for section in states if section.table in _UNDERIVED]
        states = [*kept, *(Section(name, TITLES.get(name) or name, tuple(rows)) for name, rows in before.items())]
    return Held(*(tuple(section for section in part if section.rows) for part in (states, events)))


_FREE_WORDS: Final = frozenset({"notes", "snoozes", "feedback", "microsystems", "intro_course_texts"})
"""What people write freely, so that it is also about whomever it names."""

_UNDERIVED: Final = frozenset({"people", "person_channels", "outside_ids", "microsystems", "intro_course_texts"})
"""States that follow from no fact."""


class _Asked(NamedTuple):
    person: PersonId
    since: datetime
    until: datetime
    searched: str | None


def _condition(table: Table, searched: str | None) -> str:
    """What finds a person's rows, and words of others that name them; empty for a table that says nothing of them."""
    if searched is None or table.name not in _FREE_WORDS:
        return table.of
    words = " OR ".join(f't."{column}"::text ~* who.searched' for column in table.words)
    return f"{table.of or 'false'} OR (({words}) AND {table.academy})"


async def _rows(conn: Connection, table: Table, of: str, asked: _Asked) -> tuple[dict[str, Any], ...]:
    moment = f't."{table.at}"' if table.at else "NULL::timestamptz"
    rows = await conn.fetch(
        f"""
        SELECT DISTINCT {moment} AS at, to_jsonb(t) - $5::text[] AS said FROM {table.name} AS t, {_WHO}
        WHERE ({of}) AND coalesce({moment} >= who.since AND {moment} < who.until, true)
        ORDER BY at, said
        """,  # noqa: S608 - our own names
        *asked,
        table.hidden.split(),
    )
    return tuple(row["said"] for row in rows)


async def _before(conn: Connection, person: PersonId, at: datetime) -> dict[str, list[dict[str, Any]]]:
    """The rows that named somebody at a moment, by table: from the facts of every subject that names them."""
    theirs = await conn.fetchval("SELECT array_agg(person) FROM people WHERE person = $1 OR merged_into = $1", person)
    subjects = await conn.fetch(
        """
        SELECT DISTINCT subject FROM facts
        WHERE recorded_at < $2 AND EXISTS (
            SELECT FROM unnest($1::text[]) AS person WHERE strpos(body::text, '"' || person || '"') > 0
        )
        ORDER BY subject
        """,
        theirs,
        at,
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in subjects:
        name = row["subject"]
        known = await _known(conn, name, at)
        for (table, _), stood in snapshot(name, known, known.book.upcoming(known.state, known.done)).items():
            said = _ROW.dump_python(stood._asdict(), mode="json")
            if any(one in said.values() for one in theirs or ()):
                found.setdefault(table, []).append({"subject": name} | said)
    return found


async def _known(conn: Connection, name: str, at: datetime) -> Subject:
    """A subject as its facts had it at a moment."""
    facts = await conn.fetchval(
        "SELECT jsonb_agg(body ORDER BY seq) FROM facts WHERE subject = $1 AND recorded_at < $2", name, at
    )
    done = await conn.fetch("SELECT key, done_at FROM done_items WHERE subject = $1 AND done_at < $2", name, at)
    return Subject.of(_FACTS.validate_python(facts), {row["key"]: row["done_at"] for row in done}, at)
