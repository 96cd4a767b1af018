"""Channels beside mail: off by default, one short message beside the mail, and a service that fails harms nothing."""

from __future__ import annotations

import asyncio
import io
import logging
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities import channels as channels_module
from activities.channels import (
    ChannelAddressError,
    Channels,
    ChatServices,
    TextMessages,
    read_chat_address,
    read_number,
    read_services,
    shortly,
)
from activities.digests import DigestActivities
from activities.links import Links
from activities.mail import read_address
from activities.mailer import Mailer, Server
from activities.notices import NoticeActivities
from activities.signatures import CarriedOut, Deliver, SendDigests
from lifecycle.worklist import Kind
from operations.worklist import worklist
from process.settings import Settings
from records import admitting, erasures
from records import channels as records
from records.channels import ChannelName
from records.database import Pool
from records.notices import Letter
from rehearsal.privacy import personal
from schemas.due import Notice
from schemas.words import Act, Matter, Role
from tests.activities import said
from tests.activities.channel_servers import Service, service
from tests.activities.mail_servers import Behaviour, free_port, mail_server
from worker.main import channels as composed

ENGAGEMENT = "sheffield.2026-autumn.P01"
AT = datetime(2026, 10, 6, 10, 0, tzinfo=UTC)
NUMBER = "+447700900123"
TOKEN = "secret-token"
KEY = "test-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"
TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"
# The libraries that apprise asks about are older than the interpreter.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

LINKS = Links("https://coaching.example.org", ("a key of thirty-two letters or even more",))
NEEDED = {"database_url": "postgresql://nowhere/", "smtp_url": "smtp://nowhere"}


@pytest.fixture
async def anna(pool: Pool) -> str:
    """A coach."""
    async with pool.acquire() as connection:
        roster = admitting.Roster((admitting.Person("Anna Example", "anna@example.org"),))
        return (await admitting.admit(connection, "sheffield", AT, roster)).people["anna@example.org"]


@dataclass
class Place:
    """A worker's activities with real servers around them."""

    pool: Pool
    mail: Behaviour
    notify: Service
    chat: Service
    mail_port: int
    opened: list[Channels]

    def activities(self, *on: ChannelName, mail_port: int | None = None) -> NoticeActivities:
        """Activities with these channels switched on."""
        ways: dict[ChannelName, Any] = {
            "text": TextMessages(KEY, TEMPLATE, f"http://127.0.0.1:{self.notify.port}"),
            "chat": ChatServices({"json"}),
        }
        beside = Channels(self.pool, {name: ways[name] for name in on})
        self.opened.append(beside)
        return NoticeActivities(self.pool, self.mailer(mail_port), LINKS, channels=beside)

    def mailer(self, port: int | None = None) -> Mailer:
        """The way out to the mail server."""
        return Mailer(Server(host="127.0.0.1", port=port or self.mail_port), read_address("coaching@example.org"))

    async def choose(self, person: str, channel: ChannelName) -> None:
        """Somebody chooses a channel."""
        address = NUMBER if channel == "text" else f"json://127.0.0.1:{self.chat.port}/{TOKEN}"
        async with self.pool.acquire() as connection:
            await records.choose(connection, person, channel, address, AT)

    async def settled(self) -> list[tuple[str, str | None]]:
        """Status and failure of every short message, once none is on its way."""
        for beside in self.opened:
            await beside.close()
        rows = await self.pool.fetch("SELECT status, failure FROM channel_messages ORDER BY notice")
        return [tuple(row) for row in rows]


@pytest.fixture
async def place(pool: Pool) -> AsyncIterator[Place]:
    """Mail, Notify and a chat service that take everything."""
    mail = Behaviour()
    with service(Service(status=201)) as notify, service(Service(status=200)) as chat:
        async with mail_server(mail) as port:
            made = Place(pool, mail, notify, chat, port, [])
            yield made
            for beside in made.opened:
                await beside.close()


def notice(person: str, matter: Matter = Matter.SESSION, *, gathered: bool = False) -> Notice:
    """A notice as the rules make it."""
    return Notice(
        person=person,
        role=Role.COACH,
        act=Act.ASK,
        matter=matter,
        window="2026-10-06",
        turn=Role.COACH,
        reason="session.asked",
        about=date(2026, 10, 6),
        starts_at=datetime(2026, 10, 6, 8, 0, tzinfo=UTC),
        gathered=gathered,
    )


async def carry_out(activities: NoticeActivities, *notices: Notice) -> CarriedOut:
    """Carry out one due item with these notices."""
    return await said.carry_out(activities, AT, *notices)


