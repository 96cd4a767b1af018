"""Every matter that asks has a page, on which one button answers it: the fact is accepted, and shown as recorded."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from activities.links import Purpose
from gateway.pages.purposes import ask_of
from schemas.engagement_facts import EndedEarly, SessionHeld, Slot, WeeklySlotChanged
from schemas.words import EndReason, Matter, Role, Weekday
from tests.gateway.conftest import Town
from tests.gateway.pages.cases import CASES, WHO, Case, on
from tests.gateway.pages.conftest import NAMES, Site
from tests.gateway.pages.lives import Course, Life
from tests.workflows.subjects import FACULTY, OFFICE, Engagement, now, opening_of
from worker.main import Engine

QUARTERS = 4
_TOLD_AGAIN_INSTEAD = (
    Matter.MICROSYSTEM,
    Matter.COMPLETION,
    Matter.BOOKING,
    Matter.JOINING,
    Matter.COURSE_CHANGED,
    Matter.MISSING_DAY,
)
"""A team that was named is undone by the office; completion is told again, of each participant.

A place that was given back may be another's by now; a missing day that was booked is given back on its own page.
"""


async def opened(site: Site, case: Case) -> tuple[str, str]:
    """The subject of a case, and the token of its notice."""
    made = case.made()
    subject = await made.put(site.pool)
    detail = f"{subject}.{case.detail}" if case.detail else None
    token = await site.asked(subject, case.matter, case.window, role=case.role, person=WHO[case.role], detail=detail)
    return subject, token


def filled(case: Case, subject: str) -> dict[str, Any]:
    """The form of a case, with whole ids of enrolments, bookings and courses, and dates as of now."""
    whole = case.matter in (Matter.ATTENDANCE, Matter.COMPLETION, Matter.INTRO_ATTENDANCE)
    form: dict[str, Any] = {}
    for name, value in case.form.items():
        if isinstance(value, str):
            form[name] = value.format(subject=subject)
        elif isinstance(value, list):
            form[name] = [f"{subject}.{one}" if whole else one for one in value]
        else:
            form |= on(name, value())
    return form


def test_every_page_is_tested() -> None:
    """No matter that asks is forgotten here."""
    tested = {case.matter for case in CASES} | {Matter.SESSION, Matter.CONTRADICTION}
    assert {matter for matter in Matter if ask_of(matter)} == tested


async def test_a_contradiction_is_taken_back(site: Site, town: Town) -> None:
    """The office sees which report has no effect and why, and takes it back with one button."""
    life = Life().agreed()
    await life.put(site.pool)
    engaged = Engagement(town, life.name, opening_of(life.name, life.begun))
    met = await engaged.told(
        SessionHeld, now() - timedelta(minutes=9), event_id="met", day=now().date() - timedelta(days=1)
    )
    ended = now() - timedelta(minutes=20)
    await engaged.told(EndedEarly, ended, event_id="ended", reason=EndReason.OTHER)
    token = await site.asked(
        life.name, Matter.CONTRADICTION, met.event_id, role=Role.OFFICE, person=OFFICE, detail=met.event_id
    )
    page = await site.get(token)
    assert "The session on" in page.words
    assert "be recorded for that day" in page.words
    assert "We've recorded it." in (await site.post(token, page, "withdraw.yes")).words
    assert "The two reports no longer contradict each other" in (await site.get(token)).words


@pytest.mark.parametrize("role", [Role.COACH, Role.FACULTY, Role.OFFICE])
async def test_an_alarm_leads_to_the_sessions_nobody_told_of(site: Site, running: Engine, role: Role) -> None:  # noqa: ARG001
    """Each has its own page, on which whoever hears the alarm can say what they know, in their own part."""
    life = Life(3, watched_from=now() - timedelta(weeks=8)).agreed()
    await life.put(site.pool)
    token = await site.asked(life.name, Matter.ESCALATION, "first", role=role, person=WHO[role])
    page = await site.get(token)
    asked = [(href, words) for href, words in page.links if words.startswith("Did the session on")]
    assert len(asked) > 2
    after = await site.answer(asked[0][0].rpartition("/")[2], "held.team")
    assert "went ahead, led by the team" in after.words
    row = await site.pool.fetchrow("SELECT told_by_role FROM facts WHERE event_id LIKE 'page-%'")
    assert row is not None
    assert row["told_by_role"] == role
    assert len([one for one in (await site.get(token)).links if one[1].startswith("Did the")]) == len(asked) - 1


async def test_an_alarm_leads_a_coach_to_saying_that_they_stopped(site: Site, running: Engine) -> None:  # noqa: ARG001
    """From the mail alone, with no code; they can take it back there. Nobody else is offered it."""
    life = Life().stalled()
    await life.put(site.pool)
    token = await site.asked(life.name, Matter.ESCALATION, "first")
    onward = (await site.get(token)).link("I've stopped coaching this team").rpartition("/")[2]
    site.http.cookies.clear()
    assert "Thank you for telling us" in (await site.answer(onward, "stop.yes")).words
    assert "It's all right to stop" in (await site.answer(onward, "back.yes", "?change=1")).words
    theirs = await site.asked(life.name, Matter.ESCALATION, "first", role=Role.FACULTY, person=FACULTY)
    assert "I've stopped coaching" not in (await site.get(theirs)).words


async def test_a_session_of_before_the_hand_off_can_be_told_after_it(site: Site, running: Engine) -> None:  # noqa: ARG001
    """The coach's part ended with the hand-off, not with what they know of the weeks before."""
    life = Life().handed_off()
    await life.put(site.pool)
    day = (now() - timedelta(days=95 + 60)).date()
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    assert "didn't go ahead: leave" in (await site.answer(token, "not-held.yes", **{"not-held-reason": "leave"})).words


