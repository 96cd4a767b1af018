"""An academy closes for a fortnight: all that is open hears of it, once, and nothing is sent in it."""

from __future__ import annotations

from datetime import timedelta

from operations.closures import close_academy
from tests.workflows.courses import course
from tests.workflows.subjects import TESTER, Academy


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
