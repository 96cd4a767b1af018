"""Whom a name and an address mean: people and teams are known by opaque ids from then on."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from records.database import Connection
from records.errors import NamedOtherwise
from schemas.roster_cells import Meant
from schemas.words import PersonId, office_of

Who = tuple[str, str]
"""A name and an address, however they are capitalised."""


def who(name: str, address: str) -> Who:
    """What tells people apart who share a mailbox."""
    return " ".join(name.split()).casefold(), address.lower()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as a roster names them. ``meant`` answers who it is where their address is known by another name."""

    name: str
    address: str
    organisation: str | None = None
    discipline: str | None = None
    meant: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """Keep everybody a roster names, in any role, and its teams. Repeats are harmless; the last one holds."""

    people: tuple[Person, ...] = ()
    microsystems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Admitted:
    """The opaque ids: of people by name and address, of microsystems by name as the roster writes them."""

    ids: dict[Who, PersonId]
    microsystems: dict[str, str]

    def of(self, name: str, address: str) -> PersonId:
        """Who is known by this name and address."""
        return self.ids[who(name, address)]

    @property
    def people(self) -> dict[str, PersonId]:
        """By address, in small letters: of two who share one, the last."""
        return {address: person for (_, address), person in self.ids.items()}


@dataclass(frozen=True, slots=True)
class Question:
    """Whom does a name at an address mean? ``known`` have the address; none of them, or several, are called so."""

    name: str = field(repr=False)
    address: str = field(repr=False)
    known: tuple[PersonId, ...]
    no_such: str = ""
    """The id that was answered, and which is nobody's at this address."""


async def admit(conn: Connection, academy: str, at: datetime, roster: Roster) -> Admitted:
    """Know everybody of a roster. Who is known already keeps the id; organisation and discipline are renewed.

    A known address with another name is a question, unless it says which person is meant: raises NamedOtherwise with
    all of them, and nothing is kept then. The office keeps its name, whoever else has its address.
    """
    async with conn.transaction():
        return Admitted(
            ids=await _admit_people(conn, academy, at, roster.people),
            microsystems=await _admit_microsystems(conn, academy, at, roster.microsystems),
        )


async def _admit_people(
    conn: Connection, academy: str, at: datetime, people: tuple[Person, ...]
) -> dict[Who, PersonId]:
    # Two imports at once must not know somebody twice.
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext($1))", f"people of {academy}")
    wanted = _each_once(people)
    known: dict[str, list[Found]] = defaultdict(list)
    for found in await at_addresses(conn, academy, [address for _, address in wanted]):
        known[found.address.lower()].append(found)
    ids: dict[Who, PersonId] = {}
    questions, fresh, renamed = [], set(), {}
    # Whoever is another person than those who are known, the others of this roster among them, comes last.
    for key, person in sorted(wanted.items(), key=lambda item: item[1].meant == Meant.ANOTHER):
        meant = _meant(person, known[key[1]])
        if isinstance(meant, Question):
            questions.append(meant)
            continue
        if meant is None:
            meant = Found(f"per_{secrets.token_hex(6)}", person.name, person.address)
            known[key[1]].append(meant)
            fresh.add(meant.person)
        elif not _called(meant, person) and meant.person != office_of(academy):
            renamed[meant.person] = person.name
        ids[key] = meant.person
    if questions:
        raise NamedOtherwise(questions)
    said = [(ids[key], person) for key, person in wanted.items()]
    await _insert(conn, academy, at, [(person, given) for person, given in said if person in fresh])
    await _renew(conn, at, [(person, given) for person, given in said if person not in fresh], renamed)
    return ids


def _each_once(people: tuple[Person, ...]) -> dict[Who, Person]:
    """Each with what was said of them last, and which person is meant wherever that is said."""
    found: dict[Who, Person] = {}
    for person in people:
        before = found.get(who(person.name, person.address), person)
        found[who(person.name, person.address)] = replace(
            person,
            organisation=person.organisation or before.organisation,
            discipline=person.discipline or before.discipline,
            meant=before.meant or person.meant,
        )
    return found


