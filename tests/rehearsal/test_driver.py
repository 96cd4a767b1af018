"""Rehearsals as a user starts them, in a process of their own: on servers, and by the rules alone."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from rehearsal.report import EngagementReport, Report, without_servers
from rehearsal.script import earliest_course_start
from schemas.programme_file import shipped_programme
from schemas.roster_cells import Behaviour
from schemas.words import BookingState, EndReason, IntroStage, Phase
from tests.activities.mail_servers import free_port

EXAMPLE = Path(__file__).parents[2] / "examples" / "roster-2026-autumn.csv"
SECONDS = 900
"""Far more than it takes: the machine may have much else to do."""


def next_spring() -> date:
    """The first Monday in March on which a rehearsed course can start: always the same season."""
    earliest = earliest_course_start(datetime.now(UTC).date())
    march = date(earliest.year + (earliest > date(earliest.year, 3, 1)), 3, 1)
    return march + timedelta(days=-march.weekday() % 7)


def roster(directory: Path, *participants: str) -> Path:
    """The rows of these participants, from the example."""
    with EXAMPLE.open(encoding="utf-8", newline="") as all_of_them:
        rows = [row for row in csv.DictReader(all_of_them) if row["participant"] in participants]
    return written(directory / "roster.csv", rows)


def written(file: Path, rows: list[dict[str, str]]) -> Path:
    """A sheet of these rows."""
    with file.open("w", encoding="utf-8", newline="") as sheet:
        writer = csv.DictWriter(sheet, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return file


def small_courses(directory: Path) -> tuple[str, ...]:
    """Options for courses of 12 places that 18 people want: every kind of booking, in half as many."""
    with EXAMPLE.with_name("intro-course-bookings.csv").open(encoding="utf-8", newline="") as all_of_them:
        bookings = written(directory / "bookings.csv", list(csv.DictReader(all_of_them))[:18])
    rules = shipped_programme().model_dump(mode="json", by_alias=True)
    rules["intro_course"]["places"] = 12
    programme = directory / "programme.json"
    programme.write_text(json.dumps(rules), encoding="utf-8")
    return "--year", str(bookings), "--programme", str(programme)


async def rehearse(directory: Path, *options: str) -> Report:
    """``mca rehearse`` with these options; it must succeed, which it does only when nothing was refused."""
    report = directory / f"report{len(list(directory.glob('*.json')))}.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mca.main", "rehearse", str(directory / "roster.csv")),
        *("--course-start", f"{next_spring():%Y-%m-%d}", "--report", str(report), *options),
        env=os.environ | {"MCA_METRICS": f"127.0.0.1:{free_port()}"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(SECONDS):
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return Report.model_validate_json(report.read_bytes())


@pytest.fixture(scope="module")
async def story(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Seven participants for eight months, by the rules alone."""
    directory = tmp_path_factory.mktemp("story")
    roster(directory, "P01", "P05", "P06", "P12", "P15", "P16", "P26")
    return await rehearse(directory, "--months", "8", "--pure")


@pytest.fixture(scope="module")
async def both_beginnings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Report]:
    """Those of the story who do not live in the year, for four months, on servers and by the rules alone."""
    directory = tmp_path_factory.mktemp("beginnings")
    roster(directory, "P01", "P05", "P06", "P15", "P16")
    return await rehearse(directory, "--months", "4"), await rehearse(directory, "--months", "4", "--pure")


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[str, ...]]:
    """Two cohorts of three, six Introduction courses, a closed fortnight, both clock changes: where, how told."""
    directory = tmp_path_factory.mktemp("year")
    roster(directory, "P09", "P12", "P26")
    return directory, small_courses(directory)


@pytest.fixture(scope="module")
async def both_springs(academy: tuple[Path, tuple[str, ...]]) -> tuple[Report, Report]:
    """The first eight months of its year, on servers and by the rules alone."""
    directory, told = academy
    told = (*told, "--months", "8")
    return await rehearse(directory, *told), await rehearse(directory, *told, "--pure")


@pytest.fixture(scope="module")
async def year(academy: tuple[Path, tuple[str, ...]]) -> Report:
    """All of it, by the rules alone."""
    directory, told = academy
    return await rehearse(directory, *told, "--pure")


def of(report: Report, behaviour: Behaviour) -> EngagementReport:
    """What became of the only participant who behaves so."""
    (found,) = (one for one in report.engagements if one.behaviour is behaviour)
    return found


