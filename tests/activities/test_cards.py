"""Teams and Slack are shown a card that says what is asked, with a button; without a link it is text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from apprise.plugins.slack import NotifySlack

from activities.channels import ChatServices, NotTaken, Short
from tests.activities.channel_servers import Service, service

LINK = "https://coaching.example.org/a/x?y=1&z=2"
SHORT = Short("ntc_1", 'Ward "12" & *Co*: Did your session go ahead?', "Please say by <Friday>.", "Answer now", LINK)
CHATS = ChatServices({"workflows", "slack", "json"})
# The libraries that apprise asks about are older than the interpreter.
pytestmark = pytest.mark.filterwarnings(
    "ignore:'imghdr' is deprecated:DeprecationWarning",
    # The receiver's certificate is its own.
    "ignore:Unverified HTTPS request",
)


@pytest.fixture
def teams() -> Iterator[Service]:
    """A workflow of Teams that takes what is posted to it."""
    with service(Service(status=202, tls=True)) as listening:
        yield listening


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """An incoming webhook of Slack."""
    with service(Service(status=200, answer=b"ok")) as listening:
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{listening.port}/services")
        yield listening


def to_teams(teams: Service, more: str = "") -> str:
    """The address of the workflow."""
    return f"workflows://127.0.0.1:{teams.port}/643e69f83c8944/signature?verify=no{more}"


TO_SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"


def test_teams_is_shown_an_adaptive_card(teams: Service) -> None:
    """What is asked, in words that no markup changes; a button; and a text for who is shown no cards."""
    CHATS.send(to_teams(teams), SHORT)
    (said,) = teams.bodies
    (attached,) = said["attachments"]
    card = attached["content"]
    assert attached["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [line["inlines"][0]["text"] for line in card["body"]] == [SHORT.subject, SHORT.ask]
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Answer now", "url": LINK}]
    assert card["fallbackText"] == f"{SHORT.subject} Answer now: {LINK}"
    assert said["summary"] == SHORT.subject


def test_slack_is_shown_blocks_with_a_button(slack: Service) -> None:
    """With the characters that Slack reads as its own written as it wants them, and a text to fall back on."""
    CHATS.send(TO_SLACK, SHORT)
    (attached,) = slack.bodies[0]["attachments"]
    heading, asked, actions = attached["blocks"]
    assert heading["text"]["text"] == 'Ward "12" &amp; *Co*: Did your session go ahead?'
    assert asked["text"] == {"type": "plain_text", "text": "Please say by &lt;Friday&gt;.", "emoji": False}
    (button,) = actions["elements"]
    assert (button["text"]["text"], button["url"]) == ("Answer now", LINK)
    assert attached["fallback"].endswith(f"Answer now: {LINK}")


def test_a_heading_is_no_longer_than_slack_takes(slack: Service) -> None:
    """The whole of it stands in the text to fall back on."""
    CHATS.send(TO_SLACK, replace(SHORT, subject="w" * 200, ask=""))
    (attached,) = slack.bodies[0]["attachments"]
    assert len(attached["blocks"][0]["text"]["text"]) == 150
    assert "w" * 200 in attached["fallback"]
    assert attached["blocks"][1]["text"]["text"] == "w" * 200


def test_without_a_link_it_is_text(teams: Service, slack: Service) -> None:
    """There is nothing to press."""
    for address in (to_teams(teams), TO_SLACK):
        CHATS.send(address, Short("ntc_1", SHORT.subject))
    for said in (*teams.bodies, *slack.bodies):
        assert "Please check your email" in json.dumps(said)
        assert "actions" not in json.dumps(said)


def test_no_file_that_an_address_names_is_read(teams: Service, slack: Service, tmp_path: Path) -> None:
    """Somebody's own template would put a file of the worker's machine into a message."""
    own = tmp_path / "own.json"
    own.write_text(
        json.dumps({"type": "message", "attachments": [{"contentType": "secret"}], "blocks": [{"type": "s"}]})
    )
    for short in (SHORT, replace(SHORT, link="")):
        CHATS.send(to_teams(teams, f"&template={own}"), short)
        CHATS.send(f"{TO_SLACK}?template={own}", short)
    said: list[Any] = [*teams.bodies, *slack.bodies]
    assert len(said) == 4
    assert "secret" not in json.dumps(said)
    assert '{"type": "s"}' not in json.dumps(said)


def test_a_card_that_is_refused_is_a_failure(teams: Service) -> None:
    """By its code."""
    teams.status = 400
    with pytest.raises(NotTaken, match="chat_refused"):
        CHATS.send(to_teams(teams), SHORT)
