"""``mca intro-course`` against the engine: schedule, book, look, tell, and have courses opened by themselves."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from coaching_client.schedules import intro_schedule_id
from mca.errors import Exit
from mca.main import app
from process.connection import connect
from schemas.bookings import COLUMNS
from tests.workflows.subjects import now, one_more, settings_for, temporal_server
from worker.main import engine

SHEET = str(Path(__file__).parents[2] / "examples" / "intro-course-bookings.csv")
OFFICE = ["--office-address", "office@example.org"]
ADA = ["--name", "Ada Alder", "--email", "ada@example.org", "--organisation", "A Trust"]


@dataclass(frozen=True)
class Typist:
    """Somebody at the command line of a running engine."""

    environment: dict[str, str]

    async def mca(self, *words: str, code: Exit = Exit.OK) -> str:
        """What ``mca intro-course`` answers; it ends with this code."""
        said = await asyncio.to_thread(CliRunner(env=self.environment).invoke, app, ["intro-course", *words])
        assert said.exit_code == code, said.output
        return said.stdout + said.stderr

    async def data(self, *words: str, code: Exit = Exit.OK) -> Any:
        """The same as data."""
        said = await asyncio.to_thread(CliRunner(env=self.environment).invoke, app, ["intro-course", *words, "--json"])
        assert said.exit_code == code, said.output
        return json.loads(said.stdout)

    async def scheduled(self, *more: str) -> str:
        """A course on a Wednesday and a Thursday in nine weeks, of an academy of its own."""
        day = (now() + timedelta(weeks=9)).date()
        day += timedelta(days=(2 - day.weekday()) % 7)
        days = ["--day-1", f"{day}", "--day-2", f"{day + timedelta(days=1)}"]
        academy = ["--academy", one_more("academy")]
        found: str = (await self.data("schedule", *academy, *days, *OFFICE, *more))["course"]
        return found


@pytest.fixture
async def typist(database_url: str, tmp_path: Path) -> AsyncIterator[Typist]:
    """Beside an engine that runs, and does not write where commands answer."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))
    settings = settings_for(database_url, one_more("typed"))
    async with temporal_server() as address:
        client = await connect(address=address)
        async with engine(client, settings):
            yield Typist(
                {
                    "MCA_DATABASE_URL": database_url,
                    "MCA_TASK_QUEUE": settings.task_queue,
                    "MCA_STATE": str(tmp_path / "state"),
                    "TEMPORAL_ADDRESS": address,
                    "COLUMNS": "200",
                    "NO_COLOR": "1",
                }
            )
    structlog.reset_defaults()


async def test_a_sheet_is_booked_once_however_often_it_is_typed(typist: Typist) -> None:
    """Twenty places, ten in the line, names for the office; what they need only where the room is prepared."""
    course = await typist.scheduled("--venue", "Room 3")
    first = await typist.data("book", course, SHEET)
    assert [one["became"] for one in first] == ["confirmed"] * 20 + [f"waiting, number {one}" for one in range(1, 11)]
    assert await typist.data("book", course, SHEET) == first
    (listed,) = await typist.data("list", "--academy", course.partition(".")[0])
    assert (listed["confirmed"], listed["waiting"], listed["venue"]) == (20, 10, "Room 3")
    shown = await typist.mca("show", course)
    assert "Delegate Begonia" in shown
    assert "wheelchair" not in shown + json.dumps(await typist.data("show", course))
    needs = await typist.mca("needs", course)
    assert "wheelchair access" in needs
    assert "whoever prepares the room" in needs


