"""Invitations: whoever follows the messages as RFC 5546 says has the diary in their calendar, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import intro_course
from lifecycle.diary import Entry, Happening, diary
from lifecycle.gathering import Subject
from lifecycle.invitations import AHEAD, Invited, Owed, may_go, owed, said
from schemas.facts import LeaveAgreed
from tests.lifecycle import intro_courses
from tests.lifecycle.lives import local

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)


def entry(number: int, hours: int, what: Happening = Happening.SESSION) -> Entry:
    """An entry that begins in so many hours."""
    at = NOW + timedelta(hours=hours)
    return Entry(f"e{number}", what, "s", at.date(), at, at + timedelta(hours=1), 0, NOW)


@dataclass
class Receiver:
    """A calendar program: the highest SEQUENCE of a UID wins, a cancelled one is dropped."""

    shown: dict[str, Entry] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    known: dict[str, Invited] = field(default_factory=dict)

    def take(self, message: Owed) -> None:
        """One message, in whatever order it came."""
        uid = message.entry.uid
        if message.sequence <= self.last.get(uid, -1):
            return
        self.last[uid] = message.sequence
        if message.cancels:
            self.shown.pop(uid, None)
        else:
            self.shown[uid] = message.entry

    def told(self, messages: list[Owed]) -> None:
        """What the sender keeps of them."""
        for one in messages:
            self.known[one.entry.uid] = Invited(one.entry, one.sequence, not one.cancels, said(one.entry))


DIARIES = st.lists(st.dictionaries(st.integers(0, 4), st.integers(1, 24 * 30), max_size=5), min_size=1, max_size=6)


@given(DIARIES, st.randoms())
def test_a_calendar_that_follows_the_messages_shows_the_diary(diaries: list[dict[int, int]], chance: object) -> None:
    """Whatever moves, goes and comes back, in whatever order a look's messages arrive."""
    receiver = Receiver()
    for hours in diaries:
        entries = [entry(number, at) for number, at in hours.items()]
        messages = owed(entries, receiver.known, NOW)
        receiver.told(messages)
        for one in sorted(messages, key=lambda _: chance.random()):  # type: ignore[attr-defined] # a Random
            receiver.take(one)
        near = {one.uid for one in entries if one.starts_at and one.starts_at <= NOW + AHEAD[one.what]}
        by_uid = {one.uid: one for one in entries}
        assert near <= set(receiver.shown) <= set(by_uid)
        assert all(said(one) == said(by_uid[uid]) for uid, one in receiver.shown.items())
        assert owed(entries, receiver.known, NOW) == []


def test_what_has_begun_is_left_alone() -> None:
    """Neither invited to nor cancelled: it was, or is, as it is."""
    past = Invited(entry(1, -1), 0, standing=True, said=said(entry(1, -1)))
    assert owed([entry(2, -2)], {"e1": past}, NOW) == []


def test_what_comes_back_goes_on_with_the_next_number() -> None:
    """Cancelled with 1, requested again with 2: no receiver takes the older word for the newer."""
    dropped = Invited(entry(1, 5), 1, standing=False, said=said(entry(1, 5)))
    assert owed([entry(1, 5)], {"e1": dropped}, NOW) == [Owed(entry(1, 5), 2)]


def _course(booked: str) -> Subject:
    """A course as it stands some hours after a place was booked."""
    lived = intro_courses.fresh()
    lived.go(booked)
    lived.book("A")
    return Subject(intro_course, lived.state, lived.done)


def _day_1(subject: Subject) -> Entry:
    return diary(intro_courses.COURSE, subject, "per_A")[0]


@pytest.mark.parametrize(
    ("booked", "at", "goes"),
    [
        ("2026-09-01 12:00", "2026-09-02 11:00", True),
        ("2026-09-01 12:00", "2026-09-02 22:00", False),
        ("2026-09-02 22:00", "2026-09-02 22:05", True),
        ("2026-09-01 12:00", "2026-10-13 22:00", False),
        ("2026-09-01 12:00", "2026-10-14 07:00", False),
    ],
)
def test_calendars_keep_the_hours_but_for_somebodys_own_booking(booked: str, at: str, *, goes: bool) -> None:
    """At night nothing goes but what follows from a booking of this minute."""
    subject = _course(booked)
    assert may_go(subject, "per_A", _day_1(subject), local(at)) is goes


def test_what_begins_before_the_hours_open_goes_at_once() -> None:
    """A course at half past seven, changed the evening before."""
    subject = _course("2026-09-01 12:00")
    early = _day_1(subject)._replace(starts_at=local("2026-10-14 07:30"))
    assert may_go(subject, "per_A", early, local("2026-10-13 22:00"))


def test_calendars_wait_for_who_is_on_leave() -> None:
    """Until the morning they are back; what is in the leave itself goes."""
    lived = intro_courses.fresh()
    lived.go("2026-09-01 12:00")
    lived.book("A")
    lived.tell(LeaveAgreed, person="per_A", first_day=date(2026, 9, 2), last_day=date(2026, 9, 9))
    lived.go("2026-09-03 11:00")
    subject = Subject(intro_course, lived.state, lived.done)
    one = _day_1(subject)
    assert not may_go(subject, "per_A", one, lived.now)
    assert may_go(subject, "per_A", one._replace(starts_at=local("2026-09-08 09:30")), lived.now)


def test_a_place_that_changes_is_told_again() -> None:
    """The room is known a week after the invitation went."""
    before = entry(1, 5)
    known = {"e1": Invited(before, 0, standing=True, said=said(before))}
    assert owed([before], known, NOW) == []
    assert owed([before._replace(place="Room 7")], known, NOW) == [Owed(before._replace(place="Room 7"), 1)]
