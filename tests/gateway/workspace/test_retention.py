"""An academy says for how long it keeps what: shown before it counts, carried out at night, and told afterwards."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from temporalio.client import Client

from activities.signatures import Gone
from coaching_client import schedules
from gateway.settings import GatewaySettings
from operations import erasing
from operations.reconciling import reconcile
from schemas.incidents import ENGINE, IncidentKind
from tests.faults.waiting import eventually, pause
from tests.gateway.conftest import Town
from tests.gateway.pages.conftest import NAMES, Site
from tests.gateway.pages.lives import OTHER
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.conftest import Phone
from tests.gateway.workspace.test_academy import stale
from tests.workflows.subjects import COACH, OFFICE, now, one_more

HERE = "/academy/retention"
WANTED = f"{HERE}?keep-notes=36&keep-people=72&keep-feedback=&keep-events=&keep-snoozes=&keep-sign_ins="
SET = "SELECT kind, months FROM retention_periods ORDER BY kind"
NOTES = "SELECT subject FROM notes ORDER BY subject"


@pytest.fixture
async def office(browser: Browser) -> Browser:
    """The office's browser."""
    await browser.sign_in(f"{OFFICE}@example.org")
    return browser


async def old(site: Site) -> None:
    """A note of each of two academies, and somebody without a role: all kept for seven years."""
    then = now() - timedelta(days=7 * 366)
    for academy in ("sheffield", "leeds"):
        await site.pool.execute(
            "INSERT INTO notes (event_id, subject, text, kept_at, claimed_at) VALUES ($1, $1, 'words', $2, $2)",
            f"{academy}.gone.P01", then,
        )  # fmt: skip
    await site.pool.execute("UPDATE people SET changed_at = $1 WHERE person = $2", then, OTHER)


async def agreed(browser: Browser, wanted: str = WANTED) -> None:
    """Look at what it would delete, and agree."""
    await browser.open(wanted)
    await browser.press(wanted, "")


async def night(town: Town, settings: GatewaySettings) -> Gone:
    """What the schedule starts."""
    name = schedules.retention_schedule_id(settings.task_queue)
    ran: Gone = await town.client.execute_workflow(
        schedules.RETENTION_WORKFLOW, id=name, task_queue=settings.task_queue, result_type=Gone
    )
    return ran


async def test_nothing_is_deleted_until_somebody_says_so(site: Site, office: Browser) -> None:
    """What a choice would delete is shown with who is erased, and only agreeing makes it count."""
    await old(site)
    assert "Nothing: everything is kept until you delete it." in (await office.open(HERE)).words
    page = await office.open(WANTED)
    assert "Kept for 36 months. 1 deleted at the next run, 0 more" in page.words
    assert "Kept for 72 months. 1 erased at the next run" in page.words
    assert page.link(NAMES[OTHER]) == f"/people/{OTHER}"
    assert await site.pool.fetch(SET) == []
    page = await office.press(WANTED, "")
    assert "We've recorded it" in page.words
    assert [tuple(row) for row in await site.pool.fetch(SET)] == [("notes", 36), ("people", 72)]
    noted = "SELECT count(*) FROM audit WHERE action = 'set retention to notes=36 people=72' AND caller = $1"
    assert await site.pool.fetchval(noted, f"person:{OFFICE}") == 1
    assert "Nothing was changed" in (await office.open(WANTED)).words
    await agreed(office, f"{HERE}?keep-notes=")
    assert await site.pool.fetch(SET) == []


async def test_at_night_it_goes_here_and_nowhere_else_and_the_page_says_so(
    site: Site, office: Browser, town: Town, settings: GatewaySettings
) -> None:
    """Whoever has no role is erased, with why; a second run finds nothing; the audit is nobody's to delete."""
    await old(site)
    assert await night(town, settings) == Gone()
    await agreed(office, f"{WANTED}&keep-audit=1")
    assert await night(town, settings) == Gone(gone=2)
    assert [row["subject"] for row in await site.pool.fetch(NOTES)] == ["leeds.gone.P01"]
    found = await site.pool.fetchrow("SELECT erased_by, reason FROM erasures WHERE person = $1", OTHER)
    assert found is not None
    assert tuple(found) == ("engine", "kept_long_enough")
    assert await night(town, settings) == Gone()
    page = await office.open(HERE)
    assert "People with no role any more: 1 erased." in page.words
    assert "Notes: 1 deleted." in page.words
    assert {row["kind"] for row in await site.pool.fetch(SET)} == {"notes", "people"}


