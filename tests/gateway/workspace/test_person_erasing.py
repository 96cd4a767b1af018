"""Somebody is erased by their office: shown before, proved afterwards, found nowhere."""

from __future__ import annotations

import pytest

from records.personal import TABLES
from schemas.engagement_facts import CoachAssigned, CoachPart
from schemas.words import Role
from tests.gateway.pages.conftest import NAMES, Site
from tests.gateway.pages.lives import OTHER, Life
from tests.gateway.pages.reading import Page
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.test_academy import stale
from tests.workflows.subjects import COACH, LEAD, OFFICE
from worker.main import Engine

HERE = f"/people/{LEAD}/erase"
WHO = "SELECT person FROM engagement_people WHERE engagement = $1 AND role = $2"
NOTED = "SELECT erased_by, reason FROM erasures WHERE person = $1"


@pytest.fixture
async def office(browser: Browser) -> Browser:
    """The office's browser."""
    await browser.sign_in(f"{OFFICE}@example.org")
    return browser


async def press(browser: Browser, here: str = HERE, **given: str) -> Page:
    """Press the button; what is chosen beforehand is sent with it."""
    chosen = {one["name"]: one["value"] for one in browser.shown.inputs if "checked" in one}
    return await browser.press(here, "erase.yes", **chosen | {"erase-why": "asked"} | given)


async def found(site: Site, *words: str) -> list[str]:
    """The tables in which any of these words stand."""
    kept = {table.name: repr(await site.pool.fetch(f"SELECT * FROM {table.name}")) for table in TABLES}  # noqa: S608
    return [name for name, rows in kept.items() if any(word in rows for word in words)]


async def test_whoever_is_erased_is_found_nowhere_and_others_have_their_roles(
    site: Site, office: Browser, running: Engine
) -> None:
    """What goes and what stays is said before; one role is handed on, others are asked about the rest."""
    _ = running
    team = await Life().agreed().put(site.pool)
    await site.pool.execute(
        "INSERT INTO notes (event_id, subject, text, kept_at) SELECT event_id, subject, $1, recorded_at "
        "FROM facts WHERE subject = $2 AND seq = 1",
        f"Call {NAMES[LEAD]}, or write to {LEAD}@example.org.", team,
    )  # fmt: skip
    page = await office.open(HERE)
    for words in (
        "Name and address",
        "1 erased",
        "kept, with a code",
        "can't undo this",
        "Team lead of Ward 12",
    ):
        assert words in page.words.replace("&#39;", "'")
    given = {f"erase-team_lead-{team}": "somebody", f"erase-team_lead-{team}-who": NAMES[OTHER]}
    page = await press(office, **given)
    assert page.title == f"{NAMES[LEAD]} is erased"
    assert "found nothing more" in page.words
    assert await found(site, NAMES[LEAD], f"{LEAD}@example.org") == []
    assert await site.pool.fetchval(WHO, team, "team_lead") == OTHER
    assert [tuple(row) for row in await site.pool.fetch(NOTED, LEAD)] == [(f"person:{OFFICE}", "asked")]
    assert (await office.open(f"/people/{LEAD}")).status == 404


async def test_nobody_is_erased_while_a_role_cannot_go_where_it_should(
    site: Site, office: Browser, running: Engine
) -> None:
    """The page says which, and why; nor without a reason."""
    _ = running
    team = await Life().agreed().tell(CoachAssigned, person=LEAD, part=CoachPart.CO).put(site.pool)
    await office.open(HERE)
    assert "Say why you are erasing them" in (await press(office, **{"erase-why": ""})).words
    name = f"erase-{Role.CO_COACH}-{team}"
    page = await press(office, **{name: "somebody", f"{name}-who": NAMES[COACH]})
    assert "Nobody was erased" in page.words
    assert "main coach" in page.words
    assert await site.pool.fetch(NOTED, LEAD) == []


async def test_only_who_signed_in_just_now_erases(site: Site, office: Browser) -> None:
    """Neither is it shown to anybody else."""
    await office.open(HERE)
    await stale(site)
    assert (await press(office)).url.startswith("/sign-in")
    assert (await office.open(HERE)).url.startswith("/sign-in")
    assert await site.pool.fetch(NOTED, LEAD) == []
