"""The diary that calendar programs subscribe to, read back by another implementation of iCalendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import vobject  # type: ignore[import-untyped]
from fastapi import FastAPI

from activities.calendars import invitation, organiser_for, written
from activities.links import Purpose
from activities.mail import read_address
from lifecycle.diary import Entry, Happening
from lifecycle.invitations import Owed
from records import erasures
from schemas.engagement_facts import SessionRescheduled
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Course, Life
from tests.workflows.subjects import COACH, FACULTY, SPONSOR, now

LONDON = ZoneInfo("Europe/London")


async def events(site: Site, person: str) -> dict[str, Any]:
    """What a calendar program reads at somebody's address, by UID."""
    answered = await site.http.get(await site.feed(person))
    assert answered.status_code == 200
    assert answered.headers["content-type"].startswith("text/calendar")
    found = vobject.readOne(answered.text)
    return {one.uid.value: one for one in found.contents.get("vevent", [])}


async def test_a_coach_finds_sessions_and_reviews_and_a_moved_session_keeps_its_uid(site: Site) -> None:
    """The same meeting on another day, with a higher sequence."""
    life = Life(3).agreed()
    await life.put(site.pool)
    before = await events(site, COACH)
    sessions = sorted(uid for uid in before if uid.startswith(f"session.{life.name}."))
    assert len(sessions) > 20
    assert any(uid.startswith("review.") for uid in before)
    moved = next(uid for uid in sessions if before[uid].dtstart.value.date() > now().date() + timedelta(days=2))
    assert before[moved].summary.value == "Coaching session: Ward 12"
    day = before[moved].dtstart.value.date()
    fact = SessionRescheduled(
        event_id="moved",
        occurred_at=now(),
        day=day,
        to_day=day + timedelta(days=1),
        to_time=time(14, 30),
    )
    await site.pool.execute(
        """
        INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, body, answer)
        VALUES ($1, (SELECT max(seq) + 1 FROM facts WHERE subject = $1), 'moved', $2, $3, $3, 'coach', $4, '{}')
        """,
        life.name, fact.kind, now(), fact,
    )  # fmt: skip
    after = (await events(site, COACH))[moved]
    assert after.dtstart.value.replace(tzinfo=None) == datetime.combine(day + timedelta(days=1), fact.to_time)
    assert int(after.sequence.value) > int(before[moved].sequence.value)


