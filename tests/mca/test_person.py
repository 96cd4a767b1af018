"""``mca person``: somebody is shown, and gets another address without becoming somebody else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mca.person import app
from operations import signing_in
from operations.signing_in import Account, Here
from records import channels, notices, people, sign_ins
from records.admitting import Person, Roster, admit
from records.database import Pool
from schemas.due import Notice
from schemas.words import Act, Matter, Role
from tests.activities.mail_servers import Behaviour, mail_server
from tests.workflows.subjects import now

apprise_asks_old_libraries = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.fixture
async def known(pool: Pool, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """Two people of an academy: their ids by address."""
    monkeypatch.setenv("MCA_DATABASE_URL", database_url)
    monkeypatch.setenv("MCA_STATE", str(tmp_path / "state"))
    roster = Roster((Person("Anna Example", "anna@example.org"), Person("Otto Other", "otto@example.org")))
    async with pool.acquire() as connection:
        return (await admit(connection, "sheffield", now(), roster)).people


async def run(*given: str) -> Result:
    """``mca person``."""
    return await asyncio.to_thread(CliRunner().invoke, app, list(given))


async def test_an_address_is_mended_and_the_person_stays_the_same(
    known: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The id is what engagements know somebody by. The old address is told, which is why mail must be set up."""
    anna = known["anna@example.org"]
    without = await run("address", anna, "anna.new@example.org")
    assert (without.exit_code, "MCA_SMTP_URL" in without.output) == (2, True)
    behaviour = Behaviour()
    async with mail_server(behaviour) as port:
        monkeypatch.setenv("MCA_SMTP_URL", f"smtp://127.0.0.1:{port}")
        assert (await run("address", anna, "anna.new@example.org")).exit_code == 0
        assert (await run("change", anna, "--address", "anna.newer@example.org")).exit_code == 0
    assert behaviour.recipients == ["anna@example.org", "anna.new@example.org"]
    shown = (await run("show", anna)).output
    assert "Anna Example" in shown
    assert "anna.newer@example.org" in shown


@pytest.mark.parametrize(
    ("person", "address", "said"),
    [
        ("anna@example.org", "otto@example.org", "Somebody else"),
        ("anna@example.org", "no address", "isn't an email address"),
        ("nobody", "anna.new@example.org", "We don't know anybody by 'per_nobody'"),
    ],
)
async def test_what_cannot_be_is_said_and_changes_nothing(
    known: dict[str, str], person: str, address: str, said: str, pool: Pool
) -> None:
    """Another's address, none at all, or for nobody."""
    result = await run("address", known.get(person, f"per_{person}"), address)
    assert result.exit_code == 1
    assert said in result.output
    rows = await pool.fetch("SELECT address FROM people ORDER BY address")
    assert [row["address"] for row in rows] == ["anna@example.org", "otto@example.org"]


@pytest.fixture
def chat_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two chat services are switched on."""
    monkeypatch.setenv("MCA_CHAT_SERVICES", "slack, json")
    monkeypatch.setenv("COLUMNS", "300")


SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


@apprise_asks_old_libraries
@pytest.mark.usefixtures("chat_on")
@pytest.mark.parametrize(
    ("given", "shown", "kept"),
    [
        (("--text", "07700 900123"), "text: +447700900123, since", ("text", "+447700900123")),
        (("--chat", SLACK), "chat: slack, since", ("chat", SLACK)),
    ],
)
async def test_somebody_is_reached_beside_mail(
    known: dict[str, str], pool: Pool, given: tuple[str, ...], shown: str, kept: tuple[str, str]
) -> None:
    """It is chosen, shown without its secret, and taken back."""
    anna = known["anna@example.org"]
    assert "nothing" in (await run("channel", anna)).output
    done = await run("channel", anna, *given)
    assert done.exit_code == 0, done.output
    assert ("MCA_NOTIFY_API_KEY" in done.output) == (given[0] == "--text")
    row = await pool.fetchrow("SELECT channel, address FROM person_channels")
    assert row is not None
    assert tuple(row) == kept
    said = (await run("channel", anna)).output
    assert shown in said
    assert "TIiaj" not in said
    async with pool.acquire() as conn:
        await people.merge(conn, known["otto@example.org"], anna, now())
    assert shown in (await run("channel", known["otto@example.org"])).output
    assert (await run("channel", anna, "--none")).exit_code == 0
    assert "nothing" in (await run("show", anna)).output


@apprise_asks_old_libraries
@pytest.mark.usefixtures("chat_on")
async def test_a_chat_address_is_read_from_standard_input(known: dict[str, str], pool: Pool) -> None:
    """So that a secret need not stand in the shell's history."""
    given = ["channel", known["anna@example.org"], "--chat", "-"]
    assert (await asyncio.to_thread(CliRunner().invoke, app, given, input=f"{SLACK}\n")).exit_code == 0
    assert await pool.fetchval("SELECT address FROM person_channels") == SLACK


