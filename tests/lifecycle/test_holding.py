"""The office has a mail wait, or leaves it out: what follows waits too, alarms never do, and nothing is lost."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.account import account
from lifecycle.description import Loss
from lifecycle.engagement import MATTERS, REDUCER, assess, coming
from lifecycle.gathering import Because, Gathered, Subject, judge, weekly_after
from lifecycle.holding import AT_MOST
from lifecycle.mailing import mails
from lifecycle.subjects import RULES
from schemas import engagement_facts as facts
from schemas.corrections import Correction
from schemas.due import DueItem, Notice, Refusal
from schemas.engagement_facts import PauseReason
from schemas.facts import ProgrammeAdopted
from schemas.mail_facts import MailHeld, MailSkipped
from schemas.programme import Sessions
from schemas.words import Act, Matter, Outcome
from tests.drawing import MANY
from tests.lifecycle.lives import Lived, agreed, local, read
from tests.lifecycle.test_what_held_then import version

FIRST = "session/2026-09-08"
"""The first session of a team that meets on Tuesdays at 9am."""


def silent(to: str = "2026-09-08 09:30") -> Lived:
    """A team that begins its weekly work, and tells nothing."""
    lived = agreed()
    lived.go(to)
    return lived


def hold(lived: Lived, item: str, until: str, due_on: str | None = None) -> str:
    """The office has a mail wait until the morning of a day."""
    due = date.fromisoformat(due_on) if due_on else lived.life.calendar.day(lived.now)
    return lived.tell(MailHeld, item=item, due_on=due, until=date.fromisoformat(until))


def unknown_at(lived: Lived, name: str = "2026-09-08") -> str:
    """When a session becomes unknown."""
    return read(next(session.known_at for session in lived.state.sessions if session.name == name))


def carried(lived: Lived, item: str) -> list[str]:
    """When an item was carried out."""
    return [read(at) for at, each in lived.carried if each.key == item]


def test_a_held_question_goes_on_the_morning_it_is_held_until() -> None:
    """Until then nobody hears of it; its reminders and *unknown* count from when it went."""
    lived = silent()
    hold(lived, f"{FIRST}/0", "2026-09-14", "2026-09-08")
    lived.go("2026-09-25 12:00")
    assert carried(lived, f"{FIRST}/0") == ["2026-09-14 08:00"]
    assert carried(lived, f"{FIRST}/1") == ["2026-09-16 08:00"]
    assert unknown_at(lived) == "2026-09-23 08:00"


def test_a_session_is_expected_while_its_question_is_held() -> None:
    """A question that could not be put does not make it unknown."""
    lived = silent()
    hold(lived, f"{FIRST}/0", "2026-09-14", "2026-09-08")
    lived.go("2026-09-13 12:00")
    assert unknown_at(lived) == "2026-09-23 08:00"
    assert lived.state.sessions[0].outcome is Outcome.EXPECTED


def test_a_session_waits_for_its_held_reminder_before_it_is_unknown() -> None:
    """Whoever is reminded late has as long to answer as ever; the next reminder keeps its distance."""
    lived = silent("2026-09-09 12:00")
    by_rule = unknown_at(lived)
    hold(lived, f"{FIRST}/1", "2026-09-17", "2026-09-10")
    lived.go("2026-10-02 12:00")
    assert by_rule == "2026-09-17 11:00"
    assert carried(lived, f"{FIRST}/1") == ["2026-09-17 08:00"]
    assert carried(lived, f"{FIRST}/2") == ["2026-09-22 11:00"]
    assert unknown_at(lived) == "2026-09-24 08:00"


def test_a_session_waits_for_the_later_of_two_held_reminders() -> None:
    """The second is held from the day to which the first put it off; it says so before either goes."""
    lived = silent("2026-09-09 12:00")
    hold(lived, f"{FIRST}/1", "2026-09-17", "2026-09-10")
    hold(lived, f"{FIRST}/2", "2026-09-24", "2026-09-22")
    assert unknown_at(lived) == "2026-09-28 08:00"
    lived.go("2026-10-02 12:00")
    assert carried(lived, f"{FIRST}/1") == ["2026-09-17 08:00"]
    assert carried(lived, f"{FIRST}/2") == ["2026-09-24 08:00"]
    assert unknown_at(lived) == "2026-09-28 08:00"
    assert carried(lived, f"{FIRST}/3") == ["2026-09-28 08:00"]


def test_a_session_waits_as_long_as_the_rules_said_when_it_was_asked_about() -> None:
    """A version adopted later doesn't lengthen what a held reminder left to answer in."""
    lived = silent("2026-09-09 12:00")
    hold(lived, f"{FIRST}/1", "2026-09-17", "2026-09-10")
    lived.tell(ProgrammeAdopted, programme=version(sessions=Sessions(unknown_after_working_days=9)))
    lived.go("2026-10-02 12:00")
    assert unknown_at(lived) == "2026-09-24 08:00"


