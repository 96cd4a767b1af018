"""API keys: shown once, stored as a hash. A key is long and random, so a plain hash is enough to keep it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from records.database import Connection

PREFIX: Final = "mca_"


@dataclass(frozen=True, slots=True)
class KeyLine:
    """An API key as it is listed. ``key`` names it; it opens nothing."""

    key: str
    name: str
    grants: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


async def create(conn: Connection, name: str, grants: Sequence[str], at: datetime) -> str:
    """Make a key and answer its secret, which is not kept. ``grants`` are written as ``tell:sheffield``."""
    secret = f"{PREFIX}{secrets.token_urlsafe(32)}"
    await conn.execute(
        "INSERT INTO api_keys (key, name, hash, grants, created_at) VALUES ($1, $2, $3, $4, $5)",
        f"key_{secrets.token_hex(5)}",
        name,
        _hash(secret),
        list(grants),
        at,
    )
    return secret


async def use(conn: Connection, secret: str, at: datetime) -> KeyLine | None:
    """The key of this secret, if it is valid; its last use is noted, once a minute at most."""
    row = await conn.fetchrow(
        """
        WITH used AS (
            UPDATE api_keys SET last_used_at = $2
            WHERE hash = $1 AND revoked_at IS NULL
              AND (last_used_at IS NULL OR last_used_at < $2::timestamptz - interval '1 minute')
        )
        SELECT key, name, grants, created_at, revoked_at, last_used_at FROM api_keys
        WHERE hash = $1 AND revoked_at IS NULL
        """,
        _hash(secret),
        at,
    )
    return None if row is None else KeyLine(**{**row, "grants": tuple(row["grants"])})


async def revoke(conn: Connection, key: str, at: datetime) -> bool:
    """End a key at once; False where there is none of this name. Repeating changes nothing."""
    done = await conn.fetchval(
        "UPDATE api_keys SET revoked_at = coalesce(revoked_at, $2) WHERE key = $1 RETURNING true", key, at
    )
    return bool(done)


async def everyone(conn: Connection) -> list[KeyLine]:
    """All keys, the newest first."""
    rows = await conn.fetch(
        "SELECT key, name, grants, created_at, revoked_at, last_used_at FROM api_keys ORDER BY created_at DESC, key"
    )
    return [KeyLine(**{**row, "grants": tuple(row["grants"])}) for row in rows]


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
