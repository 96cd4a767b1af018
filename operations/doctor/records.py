"""Are the records well: the schema, what compares them with the workflows, incidents, backups, bank holidays."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from operations import readiness, retention
from operations.doctor.checking import Found, Installation, failed, warning, well
from operations.holidays import runs_out
from operations.keys import ending
from records import diagnosis, incidents, reconciliations
from records.database import check_schema
from records.errors import SchemaUnfit
from schemas.calendars import LATEST_HOLIDAY_TABLE, UnknownHolidayTableError, holiday_table

BACKED_UP_WITHIN: Final = timedelta(days=2)
"""A nightly job that failed once may be made up for; twice is a fault."""

_AHEAD: Final = timedelta(days=3 * 365)
"""An engagement with its aftercare lives no longer."""


async def schema(of: Installation) -> Found:
    """Postgres answers, and its schema is this program's."""
    if of.pool is None:
        return failed("no database is set", "set MCA_DATABASE_URL")
    async with of.records.acquire() as conn:
        try:
            await check_schema(conn)
        except SchemaUnfit as unfit:
            said, _, remedy = f"{unfit}".partition("; ")
            return failed(said, remedy.removesuffix(", then run this again"))
        return well(f"Postgres {await diagnosis.server_version(conn)} answers, and its schema fits")


async def round_trip(of: Installation) -> Found:
    """The records were lately compared with the running workflows, which takes a worker and the queue."""
    async with of.records.acquire() as conn:
        made = await reconciliations.last(conn)
    if (late := readiness.no_round_trip(made, of.clock())) is not None:
        return failed(late.partition(";")[0], "check that a worker is running, and try mca reconcile")
    return well(f"the records were last compared with the running workflows at {made:%H:%M} UTC")


async def open_incidents(of: Installation) -> Found:
    """Nothing is known to be wrong."""
    async with of.records.acquire() as conn:
        found = await incidents.open_of(conn)
    if not found:
        return well("none is open")
    kinds = sorted({incident.finding.kind.value.replace("_", " ") for incident in found})
    return failed(
        f"{len(found)} open since {found[0].since:%Y-%m-%d}: {', '.join(kinds)}", "do what mca incident list says"
    )


async def backup(of: Installation) -> Found:
    """The database was backed up lately, as far as anything says so."""
    async with of.records.acquire() as conn:
        at = await diagnosis.last_backup(conn)
    if at is None:
        remedy = "end the backup job with mca backup noted (or archive the log)"
        return warning("not known: there's no record of any backup", remedy)
    if of.clock() - at > BACKED_UP_WITHIN:
        return failed(f"the last was {at:%Y-%m-%d %H:%M} UTC", "fix the job that backs up the database")
    return well(f"the last was {at:%Y-%m-%d %H:%M} UTC")


async def api_keys(of: Installation) -> Found:
    """No API key ends soon."""
    async with of.records.acquire() as conn:
        found = await ending(conn, of.clock())
    if not found:
        return well("none ends within 30 days")
    first = found[0]
    said = f"{len(found)} end within 30 days, the first ({first.key}, {first.name}) on {first.ends:%Y-%m-%d}"
    return warning(said, "give each a new secret with mca key rotate, or revoke it")


async def kept_too_long(of: Installation) -> Found:
    """Nothing personal is kept longer than its period."""
    async with of.records.acquire() as conn:
        found = await retention.over(conn, of.retention, of.clock())
    if late := {kind: len(each) for kind, each in found.items() if each}:
        said = ", ".join(f"{kind.replace('_', ' ')} {count}" for kind, count in late.items())
        return warning(f"kept longer than MCA_RETENTION says: {said}", "mca retention show, then mca retention apply")
    return well("nothing is kept longer than it may be")


async def holidays(of: Installation) -> Found:
    """Every bank-holiday table in use reaches as far as an engagement, and the newest is not running out."""
    today = of.clock().date()
    async with of.records.acquire() as conn:
        in_use = await diagnosis.calendars_in_use(conn)
    for name, academies in in_use.items():
        try:
            ends = holiday_table(name).covers_until
        except UnknownHolidayTableError:
            return failed(f"engagements use {name}, which this version doesn't have", "install a newer release")
        if ends < today + _AHEAD:
            remedy = f"mca academy revise --academy {academies[0]} --calendar {LATEST_HOLIDAY_TABLE}"
            return failed(f"{name}, used in {', '.join(academies)}, ends on {ends}", remedy)
    published = min(holiday_table(LATEST_HOLIDAY_TABLE).published_until.values())
    if runs_out(LATEST_HOLIDAY_TABLE, today) is not None:
        return warning(f"the newest table is only official until {published}", "install a newer release")
    if older := sorted(name for name in in_use if name != LATEST_HOLIDAY_TABLE):
        remedy = f"mca academy revise --academy {in_use[older[0]][0]} --calendar {LATEST_HOLIDAY_TABLE}"
        return warning(f"{older[0]} is used in {', '.join(in_use[older[0]])}; {LATEST_HOLIDAY_TABLE} is newer", remedy)
    return well(f"the table {LATEST_HOLIDAY_TABLE} is official until {published}")