async def test_whom_it_went_wrong_for_is_an_incident_until_it_goes_right(
    town: Town,
    settings: GatewaySettings,
    site: Site,
    office: Browser,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The office hears that somebody is still kept, which says nothing of them; the next night tries again."""
    canaries = (NAMES[OTHER], f"{OTHER}@example.org")

    async def hindered(*_: object) -> None:
        raise TimeoutError(*canaries)

    await old(site)
    await agreed(office)
    with monkeypatch.context() as patched:
        patched.setattr(erasing, "erase", hindered)
        assert await night(town, settings) == Gone(gone=1, failed=1)
    still = "SELECT subject, facts ->> 'number' AS number FROM incidents WHERE kind = $1 AND closed_at IS NULL"
    kind = IncidentKind.KEPT_TOO_LONG
    kept = "".join(capfd.readouterr()) + repr(await site.pool.fetch("SELECT * FROM incidents"))
    assert "retention.failed" in kept
    assert not [word for word in canaries if word in kept]
    assert [tuple(row) for row in await site.pool.fetch(still, kind)] == [("sheffield", "1")]
    assert await night(town, settings) == Gone(gone=1)
    assert await site.pool.fetch(still, kind) == []


async def test_a_schedule_that_somebody_deleted_is_made_again(
    temporal: Client, town: Town, settings: GatewaySettings, office: Browser
) -> None:
    """Once an academy set how long it keeps what; and the operator hears of it."""
    name = schedules.retention_schedule_id(settings.task_queue)
    await eventually(partial(_is, temporal, name, None))
    await agreed(office)
    await temporal.get_schedule_handle(name).delete()
    await eventually(partial(_is, temporal, name, "deleted"))
    found = (await reconcile(town.engine, now())).findings
    assert (IncidentKind.SCHEDULE_MISSING, ENGINE, name) in [(one.kind, one.subject, one.key) for one in found]
    assert await schedules.hindrance(temporal, name) is None


async def _is(temporal: Client, name: str, how: str | None) -> bool:
    return await schedules.hindrance(temporal, name) == how


async def test_it_goes_every_night_and_pausing_it_holds_all_deletion(temporal: Client) -> None:
    """Not before, and whoever pauses it is not overruled when an engine starts anew."""
    queue = one_more("retention")
    name = schedules.retention_schedule_id(queue)
    await schedules.keep_retention(temporal, task_queue=queue)
    handle = temporal.get_schedule_handle(name)
    described = await handle.describe()
    assert [(time.hour, time.minute) for time in described.info.next_action_times[:3]] == [
        (schedules.DELETES_AT, 0)
    ] * 3
    await pause(handle)
    await schedules.keep_retention(temporal, task_queue=queue)
    assert await schedules.hindrance(temporal, name) == "paused"
    await handle.delete()


async def test_the_engine_makes_the_schedule(temporal: Client, town: Town, settings: GatewaySettings) -> None:
    """When it starts."""
    _ = town
    await eventually(partial(_is, temporal, schedules.retention_schedule_id(settings.task_queue), None))


@pytest.mark.parametrize("months", ["0", "x", "1201"])
async def test_months_that_cannot_be_are_said_beside_their_field(site: Site, office: Browser, months: str) -> None:
    """And agreeing to them changes nothing."""
    there = f"{HERE}?keep-notes={months}"
    page = await office.open(there)
    assert (page.status, "Enter a number from 1 to 1200" in page.words) == (422, True)
    await office.press(there, "")
    assert await site.pool.fetch(SET) == []


async def test_only_who_runs_the_academy_and_signed_in_just_now_changes_it(site: Site, browser: Browser) -> None:
    """Nobody else sees it; nor is anything taken of a form that isn't ours."""
    await browser.sign_in(f"{COACH}@example.org")
    assert (await browser.open(HERE)).status == 404
    assert (await browser.http.post(WANTED)).status_code == 404
    await browser.sign_out()
    await browser.sign_in(f"{OFFICE}@example.org")
    await browser.http.post(WANTED, data={"state": "made-up"})
    await browser.open(WANTED)
    await stale(site)
    assert (await browser.press(WANTED, "")).url.startswith("/sign-in")
    assert await site.pool.fetch(SET) == []


async def test_axe_finds_nothing_on_a_narrow_phone(site: Site, office: Browser, phone: Phone) -> None:  # noqa: ARG001 - signed in
    """With a choice, before it is confirmed."""
    await old(site)
    await phone.looks_right(WANTED)
