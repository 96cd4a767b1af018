"""Codes that were mailed, and who is signed in where. Codes and cookies are kept as digests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Self

import asyncpg

from records.database import Connection
from schemas.programme import DEFAULT_ZONE, Language

Way = Literal["code", "openid"]
"""How somebody showed who they are."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody in one browser. ``person`` is None until they said which of ``people`` they are.

    ``proved_at`` is when they last showed who they are themselves; None where their provider does not say.
    ``operator_as`` has digests of what makes them an operator.
    """

    sign_in: str
    way: Way
    browser: str
    people: tuple[str, ...]
    person: str | None
    operator_as: tuple[bytes, ...]
    began_at: datetime
    seen_at: datetime
    proved_at: datetime | None
    name: str | None
    academy: str | None
    zone: str
    language: Language

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        """From a row of ``_WHO``."""
        lists = {"people": tuple(row["people"]), "operator_as": tuple(row["operator_as"])}
        return cls(**{**row, **lists, "language": Language(row["language"] or Language.ENGLISH)})

    @property
    def operator(self) -> bool:
        """Whether they run the installation."""
        return bool(self.operator_as)

    @property
    def whose(self) -> str:
        """Whose it is what they type: a person's, or an operator's who is nobody in it; empty before that is known."""
        if self.person is not None:
            return self.person
        return f"operator:{self.operator_as[0].hex()}" if self.operator and not self.people else ""


_WHO: Final = """
SELECT sign_in, way, browser, people, person, operator_as, began_at, seen_at, proved_at, name, academy,
       coalesce(zone_of(academy), $1) AS zone, language_of(academy) AS language
FROM found LEFT JOIN people USING (person)
"""


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody to whom an address belongs."""

    person: str
    name: str
    academy: str
    language: Language

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        """From a row of ``_KNOWN``."""
        return cls(**{**row, "language": Language(row["language"] or Language.ENGLISH)})


_KNOWN: Final = "SELECT person, name, academy, language_of(academy) AS language FROM people"


async def keep_code(
    conn: Connection, browser: bytes, address: str, code: bytes, at: datetime, before: datetime
) -> None:
    """Keep the code that was mailed, in place of an earlier one of this browser. Those of ``before`` go."""
    await conn.execute("DELETE FROM sign_in_codes WHERE sent_at < $1", before)
    await conn.execute(
        """
        INSERT INTO sign_in_codes (browser, address, code, sent_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (browser) DO UPDATE
        SET address = EXCLUDED.address, code = EXCLUDED.code, sent_at = EXCLUDED.sent_at, failures = 0, used_at = NULL
        """,
        browser,
        address,
        code,
        at,
    )


async def use_code(
    conn: Connection, browser: bytes, code: bytes, at: datetime, sent_since: datetime, failures_at_most: int
) -> str | None:
    """The address that a code proves: once, and only in its browser. Any other code counts as a failure."""
    row = await conn.fetchrow(
        """
        UPDATE sign_in_codes
        SET used_at = CASE WHEN code = $2 THEN $3::timestamptz END,
            failures = failures + CASE WHEN code = $2 THEN 0 ELSE 1 END
        WHERE browser = $1 AND used_at IS NULL AND sent_at >= $4 AND failures < $5
        RETURNING address, used_at
        """,
        browser,
        code,
        at,
        sent_since,
        failures_at_most,
    )
    return row["address"] if row is not None and row["used_at"] is not None else None


async def code_waits(conn: Connection, browser: bytes, sent_since: datetime, failures_at_most: int) -> bool:
    """Whether a code of this browser can still be used."""
    found = await conn.fetchval(
        "SELECT true FROM sign_in_codes WHERE browser = $1 AND used_at IS NULL AND sent_at >= $2 AND failures < $3",
        browser,
        sent_since,
        failures_at_most,
    )
    return bool(found)


