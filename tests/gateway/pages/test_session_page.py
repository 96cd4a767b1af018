"""Did your session happen? One tap from the mail: told once, shown as it is recorded, corrected from the same link."""

from __future__ import annotations

import asyncio
from datetime import date, time, timedelta
from typing import Any

from schemas.engagement_facts import AgreementSigned, CoachAssigned, CoachPart, SessionHeld, SessionRescheduled
from schemas.words import Matter, Role
from tests.gateway.conftest import Town
from tests.gateway.pages.conftest import Site
from tests.workflows.subjects import COACH, SIGNING, Engagement, now


async def meeting(town: Town) -> tuple[Engagement, date]:
    """An engagement in its weekly work, and the day of its last session."""
    begun = now() - timedelta(weeks=3)
    life = await town.started(at=begun, course_start=begun.date())
    for role in SIGNING:
        await life.told(AgreementSigned, begun + timedelta(hours=1), role=role)
    yesterday = now().date() - timedelta(days=1)
    day = yesterday - timedelta(days=(yesterday.weekday() - 1) % 7)
    return life, day


async def ledger(site: Site, life: Engagement) -> list[dict[str, Any]]:
    """What the pages told."""
    rows = await site.pool.fetch(
        "SELECT body FROM facts WHERE subject = $1 AND event_id LIKE 'page-%' ORDER BY seq", life.name
    )
    return [row["body"] for row in rows]


async def test_yes_is_one_tap(site: Site, town: Town) -> None:
    """The page names the day; the button tells who led; the answer shows what is recorded, and who told it."""
    life, day = await meeting(town)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    page = await site.get(token)
    assert page.status == 200
    assert page.title.startswith("Did your session on Tuesday ")
    assert page.title.endswith(" at 9am go ahead?")
    after = await site.post(token, page, "held.team")
    assert "We've recorded it." in after.words
    assert "went ahead, led by the team" in after.words
    assert "Recorded by you" in after.words
    (told,) = await ledger(site, life)
    assert (told["kind"], told["day"], told["chaired_by"]) == ("session_held", day.isoformat(), "team")
    assert told["session"] == day.isoformat()
    assert told["told_by"] == {"role": "coach", "person": COACH}
    audit = await site.pool.fetchrow("SELECT caller, door FROM audit ORDER BY number DESC LIMIT 1")
    assert audit is not None
    assert (audit["caller"], audit["door"]) == (f"person:{COACH}", "page")
    row = (await life.rows_standing())["sessions", day.isoformat()]
    assert row.outcome == "held"  # type: ignore[union-attr] # a session's row


async def test_a_get_changes_nothing(site: Site, town: Town) -> None:
    """Programs that look for malware open every link, ask for its head, and follow what they find."""
    life, day = await meeting(town)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    before = await site.pool.fetchval("SELECT count(*) FROM audit"), await life.recorded()
    for query in ("", "?change=1", "?told=1", "?answer=held.team", "?state=x&answer=held.coach"):
        for method in ("GET", "HEAD"):
            assert (await site.get(token, query, method)).status == 200
    assert (await site.pool.fetchval("SELECT count(*) FROM audit"), await life.recorded()) == before


async def test_a_double_click_is_one_fact(site: Site, town: Town) -> None:
    """Also at the same moment, and much later with the same form."""
    life, day = await meeting(town)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    page = await site.get(token)
    answers = await asyncio.gather(
        *(site.post(token, page, "held.coach", **{"held-attendance": "6"}) for _ in range(4))
    )
    answers.append(await site.post(token, page, "held.coach", **{"held-attendance": "6"}))
    assert all("We've recorded it." in one.words for one in answers)
    (told,) = await ledger(site, life)
    assert told["attendance"] == 6


async def test_a_stale_form_overwrites_nothing(site: Site, town: Town) -> None:
    """Back and another button: what is recorded is shown, and the first answer stays."""
    life, day = await meeting(town)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    page = await site.get(token)
    await site.post(token, page, "held.team")
    after = await site.post(token, page, "not-held.yes", **{"not-held-reason": "staffing"})
    assert "Nothing was changed" in after.words
    assert "went ahead, led by the team" in after.words
    assert len(await ledger(site, life)) == 1


async def test_back_to_an_answered_form_and_a_mistake_in_it_shows_what_is_recorded(site: Site, town: Town) -> None:
    """There may be no such form any more in which to mend the mistake."""
    life, day = await meeting(town)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    page = await site.get(token)
    await site.post(token, page, "held.team")
    after = await site.post(token, page, "not-held.yes")
    assert after.url == "?since=1"
    assert "Nothing was changed" in after.words
    assert "went ahead, led by the team" in after.words


async def test_an_answer_after_somebody_else_did_shows_theirs(site: Site, town: Town) -> None:
    """The other coach answered first, while the page was open: theirs is recorded, and can be corrected."""
    life, day = await meeting(town)
    await life.told(CoachAssigned, now() - timedelta(days=10), person="per_other", part=CoachPart.CO)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    page = await site.get(token)
    await life.told(SessionHeld, day=day, told_by={"role": "co_coach", "person": "per_other"})
    after = await site.post(token, page, "not-held.yes", **{"not-held-reason": "leave"})
    assert "Nothing was changed" in after.words
    assert "Recorded by Otto Other" in after.words
    assert not await ledger(site, life)
    assert after.link("correct it") == "?change=1"


