"""What was found wrong is kept once for as long as it is found, and shown to whoever acts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from lifecycle.worklist import Kind
from operations.worklist import Wanted, of_the_operator, worklist
from records import incidents
from records.database import Connection, Pool
from schemas.incidents import ENGINE, Finding, IncidentKind
from schemas.words import Role

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
LATER = AT + timedelta(minutes=5)
STUCK = Finding(
    kind=IncidentKind.STUCK,
    subject="sheffield.2027-summer.P01",
    facts={"due": AT.isoformat(), "reason": "x", "attempts": "9"},
)
LOST = Finding(kind=IncidentKind.RECORDS_LOST, subject=ENGINE, facts={"from": AT.isoformat(), "to": LATER.isoformat()})
MENDED = Finding(
    kind=IncidentKind.NOT_RUNNING,
    subject="leeds.2027-summer",
    facts={"status": "terminated"},
    done="restarted",
    mended=True,
)


@pytest.fixture
async def connection(pool: Pool) -> AsyncIterator[Connection]:
    """A connection to fresh records."""
    async with pool.acquire() as connection:
        yield connection


async def test_what_is_found_again_is_seen_again(connection: Connection) -> None:
    """One open incident since it was first found; what a later look does not find is over."""
    await incidents.open_incidents(connection, [STUCK, LOST], AT)
    await incidents.open_incidents(connection, [STUCK], LATER)
    lost, stuck = await incidents.open_of(connection)
    assert (stuck.since, stuck.seen_at, lost.seen_at) == (AT, LATER, AT)
    await incidents.close_others(connection, [IncidentKind.STUCK], [], LATER)
    assert [incident.id for incident in await incidents.open_of(connection)] == [lost.id]
    await incidents.open_incidents(connection, [STUCK], LATER)
    assert len(await incidents.latest(connection, 9)) == 3


async def test_what_was_mended_is_kept_and_still_told(connection: Connection) -> None:
    """It is closed at once, and the operator hears of it once."""
    await incidents.open_incidents(connection, [MENDED], AT)
    assert await incidents.open_of(connection) == []
    (untold,) = await incidents.untold(connection)
    assert (untold.finding, untold.academy, untold.closed_at) == (MENDED, "leeds", AT)
    await incidents.told(connection, [untold], LATER)
    assert await incidents.untold(connection) == []


async def test_an_open_incident_is_a_line_of_the_worklist(connection: Connection) -> None:
    """The office sees its academy's, the operator everybody's and the installation's own."""
    await incidents.open_incidents(connection, [STUCK, LOST], AT)
    stuck, lost = "sheffield.2027-summer.P01", None
    for academy, turn, expected in (
        ("sheffield", Role.OFFICE, [stuck]),
        ("leeds", Role.OFFICE, []),
        ("sheffield", Role.OPERATOR, [stuck, lost]),
        ("sheffield", None, [stuck, lost]),
        ("sheffield", Role.FACULTY, []),
    ):
        found = await worklist(connection, academy, LATER, Wanted(turn=turn))
        assert [line.subject for line in found] == expected
        assert {line.kind for line in found} <= {Kind.INCIDENT}
    everything = await of_the_operator(connection, LATER)
    assert [line.title for line in everything] == ["Stuck", "Some records may be lost"]
