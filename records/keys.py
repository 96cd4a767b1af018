"""API keys: shown once, stored as a hash. A key is long and random, so a plain hash is enough to keep it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from records.database import Connection

PREFIX: Final = "mca_"


@dataclass(frozen=True, slots=True)
class KeyLine:
    """An API key as it is listed. ``key`` names it; it opens nothing. Until ``former_ends`` the secret before works."""

    key: str
    name: str
    grants: tuple[str, ...]
    created_at: datetime
    ends: datetime
    former_ends: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    made_by: str | None
    revoked_why: str | None

    def works(self, at: datetime) -> bool:
        """Whether it opens something then."""
        return self.revoked_at is None and self.ends > at


@dataclass(frozen=True, slots=True)
class Made:
    """A new secret of a key: not kept, and not shown again."""

    key: str
    secret: str


@dataclass(frozen=True, slots=True)
class KeyRefused:
    """A secret that opens nothing; ``key`` is whose it is or was."""

    why: Literal["unknown", "revoked", "expired"]
    key: str | None = None


async def create(
    conn: Connection, name: str, grants: Sequence[str], at: datetime, until: datetime, by: str | None = None
) -> Made:
    """Make a key. ``grants`` are written as ``tell:sheffield:sessions``; ``by`` is the id of whoever makes it."""
    made = Made(f"key_{secrets.token_hex(5)}", _secret())
    await conn.execute(
        "INSERT INTO api_keys (key, name, hash, grants, created_at, ends, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        made.key,
        name,
        _hash(made.secret),
        list(grants),
        at,
        until,
        by,
    )
    return made


async def rotate(conn: Connection, key: str, at: datetime, until: datetime, former_until: datetime) -> Made | None:
    """Give a key a new secret; that before works as long as it would have, at most until then. None: no such key."""
    secret = _secret()
    done = await conn.fetchval(
        """
        UPDATE api_keys SET former_hash = hash, former_ends = least(ends, $4), hash = $2, ends = $3
        WHERE key = $1 AND revoked_at IS NULL RETURNING true
        """,
        key,
        _hash(secret),
        until,
        max(at, former_until),
    )
    return Made(key, secret) if done else None


async def use(conn: Connection, secret: str, at: datetime) -> KeyLine | KeyRefused:
    """The key of this secret, or why it opens nothing; its last use is noted, once a minute at most."""
    row = await conn.fetchrow(
        f"""
        WITH used AS (
            UPDATE api_keys SET last_used_at = $2
            WHERE {_OPENS}
              AND (last_used_at IS NULL OR last_used_at < $2::timestamptz - interval '1 minute')
        )
        SELECT {_SHOWN}, {_OPENS} AS opens FROM api_keys WHERE hash = $1 OR former_hash = $1
        """,  # noqa: S608 - columns
        _hash(secret),
        at,
    )
    if row is None:
        return KeyRefused("unknown")
    if not row["opens"]:
        return KeyRefused("revoked" if row["revoked_at"] else "expired", row["key"])
    return _line({name: value for name, value in row.items() if name != "opens"})


async def revoke(conn: Connection, key: str, at: datetime, why: str | None = None) -> bool:
    """End a key at once; False where there is none of this name. Repeating changes nothing."""
    done = await conn.fetchval(
        """
        UPDATE api_keys
        SET revoked_at = coalesce(revoked_at, $2),
            revoked_why = CASE WHEN revoked_at IS NULL THEN $3 ELSE revoked_why END
        WHERE key = $1 RETURNING true
        """,
        key,
        at,
        why,
    )
    return bool(done)


async def everyone(conn: Connection) -> list[KeyLine]:
    """All keys, the newest first."""
    rows = await conn.fetch(f"SELECT {_SHOWN} FROM api_keys ORDER BY created_at DESC, key")  # noqa: S608 - columns
    return [_line(row) for row in rows]


async def one(conn: Connection, key: str) -> KeyLine | None:
    """A key by its name."""
    row = await conn.fetchrow(f"SELECT {_SHOWN} FROM api_keys WHERE key = $1", key)  # noqa: S608 - columns
    return _line(row) if row is not None else None


async def makers(conn: Connection) -> dict[str, str]:
    """The names of those who made keys, by the id that each is kept under; of whom a name is known."""
    rows = await conn.fetch(
        "SELECT DISTINCT made_by, people.name FROM api_keys JOIN people ON made_by = 'person:' || person "
        "WHERE people.name IS NOT NULL"
    )
    return {row["made_by"]: row["name"] for row in rows}


async def ending(conn: Connection, at: datetime, before: datetime) -> list[KeyLine]:
    """The keys that work now and end before a moment, the next first."""
    rows = await conn.fetch(
        f"SELECT {_SHOWN} FROM api_keys WHERE revoked_at IS NULL AND ends > $1 AND ends <= $2 ORDER BY ends, key",  # noqa: S608
        at,
        before,
    )
    return [_line(row) for row in rows]


_SHOWN: Final = "key, name, grants, created_at, ends, former_ends, revoked_at, last_used_at, made_by, revoked_why"
_OPENS: Final = "((hash = $1 AND ends > $2) OR (former_hash = $1 AND former_ends > $2)) AND revoked_at IS NULL"


def _line(row: Any) -> KeyLine:  # noqa: ANN401 - a record of the driver, or a dict
    return KeyLine(**{**row, "grants": tuple(row["grants"])})


def _secret() -> str:
    return f"{PREFIX}{secrets.token_urlsafe(32)}"


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
