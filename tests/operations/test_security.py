"""What a SIEM hears: names that stay, nothing personal, and a flood as one line a minute."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from operations.security import WINDOW_SECONDS, Event, Stream, network, opaque, say


class Minutes:
    """Lets minutes pass when a test says so."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def later(self, seconds: float, then: Callable[[], None]) -> None:
        """To be done after a minute."""
        assert seconds == WINDOW_SECONDS
        self.waiting.append(then)

    def pass_one(self) -> None:
        """A minute passes."""
        due, self.waiting = self.waiting, []
        for then in due:
            then()


def test_a_flood_from_one_source_is_one_line_a_minute() -> None:
    """The first at once, then how many there were; another source is heard at once; afterwards all is as before."""
    minutes = Minutes()
    stream = Stream(minutes.later)
    with capture_logs() as logs:
        for _ in range(500):
            stream.say(Event.KEY_REFUSED, source="192.0.2.7", why="unknown")
        stream.say(Event.KEY_REFUSED, source="198.51.100.1", why="unknown")
        minutes.pass_one()
        minutes.pass_one()
        stream.say(Event.KEY_REFUSED, source="192.0.2.9", why="unknown")
    assert [(line["source"], line["times"]) for line in logs] == [
        ("192.0.2.0/24", 1),
        ("198.51.100.0/24", 1),
        ("192.0.2.0/24", 499),
        ("192.0.2.0/24", 1),
    ]


def test_a_flood_from_everywhere_is_one_line_too() -> None:
    """So no attack fills the memory or the log."""
    stream = Stream(Minutes().later)
    with capture_logs() as logs:
        for number in range(5000):
            stream.say(Event.KEY_REFUSED, source=f"10.{number // 250}.{number % 250}.1", why="unknown")
    assert len(logs) == 1001
    assert logs[-1]["source"] == "many"


def test_what_somebody_inside_does_is_never_held_back() -> None:
    """Each is a line of its own."""
    stream = Stream(Minutes().later)
    with capture_logs() as logs:
        for _ in range(2):
            stream.say(Event.PERSON_ERASED, who="key_1", person="per_1")
    assert len(logs) == 2


def test_no_event_says_who_somebody_is() -> None:
    """Ids of keys, people and namespaces are opaque; accounts and subjects of tokens are digests."""
    assert [opaque(one) for one in ("key_1", "person:per_1", "nexus:payroll")] == [
        "key_1",
        "person:per_1",
        "nexus:payroll",
    ]
    assert "alder" not in opaque("cli:alder") + opaque("token:alder@example.org")
    assert opaque("cli:alder") == opaque("cli:alder") != opaque("cli:birch")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("nowhere", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_client_address_is_said_as_its_network(address: str | None, said: str) -> None:
    """Which may be one person's, if it is closer than that."""
    assert network(address) == said


def test_a_command_says_it_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Where whatever runs it can keep it; standard output is for what was asked for."""
    say(Event.KEY_MADE, who="cli:alder", key="key_1")
    said = capsys.readouterr()
    assert (said.out, json.loads(said.err)["event"]) == ("", "security.key_made")