def _meant(person: Person, known: list[Found]) -> Found | Question | None:
    """Who is meant of those who have the address; None for somebody new."""
    called = [one for one in known if _called(one, person)]
    if person.meant not in ("", *Meant):
        chosen = next((one for one in known if one.person == person.meant), None)
        return chosen or _question(person, known, person.meant)
    if len(called) == 1:
        return called[0]
    if not known or (person.meant == Meant.ANOTHER and not called):
        return None
    if person.meant == Meant.SAME and len(known) == 1:
        return known[0]
    return _question(person, called or known)


def _called(known: Found, person: Person) -> bool:
    """Whether somebody has the name given; whoever is given by the address alone has any."""
    return who(person.name, "") in (who(known.name, ""), who(person.address, ""))


def _question(person: Person, known: list[Found], no_such: str = "") -> Question:
    return Question(person.name, person.address, tuple(one.person for one in known), no_such)


async def _insert(conn: Connection, academy: str, at: datetime, people: list[tuple[PersonId, Person]]) -> None:
    await conn.executemany(
        """
        INSERT INTO people (person, academy, name, address, organisation, discipline, admitted_at, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
        """,
        [
            (person, academy, given.name, given.address, given.organisation, given.discipline, at)
            for person, given in people
        ],
    )


async def _renew(
    conn: Connection, at: datetime, people: list[tuple[PersonId, Person]], renamed: dict[PersonId, str]
) -> None:
    """What a roster says of whom it does not name first; the name only where it was asked who is meant."""
    await conn.execute(
        """
        UPDATE people AS known
        SET name = coalesce(given.name, known.name),
            organisation = coalesce(given.organisation, known.organisation),
            discipline = coalesce(given.discipline, known.discipline),
            changed_at = $1
        FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS given (person, name, organisation, discipline)
        WHERE known.person = given.person
          AND (known.name, known.organisation, known.discipline) IS DISTINCT FROM (
              coalesce(given.name, known.name),
              coalesce(given.organisation, known.organisation),
              coalesce(given.discipline, known.discipline)
          )
        """,
        at,
        [person for person, _ in people],
        [renamed.get(person) for person, _ in people],
        [given.organisation for _, given in people],
        [given.discipline for _, given in people],
    )


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody by name and address."""

    person: PersonId
    name: str = field(repr=False)
    address: str = field(repr=False)


async def at_addresses(conn: Connection, academy: str, addresses: Collection[str]) -> list[Found]:
    """Everybody of the academy who has one of these addresses."""
    rows = await conn.fetch(
        """
        SELECT person, name, address FROM people
        WHERE academy = $1 AND lower(address) = ANY ($2::text[]) AND erased_at IS NULL AND merged_into IS NULL
        ORDER BY lower(name), person
        """,
        academy,
        [address.lower() for address in addresses],
    )
    return [Found(**row) for row in rows]


async def called_otherwise(conn: Connection, academy: str, name: str, address: str) -> list[Found]:
    """Who has an address, if it is not plain that somebody of this name is meant."""
    known = await at_addresses(conn, academy, [address])
    return known if isinstance(_meant(Person(name, address), known), Question) else []


async def _admit_microsystems(conn: Connection, academy: str, at: datetime, names: tuple[str, ...]) -> dict[str, str]:
    await conn.execute(
        """
        INSERT INTO microsystems (microsystem, academy, name, admitted_at)
        SELECT 'ms_' || left(replace(gen_random_uuid()::text, '-', ''), 12), $1, given.name, $2
        FROM (
            SELECT DISTINCT ON (lower(name)) name FROM unnest($3::text[]) AS roster (name) ORDER BY lower(name), name
        ) AS given
        ON CONFLICT (academy, lower(name)) DO NOTHING
        """,
        academy,
        at,
        names,
    )
    rows = await conn.fetch(
        """
        SELECT given.name, microsystems.microsystem
        FROM unnest($2::text[]) AS given (name)
        JOIN microsystems ON microsystems.academy = $1 AND lower(microsystems.name) = lower(given.name)
        """,
        academy,
        names,
    )
    return {row["name"]: row["microsystem"] for row in rows}