@apprise_asks_old_libraries
@pytest.mark.usefixtures("chat_on")
@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (("--text", "0114 496 0000"), 1, "write a mobile number"),
        (("--chat", "tgram://secret"), 1, "tgram is not switched on; there is json, slack"),
        (("--chat", "slack://secret"), 1, "cannot read this as an address of slack"),
        (("--chat", "secret"), 1, "beginning with the service"),
        (("--text", "07700 900123", "--none"), 2, "Choose one"),
    ],
)
async def test_a_channel_that_cannot_be_is_refused(
    known: dict[str, str], pool: Pool, given: tuple[str, ...], code: int, said: str
) -> None:
    """With how it is written, and without what was written."""
    result = await run("channel", known["anna@example.org"], *given)
    assert (result.exit_code, "secret" in result.output) == (code, False)
    assert said in result.output
    assert await pool.fetchval("SELECT count(*) FROM person_channels") == 0


async def test_chat_is_off_unless_it_is_switched_on(known: dict[str, str]) -> None:
    """The setting is named; so is somebody who is not there."""
    result = await run("channel", known["anna@example.org"], "--chat", SLACK)
    assert (result.exit_code, "MCA_CHAT_SERVICES" in result.output) == (1, True)
    assert (
        "We don't know anybody by 'per_nobody'" in (await run("channel", "per_nobody", "--text", "07700 900123")).output
    )
    assert "There's nobody with the id per_nobody" in (await run("channel", "per_nobody")).output


async def test_what_became_of_messages_is_shown(known: dict[str, str], pool: Pool) -> None:
    """The latest, by status and code."""
    anna = known["anna@example.org"]
    notice = Notice(
        person=anna, role=Role.COACH, act=Act.ASK, matter=Matter.SESSION, window="w", turn=Role.COACH, reason="asked"
    )
    async with pool.acquire() as connection:
        (issued,) = await notices.issue(connection, "sheffield.c.P1", now(), [notice])
        await notices.settle(connection, issued, "sent", now(), message_id="<1@example.org>")
        await channels.choose(connection, anna, "text", "+447700900123", now())
        await channels.begin(connection, [issued], ["text"], now())
        assert "text outcome unknown" in (await run("show", anna)).output
        await channels.settle(connection, [issued], now(), "notify_400")
    assert "text failed: notify_400" in (await run("show", anna)).output


async def test_leave_of_nobody_and_backwards_is_refused(known: dict[str, str]) -> None:
    """Nothing is told."""
    days = ("--first", "2027-08-02", "--last", "2027-08-13")
    backwards = await run("leave", known["anna@example.org"], "--first", "2027-08-02", "--last", "2027-08-01")
    assert (backwards.exit_code, "--last is before --first." in backwards.output) == (2, True)
    assert (await run("leave", "per_nobody", *days)).exit_code != 0