async def test_one_delegate_is_booked_refused_kindly_and_cancelled(typist: Typist, tmp_path: Path) -> None:
    """By name and address; a second time it says why not; a typed fact gives the place back."""
    course = await typist.scheduled()
    assert "confirmed" in await typist.mca("book", course, *ADA, "--needs", "a ramp", "--external")
    assert "already has a place on this course" in await typist.mca("book", course, *ADA, code=Exit.REFUSED)
    (booking,) = (await typist.data("show", course))["bookings"]
    who = tmp_path / "who.csv"
    who.write_text("name,there\nAda Alder,yes\nNora Nobody,yes\n")
    back = tmp_path / "back.csv"
    shown = await typist.mca("attendance", course, "1", str(who), "--mend", str(back), code=Exit.REFUSED)
    assert "nobody with a place is called this" in shown
    assert "It would be refused" in shown
    assert "Nora Nobody" in back.read_text("utf-8-sig")
    assert "Ada" not in back.read_text("utf-8-sig")
    await typist.mca("attendance", course, "1", str(who), "--yes", code=Exit.REFUSED)
    await typist.mca("attendance", course, "3", str(who), code=Exit.REFUSED)
    assert (booking["name"], booking["delegate"]) == ("Ada Alder", "external")
    told = ["tell", course, "--kind", "booking_cancelled", "--set", f"booking={booking['booking']}"]
    assert (await typist.data(*told))["standing"]["confirmed"] == 0
    assert await typist.data("needs", course) == []
    assert await typist.data("feedback", course) == {
        "answers": 0, "comments": [], "confident": None, "recommends": None, "useful": None,
    }  # fmt: skip
    assert await typist.data("would-be-coaches", "--academy", "sheffield") == []


async def test_what_is_typed_wrongly_books_nobody(typist: Typist, tmp_path: Path) -> None:
    """Each fault in its place, a sentence, an exit code."""
    course = await typist.scheduled()
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(f"{','.join(COLUMNS)}\nB01,,no-address,A Trust,maybe,\n")
    said = await typist.mca("book", course, str(wrong), code=Exit.REFUSED)
    assert all(word in said for word in ("name", "email", "delegate", "Nothing was booked."))
    checked = await typist.data("check", str(wrong), code=Exit.REFUSED)
    assert {one["column"] for one in checked["faults"]} == {"name", "email", "delegate"}
    assert "30 delegates" in await typist.mca("check", SHEET)
    assert "--email" in await typist.mca("book", course, *ADA[:2], *ADA[4:], code=Exit.USAGE)
    assert "not both" in await typist.mca("book", course, SHEET, *ADA, code=Exit.USAGE)
    assert "mca intro-course list" in await typist.mca("book", "sheffield.none", SHEET, code=Exit.REFUSED)
    assert (await typist.data("show", course))["bookings"] == []


async def test_other_days_or_places_are_refused_and_say_what_to_tell(typist: Typist) -> None:
    """New words for the venue hold, and take no others away."""
    course = await typist.scheduled("--venue", "Room 3", "--joining", "Coffee at nine.")
    shown = (await typist.data("show", course))["course"]
    plan = ["schedule", "--academy", course.partition(".")[0], *OFFICE]
    days = ["--day-1", shown["day_1_starts_at"][:10], "--day-2", shown["day_2_starts_at"][:10]]
    friday = f"{date.fromisoformat(days[3]) + timedelta(days=1)}"
    assert (await typist.data(*plan, *days, "--venue", "Room 4"))["fresh"] is False
    after = (await typist.data("show", course))["course"]
    assert (after["venue"], after["joining"]) == ("Room 4", "Coffee at nine.")
    assert "intro_places_changed" in await typist.mca(*plan, *days, "--places", "7", code=Exit.REFUSED)
    assert "intro_course_moved" in await typist.mca(*plan, *days[:3], friday, code=Exit.REFUSED)


async def test_courses_open_by_themselves_until_they_are_off(typist: Typist) -> None:
    """It says which come next; off, the schedule is gone, and off again is a sentence."""
    academy = one_more("academy")
    said = await typist.mca("regular", "--academy", academy, *OFFICE)
    assert f"{academy}.intro-" in said
    client = await connect(address=typist.environment["TEMPORAL_ADDRESS"])
    spec = (await client.get_schedule_handle(intro_schedule_id(academy)).describe()).schedule.spec
    assert (spec.time_zone_name, len(spec.skip) > 0) == ("Europe/London", True)
    async with asyncio.timeout(30):
        while not await typist.data("list", "--academy", academy):  # noqa: ASYNC110 - as it comes
            await asyncio.sleep(0.1)
    assert "No more courses" in await typist.mca("regular", "--academy", academy, "--off")
    assert "No courses" in await typist.mca("regular", "--academy", academy, "--off", code=Exit.REFUSED)
    assert "--office-address" in await typist.mca("regular", "--academy", one_more("academy"), code=Exit.REFUSED)
