"""Sheets in and out: what the office does at the beginning of a cohort, and before a meeting."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from playwright.async_api import Page, expect

from operations.sheets import Cell, Kind, rows_of, written
from schemas.attendance import OF_A_COHORT
from schemas.past import COLUMNS as PAST
from schemas.roster import COLUMNS, KNOWN
from tests.browser import faults, picture
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Course, Intro, Life
from tests.jobs.conftest import AtWork
from tests.schemas.test_roster import row
from tests.workflows.subjects import OFFICE, now, one_more

OTTO = f"{OTHER}@example.org"
NAME, TO_MEND = "job-autumn", "select count(*) from enrolments where cohort = 'sheffield.job-autumn'"


async def _send(page: Page, file: Path) -> None:
    await page.goto("/cohorts/import")
    await page.get_by_label("Which cohort?").fill(NAME)
    for part, said in (("Day", "4"), ("Month", "10"), ("Year", str(now().year + 1))):
        await page.get_by_label(part, exact=True).fill(said)
    await page.get_by_label("The sheet of participants").set_input_files(file)
    await page.get_by_role("button", name="Continue").click()


async def test_the_office_imports_a_sheet_mends_it_and_imports_again(
    site: Site, at_work: AtWork, tmp_path: Path
) -> None:
    """The good rows go in at once; the wrong one is left out, comes back with its reason, and goes in once mended.

    A column that the programme has no use for is left out as well, for good.
    """
    await Life().handed_off().put(site.pool)
    page = await at_work(OFFICE)
    await page.get_by_role("link", name="Cohorts", exact=True).click()
    await page.get_by_role("link", name="Import participants from a sheet").click()
    rows = [row(number) for number in (1, 2, 3)]
    rows[1]["session_day"] = "Someday"
    header = [*("E-mail" if column == "email" else column for column in COLUMNS), "Shoe size"]
    file = tmp_path / "roster.xlsx"
    cells = [[*(one[column] for column in COLUMNS), "7"] for one in rows]
    file.write_bytes(written(Kind.XLSX, "Roster", header, cells))
    await _send(page, file)
    await page.get_by_label("Shoe size").select_option("Don't read this column")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_text("Line 3, Coach Alder")).to_be_visible()
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await faults(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await picture(page, "narrow")
    await page.set_viewport_size({"width": 1100, "height": 900})
    await page.get_by_role("button", name="Import 2 participants").click()
    await expect(page.get_by_text("2 participants from the sheet are in the cohort.")).to_be_visible()
    assert await faults(page) == []
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download the rows to correct").click()
    back = tmp_path / "mend.xlsx"
    await (await download.value).save_as(back)
    assert (await download.value).suggested_filename == "Rows to correct.xlsx"
    header_again, mended = (list(record.cells) for record in rows_of(back.read_bytes(), KNOWN).records)
    assert "'Someday' isn't a day of the week" in mended[-2]
    mended[header_again.index("session_day")] = "Weds"
    back.write_bytes(written(Kind.XLSX, "Roster", header_again, [mended]))
    await _send(page, back)
    await page.get_by_role("button", name="Import 1 participant").click()
    await page.wait_for_url(f"**/cohorts/sheffield.{NAME}")
    await _send(page, back)
    await expect(page.get_by_text("There's nothing to import")).to_be_visible()
    await expect(page.get_by_role("button", name="Import")).to_have_count(0)
    assert await site.pool.fetchval(TO_MEND) == 3


async def test_the_office_takes_attendance_and_bookings_from_sheets(
    site: Site, at_work: AtWork, tmp_path: Path
) -> None:
    """The sheet of everybody who is expected is filled in and sent; the wrong row comes back, and goes in mended."""
    cohort, course = await Course(8).confirmed().put(site.pool), await Intro(6).booked().put(site.pool)
    page, file = await at_work(OFFICE), tmp_path / "attendance.xlsx"
    await page.goto(f"/cohorts/{cohort}/attendance")
    await page.get_by_role("link", name="send a sheet for learning session 1").click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download the sheet for Excel (XLSX)").click()
    await (await download.value).save_as(file)
    header, *people = (list(record.cells) for record in rows_of(file.read_bytes(), OF_A_COHORT).records)
    assert [one[1] for one in people] == ["Anna Example", "Otto Other", "Sue Specimen"]
    said = [[*one[:3], there] for one, there in zip(people, ("yes", "no", "late"), strict=True)]
    file.write_bytes(written(Kind.XLSX, "Attendance", header, said))
    await _sent(page, "The attendance", file)
    await expect(page.get_by_text("Line 4, Sue Specimen")).to_be_visible()
    await _read_on_a_phone(page, "attendance")
    await page.get_by_role("button", name="Record 2 people").click()
    await expect(page.get_by_text("The attendance of 2 people is recorded.")).to_be_visible()
    back = tmp_path / "mend.xlsx"
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download the rows to correct").click()
    await (await download.value).save_as(back)
    known, wrong = (list(record.cells) for record in rows_of(back.read_bytes(), OF_A_COHORT).records)
    back.write_bytes(written(Kind.XLSX, "Attendance", known, [[*wrong[:3], "yes", *wrong[4:]]]))
    await page.goto(f"/cohorts/{cohort}/attendance/1/sheet")
    await _sent(page, "The attendance", back)
    await page.get_by_role("button", name="Record 1 person").click()
    await page.get_by_role("link", name="See who was there").click()
    await expect(page.get_by_role("row", name="Sue Specimen")).to_contain_text("1")
    rows = [("Nell New", "nell.new@example.org", "A Trust", "external", ""), ("Otto Other", OTTO, "A Trust", "no", "")]
    file.write_bytes(written(Kind.XLSX, "Bookings", ("Name", "Email", "Organisation", "Delegate", "Needs"), rows))
    await page.goto(f"/introduction-courses/{course}")
    await page.get_by_role("link", name="Book places from a sheet").click()
    await _sent(page, "The bookings", file)
    await expect(page.get_by_text("Line 3, Otto Other")).to_be_visible()
    await _read_on_a_phone(page, "bookings")
    await page.get_by_role("button", name="Book 1 person").click()
    await page.get_by_role("link", name="Go to the course").click()
    await expect(page.get_by_text("nell.new@example.org")).to_be_visible()


async def _sent(page: Page, label: str, file: Path) -> None:
    await page.get_by_label(label).set_input_files(file)
    await page.get_by_role("button", name="Continue").click()


async def _read_on_a_phone(page: Page, name: str) -> None:
    await picture(page, f"{name}-wide")
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await faults(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await picture(page, f"{name}-narrow")
    await page.set_viewport_size({"width": 1100, "height": 900})


async def test_the_office_exports_its_caseload(site: Site, at_work: AtWork, tmp_path: Path) -> None:
    """The teams of a filter, with their weeks, for Excel."""
    for life in (Life().stalled(), Life().stalled(), Life().handed_off()):
        await life.put(site.pool)
    page = await at_work(OFFICE)
    await page.get_by_role("link", name="Teams", exact=True).click()
    await page.get_by_role("link", name="Stalled (2)").click()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download for Excel (XLSX)").click()
    file = tmp_path / "teams.xlsx"
    await (await download.value).save_as(file)
    _, *rows = rows_of(file.read_bytes(), ("Team",)).records
    assert ["Stalled" in one.cells for one in rows] == [True, True]


async def test_the_office_takes_over_a_running_cohort_mends_and_imports_again(
    site: Site, at_work: AtWork, tmp_path: Path
) -> None:
    """Its sessions and signatures go in at once; the wrong row comes back with its reason, and goes in mended."""
    start = (now() - timedelta(weeks=20)).date()
    cohort, code = f"sheffield.{(name := one_more('ran'))}", "P01"
    people = row(1) | {"participant": code, "session_day": "Tuesday", "session_time": "09:30"}
    roster, past = tmp_path / "people.xlsx", tmp_path / "past.xlsx"
    roster.write_bytes(written(Kind.XLSX, "Participants", COLUMNS, [[people[column] for column in COLUMNS]]))
    tuesday = start + timedelta(days=(1 - start.weekday()) % 7, weeks=3)
    signed = start - timedelta(weeks=3)
    happened: list[list[Cell]] = [
        [code, signed, "agreement signed", "coach", ""],
        [code, signed, "agreement signed", "sponsor", ""],
        [code, signed, "agreement signed", "team lead", ""],
        [code, tuesday, "session held", "", "A good first meeting."],
        [code, tuesday + timedelta(weeks=1), "danced", "", ""],
    ]
    past.write_bytes(written(Kind.XLSX, "What happened", PAST, happened))

    async def send(page: Page, sheets: dict[str, Path]) -> None:
        await page.goto("/cohorts/import")
        await page.get_by_role("link", name="import a cohort that is already running").click()
        await page.get_by_label("Which cohort?").fill(name)
        for part, said in (("Day", start.day), ("Month", start.month), ("Year", start.year)):
            await page.get_by_label(part, exact=True).fill(f"{said}")
        for label, file in sheets.items():
            await page.get_by_label(label).set_input_files(file)
        await page.get_by_role("button", name="Continue").click()

    page = await at_work(OFFICE)
    await send(page, {"The sheet of participants": roster, "The sheet of events": past})
    await expect(page.get_by_text("1 participant and 4 things that happened")).to_be_visible()
    await expect(page.get_by_text("Line 6, P01")).to_be_visible()
    assert await faults(page) == []
    await page.get_by_role("button", name="Import the cohort").click()
    await expect(page.get_by_text("The rows that are right are imported.")).to_be_visible(timeout=30_000)
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download what happened, to correct").click()
    back = tmp_path / "mend.xlsx"
    await (await download.value).save_as(back)
    header, mended = (list(record.cells) for record in rows_of(back.read_bytes(), PAST).records)
    assert "we don't know this" in mended[-2]
    mended[header.index("what_happened")] = "session held"
    back.write_bytes(written(Kind.XLSX, "What happened", header, [mended]))
    await send(page, {"The sheet of events": back})
    await page.get_by_role("button", name="Import the cohort").click()
    await page.wait_for_url(f"**/cohorts/{cohort}")
    held = "SELECT count(*) FROM sessions WHERE engagement = $1 AND outcome = 'held'"
    assert await site.pool.fetchval(held, f"{cohort}.{code}") == 2
    await send(page, {"The sheet of events": back})
    await expect(page.get_by_text("There's nothing to import")).to_be_visible()