def test_paused_time_does_not_count_before_a_held_reminder_nor_after_it() -> None:
    """Two days' rest before it went, and four after."""
    lived = silent("2026-09-09 12:00")
    hold(lived, f"{FIRST}/1", "2026-09-17", "2026-09-10")
    for begins, ends in (("2026-09-14", "2026-09-16"), ("2026-09-18", "2026-09-22")):
        lived.go(f"{begins} 12:00")
        lived.tell(facts.PauseStarted, reason=PauseReason.STAFFING)
        lived.go(f"{ends} 12:00")
        lived.tell(facts.PauseEnded)
    lived.go("2026-10-09 12:00")
    assert carried(lived, f"{FIRST}/1") == ["2026-09-17 08:00"]
    assert unknown_at(lived) == "2026-09-28 08:00"


@pytest.mark.parametrize(
    ("reminder", "until", "unknown"), [(1, "2026-09-11", "2026-09-18 08:00"), (2, "2026-09-16", "2026-09-18 08:00")]
)
def test_a_reminder_held_by_a_day_moves_the_rest_by_a_day(reminder: int, until: str, unknown: str) -> None:
    """Neither more nor less, before it goes and after."""
    lived = silent("2026-09-09 12:00")
    due = {1: "2026-09-10", 2: "2026-09-15"}[reminder]
    hold(lived, f"{FIRST}/{reminder}", until, due)
    assert unknown_at(lived) == unknown
    lived.go("2026-10-02 12:00")
    assert carried(lived, f"{FIRST}/{reminder}") == [f"{until} 08:00"]
    assert unknown_at(lived) == unknown


def test_a_hold_that_ends_early_lets_it_go_at_once() -> None:
    """The last day named holds."""
    lived = silent()
    hold(lived, f"{FIRST}/0", "2026-09-14", "2026-09-08")
    lived.go("2026-09-10 15:00")
    hold(lived, f"{FIRST}/0", "2026-09-10", "2026-09-08")
    lived.go("2026-09-11 12:00")
    assert carried(lived, f"{FIRST}/0") == ["2026-09-10 15:00"]


def test_a_hold_that_is_taken_back_never_was() -> None:
    """It goes at once, and counts from then."""
    lived = silent()
    held = hold(lived, f"{FIRST}/0", "2026-09-14", "2026-09-08")
    lived.go("2026-09-10 15:00")
    lived.tell(Correction, corrects=held)
    lived.go("2026-09-11 12:00")
    assert carried(lived, f"{FIRST}/0") == ["2026-09-10 15:00"]
    assert unknown_at(lived) == "2026-09-21 15:00"


def test_a_hold_after_it_went_changes_nothing() -> None:
    """What was sent stays sent."""
    lived = silent("2026-09-09 12:00")
    before = unknown_at(lived)
    hold(lived, f"{FIRST}/0", "2026-09-15", "2026-09-08")
    assert unknown_at(lived) == before