@pytest.mark.parametrize(
    ("told", "no_longer"),
    [
        ("sponsor_released", "Allow us to tell the sponsor"),
        ("pdsa_planned", "We don't know of a cycle that is running"),
        ("readiness_refused", "Nothing is missing now"),
    ],
)
async def test_an_answer_leaves_nothing_on_its_page_that_it_made_untrue(
    site: Site,
    running: Engine,  # noqa: ARG001
    told: str,
    no_longer: str,
) -> None:
    """Neither the same button once more, nor words that the answer contradicts."""
    case = next(one for one in CASES if one.told == told)
    subject, token = await opened(site, case)
    await site.answer(token, case.answer, **filled(case, subject))
    after = await site.get(token)
    assert "Recorded by you" in after.words
    assert no_longer not in after.words


@pytest.mark.parametrize("first", range(QUARTERS))
async def test_a_button_answers_it(site: Site, running: Engine, subtests: pytest.Subtests, first: int) -> None:  # noqa: ARG001
    """Told once by the person asked, in their part; the page then shows it, and the same form tells nothing more.

    A mistake is taken back from the same link; told again after that, it is another telling. Many cases live on one
    engine, since an engine takes longer to start than a case.
    """
    for case in CASES[first::QUARTERS]:
        with subtests.test(case.name):
            await answered(site, case)


async def answered(site: Site, case: Case) -> None:
    """One case, from its page to what is told again."""
    subject, token = await opened(site, case)
    page = await site.get(token)
    assert page.status == 200, page.words
    assert case.answer in page.buttons, page.words
    form = filled(case, subject)
    after = await site.post(token, page, case.answer, **form)
    assert "We've recorded it." in after.words, after.words
    again = await site.post(token, page, case.answer, **form)
    assert "We've recorded it." in again.words, again.words
    told = await told_of(site, subject)
    assert [fact["kind"] for fact in told] == [case.told] * case.facts
    assert {fact["told_by"]["person"] for fact in told} == {WHO[case.role]}
    assert {fact["told_by"]["role"] for fact in told} == {case.role}
    if case.matter not in _TOLD_AGAIN_INSTEAD:
        await taken_back(site, token, case, subject)
        assert "We've recorded it." in (await site.answer(token, case.answer, **form)).words
        kinds = [fact["kind"] for fact in await told_of(site, subject)]
        assert kinds.count(case.told) == 2 * case.facts


async def told_of(site: Site, subject: str) -> list[dict[str, Any]]:
    """What pages told of a subject, and of what is shown beside it."""
    rows = await site.pool.fetch(
        """
        SELECT body FROM facts
        WHERE (subject = $1 OR starts_with(subject, $1 || '-')) AND event_id LIKE 'page-%' ORDER BY recorded_at, seq
        """,
        subject,
    )
    return [row["body"] for row in rows]


async def taken_back(site: Site, token: str, case: Case, subject: str) -> None:
    """All of it, from the same link."""
    while backs := [one for one in (await site.get(token, "?change=1")).buttons if one.startswith("back")]:
        taken = await site.answer(token, backs[0], "?change=1")
        assert "We've recorded it." in taken.words, taken.words
    corrected = "SELECT count(*) FROM facts WHERE subject = $1 AND kind LIKE '%correct%'"
    assert await site.pool.fetchval(corrected, subject) == case.facts


async def test_a_known_address_with_another_name_is_asked_about_on_the_page(site: Site, running: Engine) -> None:  # noqa: ARG001
    """Nothing is recorded and nobody renamed until it is said who is meant."""
    case = next(one for one in CASES if one.matter is Matter.VACANCY)
    subject, token = await opened(site, case)
    form = {"coach-coach-name": "Somebody Else", "coach-coach-email": f"{FACULTY}@example.org"}
    asked = await site.post(token, await site.get(token), case.answer, **form)
    assert (asked.status, "We know this email address under another name" in asked.words) == (422, True)
    assert await told_of(site, subject) == []
    answered = form | {"coach-coach-meant": "another person"}
    assert "We've recorded it." in (await site.post(token, asked, case.answer, **answered)).words
    names = await site.pool.fetch("SELECT name FROM people WHERE address = $1", form["coach-coach-email"])
    assert {row["name"] for row in names} == {NAMES[FACULTY], "Somebody Else"}


