"""An academy closes for a fortnight: all that is open hears of it, once, and nothing is sent in it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from coaching_client.handles import FactRefusedError
from operations.academies import adopt_programme, close_academy, revise_calendar
from operations.effects import pass_on
from operations.holidays import look_at_holidays
from records import incidents
from schemas.calendars import LATEST_HOLIDAY_TABLE, holiday_table
from tests.workflows.courses import course
from tests.workflows.subjects import PROGRAMME, TESTER, Academy, Engagement, now


async def test_everything_open_is_told_once(academy: Academy) -> None:
    """An engagement and a course; said again, only what began since is told."""
    life, one = await academy.engagement(), await course(academy, weeks=4)
    first = one.opening.day_1 - timedelta(days=16)
    last = first + timedelta(days=7)

    async def closed() -> tuple[str, ...]:
        done = await close_academy(academy.engine, TESTER, "sheffield", first, last)
        assert done.refused == ()
        return done.told

    assert set(await closed()) == {life.name, one.name}
    assert await closed() == ()
    later = await course(academy, weeks=4)
    assert await closed() == (later.name,)


async def test_joining_instructions_go_before_a_closed_week(academy: Academy) -> None:
    """Two weeks before the course the academy is closed: they go on the last working day before that."""
    one = await course(academy, weeks=6)
    await one.book(1)
    first = one.opening.day_1 - timedelta(days=16)
    await close_academy(academy.engine, TESTER, "sheffield", first, first + timedelta(days=7))
    (joining,) = [due for due in await one.timeline() if due.matter == "joining" and due.act == "flag"]
    assert joining.at.date() < first


async def kinds(life: Engagement) -> list[str]:
    """What an engagement was told, in order."""
    rows = await life.academy.pool.fetch("SELECT kind FROM facts WHERE subject = $1 ORDER BY seq", life.name)
    return [row["kind"] for row in rows]


async def test_another_holiday_table_reaches_what_is_open_and_closed_weeks_are_taken_back(academy: Academy) -> None:
    """Each by one word to the academy; an unknown table is refused before anybody hears of it."""
    life = await academy.engagement()
    first = now().date() + timedelta(days=30)
    town = (academy.engine, TESTER, "sheffield")
    heard = await revise_calendar(*town, "uk-2025-12")
    assert (heard.told, await kinds(life)) == ((life.name,), ["engagement_proposed", "calendar_revised"])
    with pytest.raises(FactRefusedError) as refused:
        await revise_calendar(*town, "uk-1999-01")
    assert refused.value.refusal.code == "unknown_calendar"
    for back in (False, True):
        heard = await close_academy(*town, first, first + timedelta(days=6), back=back)
        assert heard.told == (life.name,)
    assert (await kinds(life))[2:] == ["academy_closed", "correction"]


async def a_second_later() -> None:
    """Wait for the next second: of one second, the earlier version counts as the earlier fact."""
    before = now()
    while now() <= before + timedelta(seconds=1):  # noqa: ASYNC110 - nothing announces it
        await asyncio.sleep(0.05)


async def test_another_version_of_a_programme_reaches_what_is_open_and_what_begins_later(academy: Academy) -> None:
    """By one word to the academy; what follows another programme keeps it, and nobody has to see to that."""
    other = PROGRAMME.model_copy(update={"name": "other"})
    life, apart = await academy.engagement(), await academy.engagement(programme=other)
    second = PROGRAMME.model_copy(update={"version": 2})
    heard = await adopt_programme(academy.engine, TESTER, "sheffield", second)
    assert (heard.told, heard.refused, heard.late) == ((life.name,), (), ())
    later = await course(academy, weeks=4)
    again = await pass_on(academy.engine, "sheffield", now())
    assert (again.told, again.refused) == ((later.name,), ())
    labels = await academy.pool.fetch("SELECT engagement, programme FROM engagements")
    assert {row["engagement"]: row["programme"] for row in labels} == {
        life.name: "sheffield-mca@2",
        apart.name: "other@1",
    }
    await a_second_later()
    with pytest.raises(FactRefusedError, match="follows version 2"):
        await adopt_programme(academy.engine, TESTER, "sheffield", PROGRAMME)


async def test_a_holiday_table_that_runs_out_is_an_incident_in_time(academy: Academy) -> None:
    """For whoever can install another release; a table that reaches far enough is none."""
    await academy.engagement()

    async def found(at: datetime) -> list[tuple[str, str]]:
        await look_at_holidays(academy.pool, at)
        async with academy.pool.acquire() as conn:
            return [(one.finding.kind, one.finding.key) for one in await incidents.open_of(conn, "sheffield")]

    until = min(holiday_table(LATEST_HOLIDAY_TABLE).published_until.values())
    soon = datetime(until.year, until.month, until.day, 12, tzinfo=UTC) - timedelta(days=100)
    assert await found(soon - timedelta(days=200)) == []
    assert await found(soon) == [("holidays_end", LATEST_HOLIDAY_TABLE)]