def test_nothing_is_held_for_more_than_five_working_days_in_all() -> None:
    """Not by another hold either, which counts from the day it would have gone at first."""
    lived = silent()
    assert too_long(lived, date(2026, 9, 8), date(2026, 9, 16))
    hold(lived, f"{FIRST}/0", "2026-09-14", "2026-09-08")
    lived.go("2026-09-11 12:00")
    assert too_long(lived, date(2026, 9, 14), date(2026, 9, 16))


def too_long(lived: Lived, due_on: date, until: date) -> bool:
    """Whether the first question may not be held so long."""
    return lived.refused(MailHeld, item=f"{FIRST}/0", due_on=due_on, until=until).code == "held_too_long"


@pytest.mark.parametrize("matter", [matter for matter, said in MATTERS.items() if said.loss is Loss.TEAM])
def test_an_alarm_is_never_held_or_left_out(matter: Matter) -> None:
    """Whatever step of it."""
    lived = silent()
    item, day = f"{matter}/2026-09-08/1", date(2026, 9, 8)
    assert lived.refused(MailHeld, item=item, due_on=day, until=day).code == "mail_must_go"
    assert lived.refused(MailSkipped, item=item).code == "mail_must_go"


def test_what_goes_to_somebody_above_never_waits() -> None:
    """Even where it is a step of something that can."""
    lived = silent("2026-09-01 12:00")
    escalating = next(i for i in coming(lived.state, {}, lived.now + timedelta(weeks=60)) if i.act is not Act.MOVE_ON)
    assert MATTERS[escalating.matter].may_hold(Act.ASK)
    assert not MATTERS[escalating.matter].may_hold(Act.ESCALATE)
    assert not MATTERS[escalating.matter].may_skip(3, Act.ESCALATE)


def test_the_first_asking_is_never_left_out() -> None:
    """Its reminders may be."""
    lived = silent()
    assert lived.refused(MailSkipped, item=f"{FIRST}/0").code == "mail_must_go"
    lived.tell(MailSkipped, item=f"{FIRST}/1")


def test_a_mail_left_out_counts_as_carried_out_with_the_reason() -> None:
    """Nobody hears of it; the next step goes when it would have."""
    lived = silent("2026-09-09 12:00")
    lived.tell(MailSkipped, item=f"{FIRST}/1")
    subject = subject_of(lived)
    reminder = next(i for i in coming(lived.state, lived.done, lived.now) if i.key == f"{FIRST}/1")
    assert {notice.because for notice in subject.issues(reminder)} == {Because.SKIPPED}
    lived.go("2026-09-16 12:00")
    assert carried(lived, f"{FIRST}/1") == ["2026-09-10 11:00"]
    assert carried(lived, f"{FIRST}/2") == ["2026-09-15 11:00"]


def test_a_line_that_waits_for_the_weekly_mail_is_held_or_left_out() -> None:
    """As if it had not been issued yet."""
    lived = silent("2026-09-09 12:00")
    while not (lines := [sent for sent in lived.sent if can_wait(*sent)]):
        lived.go(lived.now + timedelta(days=1))
    sent_at, notice = lines[0]
    waits = Gathered("ntc_1", "one", sent_at, notice)
    goes_at = weekly_after(lived.life.programme.attention, lived.life.calendar, sent_at)
    (goes,) = judge([waits], {"one": subject_of(lived)}, goes_at)
    hold(lived, notice.item, f"{lived.life.calendar.day(sent_at) + timedelta(days=2)}")
    (held,) = judge([waits], {"one": subject_of(lived)}, goes_at)
    assert (goes.because, held.because, held.withdrawn) == (None, Because.HELD, False)


def can_wait(at: datetime, notice: Notice) -> bool:
    """Whether it is a line of a weekly mail since weekly work began, and no alarm."""
    return notice.gathered and at > local("2026-09-09") and MATTERS[notice.matter].may_hold(notice.act)


