"""Forms that anybody may fill in: what they send to an address nobody has proved, how often, and what waits beyond."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from activities.links import Purpose
from operations.counting import mailbox_of
from operations.open_forms import CLIENT_AN_HOUR, HELD_AT_MOST, HELD_FOR, MAILBOX_A_DAY, forget_overdue
from tests.activities.mail_servers import Behaviour
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Intro, Life
from tests.gateway.pages.reading import Page
from tests.workflows.subjects import COACH, LEAD, OFFICE, now


@pytest.fixture
async def course(site: Site) -> str:
    """A course that can be booked."""
    return await Intro(6, places=25).put(site.pool)


@pytest.fixture
async def elsewhere(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who comes from another network."""
    transport = httpx.ASGITransport(app, client=("192.0.2.77", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", timeout=60) as client:
        yield client


async def ask(http: httpx.AsyncClient, course: str, address: str, **said: str) -> Page:
    """Fill in the form that books, and send it."""
    form = Page(200, (await http.get(f"/courses/{course}/book")).text, None)  # type: ignore[arg-type]
    given = {
        "state": form.state, "answer": "book.yes", "book-who-name": "Dora Delegate", "book-who-email": address,
        "book-organisation": "Example Trust", "book-delegate": "external",
    }  # fmt: skip
    answered = await http.post(f"/courses/{course}/book", data=given | said)
    return Page(answered.status_code, answered.text, answered.headers)


async def test_a_mail_to_an_address_nobody_proved_repeats_nothing_that_was_typed(
    site: Site, course: str, mail: Behaviour
) -> None:
    """Neither name nor organisation, in no header and no part: the course and the button only."""
    typed = {"book-who-name": "Quaxolotl Zebrafine", "book-organisation": "Wuthering Kestrelmoor"}
    assert (await ask(site.http, course, "victim@example.org", **typed)).title == "Check your email"
    (message,) = mail.taken
    whole = message.as_string() + "".join(
        part.get_content() for part in message.walk() if part.get_content_maintype() == "text"
    )
    for word in ("Quaxolotl", "Zebrafine", "Wuthering", "Kestrelmoor"):
        assert word not in whole
    assert "/a/" in whole


@pytest.mark.parametrize("name", ["Win at evil.com", "Anna\u202egpj", "An\u200bna", "12"])
async def test_the_form_refuses_names_that_are_none(site: Site, course: str, mail: Behaviour, name: str) -> None:
    """In a sentence, with what was typed still there; nothing is sent."""
    page = await ask(site.http, course, "dora@example.org", **{"book-who-name": name})
    assert page.status == 422
    assert "dora@example.org" in page.text
    assert mail.taken == []


async def test_one_mailbox_is_sent_three_mails_a_day_however_it_is_written(
    site: Site, course: str, mail: Behaviour
) -> None:
    """Capitals and plus-addresses are one mailbox; the next bookings wait for the office, and take no place."""
    for address in ("dora@example.org", "DORA+0@example.org", "dora+1@Example.org"):
        assert (await ask(site.http, course, address)).title == "Check your email"
    for address in ("dora+2@example.org", "Dora+3@example.org", "dora+3@example.org"):
        page = await ask(site.http, course, address)
        assert page.status == 202
        assert "office will look at this first" in page.title
    assert (await ask(site.http, course, "d.ora@example.org")).title == "Check your email"
    assert len(mail.taken) == MAILBOX_A_DAY + 1
    assert await site.pool.fetchval("SELECT count(*) FROM held_bookings") == 2
    assert await site.pool.fetchval("SELECT count(*) FROM bookings WHERE course = $1", course) == 0
    assert "25 places left" in (await site.http.get("/courses/sheffield")).text


async def test_one_network_asks_for_twenty_mails_an_hour(
    site: Site, course: str, mail: Behaviour, elsewhere: httpx.AsyncClient
) -> None:
    """Whoever comes after them waits for the office; another network does not."""
    for number in range(CLIENT_AN_HOUR):
        assert (await ask(site.http, course, f"dora{number}@example.org")).title == "Check your email"
    assert (await ask(site.http, course, "late@example.org")).status == 202
    assert (await ask(elsewhere, course, "other@example.org")).title == "Check your email"
    assert len(mail.taken) == CLIENT_AN_HOUR + 1


async def test_no_mailbox_and_no_network_fills_the_list_of_what_waits_for_the_office(
    site: Site, course: str, elsewhere: httpx.AsyncClient
) -> None:
    """Whoever has their share waiting is refused; what waits is still said to, and another network's bookings wait."""
    for number in range(MAILBOX_A_DAY + HELD_AT_MOST.mailbox):
        await ask(site.http, course, f"dora+{number}@example.org")
    full = await ask(site.http, course, "dora+99@example.org")
    assert (full.status, "Too many people" in full.words) == (409, True)
    assert (await ask(site.http, course, f"dora+{MAILBOX_A_DAY}@example.org")).status == 202
    for number in range(CLIENT_AN_HOUR - MAILBOX_A_DAY + HELD_AT_MOST.client - HELD_AT_MOST.mailbox):
        await ask(site.http, course, f"dora{number}@example.org")
    assert (await ask(site.http, course, "late@example.org")).status == 409
    assert await site.pool.fetchval("SELECT count(*) FROM held_bookings") == HELD_AT_MOST.client
    for number in range(MAILBOX_A_DAY + 1):
        held = await ask(elsewhere, course, f"ella+{number}@example.org")
    assert held.status == 202


async def test_a_booking_that_waits_for_the_office_is_never_written_over(
    site: Site, course: str, elsewhere: httpx.AsyncClient
) -> None:
    """Whoever types its address again, from anywhere, is answered alike and changes nothing."""
    for number in range(MAILBOX_A_DAY):
        await ask(site.http, course, f"dora+{number}@example.org")
    await ask(site.http, course, "dora@example.org")
    stranger = {"book-who-name": "Quaxolotl", "book-organisation": "Zebrafine", "book-delegate": "internal"}
    assert (await ask(elsewhere, course, "DORA@example.org", **stranger)).status == 202
    waiting = await site.pool.fetch("SELECT name, organisation, delegate FROM held_bookings")
    assert [tuple(row) for row in waiting] == [("Dora Delegate", "Example Trust", "external")]


async def test_what_nobody_looked_at_for_two_weeks_is_forgotten(
    site: Site,
    course: str,
    mail: Behaviour,  # noqa: ARG001 - mails go
) -> None:
    """It is on no page and no list from that moment, and deleted on the next morning."""
    for number in range(MAILBOX_A_DAY + 2):
        await ask(site.http, course, f"dora+{number}@example.org")
    await site.pool.execute(
        "UPDATE held_bookings SET asked_at = asked_at - $1::interval WHERE address = 'dora+3@example.org'",
        HELD_FOR + timedelta(minutes=1),
    )
    worklist = await site.get(site.token(Purpose.HOME, OFFICE))
    assert "1 booking was held back" in worklist.words
    shown = await site.get(worklist.link("check the bookings").rpartition("/")[2])
    assert ("dora+3@" in shown.words, "dora+4@" in shown.words) == (False, True)
    async with site.pool.acquire() as conn:
        await forget_overdue(conn, now())
    assert await site.pool.fetchval("SELECT array_agg(address) FROM held_bookings") == ["dora+4@example.org"]


async def test_a_form_sent_twice_sends_one_mail(site: Site, course: str, mail: Behaviour) -> None:
    """However often its button is pressed."""
    form = Page(200, (await site.http.get(f"/courses/{course}/book")).text, None)  # type: ignore[arg-type]
    given = {
        "state": form.state, "answer": "book.yes", "book-who-name": "Dora", "book-who-email": "dora@example.org",
        "book-organisation": "Example Trust", "book-delegate": "external",
    }  # fmt: skip
    for _ in range(5):
        assert "Check your email" in (await site.http.post(f"/courses/{course}/book", data=given)).text
    assert len(mail.taken) == 1


async def test_the_office_sees_what_was_held_back_and_releases_it(site: Site, course: str, mail: Behaviour) -> None:
    """From its worklist: one is sent its link, the other is forgotten, and the line closes."""
    for number in range(MAILBOX_A_DAY + 2):
        await ask(site.http, course, f"dora+{number}@example.org", **{"book-who-name": f"Dora {'ABCDE'[number]}"})
    worklist = await site.get(site.token(Purpose.HOME, OFFICE))
    assert "2 bookings were held back" in worklist.words
    token = worklist.link("check the bookings").rpartition("/")[2]
    page = await site.get(token)
    assert "Dora D, Example Trust, dora+3@example.org" in page.words
    before = len(mail.taken)
    page = await site.post(token, page, next(button for button in page.buttons if button.endswith(".send")))
    assert len(mail.taken) == before + 1
    page = await site.post(token, page, next(button for button in page.buttons if button.endswith(".forget")))
    assert page.title == "Bookings we held back"
    assert len(mail.taken) == before + 1
    assert "held back" not in (await site.get(site.token(Purpose.HOME, OFFICE))).words
    actions = await site.pool.fetch("SELECT action FROM audit WHERE subject = $1 ORDER BY at, action", course)
    assert {row["action"] for row in actions} == {"refuse held booking", "release held booking"}


async def test_nobody_but_the_office_sees_what_was_held_back(site: Site, course: str) -> None:
    """Whatever link they have."""
    for number in range(MAILBOX_A_DAY + 1):
        await ask(site.http, course, f"dora+{number}@example.org")
    page = await site.get(site.token(Purpose.HELD, COACH, course))
    assert page.status == 404
    assert "dora" not in page.text


async def test_the_form_for_an_address_tells_nobody_who_is_known(site: Site, mail: Behaviour) -> None:
    """The same page and the same mail for an address that is somebody's, and no name in it."""
    await Life(1).put(site.pool)
    pages = [
        await site.answer(site.token(Purpose.ADDRESS), "address.yes", **{"address-new": address})
        for address in ("new@example.org", f"{LEAD}@example.org")
    ]
    assert pages[0].words == pages[1].words
    assert pages[0].status == pages[1].status == 200
    assert {message["Subject"] for message in mail.taken} == {"Please confirm your new email address"}
    for message in mail.taken:
        assert "Anna" not in message.as_string()
        assert "Lena" not in message.as_string()


async def test_the_form_for_an_address_has_the_same_limits(site: Site, mail: Behaviour) -> None:
    """Three a day for one mailbox."""
    await Life(1).put(site.pool)
    for number in range(MAILBOX_A_DAY):
        given = {"address-new": f"new+{number}@example.org"}
        assert (await site.answer(site.token(Purpose.ADDRESS), "address.yes", **given)).title == "Check your email"
    refused = await site.answer(site.token(Purpose.ADDRESS), "address.yes", **{"address-new": "new+9@example.org"})
    assert refused.status == 409
    assert "several of these emails" in refused.words
    assert len(mail.taken) == MAILBOX_A_DAY


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("Dora.Delegate+nhs@Example.ORG", "dora.delegate@example.org"),
        ("+x@example.org", "+x@example.org"),
        ("d.o.r.a@example.org", "d.o.r.a@example.org"),
    ],
)
def test_which_addresses_are_one_mailbox(address: str, mailbox: str) -> None:
    """Whatever follows a plus, and capitals; dots are letters."""
    assert mailbox_of(address) == mailbox
