"""Somebody says on a page when they are away, and takes it back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from activities.links import Purpose
from operations.leaves import leaves_of
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.workflows.subjects import COACH, now
from worker.main import Engine


def days(first: int, last: int) -> dict[str, str]:
    """What is filled in, in days from today."""
    filled = {"first": now() + timedelta(days=first), "last": now() + timedelta(days=last)}
    return {f"away-{name}-{part}": str(getattr(on, part)) for name, on in filled.items() for part in _PARTS}


_PARTS = ("day", "month", "year")


async def standing(site: Site) -> int:
    """How much leave of the coach stands."""
    async with site.pool.acquire() as conn:
        return len(await leaves_of(conn, "sheffield", COACH))


async def test_leave_is_told_once_and_taken_back(site: Site, running: Engine) -> None:  # noqa: ARG001
    """The same days again change nothing, and the page says so; then it stands on the page, with a button."""
    life = Life(1)
    await life.put(site.pool)
    token = site.token(Purpose.LEAVE)
    page = await site.get(token)
    assert page.title == "When will you be away?"
    told = await site.post(token, page, "away.yes", **days(7, 14))
    assert "We've recorded it." in told.words
    told = await site.post(token, page, "away.yes", **days(7, 14))
    assert "Nothing was changed" in told.words
    assert await standing(site) == 1
    (back,) = [button for button in told.buttons if button.startswith("back-")]
    taken = await site.post(token, told, back)
    assert await standing(site) == 0
    assert [button for button in taken.buttons if button.startswith("back-")] == []


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (7, 6, "the same as or after your first"),
        (-7, -1, "today or in the future"),
        (1, 400, "ask the programme office"),
    ],
)
async def test_days_that_cannot_be_are_told_back(site: Site, first: int, last: int, said: str) -> None:
    """Nothing is recorded, and what was filled in is still there."""
    await Life(1).put(site.pool)
    page = await site.answer(site.token(Purpose.LEAVE), "away.yes", **days(first, last))
    assert page.status == 422
    assert said in page.words
    assert await standing(site) == 0
    assert days(first, last)["away-last-year"] in {one.get("value") for one in page.inputs}


async def test_so_long_a_leave_is_confirmed_with_a_tick(site: Site, running: Engine) -> None:  # noqa: ARG001
    """The page says how long it would be and asks; ticked, it is told."""
    await Life(1).put(site.pool)
    token = site.token(Purpose.LEAVE)
    page = await site.answer(token, "away.yes", **days(7, 7 + 26 * 7))
    assert (page.status, await standing(site)) == (422, 0)
    assert "26 weeks and 1 day of leave" in page.words
    await site.post(token, page, "away.yes", **days(7, 7 + 26 * 7), **{"away-confirmed": "yes"})
    assert await standing(site) == 1
