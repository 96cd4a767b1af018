"""Reports of a cohort and of the academy: numbers as they were lived, for outsiders without the small ones."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pikepdf
import pytest

from gateway.pages.figures import in_words, scale
from gateway.pages.reports import NOT_SHOWN, Counted, Section, sections
from lifecycle import engagement
from lifecycle.engagement.measured import days_between
from operations.sheets import rows_of
from records import reports
from records.database import Pool
from records.reports import CohortCoaches, CourseUse, HandOffQuarter, HeldMonth, MeanMonth, Scope
from schemas import engagement_facts as facts
from schemas.programme import Targets
from schemas.sheet import read_sheet
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Course, Life
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.academy import lived_in
from tests.gateway.workspace.conftest import Phone
from tests.gateway.workspace.test_teams import queries
from tests.lifecycle.charts.test_xmr import ONE_HIGH
from tests.workflows.subjects import COACH, COHORT, FACULTY, LEAD, OFFICE, SPONSOR, now

NOTHING = Counted(held=(), between=(), answers=(), decisions=(), coaches=(), hand_offs=(), courses=None)
MONTHS = [now().date().replace(year=2020 + number // 12, month=number % 12 + 1, day=1) for number in range(18)]


def of(code: str, *, shared: bool = False, **counted: Any) -> Section:
    """One section of what was counted."""
    found = sections(
        Counted(**{field: counted.get(field, getattr(NOTHING, field)) for field in NOTHING.__slots__}),
        Targets(),
        shared=shared,
    )
    return next(one for one in found if one.code == code)


def test_a_chart_of_a_group_has_the_known_limits() -> None:
    """Mean days as in the table of known answers: 1.94, from 0 (never less) to 6.95; only the fifth is outside."""
    rows = [MeanMonth(month, value, 9, 9) for month, value in zip(MONTHS, ONE_HIGH, strict=True)]
    one = of("between", between=rows)
    assert "The mean is 1.94 days. By chance alone, values fall between 0 and 6.95 days." in one.figure.sentence
    assert "If nothing changes, the target of 10 days will always be met." in one.figure.sentence
    looks = [key.look for key in one.figure.icons]
    assert looks == ["common_cause", "passes"]
    assert [dot.shape for dot in one.figure.dots].count("concern") == 1


def test_percent_of_a_month_is_what_went_ahead_of_what_was_expected() -> None:
    """In words, on the chart, and in the sheet."""
    one = of("held", held=[HeldMonth(MONTHS[0], 90, 120, 8), HeldMonth(MONTHS[1], 83, 104, 8)])
    assert one.said == "In February 2020, 83 of 104 expected sessions went ahead: 80%. The target is 75%."
    assert [row[3] for row in one.rows] == [75.0, 79.8]


def test_no_limit_lies_beyond_what_a_percentage_can_be() -> None:
    """Neither drawn nor said; and numbers are read out in three figures."""
    held = [HeldMonth(month, number, 31, 8) for month, number in zip(MONTHS, [31, 1] * 7 + [21], strict=False)]
    one = of("held", held=held).figure
    assert "By chance alone, values fall between 0 and 100%." in one.sentence
    assert [label.words for label in one.labels if label.anchor == "end"][:3] == ["0", "50", "100"]
    assert all(30 <= float(line.points.partition(",")[2].partition(" ")[0]) <= 170 for line in one.lines)
    few = of("held", held=[HeldMonth(month, 21, 31, 8) for month in MONTHS[:9]] + [HeldMonth(MONTHS[9], 11, 31, 8)])
    assert "The last value, 35.5%, is outside the limits." in few.figure.sentence


def test_values_that_hardly_differ_share_an_axis_in_round_numbers() -> None:
    """Not 27.999 and 28.001, which would not fit."""
    for low, high in ((28, 28), (27.999, 28.001), (27.99999999999999, 28)):
        assert scale(low, high) == [20, 30]
    assert scale(7.995, 8) == [5, 10]
    assert [in_words(number) for number in (67.7419, 1234.5, 0, 28.0)] == ["67.7", "1,234", "0", "28"]


def test_outsiders_see_no_small_number() -> None:
    """Nor a month of few teams, nor what would give one away."""
    held = [HeldMonth(MONTHS[0], 9, 12, 4), HeldMonth(MONTHS[1], 12, 20, 5)]
    assert [row[0] for row in of("held", shared=True, held=held).rows] == [MONTHS[1]]
    coaches = [CohortCoaches("a.one", 20, 18), CohortCoaches("a.two", 24, 12), CohortCoaches("a.three", 26, 20)]
    assert of("coaches", coaches=coaches).said.startswith("50 of the 70 people")
    rows = of("coaches", shared=True, coaches=coaches).rows
    assert rows[0][1:] == (NOT_SHOWN, NOT_SHOWN, 20, NOT_SHOWN)
    assert sum(NOT_SHOWN in row[:3] for row in rows[:3]) >= 2
    few = [HandOffQuarter(MONTHS[0], 2, 1, 0)]
    assert of("hand-offs", shared=True, hand_offs=few).said == ""
    courses = [CourseUse("c1", MONTHS[0], 20, 15, 2, 1)]
    assert of("courses", shared=True, courses=courses).rows[0] == (MONTHS[0], 20, NOT_SHOWN, NOT_SHOWN, NOT_SHOWN, 18)


def test_a_chart_whose_numbers_are_left_out_does_not_say_that_there_are_none() -> None:
    """Outsiders read that they are too small to show; everybody reads "yet" where nothing was counted."""
    few: dict[str, Any] = {"held": [HeldMonth(MONTHS[0], 9, 12, 4)], "hand_offs": [HandOffQuarter(MONTHS[0], 2, 1, 0)]}
    for code in ("held", "hand-offs"):
        assert of(code, shared=True, **few).figure.title == "Chart not shown"
        assert of(code, shared=True).figure.title.endswith("yet")
        assert "not shown" not in of(code, **few).figure.title


def test_one_case_is_no_average() -> None:
    """Of several it is."""
    said = [of("decisions", decisions=[MeanMonth(MONTHS[0], mean, n, n)]).said for mean, n in ((28.0, 1), (1.5, 2))]
    begins = "Something was last done about a stalled team in January 2020, "
    assert said[0].startswith(f"{begins}28 days after we asked. ")
    assert said[1].startswith(f"{begins}1.5 days after we asked, on average. ")


def weekly(life: Life, weeks: int, missed: frozenset[int] = frozenset()) -> Life:
    """So many sessions, each told on its day, but for those that nobody told of."""
    for number in range(weeks):
        at = life.begun + timedelta(weeks=number + 1)
        at += timedelta(days=(1 - at.weekday()) % 7)
        if number not in missed:
            life.tell(facts.SessionHeld, at, day=at.date())
    return life


async def test_the_records_count_what_the_rules_count(site: Site) -> None:
    """Days between sessions, and how many went ahead, month by month: as the teams' own charts have them."""
    lives = [weekly(Life(8).agreed(), 20), weekly(Life(8).agreed(), 20, frozenset({3, 4, 11}))]
    for life in lives:
        await life.put(site.pool)
    states = [engagement.fold(life.told, now()) for life in lives]  # type: ignore[arg-type] # their own facts
    scope = Scope("sheffield", now().date().replace(day=1))
    async with site.pool.acquire() as conn:
        between = await reports.days_between(conn, scope)
        held = await reports.held(conn, scope)
    ours = [
        value
        for state in states
        for value in days_between(state).values
        if not value.left_out and value.day < scope.until
    ]
    for row in between:
        days = [value.value for value in ours if value.day.replace(day=1) == row.month]
        assert [row.mean, row.cases] == pytest.approx([sum(days) / len(days), len(days)])
    assert sum(row.cases for row in between) == len(ours)
    outcomes = [
        session
        for state in states
        for session in state.sessions
        if session.outcome.value in ("held", "not_held", "unknown") and session.day < scope.until
    ]
    assert [(row.held, row.expected) for row in held] == [
        (
            sum(session.outcome.value == "held" for session in outcomes if session.day.replace(day=1) == row.month),
            sum(session.day.replace(day=1) == row.month for session in outcomes),
        )
        for row in held
    ]


