"""Somebody's own page: all that is asked of them over all their parts, what they can tell, and what was told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import FastAPI

from activities.links import Purpose
from schemas.engagement_facts import CoachAssigned, CoachPart, PauseReason, PauseStarted
from schemas.facts import Teller
from schemas.words import Matter, Role
from tests.activities.mail_servers import Behaviour
from tests.gateway.pages.cases import on
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Course, Life
from tests.workflows.subjects import COACH, FACULTY, LEAD, OFFICE, SPONSOR, now
from worker.main import Engine

SIGN = "Ward 12: sign the coaching agreement"


def heading_of(words: str, *, after: str, before: str) -> str:
    """The part of a page between two headings."""
    return words.partition(after)[2].partition(before)[0]


async def test_it_lists_what_is_asked_the_most_urgent_first(site: Site) -> None:
    """Over engagements and roles, each with its date and a link that answers it; what is over is not there."""
    agreeing, paused, done = Life(1), Life(), Life().agreed()
    for life in (agreeing, paused.paused(), done):
        await life.put(site.pool)
    await site.notice(agreeing.name, Matter.AGREEMENT, "signed")
    began = paused.told[-1].occurred_at
    window = began.strftime("%Y-%m-%dT%H%M%S")
    await site.notice(paused.name, Matter.PAUSE_REVIEW, window)
    await site.notice(done.name, Matter.AGREEMENT, "signed")
    overdue = "UPDATE open_questions SET owed_by = $1 WHERE matter = 'pause_review'"
    await site.pool.execute(overdue, now() - timedelta(days=2))
    page = await site.get(site.token(Purpose.HOME))
    asked = heading_of(page.words, after="Snoozed (0)", before="Your teams")
    assert asked.index("say whether the team is ready to restart") < asked.index("sign the coaching agreement")
    assert "It was due by" in asked
    assert "Overdue" in asked
    assert page.text.count(f"<strong>{SIGN}") == 1
    token = page.link(SIGN).rpartition("/")[2]
    assert (await site.get(token)).buttons == ["sign.yes"]


async def test_what_is_answered_leaves_it(site: Site, running: Engine) -> None:  # noqa: ARG001
    """And stands among what was told."""
    life = Life(1)
    await life.put(site.pool)
    token = await site.asked(life.name, Matter.AGREEMENT, "signed", answer_by=now() + timedelta(days=9))
    home = site.token(Purpose.HOME)
    assert SIGN in (await site.get(home)).words
    await site.answer(token, "sign.yes")
    page = await site.get(home)
    assert SIGN not in page.words
    assert "The agreement was signed by the coach (Ward 12) Recorded by you" in page.words


async def test_a_question_follows_the_part(site: Site) -> None:
    """Who was asked is no longer coach: whoever is now finds the question on their page."""
    life = Life(1)
    life.tell(CoachAssigned, person=OTHER, part=CoachPart.MAIN)
    await life.put(site.pool)
    await site.notice(life.name, Matter.AGREEMENT, "signed")
    assert SIGN in (await site.get(site.token(Purpose.HOME, OTHER))).words
    assert (await site.get(site.token(Purpose.HOME))).status == 403


async def test_each_part_sees_its_own(site: Site) -> None:
    """Only coaches find what coaches can always tell; a team lead finds what is asked of a team lead."""
    life = Life(1)
    await life.put(site.pool)
    await site.notice(life.name, Matter.AGREEMENT, "signed", person=LEAD, role=Role.TEAM_LEAD)
    lead = await site.get(site.token(Purpose.HOME, LEAD))
    assert SIGN in lead.words
    assert "I've stopped coaching" not in lead.words
    assert "Change your email address" in lead.words
    assert "Nothing to do. Thank you" in (await site.get(site.token(Purpose.HOME, FACULTY))).words
    assert "I've stopped coaching" in (await site.get(site.token(Purpose.HOME))).words


async def test_a_sponsor_sees_their_own_tasks_and_what_faculty_released(site: Site) -> None:
    """Not the team's sessions; what they told themselves, and the alarm that faculty let through."""
    life = Life(3, watched_from=now() - timedelta(weeks=10)).stalled()
    life.tell(PauseStarted, reason=PauseReason.STAFFING, told_by=Teller(role=Role.SPONSOR, person=SPONSOR))
    await life.put(site.pool)
    home = site.token(Purpose.HOME, SPONSOR)
    page = await site.get(home)
    assert page.words.count("Recorded by") == 1
    assert "A pause began (Ward 12) Recorded by you" in page.words
    for hidden in ("didn't go ahead", "How Ward 12 is doing"):
        assert hidden not in page.words
    assert "didn't go ahead" in (await site.get(site.token(Purpose.HOME, FACULTY))).words
    await site.notice(life.name, Matter.ESCALATION, "a", person=SPONSOR, role=Role.SPONSOR)
    token = (await site.get(home)).link("How Ward 12 is doing").rpartition("/")[2]
    released = await site.get(token)
    assert released.title == "How is Ward 12 doing?"
    assert not released.buttons