async def test_what_was_not_filled_in_is_empty(site: Site) -> None:
    """Lines that nobody wrote are none, in the form and in the answer to it."""
    life = Life().signed(without_cycle=True)
    await life.put(site.pool)
    token = await site.asked(life.name, Matter.GATE, "first", role=Role.FACULTY, person=FACULTY)
    for page in (await site.get(token), await site.answer(token, "not-ready.yes")):
        assert "></textarea>" in page.text
        assert "Enter what must happen first" in page.text or page.status == 200


async def test_what_was_written_on_a_page_out_of_date_is_not_lost(site: Site, running: Engine) -> None:  # noqa: ARG001
    """Two add an idea at once: the second sees what was recorded meanwhile, with their own words ready to be sent."""
    life = Life().agreed()
    await life.put(site.pool)
    token = site.token(Purpose.WORK, subject=life.name)
    page = await site.get(token)
    await site.post(token, page, "idea.yes", **{"idea-words": "Meet at eight"})
    second = await site.post(token, page, "idea.yes", **{"idea-words": "Colour the charts"})
    assert second.status == 409
    assert "Nothing was changed" in second.words
    assert "Change idea 1 was added" in second.words
    assert 'value="Colour the charts"' in second.text
    assert "Change idea 2" in (await site.post(token, second, "idea.yes", **{"idea-words": "Colour the charts"})).words


async def test_an_abbreviation_keeps_its_capitals(site: Site, running: Engine) -> None:  # noqa: ARG001
    """What can be taken back is named as it is recorded."""
    life = Life().agreed()
    await life.put(site.pool)
    case = next(one for one in CASES if one.answer == "plan.yes")
    after = await site.answer(site.token(Purpose.WORK, subject=life.name), "plan.yes", **filled(case, life.name))
    assert "Take back: PDSA cycle 1 was planned" in after.words


async def test_the_hour_that_holds_is_said_until_another_does(site: Site) -> None:
    """A change to come is what was recorded, and no more."""
    life = Life().agreed()
    ahead = now().date() + timedelta(weeks=3)
    life.tell(WeeklySlotChanged, slot=Slot(day=Weekday.FRIDAY, at=time(14)), from_day=ahead)
    await life.put(site.pool)
    page = await site.get(site.token(Purpose.SLOT, subject=life.name))
    assert "Sessions are on Tuesdays at 9am." in page.words
    assert "Sessions are on Fridays at 2pm from" in page.words


async def test_only_who_stands_in_is_asked_about_again(site: Site) -> None:
    """There is no such date on a page where nobody can stand in for the time being."""
    for matter, role, life, dated in (
        (Matter.INTERIM, Role.FACULTY, Life().interim(), False),
        (Matter.COVER, Role.OFFICE, Life().away(), True),
    ):
        await life.put(site.pool)
        token = await site.asked(life.name, matter, "first", role=role, person=WHO[role])
        assert ("coach-until-day" in (await site.get(token)).text) is dated


async def test_the_office_moves_a_course_to_another_day(site: Site, running: Engine) -> None:  # noqa: ARG001
    """And once more, from the same page: the first fact is put right, and then that."""
    life = Course(-4)
    await life.put(site.pool)
    token = await site.asked(life.name, Matter.COHORT_CONFIRMATION, "confirmed", role=Role.OFFICE, person=OFFICE)
    for weeks in (9, 11):
        day = now().date() + timedelta(weeks=weeks)
        assert "We've recorded it." in (await site.answer(token, "move.yes", **on("move-starts", day))).words
        starts = "SELECT course_start FROM cohorts WHERE cohort = $1"
        assert await site.pool.fetchval(starts, life.name) == day


async def test_a_wrong_completion_is_told_again(site: Site, running: Engine) -> None:  # noqa: ARG001
    """From the same link, before everybody is decided and after."""
    life = Course(30).taught()
    await life.put(site.pool)
    token = await site.asked(life.name, Matter.COMPLETION, "course", role=Role.OFFICE, person=OFFICE)
    who = {"completed-who": f"{life.name}.P01"}
    await site.answer(token, "completed.no", **who)
    page = await site.answer(token, "completed.no", **who)
    assert "We've recorded it." in page.words, page.words
    assert "Recorded as not completed" in page.words
    kinds = await site.pool.fetch("SELECT kind FROM facts WHERE event_id LIKE 'page-%' ORDER BY seq")
    assert [row["kind"] for row in kinds] == ["enrolment_completed", "correction"]