async def test_the_days_to_an_answer_and_to_a_decision_are_those_that_passed(site: Site) -> None:
    """From when a session counted as not known, or a decision was asked for, to when it was told."""
    life = weekly(Life(8).agreed(), 20, frozenset({3}))
    late = life.begun + timedelta(weeks=4)
    late += timedelta(days=(1 - late.weekday()) % 7)
    await life.tell(facts.SessionHeld, late, day=late.date()).put(site.pool)
    session = await site.pool.fetchval(
        "SELECT key FROM sessions WHERE engagement = $1 AND day = $2", life.name, late.date()
    )
    told_at = await site.pool.fetchval("SELECT max(recorded_at) FROM facts WHERE subject = $1", life.name)
    for rule, window, days in (("session_becomes_unknown", session, 12), ("stalled_decision_owed", "since-1", 30)):
        await site.pool.execute(
            "INSERT INTO done_items (subject, key, act, matter, turn, rule, parameter, since, due_at, facts, done_at) "
            "VALUES ($1, $2, 'ask', 'session', 'coach', $3, '', $4, $4, '{}', $4)",
            life.name, f"matter/{window}/3", rule, told_at - timedelta(days=days),
        )  # fmt: skip
    scope = Scope("sheffield", now().date() + timedelta(days=40))
    async with site.pool.acquire() as conn:
        answers = await reports.days_to_answer(conn, scope)
        decisions = await reports.days_to_decide(conn, scope)
    assert [number for row in answers for number in (row.mean, row.cases)] == pytest.approx([12, 1])
    assert [number for row in decisions for number in (row.mean, row.cases)] == pytest.approx([30, 1])


