"""Mail scanners open every link and press every button: nothing is recorded, until a person takes one more step."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from activities.links import Purpose
from gateway.pages.forms import Forms
from gateway.pages.human import LATELY, SOON, Tap, day_of
from schemas.words import Matter
from tests.gateway.pages.cases import CASES
from tests.gateway.pages.conftest import KEY, OLD_KEY, Site, asks_for_day, day_hidden_in
from tests.gateway.pages.lives import Life
from tests.gateway.pages.reading import Page
from tests.gateway.pages.test_every_matter import filled, opened
from tests.workflows.subjects import COACH, now
from worker.main import Engine

AT = datetime(2027, 3, 30, 9, 0, tzinfo=UTC)
MOMENT = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("sent", "contradicted", "doubtful"),
    [
        (None, (), False),
        (SOON, (), False),
        (SOON - MOMENT, (), True),
        (timedelta(), (), True),
        (-MOMENT, (), True),
        (None, (LATELY,), False),
        (None, (LATELY - MOMENT,), True),
        (SOON, (2 * LATELY, MOMENT), True),
    ],
)
def test_what_follows_too_soon_is_doubted(
    sent: timedelta | None, contradicted: tuple[timedelta, ...], *, doubtful: bool
) -> None:
    """A minute after the mail, and five after an answer that it contradicts; an unknown mail speaks for nothing."""
    press = Tap(
        at=AT,
        today=AT.date(),
        sent_at=None if sent is None else AT - sent,
        contradicted=tuple(AT - ago for ago in contradicted),
    )
    assert press.doubtful is doubtful


def test_three_days_are_shown_in_any_order() -> None:
    """The right one among them, at every place, and none so near that it could be taken for it."""
    right, places = date(2027, 1, 1), set()
    for seed in range(60):
        days = [date.fromisoformat(choice.value) for choice in day_of(right, AT.date(), Random(seed)).choices]  # noqa: S311
        assert len(set(days)) == 3
        assert all(day == right or abs(day - right) > timedelta(days=1) for day in days)
        places.add(days.index(right))
    assert places == {0, 1, 2}
    assert str(AT.date()) in {choice.value for choice in day_of(None, AT.date(), Random(1)).choices}  # noqa: S311


def test_a_form_does_not_say_which_day_it_waits_for() -> None:
    """Nor does another form that waits for the same one; what one key hid another finds."""
    made = Forms((OLD_KEY, KEY))
    hidden = made.hide("2027-03-30")
    assert hidden != made.hide("2027-03-30")
    assert made.is_day(hidden, "2027-03-30")
    assert not any(made.is_day(hidden, other) for other in ("2027-03-29", "", None))
    assert not made.is_day("", "2027-03-30")
    assert Forms((OLD_KEY,)).is_day(Forms((OLD_KEY,)).hide("d"), "d")


async def sent(site: Site, ago: timedelta = timedelta()) -> None:
    """Every notice was sent so long ago."""
    await site.pool.execute("UPDATE notices SET status = 'sent', settled_at = $1, message_id = 'm'", now() - ago)


async def rows(site: Site) -> dict[str, int]:
    """How many rows there are in each table."""
    tables = await site.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    return {name: await site.pool.fetchval(f'SELECT count(*) FROM "{name}"') for (name,) in tables}  # noqa: S608


async def test_a_scanner_that_presses_every_button_of_every_page_records_nothing(site: Site) -> None:
    """In order, filled in or not, within a minute of the mails; then the button of the page that this leads to."""
    asked = [(case, *await opened(site, case)) for case in {case.matter: case for case in CASES}.values()]
    await sent(site)
    before = await rows(site)
    for case, subject, token in asked:
        page, doubted = await site.get(token), False
        for button in page.buttons:
            led = await site.press(token, page, button, **(filled(case, subject) if button == case.answer else {}))
            unchanged = "Nothing was changed" in led.words
            assert asks_for_day(led) or unchanged or led.status == 422, (case.name, button, led.words)
            if asks_for_day(led) and not doubted:
                doubted = True
                assert (await site.choose(token, led, "")).status == 422
        assert doubted, case.name
    assert await rows(site) == before


async def session(site: Site, ago: timedelta) -> tuple[str, Page]:
    """A session's question that was mailed so long ago: its token, and its page."""
    life = Life().agreed()
    await life.put(site.pool)
    day = (now() - timedelta(days=1)).date()
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    await sent(site, ago)
    return token, await site.get(token)


