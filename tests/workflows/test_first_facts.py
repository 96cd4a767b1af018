"""A course that is postponed reaches its teams; what begins later counts by what holds in its academy by then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coaching_client.handles import FactRefusedError
from operations.academies import adopt_programme, revise_calendar
from operations.cohorts import CohortPlan, check_same, counting, move_start
from operations.intro_calendars import open_regularly
from records import intro_calendars, ledger
from schemas.calendars import HOLIDAY_TABLES
from schemas.facts import RoleChanged
from schemas.roster import Contact
from schemas.words import Role
from tests.workflows.subjects import PROGRAMME, TESTER, Academy, now, one_more
from tests.workflows.test_cohorts import eventually, scheduled, started, team, with_participants


async def test_a_postponed_course_starts_later_in_its_engagements_too(academy: Academy) -> None:
    """Told once by its new day; a start from the same roster then names the new one."""
    cohort = await with_participants(academy, scheduled(), {"team": team()})
    life = await started(cohort.engagement(f"{cohort.name}.P1"))
    later = scheduled().course_start + timedelta(weeks=5)
    assert await move_start(academy.engine, TESTER, cohort.name, later)
    assert not await move_start(academy.engine, TESTER, cohort.name, later)

    async def follows() -> bool:
        query = "SELECT count(*) FROM facts WHERE subject = $1 AND body -> 'replacement' ->> 'course_start' = $2"
        return bool(await academy.pool.fetchval(query, life.name, later.isoformat()))

    await eventually(follows)
    async with academy.pool.acquire() as conn:
        recorded = (await ledger.load(conn, cohort.name)).facts
    check_same(CohortPlan("sheffield", cohort.name, later, scheduled().programme), recorded)
    assert await academy.pool.fetchval("SELECT course_start FROM cohorts WHERE cohort = $1", cohort.name) == later


async def test_a_course_that_nobody_scheduled_is_not_moved(academy: Academy) -> None:
    """In the words of any id that does not exist."""
    with pytest.raises(FactRefusedError, match="There's no cohort here"):
        await move_start(academy.engine, TESTER, one_more("sheffield.c"), now().date())


async def test_faculty_told_to_a_cohort_is_faculty_of_its_engagement(academy: Academy) -> None:
    """As the records show it."""
    cohort = await with_participants(academy, scheduled(), {"team": team()})
    life = await started(cohort.engagement(f"{cohort.name}.P1"))
    await cohort.told(RoleChanged, role=Role.FACULTY, instead_of="per_faculty", person="per_other")

    async def follows() -> bool:
        query = "SELECT person FROM engagement_people WHERE engagement = $1 AND role = 'faculty'"
        return bool(await academy.pool.fetchval(query, life.name) == "per_other")

    await eventually(follows)


async def test_what_begins_later_counts_by_the_bank_holidays_and_programme_of_its_academy(academy: Academy) -> None:
    """Introduction courses that are opened by themselves, and cohorts, not by what held when that was asked for."""
    name, newer = one_more("academy"), PROGRAMME.model_copy(update={"version": PROGRAMME.version + 1})
    await open_regularly(academy.engine, TESTER, name, Contact("Office", "office@example.org"), PROGRAMME)
    await revise_calendar(academy.engine, TESTER, name, HOLIDAY_TABLES[0])
    await adopt_programme(academy.engine, TESTER, name, newer)

    async def follows() -> bool:
        async with academy.pool.acquire() as conn:
            given = await intro_calendars.of_academy(conn, name)
        return given is not None and (given.calendar, given.programme) == (HOLIDAY_TABLES[0], newer)

    await eventually(follows)
    async with academy.pool.acquire() as conn:
        plan = await counting(conn, CohortPlan(name, f"{name}.later", now().date(), PROGRAMME))
    assert plan.calendar == HOLIDAY_TABLES[0]