async def test_a_text_message_beside_the_mail_says_what_it_is_about_and_links_to_it(place: Place, anna: str) -> None:
    """By the real Notify client: to the chosen number, from the template, with the notice's id as reference."""
    await place.choose(anna, "text")
    await carry_out(place.activities("text"), notice(anna))
    assert await place.settled() == [("sent", None)]
    [(path, headers, said)] = place.notify.calls
    assert path == "/v2/notifications/sms"
    assert headers["Authorization"].startswith("Bearer ")
    assert (said["phone_number"], said["template_id"]) == (NUMBER, TEMPLATE)
    assert said["reference"].startswith("ntc_")
    assert said["personalisation"]["subject"] == "Did your session on Tuesday 6 October 2026 at 9am go ahead?"
    assert said["personalisation"]["message"].startswith("Answer now: https://coaching.example.org/a/")
    assert len(place.mail.taken) == 1


async def test_a_chat_message_goes_to_the_chosen_address(place: Place, anna: str) -> None:
    """By apprise, as the service takes it; the mail goes all the same."""
    await place.choose(anna, "chat")
    await carry_out(place.activities("chat"), notice(anna))
    assert await place.settled() == [("sent", None)]
    [(path, _, said)] = place.chat.calls
    assert path == f"/{TOKEN}"
    assert said["title"] == "Did your session on Tuesday 6 October 2026 at 9am go ahead?"
    assert said["message"].startswith("Answer now: https://")
    assert len(place.mail.taken) == 1


@pytest.mark.parametrize(("on", "chosen"), [((), "text"), ((), "chat"), (("chat",), "text"), (("text",), "chat")])
async def test_nothing_goes_by_a_channel_that_is_off(
    place: Place, anna: str, on: tuple[ChannelName, ...], chosen: ChannelName
) -> None:
    """Whatever the person chose: the mail goes, and no message is noted."""
    await place.choose(anna, chosen)
    await carry_out(place.activities(*on), notice(anna))
    assert await place.settled() == []
    assert (place.notify.calls, place.chat.calls, len(place.mail.taken)) == ([], [], 1)


async def test_nothing_goes_to_who_chose_nothing(place: Place, anna: str) -> None:
    """A channel that is on is for those who want it."""
    await carry_out(place.activities("text", "chat"), notice(anna))
    assert await place.settled() == []
    assert (place.notify.calls, place.chat.calls, len(place.mail.taken)) == ([], [], 1)


def test_by_default_no_channel_is_on(pool: Pool) -> None:
    """Settings switch each on by itself."""
    assert composed(pool, Settings.model_validate(NEEDED))._ways == {}
    text = {"notify_api_key": KEY, "notify_template": TEMPLATE}
    assert set(composed(pool, Settings.model_validate(NEEDED | text))._ways) == {"text"}
    assert set(composed(pool, Settings.model_validate(NEEDED | {"chat_services": "slack, workflows"}))._ways) == {
        "chat"
    }


async def test_several_notices_in_one_mail_are_one_message(place: Place, anna: str) -> None:
    """The most urgent heading, and how many more; each notice is noted."""
    await place.choose(anna, "text")
    await carry_out(place.activities("text"), notice(anna, Matter.REVIEW), notice(anna, Matter.SESSION))
    assert await place.settled() == [("sent", None), ("sent", None)]
    [said] = place.notify.bodies
    assert said["personalisation"]["subject"].endswith("go ahead? (and 1 more)")


async def test_the_weekly_mail_stays_mail(place: Place, anna: str) -> None:
    """What can wait is never said by a channel."""
    await place.choose(anna, "text")
    activities = place.activities("text")
    await carry_out(activities, notice(anna, Matter.REVIEW, gathered=True))
    asked = SendDigests(academy="sheffield", at=AT)
    await ActivityEnvironment().run(DigestActivities(place.pool, place.mailer(), LINKS).send_digests, asked)
    assert await place.settled() == []
    assert place.notify.calls == []


@pytest.mark.parametrize(
    ("channel", "status", "failure"),
    [("text", 400, "notify_400"), ("text", 503, "notify_503"), ("chat", 500, "chat_refused")],
)
async def test_a_service_that_refuses_is_recorded_and_the_mail_goes(
    place: Place, anna: str, channel: ChannelName, status: int, failure: str
) -> None:
    """By a code, never in the service's words; it is not tried again."""
    place.notify.status = place.chat.status = status
    await place.choose(anna, channel)
    activities = place.activities("text", "chat")
    assert await carry_out(activities, notice(anna)) == CarriedOut()
    assert await carry_out(activities, notice(anna)) == CarriedOut()
    assert await place.settled() == [("failed", failure)]
    assert len(place.notify.calls + place.chat.calls) == 1
    assert len(place.mail.taken) == 1