async def test_whom_a_restored_database_lost_gets_a_name_again(known: dict[str, str], pool: Pool) -> None:
    """Under the id that the ledger names; nobody else can be made up, and an address stays one person's."""
    person, team = "per_0123456789ab", "ms_0123456789ab"
    async with pool.acquire() as connection:
        await connection.execute(
            """
            INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, body, answer)
            VALUES ('sheffield.c.P1', 1, 'e', 'engagement_proposed', $1, $1, 'office', $2, '{}')
            """,
            now(),
            {"coach": person, "faculty": known["anna@example.org"], "microsystem": team},
        )
    assert {person, team} <= set((await run("lost")).output.split())
    assert known["anna@example.org"] not in (await run("lost")).output
    taken = await run("again", person, "--name", "Cara Coach", "--address", "anna@example.org")
    assert (taken.exit_code, "Somebody else has this address" in taken.output) == (1, True)
    assert (await run("again", person, "--name", "Cara Coach", "--address", "cara@example.org")).exit_code == 0
    assert (await run("again", team, "--name", "Frailty unit")).exit_code == 0
    assert "cara@example.org" in (await run("show", person)).output
    assert "Nobody." in (await run("lost")).output
    refused = await run("again", person, "--name", "Cara Coach", "--address", "cara@example.org")
    assert (refused.exit_code, "was not lost" in refused.output) == (1, True)


async def test_somebody_is_signed_out_and_their_accounts_disconnected(known: dict[str, str], pool: Pool) -> None:
    """By whoever looks after the installation, and noted: a lost laptop, an account taken for somebody else's."""
    anna, account = known["anna@example.org"], Account("https://idp.example", "a-1")
    assert "aren't signed in anywhere" in (await run("sign-ins", "anna@example.org")).output
    async with pool.acquire() as conn:
        await sign_ins.match(conn, account.issuer, account.subject, anna, now())
        assert await signing_in.sign_in_account(conn, account, now(), Here("Edge on Windows"))
    shown = (await run("sign-ins", anna)).output
    assert "Edge on Windows" in shown
    assert "https://idp.example" in shown
    shown = (await run("sign-ins", anna, "--sign-out", "--disconnect")).output
    assert "aren't signed in anywhere" in shown
    assert "don't sign in with an account" in shown
    noted = [row["action"] for row in await pool.fetch("SELECT action FROM audit ORDER BY number")]
    assert noted == [f"sign out of {anna}", f"disconnect accounts of {anna}"]


async def test_somebody_is_added_found_changed_and_shown_by_whatever_they_are_called(known: dict[str, str]) -> None:
    """Of several the command lists them; an outside id is found, and another name at a known address asked about."""
    anna = known["anna@example.org"]
    typed = ("add", "--academy", "sheffield", "--name", "Ada Example", "--address", "anna@example.org")
    asked = await run(*typed)
    assert (asked.exit_code, "another person" in asked.output, anna in asked.output) == (1, True, True)
    assert "is new" in (await run(*typed, "--person", "another person", "--id", "employee-number=7")).output
    both = await run("show", "anna@example.org")
    assert (both.exit_code, "Ada" in both.output, "Anna" in both.output) == (1, True, True)
    for said in ("7", "ADA example"):
        assert "Ada Example" in (await run("show", said)).output
    assert (await run("change", "7", "--name", "Ada Married", "--id", "employee_number=")).exit_code == 0
    assert "Ada Married" in (await run("find", "married")).output
    assert (await run("show", "7")).exit_code == 1


async def test_links_of_somebody_are_stopped(known: dict[str, str], pool: Pool) -> None:
    """After a phone was lost: found by address, signed out, and noted; nobody else's links change."""
    anna = known["anna@example.org"]
    result = await run("forget-links", "anna@example.org")
    assert (result.exit_code, "signed out" in result.output) == (0, True)
    epochs = await pool.fetch("SELECT address, links_epoch FROM people ORDER BY address")
    assert [tuple(row) for row in epochs] == [("anna@example.org", 1), ("otto@example.org", 0)]
    assert await pool.fetchval("SELECT action FROM audit ORDER BY number DESC LIMIT 1") == f"forget links of {anna}"
    assert (await run("forget-links", "per_nobody")).exit_code != 0