async def test_the_foot_names_the_readers_own_office(site: Site) -> None:
    """Whose team it is makes no difference: who has a question asks the office that knows them."""
    life = Life(1)
    await life.put(site.pool)
    token = await site.asked(life.name, Matter.AGREEMENT, "signed")
    await site.pool.execute("UPDATE people SET academy = 'leeds' WHERE person = $1", COACH)
    await site.pool.execute(
        "INSERT INTO people (person, academy, name, address, admitted_at, changed_at) "
        "VALUES ('leeds.office', 'leeds', 'Leeds MCA', 'leeds.office@example.org', $1, $1)",
        now(),
    )
    for page in (await site.get(token), await site.get(site.token(Purpose.HOME))):
        assert "Questions? Leeds MCA" in page.words
        assert "Sheffield MCA" not in page.words


async def test_the_office_sees_the_course(site: Site) -> None:
    """What a cohort asks of its office."""
    course = Course(-1)
    await course.put(site.pool)
    await site.notice(course.name, Matter.COHORT_CONFIRMATION, "confirmed", person=OFFICE, role=Role.OFFICE)
    page = await site.get(site.token(Purpose.HOME, OFFICE))
    assert "confirm that the course will run, or cancel it" in page.words


async def test_who_has_no_part_is_told_so(site: Site) -> None:
    """Kindly, with whom to ask; the links of somebody who was erased are over."""
    page = await site.get(site.token(Purpose.HOME, OTHER))
    assert (page.status, page.title) == (403, "We no longer need this from you")
    await site.pool.execute(
        "UPDATE people SET name = NULL, address = NULL, erased_at = changed_at WHERE person = $1", COACH
    )
    life = Life(1)
    await life.put(site.pool)
    assert (await site.get(site.token(Purpose.HOME))).status == 410
    assert (await site.get("nothing")).status == 404


async def test_i_have_stopped_coaching(site: Site, running: Engine) -> None:  # noqa: ARG001
    """One tap from the page; taken back from the same link, though whoever stopped is no coach any more."""
    life = Life().agreed()
    await life.put(site.pool)
    token = (await site.get(site.token(Purpose.HOME))).link("I've stopped coaching").rpartition("/")[2]
    after = await site.answer(token, "stop.yes")
    assert "A coach stopped coaching." in after.words
    assert await site.pool.fetchval("SELECT coach_vacant FROM engagements") is True
    after = await site.answer(token, "back.yes", "?change=1")
    assert "We've recorded it." in after.words
    assert await site.pool.fetchval("SELECT coach_vacant FROM engagements") is False
    assert "I've stopped coaching" in " ".join((await site.get(token)).words.split())


async def test_pause_and_start_again(site: Site, running: Engine) -> None:  # noqa: ARG001
    """At any time, from one link."""
    life = Life().agreed()
    await life.put(site.pool)
    token = site.token(Purpose.PAUSE, subject=life.name)
    after = await site.answer(token, "pause.yes", **{"pause-reason": "staffing"})
    assert "has been paused since" in after.words
    after = await site.answer(token, "resume.yes", **on("resume-on", now().date()))
    assert "is not paused" in after.words


