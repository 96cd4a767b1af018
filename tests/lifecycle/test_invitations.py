"""Invitations: whoever follows the messages as RFC 5546 says has the diary in their calendar, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.diary import Entry, Happening
from lifecycle.invitations import AHEAD, Invited, Owed, owed, said

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
            self.known[one.entry.uid] = Invited(one.entry, one.sequence, standing=not one.cancels)


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
    past = Invited(entry(1, -1), 0, standing=True)
    assert owed([entry(2, -2)], {"e1": past}, NOW) == []


def test_what_comes_back_goes_on_with_the_next_number() -> None:
    """Cancelled with 1, requested again with 2: no receiver takes the older word for the newer."""
    dropped = Invited(entry(1, 5), 1, standing=False)
    assert owed([entry(1, 5)], {"e1": dropped}, NOW) == [Owed(entry(1, 5), 2)]
