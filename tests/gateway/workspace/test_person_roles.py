"""Somebody's roles on one form: each goes to whom it should, or is empty; what is refused says why."""

from __future__ import annotations

import pytest

from schemas.engagement_facts import CoachAssigned, CoachPart
from schemas.words import Role
from tests.gateway.pages.conftest import NAMES, Site
from tests.gateway.pages.lives import OTHER, Life
from tests.gateway.pages.reading import Page
from tests.gateway.pages.test_roles import joined
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.test_academy import stale
from tests.workflows.subjects import COACH, LEAD, OFFICE, SPONSOR, now
from worker.main import Engine

WHO = "SELECT person FROM engagement_people WHERE engagement = $1 AND role = $2"


@pytest.fixture
async def office(browser: Browser) -> Browser:
    """The office's browser."""
    await browser.sign_in(f"{OFFICE}@example.org")
    return browser


async def press(browser: Browser, here: str, **given: str) -> Page:
    """Press the button; what is chosen beforehand is sent with it."""
    chosen = {one["name"]: one["value"] for one in browser.shown.inputs if "checked" in one}
    return await browser.press(here, "roles.yes", **chosen | given)


def choice(team: str, role: Role, said: str, who: str = "") -> dict[str, str]:
    """What is filled in for a role."""
    return {f"roles-{role}-{team}": said, f"roles-{role}-{team}-who": who}


async def test_a_role_goes_to_whom_it_is_said_and_another_is_refused_with_why(
    site: Site, office: Browser, running: Engine
) -> None:
    """By name or address; what was done stays done, and the rest can be put right on the same page."""
    _ = running
    team = await Life().agreed().tell(CoachAssigned, person=LEAD, part=CoachPart.CO).put(site.pool)
    here = f"/people/{LEAD}/roles"
    page = await office.open(here)
    for words in ("Co-coach of Ward 12", "Team lead of Ward 12", "ask faculty who takes over"):
        assert words in page.words.replace("&#39;", "'")
    given = choice(team, Role.CO_COACH, "somebody", f"{COACH}@example.org")
    given |= choice(team, Role.TEAM_LEAD, "somebody", NAMES[OTHER].upper())
    page = await press(office, here, **given)
    assert "1 of 2 roles were changed" in page.words
    assert "main coach" in page.words
    assert f"roles-team_lead-{team}" not in page.text
    assert await site.pool.fetchval(WHO, team, "team_lead") == OTHER
    assert await site.pool.fetchval(WHO, team, "co_coach") == LEAD
    page = await press(office, here, **choice(team, Role.CO_COACH, "nobody"))
    assert page.title == NAMES[LEAD]
    assert await site.pool.fetchval(WHO, team, "co_coach") is None


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("Zoe Nobody", "don't know anybody by this name"),
        ("", "Enter their full name or email address"),
        (f"{SPONSOR}@example.org", "This is the same person"),
        ("sheffield.office@example.org", "programme office's mailbox"),
        ("Two Alike", "More than one person matches"),
    ],
)
async def test_whoever_cannot_be_meant_is_said_beside_the_role(
    site: Site, office: Browser, said: str, wrong: str
) -> None:
    """And nothing is changed."""
    team = await Life().agreed().put(site.pool)
    await site.pool.execute("UPDATE people SET name = 'Two Alike' WHERE person = ANY ($1)", [LEAD, OTHER])
    here = f"/people/{SPONSOR}/roles"
    await office.open(here)
    page = await press(office, here, **choice(team, Role.SPONSOR, "somebody", said))
    assert (page.status, wrong in page.words.replace("&#39;", "'")) == (422, True), page.words


async def test_whoever_has_no_role_has_none_to_hand_on(office: Browser) -> None:
    """And nothing chosen changes nothing."""
    assert "no role in a team" in (await office.open(f"/people/{OTHER}/roles")).words
    here = f"/people/{COACH}/roles"
    await office.open(here)
    assert "Choose who takes over at least one" in (await press(office, here)).words


async def test_a_place_in_the_office_is_given_by_who_signed_in_just_now(site: Site, office: Browser) -> None:
    """Whoever has it may do what an office may."""
    await joined(site)
    await site.pool.execute(
        """
        INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, body, answer)
        VALUES ('sheffield', 1, 'sheffield:1', 'office_member_joined', $1, $1, 'office', '{}', '{}')
        """,
        now(),
    )
    here = f"/people/{OTHER}/roles"
    assert "Member of the programme office" in (await office.open(here)).words
    await stale(site)
    page = await press(office, here, **choice("sheffield", Role.OFFICE, "nobody"))
    assert page.url.startswith("/sign-in")
