"""The worklist of an academy of a thousand engagements, each with some 87 facts and one question that is open."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from time import perf_counter
from typing import Final

from benchmarks.figures import Aim, Result, spread
from benchmarks.ground import Ground
from benchmarks.made_up import known
from benchmarks.subjects import agreement, opening, sessions, wall
from lifecycle import engagement
from lifecycle.gathering import Subject
from operations.worklist import Wanted, worklist
from records import views
from records.database import Connection
from records.subjects import Subjects
from schemas.corrections import EngagementFact
from schemas.words import Role

PART: Final = "worklist"
ENGAGEMENTS: Final = 1000
_WEEKS: Final = 81
_ACADEMY: Final = "busy"
_COPIED: Final = {
    "facts": "event_id",
    "subjects": None,
    "done_items": None,
    "notices": "notice",
    "due_items": None,
    "open_questions": None,
    "engagements": None,
    "engagement_people": None,
    "sessions": None,
}


async def measure(ground: Ground, rounds: int) -> list[Result]:
    """How long one call takes, for everybody's lines and for those of faculty alone; and the list of engagements."""
    async with ground.pool.acquire() as connection, connection.transaction():
        await fill(connection, ENGAGEMENTS)
    await ground.pool.execute("ANALYZE")
    took: dict[str, list[float]] = {"everybody's": [], "faculty's": []}
    listed: list[float] = []
    async with ground.pool.acquire() as connection:
        for _ in range(rounds):
            for whose, wanted in (("everybody's", Wanted()), ("faculty's", Wanted(turn=Role.FACULTY))):
                began = perf_counter()
                await worklist(connection, _ACADEMY, wall(), wanted)
                took[whose].append((perf_counter() - began) * 1000)
            began = perf_counter()
            await views.engagements(connection, academy=_ACADEMY)
            listed.append((perf_counter() - began) * 1000)
    return [
        *(
            spread(PART, f"{whose} worklist, 1,000 engagements", ms, "ms", Aim("at most", 500))
            for whose, ms in took.items()
        ),
        spread(PART, "list of 1,000 engagements", listed, "ms", Aim("at most", 500)),
    ]


async def fill(connection: Connection, engagements: int) -> None:
    """One engagement lived by the rules, and so many copies of its records."""
    first = f"{_ACADEMY}.2025-autumn.P0000"
    await _live(connection, first)
    names = [f"{_ACADEMY}.2025-autumn.P{number:04}" for number in range(1, engagements)]
    for table, unique in _COPIED.items():
        owner = "engagement" if table in ("engagements", "engagement_people", "sessions") else "subject"
        columns = await connection.fetchval(
            """
            SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
            """,
            table,
        )
        stated = {owner: "copy.name"} | ({unique: f"copy.name || '.' || {unique}"} if unique else {})
        if table == "facts":
            stated["body"] = "jsonb_set(body, '{event_id}', to_jsonb(copy.name || '.' || event_id))"
        chosen = ", ".join(stated.get(column, f'{table}."{column}"') for column in columns)
        into = ", ".join(f'"{column}"' for column in columns)
        await connection.execute(
            f"INSERT INTO {table} ({into}) SELECT {chosen} FROM {table}, unnest($2::text[]) AS copy (name) "  # noqa: S608
            f"WHERE {table}.{owner} = $1",
            first,
            names,
        )


async def _live(connection: Connection, name: str) -> None:
    """Every session was held until some weeks ago; nobody has answered since."""
    now = wall()
    at = now - timedelta(weeks=_WEEKS + 6)
    start: date = (at + timedelta(weeks=3)).date()
    begun = opening(name, at, course_start=start, watched_from=now - timedelta(weeks=6))
    told: list[EngagementFact] = [begun, *agreement(begun, at + timedelta(days=3))]
    told += sessions(begun, now - timedelta(weeks=2))
    subjects = Subjects()
    await known(connection, name, begun)
    await subjects.take_in(connection, name, told, now - timedelta(weeks=2))
    moment: datetime = now - timedelta(weeks=2)
    done: dict[str, datetime] = {}
    state = Subject.of(told, done, moment).state
    while (ahead := engagement.upcoming(state, done)) and ahead[0].at < now:
        moment = max(moment, ahead[0].at)
        state = Subject.of(told, done, moment).state
        keys = [item.key for item in engagement.due(state, done)]
        await subjects.carry_out(connection, name, moment, len(told), keys)
        done |= dict.fromkeys(keys, moment)