@pytest.mark.parametrize(("channel", "failure"), [("text", "unreachable"), ("chat", "chat_refused")])
async def test_a_service_that_is_down_is_recorded_and_the_mail_goes(
    place: Place, anna: str, channel: ChannelName, failure: str
) -> None:
    """Nobody listens there."""
    place.notify.port = place.chat.port = free_port()
    await place.choose(anna, channel)
    assert await carry_out(place.activities("text", "chat"), notice(anna)) == CarriedOut()
    assert await place.settled() == [("failed", failure)]
    assert len(place.mail.taken) == 1


async def test_nobody_waits_for_a_service_that_says_nothing(
    place: Place, anna: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The activity ends at once; the message is given up after its time."""
    monkeypatch.setattr(channels_module, "SEND_SECONDS", 0.3)
    place.notify.stalls = threading.Event()
    await place.choose(anna, "text")
    async with asyncio.timeout(5):
        assert await carry_out(place.activities("text"), notice(anna)) == CarriedOut()
        assert len(place.mail.taken) == 1
        assert await place.pool.fetchval("SELECT status FROM notices") == "sent"
        assert await place.settled() == [("failed", "timed_out")]


async def test_repeating_an_activity_sends_nothing_twice(place: Place, anna: str) -> None:
    """Whatever Temporal retries, and also where a worker died with a message in its hands."""
    await place.choose(anna, "text")
    activities = place.activities("text")
    await carry_out(activities, notice(anna))
    await carry_out(activities, notice(anna))
    assert await place.settled() == [("sent", None)]
    await place.pool.execute("UPDATE channel_messages SET status = 'begun', settled_at = NULL")
    await carry_out(place.activities("text"), notice(anna))
    assert await place.settled() == [("begun", None)]
    assert len(place.notify.calls) == 1


async def test_a_message_goes_when_the_mail_was_handed_in(place: Place, anna: str) -> None:
    """Not while the mail waits for its server, and once when it is delivered."""
    await place.choose(anna, "text")
    port = free_port()
    activities = place.activities("text", mail_port=port)
    done = await carry_out(activities, notice(anna))
    assert (len(done.waiting), place.notify.calls) == (1, [])
    asked = Deliver(subject=ENGAGEMENT, notices=tuple(done.waiting), at=AT)
    async with mail_server(place.mail, port=port):
        await ActivityEnvironment().run(activities.deliver, asked)
        await ActivityEnvironment().run(activities.deliver, asked)
    assert await place.settled() == [("sent", None)]
    assert (len(place.notify.calls), len(place.mail.taken)) == (1, 1)


async def test_a_message_goes_beside_mail_that_nobody_can_take(place: Place, anna: str) -> None:
    """A wrong mail address is when another way counts."""
    place.mail.to_recipient["anna@example.org"] = "550 no such mailbox"
    await place.choose(anna, "text")
    assert await carry_out(place.activities("text"), notice(anna)) == CarriedOut(undeliverable=1)
    assert await place.settled() == [("sent", None)]


async def test_a_chat_service_that_is_no_longer_allowed_is_not_called(place: Place, anna: str) -> None:
    """The operator's word holds, not what was chosen under an earlier one."""
    await place.choose(anna, "chat")
    beside = Channels(place.pool, {"chat": ChatServices({"slack"})})
    place.opened.append(beside)
    await carry_out(NoticeActivities(place.pool, place.mailer(), LINKS, channels=beside), notice(anna))
    assert await place.settled() == [("failed", "service_not_allowed")]
    assert place.chat.calls == []


async def test_who_is_erased_is_reached_no_more(place: Place, anna: str) -> None:
    """The number goes with the name and the address."""
    await place.choose(anna, "text")
    async with place.pool.acquire() as connection:
        await erasures.erase(connection, anna, AT, "cli:tests")
    await carry_out(place.activities("text"), notice(anna))
    assert await place.settled() == []
    assert await place.pool.fetchval("SELECT count(*) FROM person_channels") == 0
    assert place.notify.calls == []


async def test_rehearsals_look_for_numbers_too(place: Place, anna: str) -> None:
    """Where they walk histories, logs and metrics for personal data."""
    await place.choose(anna, "text")
    assert ("channel", NUMBER) in (await personal(place.pool, "sheffield")).words


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What libraries log, down to the least; but for the mail server's, which is the test's."""
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.addFilter(lambda record: record.name != "mail.log")
    root.addHandler(handler)
    root.setLevel("DEBUG")
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize("break_it", ["nothing", "refusing", "down"])
@pytest.mark.parametrize("channel", ["text", "chat"])
async def test_no_log_line_holds_a_number_an_address_or_a_key(
    place: Place,
    anna: str,
    log: io.StringIO,
    capsys: pytest.CaptureFixture[str],
    channel: ChannelName,
    break_it: str,
) -> None:
    """Neither ours nor those of the libraries, whose own are quiet; at every level."""
    if break_it == "refusing":
        place.notify.status = place.chat.status = 400
    if break_it == "down":
        place.notify.port = place.chat.port = free_port()
    await place.choose(anna, channel)
    await carry_out(place.activities("text", "chat"), notice(anna))
    await place.settled()
    said = log.getvalue() + "".join(capsys.readouterr())
    assert "channels.tried" in said
    assert not re.search(r"7700|secret-token|3d844edf|127\.0\.0\.1|json:|Anna|Did your", said)


def test_a_short_message_names_nobody() -> None:
    """The heading of faculty's notice names the coach in a mail, and here the participant's code."""
    told = Letter(
        id="ntc_1",
        subject=ENGAGEMENT,
        notice=notice("per_1", Matter.LAPSE).model_copy(update={"role": Role.FACULTY, "detail": ENGAGEMENT}),
        recipient_name="Frank Sample",
        recipient_address="frank@example.org",
        team_name="Ward 12",
        coach_name="Anna Example",
        office_name="The Office",
        office_address="office@example.org",
        cohort_label="2026-autumn",
    )
    short = shortly([told], AT, LINKS)
    assert short.subject == "Ward 12: Participant P01 hasn't coached for a while"
    assert not re.search("Anna|Frank|Office|@", short.subject + short.message)
    assert shortly([told], AT, None).message == "Please check your email."


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("07700 900123", NUMBER),
        ("07700-900-123", NUMBER),
        ("+44 7700 900123", NUMBER),
        ("+44 (0)7700 900123", NUMBER),
        ("+353 85 012 3456", "+353850123456"),
    ],
)
def test_a_number_is_kept_with_its_country(written: str, number: str) -> None:
    """However it is written."""
    assert read_number(written) == number


@pytest.mark.parametrize("written", ["", "anna", "0114 496 0000", "07700 9001", "+44 114 496 0000", "00447700900123"])
def test_what_is_no_mobile_number_is_refused(written: str) -> None:
    """With how one is written, and without what was written."""
    with pytest.raises(ChannelAddressError, match="mobile number") as wrong:
        read_number(written)
    assert not written or written not in str(wrong.value).replace("07700 900123", "")


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (lambda: read_services("slack, nonsense"), "apprise has no service nonsense"),
        (lambda: read_services("slack://secret-token"), "more than names"),
        (lambda: read_chat_address("secret-token", {"slack"}), "beginning with the service"),
        (lambda: read_chat_address("https://hooks.example.org/secret-token", {"slack"}), "https is not switched on"),
        (lambda: read_chat_address("tgram://secret-token", {"slack"}), "tgram is not switched on; there is slack"),
        (lambda: read_chat_address("tgram://secret-token", {"tgram"}), "cannot read this as an address of tgram"),
    ],
)
def test_what_is_no_chat_address_is_refused(read: Callable[[], object], said: str) -> None:
    """With what is wrong, and without the address: it may hold a secret."""
    with pytest.raises(ChannelAddressError, match=said) as wrong:
        read()
    assert "secret-token" not in str(wrong.value)


def test_a_chat_address_is_read_as_apprise_writes_it() -> None:
    """One of a service that is switched on."""
    assert read_services(" Workflows, slack") == {"workflows", "slack"}
    assert read_chat_address(" json://127.0.0.1/x\n", {"json"}) == "json://127.0.0.1/x"


async def test_a_channel_that_keeps_failing_is_known(place: Place, anna: str) -> None:
    """The latest few messages since it was chosen all failed; choosing anew begins anew."""
    await place.choose(anna, "text")
    place.notify.status = 400
    activities = place.activities("text")
    for matter in (Matter.SESSION, Matter.REVIEW, Matter.ESCALATION):
        async with place.pool.acquire() as connection:
            assert await records.failing(connection, "sheffield") == []
        await carry_out(activities, notice(anna, matter))
    await place.settled()
    await place.pool.execute("UPDATE person_channels SET chosen_at = $1", AT.replace(hour=1))
    async with place.pool.acquire() as connection:
        [failing] = await records.failing(connection, "sheffield")
        assert (failing.person, failing.channel, failing.failure) == (anna, "text", "notify_400")
        (line,) = [one for one in await worklist(connection, "sheffield", AT) if one.kind is Kind.CHANNEL]
        assert line.evidence == ("The latest messages by text did not go: notify_400. Emails are still sent.",)
        await records.choose(connection, anna, "text", "+447700900456", AT)
        assert await records.failing(connection, "sheffield") == []
