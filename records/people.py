"""People and teams, known by opaque ids: whom a name and an address mean, and what is known of somebody."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from records.database import Connection
from records.errors import AddressTaken, NamedOtherwise
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


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody as they are found; ``outside`` are the ids that other systems have for them, by kind."""

    person: PersonId
    academy: str
    name: str | None = field(repr=False)
    address: str | None = field(repr=False)
    organisation: str | None
    discipline: str | None
    merged_into: PersonId | None
    outside: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Sought:
    """Who is looked for: by what they are called here or elsewhere, in some academies or in all."""

    said: str | None = field(default=None, repr=False)
    kind: str | None = None
    academies: Collection[str] | None = None
    exactly: bool = False


async def find(conn: Connection, sought: Sought, after: str | None = None, limit: int = 50) -> list[Known]:
    """Everybody who is called so by name, address, id or an id of another system; in the order of their ids.

    A name is found by a part of it, unless ``exactly``. With ``kind`` it is an outside id of that kind. Whoever was
    merged is found by their id alone.
    """
    rows = await conn.fetch(
        """
        SELECT people.person, academy, name, address, organisation, discipline, merged_into,
               coalesce(
                   (SELECT jsonb_object_agg(kind, ids) FROM (
                       SELECT kind, array_agg(value ORDER BY value) AS ids FROM outside_ids
                       WHERE outside_ids.person IN (
                           SELECT theirs.person FROM people AS theirs
                           WHERE people.person IN (theirs.person, theirs.merged_into)
                       ) GROUP BY kind
                   ) AS theirs), '{}'
               ) AS outside
        FROM people
        WHERE ($1::text[] IS NULL OR academy = ANY ($1)) AND ($2::text IS NULL OR person > $2)
          AND (merged_into IS NULL OR person = $3) AND (erased_at IS NULL OR person = $3)
          AND (
              $3::text IS NULL
              OR $4::text IS NULL AND (
                  person = $3
                  OR person IN (SELECT coalesce(merged_into, person) FROM people WHERE lower(address) = lower($3))
                  OR CASE WHEN $5 THEN lower(name) = lower($3) ELSE strpos(lower(name), lower($3)) > 0 END
              )
              OR EXISTS (
                  SELECT FROM outside_ids JOIN people AS theirs USING (person)
                  WHERE people.person IN (theirs.person, theirs.merged_into) AND value = $3
                    AND ($4::text IS NULL OR kind = $4)
              )
          )
        ORDER BY person LIMIT $6
        """,
        None if sought.academies is None else list(sought.academies),
        after,
        sought.said,
        sought.kind,
        sought.exactly,
        limit,
    )
    return [Known(**row) for row in rows]


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


async def complete(conn: Connection, person: str, organisation: str) -> None:
    """Note somebody's organisation, if none is known."""
    await conn.execute(
        "UPDATE people SET organisation = $2 WHERE person = $1 AND organisation IS NULL AND name IS NOT NULL",
        person,
        organisation,
    )


async def merge(conn: Connection, person: PersonId, into: PersonId, at: datetime) -> None:
    """One record stands for another from now on, and for those merged into it, wherever that is looked up.

    Both records' links work in the epoch of the kept one, in which none works that was stopped before.
    """
    await conn.execute(
        "UPDATE people SET merged_into = $2, changed_at = $3 WHERE person = $1 OR merged_into = $1", person, into, at
    )
    await _reach_epoch(conn, into, person)


async def split(conn: Connection, person: PersonId, at: datetime) -> None:
    """A record that was merged stands for itself again, and for those that were merged into it.

    What was stopped meanwhile stays so.
    """
    await _reach_epoch(conn, person, await kept(conn, person))
    await conn.execute(
        """
        WITH RECURSIVE theirs AS (
            SELECT academy, person FROM people WHERE person = $1
            UNION
            SELECT facts.academy, facts.body->>'person' FROM facts JOIN theirs USING (academy)
            WHERE facts.kind = 'person_merged' AND facts.caused_by IS NULL AND facts.body->>'into' = theirs.person
              AND NOT EXISTS (
                SELECT FROM facts AS later
                WHERE later.subject = facts.subject AND later.body->>'corrects' = facts.event_id
            )
        )
        UPDATE people SET merged_into = nullif($1, people.person), changed_at = $2
        FROM theirs WHERE people.person = theirs.person
        """,
        person,
        at,
    )


