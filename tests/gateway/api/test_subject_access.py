"""Whoever answers a subject access request reads all that is held, and the audit says that they did."""

from __future__ import annotations

import asyncio
import html
import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from gateway.pages.export import page
from mca.main import app as command_line
from operations.subject_access import Days, Export, Section
from records.database import Pool
from records.pages import Reader
from schemas.engagement_facts import SessionNotHeld
from schemas.words import NotHeldReason
from tests.gateway.conftest import Callers
from tests.records.everything import ADDRESS, NAME, PERSON, WORDS, fill
from tests.records.telling import at

PATH = f"/v1/people/{PERSON}/export"


@pytest.fixture(autouse=True)
async def filled(pool: Pool, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Somebody of whom every table says something."""
    monkeypatch.setenv("MCA_DATABASE_URL", database_url)
    monkeypatch.setenv("MCA_STATE", str(tmp_path))
    await fill(pool)


async def by_command(*given: str) -> str:
    """What ``mca`` prints."""
    done = await asyncio.to_thread(CliRunner().invoke, command_line, list(given))
    assert done.exit_code == 0, done.output
    return done.output


async def test_it_is_read_by_both_doors_as_json_and_as_a_page(http: httpx.AsyncClient, pool: Pool) -> None:
    """Each time with the words, and each time noted without them."""
    read = [(await http.get(PATH)).text, (await http.get(f"{PATH}/page")).text]
    read += [
        await by_command("person", "export", PERSON),
        await by_command("person", "export", ADDRESS, "--academy", "sheffield", "--page"),
    ]
    assert all(word in text for text in read for word in (NAME, ADDRESS, WORDS))
    shown = json.loads(read[0])
    assert {"people", "notes", "feedback"} <= {part["table"] for part in (*shown["state"], *shown["events"])}
    assert shown["state"][0]["title"] == "Name and address"
    noted = await pool.fetch("SELECT door, action, subject FROM audit WHERE action LIKE 'read %' ORDER BY number")
    read_all = f"read everything held of {PERSON}"
    assert [tuple(row) for row in noted] == [(door, read_all, "sheffield") for door in ("http", "http", "mca", "mca")]


OTHERS = ("Ottoline Pemberton", "ottoline@example.org", "per_ottoline", "Stranger Danger", "stranger@example.net")
ABOUT_OTHERS = """
INSERT INTO people (person, academy, name, address, admitted_at, changed_at)
    VALUES ('per_ottoline', 'sheffield', 'Ottoline Pemberton', 'ottoline@example.org', $1, $1);
INSERT INTO engagement_people VALUES ('sheffield.c.P1', 'f', 'faculty', 'per_ottoline', $1);
INSERT INTO facts VALUES ('sheffield.c.P1', 2, 'also', 'role_changed', $1, $1, 'sponsor', 'per_ottoline',
    '{"kind": "role_changed", "event_id": "also", "occurred_at": "2026-11-02T09:00:00Z", "role": "coach",
      "told_by": {"role": "sponsor", "person": "per_ottoline"}, "person": "PERSON"}', '{}');
INSERT INTO notes VALUES ('also', 'sheffield.c.P1',
    'OTTOLINE PEMBERTON (Ottoline@Example.org) says that NAME sings well', $1, $1);
INSERT INTO audit (at, caller, door, action) VALUES ($1, 'person:per_ottoline', 'page', 'erase PERSON');
UPDATE arrivals SET received = received || '{"sponsor": {"name": "Stranger Danger", "email": "stranger@example.net"}}';
"""


async def test_others_appear_by_their_role_alone(http: httpx.AsyncClient, pool: Pool) -> None:
    """By each door: no name, id or address of theirs; what they said of the person stays, with the person's name."""
    rows = ABOUT_OTHERS.replace("PERSON", PERSON).replace("NAME", NAME).replace("$1", f"'{at(1)}'")
    await pool.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {rows} COMMIT")
    read = [(await http.get(PATH)).text, (await http.get(f"{PATH}/page")).text]
    read += [await by_command("person", "export", PERSON), await by_command("person", "export", PERSON, "--page")]
    read.append((await http.get(PATH, params={"first_day": "2026-10-01"})).text)
    assert [word for text in read for word in OTHERS if word.lower() in text.lower()] == []
    assert all(
        f"faculty ([someone else's address]) says that {NAME} sings well" in html.unescape(text) for text in read
    )
    shown = {part["table"]: part["rows"] for part in json.loads(read[0])["events"]}
    (fact,) = (row for row in shown["facts"] if row["event_id"] == "also")
    assert fact["body"]["told_by"] == {"role": "sponsor", "person": "the_sponsor"}
    assert (fact["body"]["person"], fact["told_by_person"]) == (PERSON, "the_sponsor")
    assert "There&#39;s a new coach" in read[1]
    assert "faculty" in {row["caller"] for row in shown["audit"]}


TWO_OF_ONE_ROLE = """
INSERT INTO people (person, academy, name, address, admitted_at, changed_at)
    VALUES ('per_zoe', 'sheffield', 'Zoe Earlier', 'zoe@example.org', $1, $1),
           ('per_amos', 'sheffield', 'Amos Later', 'amos@example.org', $2, $2);
INSERT INTO engagement_people VALUES ('sheffield.c.P1', 'c1', 'coach', 'per_zoe', $1),
                                     ('sheffield.c.P1', 'c2', 'coach', 'per_amos', $1);
INSERT INTO facts VALUES
    ('sheffield.c.P1', 2, 'zoe', 'role_changed', $1, $1, 'coach', 'per_zoe',
     '{"kind": "role_changed", "event_id": "zoe", "occurred_at": "2026-11-02T09:00:00Z", "role": "team_lead",
       "told_by": {"role": "coach", "person": "per_zoe"}, "person": "PERSON"}', '{}'),
    ('sheffield.c.P1', 3, 'amos', 'role_changed', $1, $1, 'coach', 'per_amos',
     '{"kind": "role_changed", "event_id": "amos", "occurred_at": "2026-11-03T09:00:00Z", "role": "sponsor",
       "told_by": {"role": "coach", "person": "per_amos"}, "person": "PERSON"}', '{}');
INSERT INTO notes VALUES ('amos', 'sheffield.c.P1', 'Zoe Earlier and Amos Later agree about NAME', $1, $1);
"""


async def test_two_others_of_one_role_are_told_apart_without_their_names(http: httpx.AsyncClient, pool: Pool) -> None:
    """By a number, the same wherever one of them stands: the longest known is the first, whatever they are called."""
    rows = TWO_OF_ONE_ROLE.replace("PERSON", PERSON).replace("NAME", NAME)
    rows = rows.replace("$1", f"'{at(1)}'").replace("$2", f"'{at(2)}'")
    await pool.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {rows} COMMIT")
    read, page = (await http.get(PATH)).text, html.unescape((await http.get(f"{PATH}/page")).text)
    assert [word for word in ("Zoe", "Amos", "per_zoe", "per_amos") if word in read + page] == []
    told = {part["table"]: part["rows"] for part in json.loads(read)["events"]}
    assert {row["event_id"]: row["told_by_person"] for row in told["facts"] if row["seq"] > 1} == {
        "zoe": "the_coach_1",
        "amos": "the_coach_2",
    }
    agree = f"the coach (1) and the coach (2) agree about {NAME}"
    assert agree in read
    assert agree in page
    assert "the_coach" not in page


async def test_the_page_needs_nothing_else(http: httpx.AsyncClient) -> None:
    """Its look is within it, so that it can be kept and printed; nothing is loaded from anywhere."""
    page = await http.get(f"{PATH}/page", params={"first_day": "2026-10-01", "last_day": "2026-10-31"})
    assert "Thursday 1 to Saturday 31 October 2026" in page.text
    assert "How things stood when the period began" in page.text
    assert '<link rel="stylesheet"' not in page.text
    assert "style-src 'sha256-" in page.headers["Content-Security-Policy"]


async def test_only_for_whom_it_was_granted(http: httpx.AsyncClient, callers: Callers, pool: Pool) -> None:
    """Of another academy there is nobody; the days must be in order; nothing is noted of either."""
    elsewhere = await callers.with_grants("read:leeds:export", "read:sheffield:people")
    assert (await elsewhere.get(PATH)).status_code == httpx.codes.NOT_FOUND
    assert (await http.get("/v1/people/per_nobody/export")).status_code == httpx.codes.NOT_FOUND
    backwards = {"first_day": "2026-10-02", "last_day": "2026-10-01"}
    assert (await http.get(PATH, params=backwards)).status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert await pool.fetchval("SELECT count(*) FROM audit WHERE action LIKE 'read %'") == 0


READ = {
    ("person", "show", PERSON): f"read name and address of {PERSON}",
    ("worklist", "--academy", "sheffield", "--person", PERSON): f"read worklist of {PERSON}",
    ("academy", "members", "sheffield"): "read office",
    ("intro-course", "would-be-coaches", "--academy", "sheffield"): "read would-be coaches",
    ("event", "show", "e"): "read event",
    f"/v1/worklist?academy=sheffield&person={PERSON}": f"read worklist of {PERSON}",
    "/v1/academies/sheffield/office/people": "read office",
    f"/v1/people/{PERSON}": f"read name and address of {PERSON}",
    "/v1/people?academy=sheffield": "read people",
    "/v1/arrivals": "read events",
    "/v1/arrivals/e": "read event",
}


async def test_whoever_reads_of_people_is_noted(http: httpx.AsyncClient, pool: Pool) -> None:
    """Who, of whom, when and by which door, and nothing of what was read."""
    for read in READ:
        if isinstance(read, str):
            answer = await http.get(read)
            assert answer.status_code == httpx.codes.OK, answer.text
        else:
            await by_command(*read)
    noted = await pool.fetch("SELECT * FROM audit WHERE action LIKE 'read %' ORDER BY number")
    assert [row["action"] for row in noted] == list(READ.values())
    assert {row["door"] for row in noted} == {"mca", "http"}
    assert [word for word in (NAME, ADDRESS, WORDS) if word in repr(noted)] == []


def test_the_page_says_in_a_sentence_what_was_recorded() -> None:
    """No names of columns, codes or numbers of rows for whom it is about."""
    fact = SessionNotHeld(event_id="e", occurred_at=at(1), day=at(1).date(), reason=NotHeldReason.NO_QUORUM)
    row = {"seq": 7, "kind": fact.kind, "told_by_role": "team_lead", "body": fact.model_dump(mode="json")}
    section = Section("facts", "Records that name the person", (row,))
    person = Reader(PERSON, "sheffield", NAME, ADDRESS, "Europe/London", links_epoch=0)
    words = bytes(page(Export(person, at(2), Days(), (), (section,))).body).decode()
    assert "didn&#39;t go ahead: too few people could come" in words
    assert "team lead" in words
    assert not any(technical in words for technical in ("Seq", "Body", "no_quorum", "team_lead"))
