"""What holds in an academy by now, for whatever begins in it: its bank holidays, and the newest of its programmes."""

from __future__ import annotations

from lifecycle.academy.facts import Life
from lifecycle.gathering import Subject
from records import academies, ledger
from records.database import Connection
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.programme import Programme
from schemas.programme_file import shipped_programme
from schemas.words import Code


async def academy_life(conn: Connection, academy: Code) -> Life | None:
    """What was told to an academy; None where nothing was."""
    facts = (await ledger.load(conn, academy)).facts
    if not facts:
        return None
    life: Life = Subject.of(facts, {}, max(fact.occurred_at for fact in facts)).state.life
    return life


async def holiday_table_of(conn: Connection, academy: Code) -> Code:
    """The table of bank holidays that an academy counts by now."""
    life = await academy_life(conn, academy)
    return LATEST_HOLIDAY_TABLE if life is None else life.calendar.table


def newest(life: Life, programme: Programme) -> Programme:
    """The version of a programme that an academy adopted last, if that is a newer one."""
    later = (known for known in life.programmes if known.name == programme.name and known.version > programme.version)
    return next(later, programme)


async def programme_in_force(conn: Connection, academy: Code) -> Programme:
    """The version by which something begins now: that of its latest course, unless the academy adopted a newer one."""
    known = await academies.last_programme(conn, academy) or shipped_programme()
    life = await academy_life(conn, academy)
    return newest(life, known) if life else known
