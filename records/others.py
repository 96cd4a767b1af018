"""Who else is named in what is held about somebody: by id, or by name in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from records.database import Connection
from records.roles import roles_of_all
from schemas.words import PersonId, Role

_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


@dataclass(frozen=True, slots=True)
class Named:
    """A person; ``name`` is None for who was erased."""

    person: PersonId
    name: str | None = field(repr=False)
    address: str | None = field(repr=False)
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class Everybody:
    """The person themselves, in all their records, and the others that a text names, the longest known first."""

    own: tuple[Named, ...]
    others: tuple[Named, ...]


async def named(conn: Connection, person: PersonId, text: str) -> Everybody:
    """Who is named in a text that is held about a person. An office is nobody: its name is no secret."""
    own = await conn.fetch(
        "SELECT person, name, address, academy FROM people WHERE person = $1 OR merged_into = $1", person
    )
    rows = await conn.fetch(
        """
        SELECT person, name, address FROM people
        WHERE person <> ALL ($1::text[]) AND person NOT LIKE '%.office' AND (
            person = ANY ($2::text[])
            OR academy = ANY ($3::text[]) AND strpos(name, ' ') > 0 AND strpos(lower($4), lower(name)) > 0
        )
        ORDER BY admitted_at, person
        """,
        [row["person"] for row in own],
        list(_ids_in(text)),
        [row["academy"] for row in own],
        text,
    )
    roles = await roles_of_all(conn, [row["person"] for row in rows])
    return Everybody(
        tuple(Named(row["person"], row["name"], row["address"]) for row in own),
        tuple(Named(**row, roles=roles.get(row["person"], frozenset())) for row in rows),
    )


def _ids_in(text: str) -> set[str]:
    """What may be somebody's id: also as the end of a subject's."""
    found = {word.rstrip(".") for word in _WORD.findall(text)}
    return found | {word.rpartition(".")[2] for word in found}