def test_the_rows_say_what_is_held_until_when_and_what_is_left_out() -> None:
    """One for each who would hear, from the facts alone."""
    lived = silent("2026-09-09 12:00")
    held = hold(lived, f"{FIRST}/1", "2026-09-15", "2026-09-10")
    skipped = lived.tell(MailSkipped, item=f"{FIRST}/2")
    rows = {row.item: row for row in mails(subject_of(lived))}
    assert (rows[f"{FIRST}/1"].held_by, rows[f"{FIRST}/1"].latest) == (held, date(2026, 9, 17))
    assert read(rows[f"{FIRST}/1"].goes_at) == "2026-09-15 08:00"
    assert rows[f"{FIRST}/2"].skipped_by == skipped
    asks = [name for name in rows if name.startswith("session/") and name.endswith("/0")]
    assert asks[:2] == ["session/2026-09-15/0", "session/2026-09-22/0"]


def subject_of(lived: Lived) -> Subject:
    """The team as the rules look at it."""
    return Subject(RULES["engagement"], lived.state, lived.done)


HOLDS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5), st.integers(0, 7)), max_size=12)


@settings(max_examples=800 if MANY else 40)
@given(HOLDS)
def test_whatever_is_held_nothing_is_lost_and_nothing_waits_longer(holds: list[tuple[int, int, int]]) -> None:
    """Each goes within five working days of its time, or the team stalled; holds told in any order say the same."""
    lived = silent()
    start, due = lived.now, dict[str, datetime]()
    for day, which, days in sorted(holds):
        lived.go(start + timedelta(days=day))
        ahead = [i for i in coming(lived.state, lived.done, lived.now + timedelta(weeks=2)) if i.act is not Act.MOVE_ON]
        item = ahead[which % len(ahead)]
        if held(lived, item, days):
            due.setdefault(item.key, item.at)
    lived.go(start + timedelta(weeks=20))
    calendar, went = lived.life.calendar, dict(lived.done)
    for key, at in due.items():
        stalled = lived.state.run.stalled_since
        assert key in went or (stalled is not None and stalled <= calendar.after_working_days(at, AT_MOST))
        if key in went:
            assert calendar.working_days_between(calendar.day(at), calendar.day(went[key])) <= AT_MOST
    assert lived.went(Matter.ESCALATION)
    assert lived.sent_out_of_hours == []
    again = assess(account(REDUCER, reversed(list(lived.known.facts.values()))), lived.now, lived.done)
    assert again.sessions == lived.state.sessions


def held(lived: Lived, item: DueItem, days: int) -> bool:
    """Whether the office could have an item wait so many working days."""
    day = lived.life.calendar.day(item.at)
    until = lived.life.calendar.add_working_days(day, days)
    return not isinstance(lived.try_to(MailHeld, item=item.key, due_on=day, until=until), Refusal)


@settings(max_examples=500 if MANY else 25)
@given(st.sets(st.integers(0, 5)), st.integers(1, AT_MOST))
def test_an_alarm_waits_no_longer_than_the_questions_it_follows_from(weeks: set[int], days: int) -> None:
    """Held questions move it by as many working days as they were held, at most."""
    first = {}
    for which in (set(), weeks):
        lived = silent("2026-09-07 12:00")
        for week in which:
            on = date(2026, 9, 8) + timedelta(weeks=week)
            until = lived.life.calendar.add_working_days(on, days)
            lived.tell(MailHeld, item=f"session/{on}/0", due_on=on, until=until)
        lived.go("2026-12-01 12:00")
        calendar = lived.life.calendar
        first[bool(which)] = calendar.day(next(at for at, i in lived.carried if i.matter is Matter.ESCALATION))
    if weeks:
        assert 0 <= calendar.working_days_between(first[False], first[True]) <= days


def test_an_answer_ends_a_hold() -> None:
    """Who reports before the mail goes is not asked any more."""
    lived = silent()
    hold(lived, f"{FIRST}/0", "2026-09-14", "2026-09-08")
    lived.go("2026-09-10 12:00")
    lived.tell(facts.SessionHeld, day=date(2026, 9, 8))
    lived.go("2026-09-14 12:00")
    assert carried(lived, f"{FIRST}/0") == []