async def people_at(conn: Connection, address: str) -> list[Known]:
    """Everybody to whom an address belongs, of all academies."""
    rows = await conn.fetch(
        f"{_KNOWN} WHERE lower(address) = lower($1) AND merged_into IS NULL ORDER BY academy, name, person",
        address,
    )
    return [Known.of(row) for row in rows]


async def people_of(conn: Connection, issuer: str, subject: str) -> list[str]:
    """Whom an account of a provider was matched to, first; and who has the same address in other academies."""
    rows = await conn.fetch(
        """
        WITH matched AS (
            SELECT people.* FROM identities JOIN people AS was USING (person)
            JOIN people ON people.person = coalesce(was.merged_into, was.person)
            WHERE issuer = $1 AND subject = $2
        )
        SELECT person, true AS chosen FROM matched
        UNION
        SELECT people.person, false FROM people JOIN matched ON lower(people.address) = lower(matched.address)
        WHERE people.academy NOT IN (SELECT academy FROM matched) AND people.merged_into IS NULL
        ORDER BY chosen DESC, person
        """,
        issuer,
        subject,
    )
    return [row["person"] for row in rows]


async def match(conn: Connection, issuer: str, subject: str, person: str, at: datetime) -> None:
    """From now on an account of a provider is this person. Repeating changes nothing."""
    await conn.execute(
        "INSERT INTO identities (issuer, subject, person, matched_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        issuer,
        subject,
        person,
        at,
    )


@dataclass(frozen=True, slots=True)
class Matched:
    """That an account of a provider is somebody, since when."""

    issuer: str
    matched_at: datetime


async def matched(conn: Connection, person: str) -> list[Matched]:
    """The accounts that are somebody, the oldest first."""
    rows = await conn.fetch(
        "SELECT issuer, matched_at FROM identities WHERE person = $1 ORDER BY matched_at, issuer", person
    )
    return [Matched(**row) for row in rows]


async def unmatch(conn: Connection, person: str, at: datetime, but: str | None = None) -> None:
    """No account is somebody any more, and whoever signed in with one is signed out, ``but`` in one browser."""
    async with conn.transaction():
        await conn.execute("DELETE FROM identities WHERE person = $1", person)
        await conn.execute(
            "UPDATE sign_ins SET ended_at = $2 "
            "WHERE person = $1 AND way = 'openid' AND ended_at IS NULL AND sign_in IS DISTINCT FROM $3",
            person,
            at,
            but,
        )