async def test_another_weekly_hour(site: Site, running: Engine) -> None:  # noqa: ARG001
    """From a day on."""
    life = Life().agreed()
    await life.put(site.pool)
    token = site.token(Purpose.SLOT, subject=life.name)
    day = now().date() + timedelta(days=10)
    form = {"slot-day": "friday", "slot-time": "2pm", "slot-from-day": str(day.day), "slot-from-month": str(day.month),
            "slot-from-year": str(day.year)}  # fmt: skip
    after = await site.answer(token, "slot.yes", **form)
    assert "Sessions are on Fridays at 2pm from" in after.words


async def test_another_team(site: Site, running: Engine) -> None:  # noqa: ARG001
    """A coach names a second team from their page; its name is kept among the people, never in the fact."""
    course = Course()
    await course.confirmed().put(site.pool)
    token = site.token(Purpose.TEAM, OTHER, course.name, course.key(2))
    form = {"team-team": "Eye clinic", "team-day": "monday", "team-time": "8am"}
    assert "A team was named, which meets on Mondays at 8am" in (await site.answer(token, "team.yes", **form)).words
    row = await site.pool.fetchrow("SELECT body FROM facts WHERE event_id LIKE 'page-%'")
    assert row is not None
    assert "Eye" not in str(row["body"])


async def test_another_address_is_confirmed_from_its_own_mail(site: Site, mail: Behaviour) -> None:
    """Asked for, mailed to the new address, changed by a button there, and told to the old one; once."""
    await Life(1).put(site.pool)
    token = site.token(Purpose.ADDRESS)
    after = await site.answer(token, "address.yes", **{"address-new": "anna.new@example.org"})
    assert after.title == "Check your email"
    assert mail.recipients == ["anna.new@example.org"]
    assert await address_of(site) == "per_coach@example.org"
    text = mail.taken[0].get_body(("plain",))
    assert text is not None
    link = next(word for word in text.get_content().split() if word.startswith("http"))
    assert "anna" not in link
    page = await site.get(link.rpartition("/")[2])
    assert "anna.new@example.org" in page.words
    assert await address_of(site) == "per_coach@example.org"
    for _ in range(2):
        after = await site.post(link.rpartition("/")[2], page, "confirm.yes")
        assert after.title == "Your email address is changed"
    assert await address_of(site) == "anna.new@example.org"
    assert mail.recipients == ["anna.new@example.org", "per_coach@example.org"]
    assert mail.taken[1]["Subject"] == "Your email address was changed"


async def test_an_address_that_is_none_is_refused(site: Site, mail: Behaviour) -> None:
    """Before any mail is sent."""
    await Life(1).put(site.pool)
    token = site.token(Purpose.ADDRESS)
    for wrong in ("", "nobody", "a b@example.org"):
        after = await site.answer(token, "address.yes", **{"address-new": wrong})
        assert after.status == 422
        assert "There is a problem" in after.words
    assert mail.taken == []


async def test_a_used_confirmation_does_not_come_back(site: Site, mail: Behaviour) -> None:
    """Once the address was changed again, the link of the first change is refused."""
    await Life(1).put(site.pool)
    await site.answer(site.token(Purpose.ADDRESS), "address.yes", **{"address-new": "first@example.org"})
    text = mail.taken[0].get_body(("plain",))
    assert text is not None
    token = next(word for word in text.get_content().split() if word.startswith("http")).rpartition("/")[2]
    page = await site.get(token)
    await site.post(token, page, "confirm.yes")
    await site.pool.execute("UPDATE people SET address = 'second@example.org' WHERE person = $1", COACH)
    assert (await site.post(token, page, "confirm.yes")).status == 410
    assert await address_of(site) == "second@example.org"


async def address_of(site: Site) -> str:
    """The coach's address."""
    found: str = await site.pool.fetchval("SELECT address FROM people WHERE person = $1", COACH)
    return found


@pytest.mark.parametrize("purpose", [Purpose.HOME, Purpose.LEAVE])
async def test_a_page_reads_rows_of_its_readers_academies_alone(app: FastAPI, site: Site, purpose: Purpose) -> None:
    """Once it is known who reads, Postgres shows this page no other row."""
    await Life(1).put(site.pool)
    token, served = site.token(purpose, FACULTY), []
    async with app.state.context.pool.acquire() as connection:
        connection.add_query_logger(
            lambda record: served.append(record.args[0]) if "mca.academies" in record.query else None
        )
    assert (await site.get(token)).status == 200
    assert served[-1] == "sheffield"