async def test_a_mistake_is_corrected_from_the_same_link(site: Site, town: Town) -> None:
    """Again and again: each correction holds in place of the one before, and the history keeps them all."""
    life, day = await meeting(town)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    await site.answer(token, "held.team")
    assert not (await site.get(token)).buttons
    after = await site.answer(token, "not-held.yes", "?change=1", **{"not-held-reason": "clinical_pressure"})
    assert "didn't go ahead: clinical pressure" in after.words
    after = await site.answer(token, "held.coach", "?change=1")
    assert "went ahead, led by the coach" in after.words
    kinds = [told["kind"] for told in await ledger(site, life)]
    assert kinds == ["session_held", "correction", "correction"]


async def test_two_sessions_of_one_day_are_told_apart(site: Site, town: Town) -> None:
    """Each page asks by its own hour and tells of its own session."""
    life, day = await meeting(town)
    before = day - timedelta(weeks=1)
    moved = {"day": before, "to_day": day, "to_time": time(14)}
    await life.told(SessionRescheduled, now() - timedelta(days=13), **moved)
    tokens = [await site.asked(life.name, Matter.SESSION, each.isoformat(), about=day) for each in (before, day)]
    titles = [(await site.get(token)).title for token in tokens]
    assert [title.partition(" at ")[2] for title in titles] == ["2pm go ahead?", "9am go ahead?"]
    await site.answer(tokens[0], "held.team")
    assert (await site.get(tokens[1])).buttons
    await site.answer(tokens[1], "held.coach")
    told = [(each["session"], each["chaired_by"]) for each in await ledger(site, life)]
    assert told == [(before.isoformat(), "team"), (day.isoformat(), "coach")]


async def test_why_not_is_asked_for_kindly(site: Site, town: Town) -> None:
    """No reason, no fact: the summary leads to the input that is missing, and what was written stays."""
    life, day = await meeting(town)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    after = await site.answer(token, "not-held.yes", **{"not-held-note": "We will try on Friday."})
    assert after.status == 422
    assert "There is a problem" in after.words
    assert after.link("Select why it didn't go ahead") == "#not-held-reason"
    assert "not-held-reason" in after.ids
    assert "We will try on Friday." in after.text
    assert "<title>Error: " in after.text
    assert not await ledger(site, life)


async def test_moved_to_another_day(site: Site, town: Town) -> None:
    """With the time as people write it; then the page waits for the new day."""
    life, day = await meeting(town)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    to = now().date() + timedelta(days=3)
    given = {"moved-to-day": str(to.day), "moved-to-month": str(to.month), "moved-to-year": str(to.year)}
    after = await site.answer(token, "moved.yes", **given, **{"moved-time": "2.30pm"})
    assert "moved to" in after.words
    assert "at 2:30pm" in after.words
    (told,) = await ledger(site, life)
    assert (told["kind"], told["to_day"], told["to_time"]) == ("session_rescheduled", to.isoformat(), "14:30:00")
    after = await site.answer(token, "held.team", "?change=1")
    assert "went ahead, led by the team" in after.words


async def test_a_refusal_is_shown_in_the_rules_own_words(site: Site, town: Town) -> None:
    """A move of a year is refused: nothing is recorded, and the form is there again."""
    life, day = await meeting(town)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    given = {"moved-to-day": "1", "moved-to-month": "Feb", "moved-to-year": str(day.year + 2), "moved-time": "9"}
    after = await site.answer(token, "moved.yes", **given)
    assert after.status == 409
    assert "A session can move by eight weeks at most" in after.words
    assert not await ledger(site, life)


async def test_a_note_is_kept_beside_the_fact(site: Site, town: Town) -> None:
    """In the database only, claimed by the fact; the hint asks for nothing about patients."""
    life, day = await meeting(town)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    page = await site.get(token)
    assert "Don't write anything about patients" in page.words
    await site.post(token, page, "held.team", **{"held-note": "  A good\nmeeting. "})
    row = await site.pool.fetchrow("SELECT text, claimed_at, event_id FROM notes")
    assert row is not None
    assert row["text"] == "A good meeting."
    assert row["claimed_at"] is not None
    assert row["event_id"] == (await ledger(site, life))[0]["event_id"]


async def test_a_late_answer_is_told_as_of_its_day(site: Site, town: Town) -> None:
    """What happened last week is told to have happened then, so that it is welcome after whatever came since."""
    life, day = await meeting(town)
    before = day - timedelta(weeks=1)
    token = await site.asked(life.name, Matter.SESSION, before.isoformat(), about=before)
    await site.answer(token, "not-held.yes", **{"not-held-reason": "no_quorum"})
    (told,) = await ledger(site, life)
    assert told["occurred_at"].startswith(before.isoformat())


async def test_who_lost_the_part_can_do_nothing(site: Site, town: Town) -> None:
    """Another coach was assigned: the old link says so kindly, names the office, and takes no answer."""
    life, day = await meeting(town)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    page = await site.get(token)
    await life.told(CoachAssigned, person="per_other")
    for after in (await site.get(token), await site.post(token, page, "held.team")):
        assert after.status == 403
        assert "no longer need this from you" in after.title
        assert "Sheffield MCA" in after.words
    assert not await ledger(site, life)
    new = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day, person="per_other", role=Role.COACH)
    assert "We've recorded it." in (await site.answer(new, "held.coach")).words


async def test_who_was_erased_can_do_nothing(site: Site, town: Town) -> None:
    """The token still says who it was; the records know nobody of that id by name."""
    life, day = await meeting(town)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    page = await site.get(token)
    await site.pool.execute(
        "UPDATE people SET name = NULL, address = NULL, erased_at = changed_at WHERE person = $1", COACH
    )
    assert (await site.get(token)).status == 410
    assert (await site.post(token, page, "held.team")).status == 410
    assert not await ledger(site, life)
