"""API keys: made for a time, renewed with an overlap, and warned of before they end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from operations.callers import Caller
from operations.security import Event, say
from records import audit, incidents, keys
from records.database import SECONDS_TO_ACQUIRE, Connection, Pool
from records.keys import KeyLine, Made
from schemas.grants import Grant
from schemas.incidents import ENGINE, Finding, IncidentKind

AT_MOST: Final = timedelta(days=365)
"""No key works for longer."""

OVERLAP: Final = timedelta(days=7)
"""So long after a rotation the secret before works too."""

AHEAD: Final = timedelta(days=30)
"""So long before its end a key is warned of."""


async def make_key(
    conn: Connection, caller: Caller, name: str, grants: Sequence[Grant], at: datetime, until: datetime
) -> Made:
    """A new key; its secret is shown this once."""
    async with conn.transaction():
        made = await keys.create(conn, name, [str(grant) for grant in grants], at, until, caller.id)
        await audit.note(conn, at, caller.id, caller.door, f"make {made.key}")
    say(Event.KEY_MADE, who=caller.id, key=made.key, grants=" ".join(map(str, grants)))
    return made


async def rotate_key(
    conn: Connection, caller: Caller, key: str, at: datetime, until: datetime, overlap: timedelta
) -> Made | None:
    """A new secret for a key, whose ids stay its own; the one before works during the overlap. None: no such key."""
    async with conn.transaction():
        made = await keys.rotate(conn, key, at, until, at + overlap)
        if made is None:
            return None
        await audit.note(conn, at, caller.id, caller.door, f"rotate {key}")
    say(Event.KEY_ROTATED, who=caller.id, key=key)
    return made


async def revoke_key(conn: Connection, caller: Caller, key: str, at: datetime, why: str | None = None) -> bool:
    """End a key at once; False where there is none of this name."""
    async with conn.transaction():
        if not await keys.revoke(conn, key, at, why):
            return False
        await audit.note(conn, at, caller.id, caller.door, f"revoke {key}")
    say(Event.KEY_REVOKED, who=caller.id, key=key)
    return True


async def ending(conn: Connection, at: datetime) -> list[KeyLine]:
    """The keys that end soon."""
    return await keys.ending(conn, at, at + AHEAD)


async def look_at_keys(pool: Pool, at: datetime) -> None:
    """A key that ends soon is an incident, so that the operator hears of it by email."""
    async with pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn, conn.transaction():
        found = [_finding(line) for line in await ending(conn, at)]
        await incidents.open_incidents(conn, found, at)
        await incidents.close_others(conn, (IncidentKind.KEY_ENDS,), found, at)


def _finding(line: KeyLine) -> Finding:
    return Finding(
        kind=IncidentKind.KEY_ENDS, subject=ENGINE, key=line.key, facts={"until": line.ends.date().isoformat()}
    )