async def told(site: Site) -> list[str]:
    """The kinds of the facts that were told from pages."""
    found = await site.pool.fetch("SELECT kind FROM facts WHERE event_id LIKE 'page-%' ORDER BY recorded_at, seq")
    return [row["kind"] for row in found]


async def test_a_person_who_was_quick_takes_one_step_and_loses_nothing(site: Site, running: Engine) -> None:  # noqa: ARG001
    """A wrong day asks again, with the same three; the right one records what was pressed, and what was typed."""
    token, page = await session(site, timedelta(seconds=20))
    step = await site.press(token, page, "held.team", **{"held-note": "All <eight> came"})
    assert step.title == "Please confirm your answer"
    assert "Nothing is recorded yet" in step.words
    assert "Yes, the team led it" in step.words
    right = day_hidden_in(step)
    wrong = next(one["value"] for one in step.inputs if one.get("type") == "radio" and one["value"] != right)
    again = await site.choose(token, step, wrong)
    assert (again.status, "That isn't the day" in again.words) == (422, True)
    assert (days(again), again.state != step.state) == (days(step), True)
    assert await told(site) == []
    assert "We've recorded it." in (await site.choose(token, again, right)).words
    assert "We've recorded it." in (await site.choose(token, again, right)).words
    assert await told(site) == ["session_held"]
    assert await site.pool.fetchval("SELECT text FROM notes") == "All <eight> came"


def days(page: Page) -> list[str]:
    """The days that can be chosen, in their order."""
    return [one["value"] for one in page.inputs if one.get("type") == "radio"]


async def test_no_program_finds_the_day_by_trying_or_comparing(site: Site) -> None:
    """The same three however often it is asked; after two wrong ones the right one is not taken either."""
    token, page = await session(site, timedelta())
    step = await site.press(token, page, "held.team", **{"held-note": "All came"})
    right = day_hidden_in(step)
    for _ in range(5):
        assert days(await site.press(token, await site.get(token), "held.team")) == days(step)
    first, second = [day for day in days(step) if day != right]
    assert "Try again" in (await site.choose(token, step, first)).words
    for day in (second, right):
        locked = await site.choose(token, step, day)
        assert (locked.status, "Wait 5 minutes" in locked.words, "All came" in locked.text) == (422, True, True)
    assert await told(site) == []


async def test_a_press_is_taken_as_it_is_a_minute_after_the_mail(site: Site, running: Engine) -> None:  # noqa: ARG001
    """And so is its repeat; what contradicts it within five minutes waits for a person, who puts the first right."""
    token, page = await session(site, timedelta(seconds=61))
    for _ in range(2):
        assert "We've recorded it." in (await site.press(token, page, "held.team")).words
    reason = {"not-held-reason": "staffing"}
    other = await site.press(token, await site.get(token, "?change=1"), "not-held.yes", "?change=1", **reason)
    assert asks_for_day(other)
    assert asks_for_day(await site.press(token, await site.get(token, "?change=1"), "back-0.yes", "?change=1"))
    assert await told(site) == ["session_held"]
    assert "We've recorded it." in (await site.choose(token, other, day_hidden_in(other), "?change=1")).words
    assert await told(site) == ["session_held", "correction"]
    assert "didn't go ahead" in (await site.get(token)).words


async def test_a_form_that_is_not_the_pages_own_records_nothing(site: Site, running: Engine) -> None:  # noqa: ARG001
    """None at all, a forged one or another page's: the answer waits for a person."""
    life = Life().agreed()
    await life.put(site.pool)
    token = site.token(Purpose.STOPPED, subject=life.name)
    other = await site.get(site.token(Purpose.PAUSE, subject=life.name))
    for form in ({}, {"state": "x.y"}, {"state": other.state}):
        answered = await site.http.post(f"/a/{token}", data=form | {"answer": "stop.yes"})
        assert "Nothing is recorded yet" in answered.text
    assert await told(site) == []
    step = await site.press(token, other, "stop.yes")
    assert "We've recorded it." in (await site.choose(token, step, day_hidden_in(step))).words
    assert await told(site) == ["coach_stopped"]


async def test_a_step_is_worth_nothing_elsewhere(site: Site) -> None:
    """The day that one page asked for opens no other."""
    token, page = await session(site, timedelta())
    step = await site.press(token, page, "held.team")
    right = day_hidden_in(step)
    elsewhere, _ = await session(site, timedelta())
    assert asks_for_day(await site.choose(elsewhere, step, right))
    assert await told(site) == []
    assert (await site.pool.fetchval("SELECT count(*) FROM people WHERE person = $1", COACH)) == 1