async def known(conn: Connection, people: Sequence[str]) -> list[Known]:
    """These people, without those who were erased."""
    rows = await conn.fetch(
        f"{_KNOWN} WHERE person = ANY ($1::text[]) AND erased_at IS NULL ORDER BY academy, name, person",
        people,
    )
    return [Known.of(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that begins: how, in which browser, and when somebody proved who they are."""

    sign_in: str
    cookie: bytes
    way: Way
    browser: str
    people: Sequence[str]
    person: str | None
    operator_as: Sequence[bytes]
    at: datetime
    proved_at: datetime | None


async def begin(conn: Connection, begun: Begun) -> None:
    """Somebody has proved who they are."""
    await conn.execute(
        """
        INSERT INTO sign_ins (sign_in, cookie, way, browser, people, person, operator_as, began_at, seen_at, proved_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)
        """,
        begun.sign_in,
        begun.cookie,
        begun.way,
        begun.browser,
        list(begun.people),
        begun.person,
        list(begun.operator_as),
        begun.at,
        begun.proved_at,
    )


async def seen(
    conn: Connection, cookie: bytes, at: datetime, seen_since: datetime, began_since: datetime
) -> SignIn | None:
    """Whose cookie this is, seen now; None where it is over. Who was erased or merged is signed in nowhere."""
    row = await conn.fetchrow(
        f"""
        WITH found AS (
            UPDATE sign_ins SET seen_at = greatest(seen_at, $3)
            WHERE cookie = $2 AND ended_at IS NULL AND seen_at > $4 AND began_at > $5
              AND NOT EXISTS (
                  SELECT FROM people
                  WHERE people.person = sign_ins.person AND num_nonnulls(erased_at, merged_into) > 0
              )
            RETURNING *
        )
        {_WHO}
        """,  # noqa: S608 - a constant
        DEFAULT_ZONE,
        cookie,
        at,
        seen_since,
        began_since,
    )
    return SignIn.of(row) if row is not None else None


async def last_seen(conn: Connection, cookie: bytes) -> SignIn | None:
    """Whose cookie this is or was, without being seen now; None for one we did not give, or that was signed out."""
    row = await conn.fetchrow(
        f"WITH found AS (SELECT * FROM sign_ins WHERE cookie = $2 AND ended_at IS NULL) {_WHO}",  # noqa: S608
        DEFAULT_ZONE,
        cookie,
    )
    return SignIn.of(row) if row is not None else None


async def go_on(conn: Connection, cookie: bytes, at: datetime) -> None:
    """Have a session that wasn't signed out begin again: its clock was put forward, and no time has passed."""
    await conn.execute(
        "UPDATE sign_ins SET began_at = $2, seen_at = $2, proved_at = $2 WHERE cookie = $1 AND ended_at IS NULL",
        cookie,
        at,
    )


async def choose(conn: Connection, sign_in: str, person: str) -> bool:
    """Somebody says which of the people they are; False for none of them."""
    done = await conn.fetchval(
        "UPDATE sign_ins SET person = $2 WHERE sign_in = $1 AND $2 = ANY (people) AND ended_at IS NULL RETURNING true",
        sign_in,
        person,
    )
    return bool(done)


async def end(conn: Connection, sign_in: str, at: datetime, person: str | None = None) -> None:
    """Sign out of one browser; with ``person`` only if it is theirs."""
    await conn.execute(
        "UPDATE sign_ins SET ended_at = $2 "
        "WHERE sign_in = $1 AND ended_at IS NULL AND ($3::text IS NULL OR person = $3)",
        sign_in,
        at,
        person,
    )


async def end_all(conn: Connection, person: str, at: datetime) -> None:
    """Sign out of every browser, also where they have yet to say that it is them."""
    await conn.execute(
        "UPDATE sign_ins SET ended_at = $2 "
        "WHERE (person = $1 OR person IS NULL AND $1 = ANY (people)) AND ended_at IS NULL",
        person,
        at,
    )


async def of_person(conn: Connection, person: str, seen_since: datetime, began_since: datetime) -> list[SignIn]:
    """Where somebody is signed in, the latest first."""
    rows = await conn.fetch(
        f"""
        WITH found AS (
            SELECT * FROM sign_ins WHERE person = $2 AND ended_at IS NULL AND seen_at > $3 AND began_at > $4
        )
        {_WHO} ORDER BY seen_at DESC, sign_in
        """,  # noqa: S608 - a constant
        DEFAULT_ZONE,
        person,
        seen_since,
        began_since,
    )
    return [SignIn.of(row) for row in rows]


async def keep_draft(conn: Connection, draft: bytes, person: str, sealed: str, at: datetime, before: datetime) -> None:
    """Keep what somebody sent when their session was over. Drafts of ``before`` go."""
    await conn.execute("DELETE FROM sign_in_drafts WHERE kept_at < $1", before)
    await conn.execute(
        "INSERT INTO sign_in_drafts (draft, person, sealed, kept_at) VALUES ($1, $2, $3, $4)",
        draft,
        person,
        sealed,
        at,
    )


async def draft(conn: Connection, draft: bytes, person: str, since: datetime) -> str | None:
    """What somebody sent when their session was over; None for another's, or where it is gone."""
    found: str | None = await conn.fetchval(
        "SELECT sealed FROM sign_in_drafts WHERE draft = $1 AND person = $2 AND kept_at >= $3", draft, person, since
    )
    return found
