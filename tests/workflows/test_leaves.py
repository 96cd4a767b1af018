"""Somebody is away: all that is theirs is told once, and told again when it is taken back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from coaching_client.handles import FactRefusedError
from operations.academies import close_academy
from operations.effects import Heard
from operations.leaves import Away, agree_leave, take_back_leave
from records import effects
from schemas.facts import Teller
from schemas.intro_course_facts import PlaceRequested
from schemas.programme import Absence
from schemas.subjects import person_subject
from schemas.words import Role
from tests.workflows.courses import course
from tests.workflows.subjects import COACH, PROGRAMME, TESTER, Academy, now
from tests.workflows.test_cohorts import scheduled, started, team, with_participants

_OFFICE = Teller(role=Role.OFFICE)


def away(person: str) -> Away:
    """A week from next month."""
    first = now().date() + timedelta(days=30)
    return Away("sheffield", person, first, first + timedelta(days=6), now(), _OFFICE)


async def subjects(academy: Academy, person: str) -> list[str]:
    """Where a leave of somebody stands."""
    async with academy.pool.acquire() as conn:
        return [one.subject for one in await effects.held(conn, person_subject("sheffield", person)) if one.stands]


async def test_all_that_is_somebodys_is_told_once(academy: Academy) -> None:
    """A coach with a team who has booked a course; said again, only what is theirs since."""
    life, one = await academy.engagement(), await course(academy, weeks=4)
    await one.told(PlaceRequested, person=COACH, booking=f"{one.name}.B01", delegate="external")

    async def say(leave: Away) -> Heard:
        return await agree_leave(academy.engine, TESTER, leave)

    leave = away(COACH)
    assert set((await say(leave)).told) == {life.name, one.name}
    assert await say(replace(leave, at=now())) == Heard()
    later = await course(academy, weeks=4)
    await later.told(PlaceRequested, person=COACH, booking=f"{later.name}.B01", delegate="external")
    assert (await say(replace(leave, at=now()))).told == (later.name,)
    await asyncio.sleep(1)
    later_on = replace(leave, at=now())
    back = await take_back_leave(academy.engine, TESTER, later_on)
    assert back.refused == ()
    assert set(back.told) == {life.name, one.name, later.name}
    assert await subjects(academy, COACH) == []
    assert set((await say(later_on)).told) == set(back.told)


async def test_a_participants_leave_reaches_cohort_and_team(academy: Academy) -> None:
    """Each from the person's own ledger, once."""
    cohort = await with_participants(academy, scheduled(), {"team": team()})
    life = await started(cohort.engagement(f"{cohort.name}.P1"))
    heard = await agree_leave(academy.engine, TESTER, away("per_1"))
    assert heard == Heard((cohort.name, life.name))
    assert sorted(await subjects(academy, "per_1")) == [cohort.name, life.name]


async def test_a_long_leave_asks_the_office_who_stands_in(academy: Academy) -> None:
    """Told to the person, for five weeks of the course: it will be asked of the team; taken back, it will not."""
    life = await academy.engagement()
    await life.agreed()
    first = life.opening.course_start + timedelta(weeks=4)
    leave = Away("sheffield", COACH, first, first + timedelta(weeks=5), now(), _OFFICE)
    assert (await agree_leave(academy.engine, TESTER, leave)).told == (life.name,)
    (asked,) = [due for due in await life.timeline() if due.matter == "cover"]
    assert (asked.about, asked.turn) == (first, Role.OFFICE)
    await take_back_leave(academy.engine, TESTER, replace(leave, at=now()))
    assert [due for due in await life.timeline() if due.matter == "cover"] == []


async def test_a_leave_is_confirmed_by_the_programme_that_a_persons_team_follows(academy: Academy) -> None:
    """The person follows none: their team's says that six weeks must be confirmed."""
    strict = PROGRAMME.model_copy(update={"version": 2, "absence": Absence(confirmed_after_weeks=5)})
    life = await academy.engagement(programme=strict)
    first = now().date() + timedelta(days=1)
    leave = Away("sheffield", COACH, first, first + timedelta(weeks=6), now(), _OFFICE)
    with pytest.raises(FactRefusedError) as refused:
        await agree_leave(academy.engine, TESTER, leave)
    assert refused.value.refusal.code == "not_confirmed"
    with pytest.raises(FactRefusedError):
        await close_academy(academy.engine, TESTER, "sheffield", first, first + timedelta(weeks=7))
    assert (await agree_leave(academy.engine, TESTER, replace(leave, confirmed=True))).told == (life.name,)