async def test_the_office_reads_and_keeps_the_report(site: Site, browser: Browser) -> None:
    """As a page, each chart as CSV, all of it as XLSX, and as a PDF that everybody can read."""
    await lived_in(site)
    await browser.sign_in(f"{OFFICE}@example.org")
    page = await browser.open("/academy/report")
    assert page.status == 200
    assert "carried on alone after the hand-off" in page.words
    answer = await browser.http.get("/academy/report?of=hand-offs&as=csv")
    header, *rows = (record.cells for record in read_sheet(answer.content).records)
    assert header == ("Quarter", "Improvement kept", "Checks going on", "Not kept, or ended", "Handed off")
    assert rows[-1] == ("All", "0", "1", "1", "2")
    book = await browser.http.get("/academy/report" + page.link("Download for Excel"))
    sheet = rows_of(book.content, header, page="Hand-offs, and whether the impr")
    assert sheet.records[-1].cells[-1] == "2"
    made = await browser.http.get("/academy/report" + page.link("Download to share"))
    with pikepdf.open(io.BytesIO(made.content)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en-GB"
        assert str(pdf.docinfo.Title) == "Report: Sheffield"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as meta:
            assert meta["pdfuaid:part"] == "1"
    outside = await browser.open("/academy/report" + page.link("See it as people outside"))
    assert "leaves out months with fewer than 5 teams" in outside.words
    assert "2 teams carried on alone" not in outside.words


async def test_who_looks_after_a_cohort_reads_its_report(site: Site, browser: Browser) -> None:
    """Its faculty too; nobody else, and of the academy nobody but its office."""
    await Course(30, name=COHORT).put(site.pool)
    await weekly(Life(8).agreed(), 20).put(site.pool)
    for person, cohort, academy in (
        (OFFICE, 200, 200),
        (FACULTY, 200, 404),
        (COACH, 404, 404),
        (LEAD, 404, 404),
        (SPONSOR, 404, 404),
    ):
        await browser.sign_in(f"{person}@example.org")
        assert (await browser.open(f"/cohorts/{COHORT}/report")).status == cohort, person
        assert (await browser.open("/cohorts/sheffield.2030-none/report")).status == 404
        assert (await browser.open("/academy/report")).status == academy, person
        assert (await browser.http.get("/academy/report?as=pdf")).status_code == academy, person
        await browser.sign_out()


async def test_more_teams_take_no_more_queries(site: Site, walled: Pool, browser: Browser) -> None:
    """Whatever is counted."""
    await browser.sign_in(f"{OFFICE}@example.org")
    counted = []
    for _ in range(2):
        await weekly(Life(8).agreed(), 20).put(site.pool)
        counted.append(len(await queries(walled, browser, "/academy/report")))
    assert counted[0] == counted[1] > 0


async def test_axe_finds_nothing_on_a_narrow_phone(site: Site, browser: Browser, phone: Phone) -> None:
    """With every chart drawn; outsiders' version too."""
    await lived_in(site)
    for number in range(3):
        await weekly(Life(10).agreed(), 30, frozenset({number * 3, 11})).put(site.pool)
    await browser.sign_in(f"{OFFICE}@example.org")
    await phone.looks_right("/academy/report", "/academy/report?shared=yes", f"/cohorts/{COHORT}/report")