async def _reach_epoch(conn: Connection, person: PersonId, other: PersonId) -> None:
    await conn.execute(
        """
        UPDATE people SET links_epoch = greatest(people.links_epoch, other.links_epoch)
        FROM people AS other WHERE people.person = $1 AND other.person = $2
        """,
        person,
        other,
    )


async def kept(conn: Connection, person: PersonId) -> PersonId:
    """Whose record stands for this one: their own, unless it was merged."""
    found: PersonId | None = await conn.fetchval(
        "SELECT coalesce(merged_into, person) FROM people WHERE person = $1", person
    )
    return found or person


async def describe(
    conn: Connection, person: PersonId, at: datetime, name: str | None, organisation: str | None, discipline: str | None
) -> None:
    """Somebody is called otherwise, works elsewhere or does something else; None stays, an empty text is unknown."""
    await conn.execute(
        """
        UPDATE people
        SET name = coalesce($3, name), organisation = nullif(coalesce($4, organisation), ''),
            discipline = nullif(coalesce($5, discipline), ''), changed_at = $2
        WHERE person = $1 AND erased_at IS NULL AND (name, organisation, discipline) IS DISTINCT FROM (
            coalesce($3, name), nullif(coalesce($4, organisation), ''), nullif(coalesce($5, discipline), '')
        )
        """,
        person,
        at,
        name,
        organisation,
        discipline,
    )


async def keep_outside_ids(
    conn: Connection, academy: str, person: PersonId, kind: str, values: Collection[str]
) -> list[PersonId]:
    """Keep the ids of a kind that other systems have for somebody, and no others of it; whose they are already."""
    taken = await conn.fetch(
        "SELECT person FROM outside_ids WHERE academy = $1 AND kind = $2 AND value = ANY ($3::text[]) AND person <> $4",
        academy,
        kind,
        list(values),
        person,
    )
    if not taken:
        await conn.execute("DELETE FROM outside_ids WHERE person = $1 AND kind = $2", person, kind)
        await conn.executemany(
            "INSERT INTO outside_ids (academy, kind, value, person) VALUES ($1, $2, $3, $4)",
            [(academy, kind, value, person) for value in dict.fromkeys(values)],
        )
    return [row["person"] for row in taken]


async def change_address(conn: Connection, person: str, address: str, at: datetime) -> None:
    """Somebody has another address and stays the same person, whoever else reads that mailbox.

    Raises AddressTaken where it is the office's: that is a mailbox of its own.
    """
    taken = await conn.fetchval(
        """
        SELECT true FROM people AS office JOIN people AS theirs USING (academy)
        WHERE theirs.person = $1 AND office.person = office.academy || '.office' AND office.person <> theirs.person
          AND lower(office.address) = lower($2)
        """,
        person,
        address,
    )
    if taken:
        raise AddressTaken(person)
    await conn.execute(
        """
        UPDATE people SET address = $2, changed_at = $3
        WHERE person = $1 AND erased_at IS NULL AND address IS DISTINCT FROM $2
        """,
        person,
        address,
        at,
    )


async def named_again(conn: Connection) -> list[tuple[str, str]]:
    """Whoever has left by what is recorded, and has a name: a restore brought them back. With their academy."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT people.academy, people.person
        FROM people JOIN facts AS gone ON gone.body->>'person' = people.person AND gone.academy = people.academy
        WHERE gone.kind = 'person_left' AND people.name IS NOT NULL AND NOT EXISTS (
            SELECT FROM facts AS later
            WHERE later.subject = gone.subject AND later.body->>'corrects' = gone.event_id
        )
        ORDER BY people.academy, people.person
        """
    )
    return [(row["academy"], row["person"]) for row in rows]
