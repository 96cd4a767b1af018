"""Keys that end soon are found in time."""

from __future__ import annotations

from datetime import timedelta

from operations.callers import Caller
from operations.keys import look_at_keys, make_key, rotate_key
from records import incidents
from records.database import Pool
from schemas.grants import preset
from schemas.incidents import IncidentKind
from tests.records.telling import at

DAY = timedelta(days=1)


async def test_a_key_that_ends_soon_is_an_incident_until_it_is_rotated(pool: Pool) -> None:
    """One that works for longer is none, nor one that has ended: nobody need act on it."""
    operator, now = Caller.trusted("cli:somebody", "mca"), at(1)
    async with pool.acquire() as conn:
        grants = preset("diary", "sheffield")
        soon = await make_key(conn, operator, "diary", grants, now, now + 20 * DAY)
        await make_key(conn, operator, "rota", grants, now, now + 200 * DAY)
        await make_key(conn, operator, "trial", grants, now - 9 * DAY, now - DAY)
    await look_at_keys(pool, now)
    async with pool.acquire() as conn:
        (found,) = await incidents.open_of(conn)
        assert (found.finding.kind, found.finding.key) == (IncidentKind.KEY_ENDS, soon.key)
        await rotate_key(conn, operator, soon.key, now, now + 300 * DAY, 7 * DAY)
    await look_at_keys(pool, now)
    async with pool.acquire() as conn:
        assert await incidents.open_of(conn) == []