async def test_those_who_meet_are_never_alarmed_about(story: Report) -> None:
    """A steady team and one that answers late have all sessions told, and no alarm."""
    assert story.false_alarms == 0
    for behaviour in (Behaviour.STEADY, Behaviour.LATE_LOGGER):
        one = of(story, behaviour)
        assert one.phase is Phase.ACTION
        assert one.end_state is None
        # Nobody owes an excused session, such as one on a bank holiday.
        owed = one.sessions.expected - one.sessions.excused
        assert one.sessions.held >= 0.8 * owed > 0
        assert one.sessions.unknown == 0
        assert not {"escalation", "stall"} & set(one.notices)
        assert one.stalls == ()


async def test_silence_is_noticed_within_twenty_working_days_and_ended_with_a_reason(story: Report) -> None:
    """A team that stops answering is found, asked about, escalated and ended."""
    silent = of(story, Behaviour.SILENT_STOP)

    (stall,) = silent.stalls
    assert stall.noticed is not None
    assert story.working_days_to_notice.max is not None
    assert story.working_days_to_notice.max <= 20
    assert story.stalls_unnoticed == 0
    assert silent.end_state == "ended_early"
    assert silent.end_reason is EndReason.SILENT
    assert silent.sessions.unknown >= 4


async def test_every_participant_is_accounted_for(story: Report) -> None:
    """One row an engagement, and one for the co-coach, who stands as the engagement they joined does."""
    assert [one.participant for one in story.engagements] == ["P01", "P05", "P06", "P12", "P15", "P16", "P26"]
    assert [one.participant for one in story.engagements if one.engagement_id is None] == ["P16"]
    (joined,) = (one for one in story.engagements if one.participant == "P15")
    assert of(story, Behaviour.CO_COACH).phase is joined.phase is Phase.ACTION
    assert of(story, Behaviour.DEFERRED).end_state == "deferred"
    assert of(story, Behaviour.WITHDRAWS).end_state == "withdrawn"


async def test_nothing_is_sent_twice_and_nobody_is_flooded(story: Report) -> None:
    """Nothing is a duplicate or goes at night; beside session asks the weekly mail is all that most people get."""
    assert story.duplicate_notices == 0
    assert story.mails_outside_windows == 0
    assert story.digests > 50
    assert story.mails_per_person_week.median == 1
    assert story.mails_per_person_week.max is not None
    assert story.mails_per_person_week.max <= 4


async def test_an_academys_year_keeps_its_aims(year: Report) -> None:
    """What people can live with: seldom a mail, every stall noticed in time, nothing twice, at night or for nothing."""
    assert (year.mails_per_person_week.median, year.working_days_to_notice.median) <= (1, 15)
    assert (year.mails_per_person_week.max or 9) <= 4
    assert (year.working_days_to_notice.max or 99) <= 20
    assert len([stall for one in year.engagements for stall in one.stalls]) >= 4
    assert year.stalls_unnoticed == year.mails_outside_windows == year.duplicate_notices == 0
    assert year.false_alarms_per_engagement_year <= 1


async def test_a_years_courses_are_held_and_closed(year: Report) -> None:
    """Every place is taken or offered on; who attended both days has a certificate, and some would like to coach."""
    assert [(one.stage, one.places) for one in year.introductions] == [(IntroStage.CLOSED, 12)] * 6
    first = year.introductions[0]
    assert first.bookings[BookingState.ATTENDED] == first.certificates >= 9
    assert first.offered >= 1
    assert first.feedback > 0
    assert {state for one in year.introductions for state in one.bookings} >= set(BookingState) - {
        BookingState.CONFIRMED,
        BookingState.OFFERED,
    }
    assert sum(one.handed_on for one in year.introductions) > 0


async def test_servers_add_nothing_to_what_the_rules_say(both_beginnings: tuple[Report, Report]) -> None:
    """Workflows, records and mail make the same of the same lives as the rules alone, number by number.

    Nor is there a name, address, team or note in any history, log line or metric.
    """
    served, pure = both_beginnings
    assert without_servers(served) == without_servers(pure)
    assert served.personal_data_outside_database == 0


@pytest.mark.long
async def test_servers_add_nothing_to_a_year_with_courses(both_springs: tuple[Report, Report]) -> None:
    """The same of two cohorts and the courses of their spring."""
    served, pure = both_springs
    assert without_servers(served) == without_servers(pure)
    assert served.personal_data_outside_database == 0
    assert [one.stage for one in served.introductions].count(IntroStage.CLOSED) >= 2


async def test_same_seed_and_course_start_give_the_same_report(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two rehearsals at once differ in how long they took and in nothing else; on servers they are the same."""
    directories = [tmp_path_factory.mktemp("again") for _ in range(2)]
    for directory in directories:
        roster(directory, "P01", "P06", "P26")

    one, other = await asyncio.gather(*(rehearse(directory, "--months", "2", "--pure") for directory in directories))

    assert one.model_copy(update={"wall_seconds": 0}) == other.model_copy(update={"wall_seconds": 0})
