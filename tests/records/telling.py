"""Facts, rows and requests to record them, about one made-up engagement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from records import ledger, projections
from records.database import Connection, Pool
from schemas.corrections import EngagementFact
from schemas.due import Standing, Told
from schemas.engagement_facts import CoachPart, PauseReason, SessionHeld
from schemas.improvement_facts import MeasureDefined
from schemas.recording import Recorded, RecordFact
from schemas.rows import AssignmentRow, EngagementRow, PauseRow, Row, Rows, SessionRow, by_key
from schemas.words import Act, Health, Matter, Outcome, Phase, Role, Stage
from tests.lifecycle import lives

ENGAGEMENT = "sheffield.2026-autumn.P01"
COHORT = "sheffield.2026-autumn"
COACH = "per_c0ac4c0ac4c0"
START = datetime(2026, 10, 5, 8, tzinfo=UTC)


def at(days: int) -> datetime:
    """A moment some days after the course start."""
    return START + timedelta(days=days)


RECORDED = at(365)

OPENING = lives.proposed()
"""With which the engagement begins."""


def defined(number: int, measure: str = "on_time") -> MeasureDefined:
    """A measure is defined: a fact that may be told at any time."""
    return MeasureDefined(event_id=f"defined-{number}", occurred_at=at(number), measure=measure, better="higher")


def asking(fact: EngagementFact, known: int, subject: str = ENGAGEMENT, recorded_at: datetime = RECORDED) -> RecordFact:
    """The request to record a fact, of somebody who knows so many."""
    return RecordFact(subject=subject, fact=fact, recorded_at=recorded_at, known=known)


def held(number: int, attendance: int | None = None) -> SessionHeld:
    """The session of a week was held."""
    return SessionHeld(event_id=f"held-{number}", occurred_at=at(7 * number), day=monday(number), attendance=attendance)


def standing(**changed: Any) -> Standing:
    """A plain standing."""
    plain: dict[str, Any] = {"as_of": START, "stage": Stage.ACTION, "phase": Phase.ACTION, "health": Health.ON_TRACK}
    return Standing(**(plain | changed))


def engagement(**changed: Any) -> EngagementRow:
    """The engagement's own row."""
    plain: dict[str, Any] = {
        "engagement": ENGAGEMENT,
        "cohort": COHORT,
        "enrolment": ENGAGEMENT,
        "microsystem": "ms_0123456789ab",
        "stage": Stage.ACTION,
        "phase": Phase.ACTION,
        "health": Health.ON_TRACK,
        "turn": Role.COACH,
        "next_due": at(8),
        "next_matter": Matter.SESSION,
        "next_act": Act.ASK,
        "next_rule": "session_asked",
        "programme": "sheffield-mca/1",
        "calendar": "uk-2026-11",
        "zone": "Europe/London",
        "course_start": START.date(),
    }
    return EngagementRow(**(plain | changed))


def session(number: int, outcome: Outcome = Outcome.EXPECTED, **changed: Any) -> SessionRow:
    """The session of a week."""
    day = at(7 * number)
    plain: dict[str, Any] = {
        "session": f"{day.date()}",
        "week": day.date(),
        "day": day.date(),
        "starts_at": day,
        "outcome": outcome,
    }
    return SessionRow(**(plain | changed))


def assignment(person: str, since: int, until: int | None = None, part: CoachPart = CoachPart.MAIN) -> AssignmentRow:
    """A coach from one day to another."""
    return AssignmentRow(person=person, part=part, since=at(since), until=None if until is None else at(until))


def pause(since: int, until: int | None = None) -> PauseRow:
    """A pause from one day to another."""
    return PauseRow(since=at(since), until=None if until is None else at(until), reason=PauseReason.STAFFING)


def changes(*rows: Row, gone: Iterable[Row] = ()) -> tuple[Rows, Rows]:
    """What stood of rows that are gone, and rows to be written."""
    return by_key(gone), by_key(rows)


class Telling(NamedTuple):
    """A fact to be recorded, with an answer and rows as a test has them."""

    asked: RecordFact
    answer: Told
    rows: Rows


def told(
    fact: EngagementFact, known: int, *rows: Row, recorded_at: datetime = RECORDED, turn: Role = Role.COACH
) -> Telling:
    """The request to record a fact, whose answer is told apart by its turn."""
    answer = Told(event_id=fact.event_id, recorded_at=recorded_at, standing=standing(turn=turn))
    asked = RecordFact(subject=ENGAGEMENT, fact=fact, recorded_at=recorded_at, known=known)
    return Telling(asked, answer, by_key(rows))


async def record(conn: Connection, telling: Telling) -> Recorded:
    """Record it with these rows, whatever the rules say of it."""
    asked, answer, rows = telling
    writes = await conn.fetchval("SELECT max(writes) FROM subjects WHERE subject = $1", asked.subject)
    changed = projections.writing(asked.subject, asked.recorded_at, {}, rows)
    if await ledger.append(conn, asked, answer, (), writes or 0, changed):
        return Recorded(answer=answer, ledger=asked.known + 1)
    return await ledger.recorded_before(conn, asked)


def monday(number: int) -> date:
    """The local date of a week's session."""
    return at(7 * number).date()


async def fetched(source: Pool | Connection, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query as plain tuples."""
    return [tuple(row) for row in await source.fetch(query)]
