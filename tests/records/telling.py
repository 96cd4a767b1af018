"""Facts, rows and requests to record them, about one made-up engagement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from records.database import Connection, Pool
from schemas.due import Standing, Told
from schemas.facts import CoachPart, EngagementFact, PauseReason, SessionHeld
from schemas.recording import RecordFact
from schemas.rows import AssignmentRow, Changes, EngagementRow, Gone, PauseRow, Row, SessionRow
from schemas.words import Health, Matter, Outcome, Phase, Role, Stage

ENGAGEMENT = "sheffield.2026-autumn.P01"
COHORT = "sheffield.2026-autumn"
COACH = "per_c0ac4c0ac4c0"
START = datetime(2026, 10, 5, 8, tzinfo=UTC)


def at(days: int) -> datetime:
    """A moment some days after the course start."""
    return START + timedelta(days=days)


RECORDED = at(365)


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
        "programme": "sheffield-mca/1",
        "calendar": "uk-2026-11",
        "course_start": START.date(),
    }
    return EngagementRow(**(plain | changed))


def session(number: int, outcome: Outcome = Outcome.EXPECTED, **changed: Any) -> SessionRow:
    """The session of a week."""
    day = at(7 * number)
    plain: dict[str, Any] = {"week": day.date(), "day": day.date(), "starts_at": day, "outcome": outcome}
    return SessionRow(**(plain | changed))


def assignment(person: str, since: int, until: int | None = None, part: CoachPart = CoachPart.MAIN) -> AssignmentRow:
    """A coach from one day to another."""
    return AssignmentRow(person=person, part=part, since=at(since), until=None if until is None else at(until))


def pause(since: int, until: int | None = None) -> PauseRow:
    """A pause from one day to another."""
    return PauseRow(since=at(since), until=None if until is None else at(until), reason=PauseReason.STAFFING)


def changes(*rows: Row, gone: Iterable[Row] = ()) -> Changes:
    """Rows to be written, rows that are gone."""
    return Changes(rows=rows, gone=tuple(Gone(table=row.table, key=row.key) for row in gone))


def told(
    fact: EngagementFact, known: int, *rows: Row, recorded_at: datetime = RECORDED, turn: Role = Role.COACH
) -> RecordFact:
    """The request to record a fact, whose answer is told apart by its turn."""
    answer = Told(event_id=fact.event_id, recorded_at=recorded_at, standing=standing(turn=turn))
    return RecordFact(
        subject=ENGAGEMENT, fact=fact, recorded_at=recorded_at, known=known, answer=answer, changes=changes(*rows)
    )


def monday(number: int) -> date:
    """The local date of a week's session."""
    return at(7 * number).date()


async def fetched(source: Pool | Connection, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query as plain tuples."""
    return [tuple(row) for row in await source.fetch(query)]