async def test_a_program_that_has_it_is_told_so_and_when_to_ask_again(site: Site) -> None:
    """By its tag, however proxies rewrote that; and anew once something changed."""
    life = Life(3).agreed()
    await life.put(site.pool)
    address = await site.feed(COACH)
    first = await site.http.get(address)
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT6H" in first.text
    assert "X-PUBLISHED-TTL:PT6H" in first.text
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await site.http.get(address, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await site.http.head(address)).headers["etag"] == tag
    await site.pool.execute("UPDATE microsystems SET name = 'Ward 13'")
    changed = await site.http.get(address, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_nobody_is_organiser_and_guest_and_nobody_has_accepted_before_they_did() -> None:
    """A guest who is the office itself is invited by the sender of all mail."""
    at = datetime(2027, 3, 1, 9, tzinfo=UTC)
    entry = Entry("u", Happening.SESSION, "s", at.date(), at, at + timedelta(hours=1), 0, at)
    office, sender = read_address("Office <office@example.org>"), read_address("coaching@example.org")
    for guest, by in (("anna@example.org", office), ("Office@Example.org", sender)):
        organiser = organiser_for(read_address(guest), office, sender)
        assert organiser == by
        event = vobject.readOne(invitation(Owed(entry, 0), "Ward 12", organiser, read_address(guest), at)).vevent
        assert event.organizer.value.lower() != event.attendee.value.lower()
        assert (event.attendee.partstat_param, event.attendee.rsvp_param) == ("NEEDS-ACTION", "FALSE")
    assert organiser_for(sender, sender) is None


async def test_each_finds_only_what_is_theirs(site: Site) -> None:
    """Faculty the reviews, participants the course days, a sponsor nothing."""
    life, course = Life(3).agreed(), Course(-4).confirmed()
    await life.put(site.pool)
    assert await events(site, SPONSOR) == {}
    await course.put(site.pool)
    assert {uid.partition(".")[0] for uid in await events(site, FACULTY)} == {"review"}
    assert {uid.partition(".")[0] for uid in await events(site, COACH)} == {"session", "review", "learning-session"}
    assert {uid.partition(".")[0] for uid in await events(site, OTHER)} == {"learning-session"}


async def test_a_pause_empties_the_weeks(site: Site) -> None:
    """Nobody is expected to meet."""
    life = Life(3).paused()
    await life.put(site.pool)
    assert not [uid for uid in await events(site, COACH) if uid.startswith("session.")]


async def test_a_calendar_has_an_address_of_its_own_that_is_stopped_alone(site: Site) -> None:
    """Shown once; a new one stops the earlier, and so does a press. No link is a calendar."""
    token = site.token(Purpose.CALENDAR)
    first = await site.feed()
    again = await site.get(token)
    assert "A calendar has been reading your dates since" in again.words
    assert first not in again.text
    assert first.rpartition("/")[2] not in repr(await site.pool.fetch("SELECT * FROM calendar_feeds"))
    second = await site.feed()
    assert (await site.http.get(first)).status_code == 404
    assert (await site.http.get(second)).status_code == 200
    assert "Get a calendar address" in (await site.answer(token, "stop.yes")).text
    assert (await site.http.get(second)).status_code == 404
    assert (await site.http.get(f"/calendar/{token}.ics")).status_code == 404
    assert (await site.get(token)).status == 200


async def test_a_calendar_outlives_forgotten_links_and_ends_with_its_person(site: Site) -> None:
    """It was never in a mail; nothing is kept of it once its person is erased."""
    feed = await site.feed()
    await site.answer(site.token(Purpose.FORGET), "forget.yes")
    assert (await site.http.get(feed)).status_code == 200
    async with site.pool.acquire() as conn:
        await erasures.erase(conn, COACH, now(), "cli:tests")
    assert (await site.http.get(feed)).status_code == 404
    assert await site.pool.fetchval("SELECT count(*) FROM calendar_feeds") == 0


async def test_a_calendar_is_read_whatever_others_open_from_the_same_address(app: FastAPI, site: Site) -> None:
    """It's counted by itself, and an invented one as a forged link."""
    feed = await site.feed()
    while app.state.pace.opened("127.0.0.1"):
        pass
    assert (await site.http.get("/sign-in")).status_code == 429
    assert (await site.http.get(feed)).status_code == 200
    answered = [(await site.http.get(f"/calendar/invented{number}.ics")).status_code for number in range(31)]
    assert (answered[0], answered[-1]) == (404, 429)
    assert (await site.http.get(feed)).status_code == 200


def test_nine_stays_nine_over_a_clock_change_and_the_same_entries_give_the_same_bytes() -> None:
    """The zone comes with its rules, so that every program agrees on the hour."""
    entries = [
        Entry(
            f"session.x.{day}", Happening.SESSION, "x", day,
            datetime.combine(day, time(9), LONDON).astimezone(UTC),
            datetime.combine(day, time(10), LONDON).astimezone(UTC),
            3, datetime(2027, 1, 1, tzinfo=UTC),
        )
        for day in (date(2027, 3, 26), date(2027, 3, 29), date(2027, 10, 29), date(2027, 11, 1))
    ]  # fmt: skip
    teams = {"x": "Ward, 12; \N{EN DASH} and a name that is long enough to be folded over two lines"}
    text = written(entries, teams)
    assert text == written(entries, teams)
    assert b"BEGIN:VTIMEZONE" in text
    assert max(len(line) for line in text.split(b"\r\n")) <= 75
    found = vobject.readOne(text.decode()).contents["vevent"]
    assert {one.dtstart.value.hour for one in found} == {9}
    assert [one.dtstart.value.utcoffset() for one in found] == [
        timedelta(0), timedelta(hours=1), timedelta(hours=1), timedelta(0),
    ]  # fmt: skip
    assert found[0].summary.value.startswith("Coaching session: Ward, 12;")
