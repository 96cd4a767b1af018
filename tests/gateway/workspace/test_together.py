"""The same answer for several tasks: ticked, given once, told one by one; only what is safe."""

from __future__ import annotations

from datetime import timedelta

import pytest

from activities.links import Purpose
from gateway.workspace.tasks.together import SAFE
from schemas.words import Matter
from tests.gateway.conftest import running, temporal, unheard
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.conftest import Phone
from tests.workflows.subjects import COACH, LEAD, now
from worker.main import Engine

__all__ = ["running", "temporal", "unheard"]


async def met(site: Site) -> str:
    """A team of whose last session nobody has said whether it went ahead; answers the task's name."""
    life = Life(4, watched_from=now() - timedelta(weeks=6)).agreed()
    name = await life.put(site.pool)
    window = await site.pool.fetchval(
        "SELECT split_part(item, '/', 2) FROM due_items WHERE subject = $1 AND matter = 'session' ORDER BY due_at", name
    )
    await site.notice(name, Matter.SESSION, window)
    return f"{name}/session/{window}"


async def tick(browser: Browser, which: str, items: list[str], **given: str) -> str:
    """Tick these and send the page's form; what is shown then."""
    page = await browser.open(f"/home?together={which}")
    name = "off" if which == "snooze" else "all"
    form = {"state": page.state, "answer": f"{name}.yes", f"{name}-tasks": items}
    return (await browser.http.post(f"/home?together={which}", data=form | given)).text


async def test_several_sessions_are_recorded_at_once(site: Site, browser: Browser, running: Engine) -> None:  # noqa: ARG001
    """Each as a fact of its own, from who told it, with its own line in the audit; then they are gone."""
    items = [await met(site), await met(site)]
    await browser.sign_in(f"{COACH}@example.org")
    assert "?together=session" in str(browser.shown.links)
    shown = await tick(browser, "session", items, **{"all-choice": "team"})
    assert "All 2 are done" in shown
    told = await site.pool.fetch(
        "SELECT DISTINCT subject, body ->> 'chaired_by' AS led FROM facts WHERE kind = 'session_held' AND "
        "told_by_person = $1", COACH,
    )  # fmt: skip
    assert {row["subject"] for row in told} == {item.partition("/")[0] for item in items}
    assert {row["led"] for row in told} == {"team"}
    assert await site.pool.fetchval("SELECT count(*) FROM audit WHERE action = 'tell session_held'") == 2
    left = await site.pool.fetch("SELECT concat_ws('/', subject, matter, \"window\") AS item FROM open_questions")
    assert not {row["item"] for row in left} & set(items)


async def test_of_what_could_not_be_recorded_it_is_said_beside_it(
    site: Site,
    browser: Browser,
    running: Engine,  # noqa: ARG001
) -> None:
    """The others are recorded."""
    first, second = await met(site), await met(site)
    await browser.sign_in(f"{COACH}@example.org")
    page = await browser.open("/home?together=session")
    alone = (await browser.open("/home")).link("say whether the session").rpartition("/")[2]
    assert "Thank you" in (await site.answer(alone, "held.team")).words
    form = {"state": page.state, "answer": "all.yes", "all-tasks": [first, second], "all-choice": "team"}
    shown = (await browser.http.post("/home?together=session", data=form)).text
    assert "1 of 2 are done" in shown
    assert "This was answered in the meantime." in shown
    assert await site.pool.fetchval("SELECT count(*) FROM facts WHERE kind = 'session_held'") == 2


async def test_nothing_is_recorded_without_a_choice(site: Site, browser: Browser) -> None:
    """What is missing is said, and what was ticked is kept."""
    items = [await met(site), await met(site)]
    await browser.sign_in(f"{COACH}@example.org")
    shown = await tick(browser, "session", items)
    assert "There is a problem" in shown
    assert shown.count(" checked") == 2
    assert "Select at least one" in await tick(browser, "session", [], **{"all-choice": "team"})


async def test_several_are_snoozed_for_one_reason(site: Site, browser: Browser) -> None:
    """It stands beside each; a day too far away snoozes none. It works the same by a mailed link."""
    items = [await met(site), await met(site)]
    await browser.sign_in(f"{COACH}@example.org")

    def until(days: int) -> dict[str, str]:
        day = (now() + timedelta(days=days)).date()
        return {f"off-until-{part}": str(getattr(day, part)) for part in ("day", "month", "year")}

    assert "at most 8 weeks" in await tick(browser, "snooze", items, **{"off-why": "Half term"}, **until(90))
    assert await site.pool.fetchval("SELECT count(*) FROM snoozes") == 0
    assert "All 2 are done" in await tick(browser, "snooze", items, **{"off-why": "Half term"}, **until(9))
    shown = await site.get(site.token(Purpose.HOME), "?show=snoozed")
    assert shown.words.count("Half term") == 2
    assert "Yours to do (0)" in shown.words


async def test_nobody_answers_for_others_nor_what_is_weighty(site: Site, browser: Browser) -> None:
    """A task that isn't theirs is none of those to be ticked; no other question can be asked so."""
    items = [await met(site), await met(site)]
    await browser.sign_in(f"{LEAD}@example.org")
    await tick(browser, "session", items, **{"all-choice": "team"})
    assert await site.pool.fetchval("SELECT count(*) FROM facts WHERE kind = 'session_held'") == 0
    for which in ("stall", "sign_off", "nothing", "%00"):
        assert "-tasks" not in (await browser.open(f"/home?together={which}")).text


@pytest.mark.parametrize("matter", list(Matter))
def test_only_what_loses_nothing_is_safe(matter: Matter) -> None:
    """Whether a session took place, and no decision."""
    assert (matter in SAFE) == (matter is Matter.SESSION)


async def test_axe_finds_nothing_on_a_narrow_phone(site: Site, browser: Browser, phone: Phone) -> None:
    """With several to be ticked, to be answered and to be put off."""
    await met(site)
    await met(site)
    await browser.sign_in(f"{COACH}@example.org")
    await phone.looks_right("/home?together=session", "/home?together=snooze")
