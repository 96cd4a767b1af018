"""Makes known to the records what made-up facts name: people, teams and cohorts that nobody ever admitted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from lifecycle.references import Reference, elsewhere, references
from records.database import Connection, Pool
from schemas.corrections import AnyFact
from schemas.programme import DEFAULT_ZONE
from schemas.words import Named

_AT = datetime(2026, 1, 1, tzinfo=UTC)

_STATEMENT = """
    WITH known_people AS (
        INSERT INTO people (person, academy, admitted_at, changed_at, erased_at)
        SELECT person, $1, $6, $6, $6 FROM unnest($2::text[]) AS given (person) ORDER BY person ON CONFLICT DO NOTHING
    ), known_teams AS (
        INSERT INTO microsystems (microsystem, academy, name, admitted_at)
        SELECT team, $1, team, $6 FROM unnest($3::text[]) AS given (team) ORDER BY team ON CONFLICT DO NOTHING
    ), known_cohorts AS (
        INSERT INTO cohorts (cohort, academy, stage, course_start, programme, calendar, zone, office, changed_at)
        SELECT cohort, $1, 'in_teaching', $6::timestamptz::date, 'made-up', 'made-up', $7, $1 || '.office', $6
        FROM unnest($4::text[]) AS given (cohort) ORDER BY cohort ON CONFLICT DO NOTHING
    )
    INSERT INTO enrolments (cohort, key, enrolment, person, state, attended, changed_at)
    SELECT regexp_replace(enrolment, '[.][^.]*$', ''), enrolment, enrolment, $1, 'ready', 0, $6
    FROM unnest($5::text[]) AS given (enrolment) ORDER BY enrolment ON CONFLICT DO NOTHING
    """


async def known(records: Pool | Connection, subject: str, *facts: AnyFact) -> None:
    """People, teams, cohorts and participants that these facts of a subject name are there from now on.

    The people have no address: nothing is sent to them.
    """
    named = [each for fact in facts for each in elsewhere(subject, {}, references(fact))]
    academy, part = subject.partition(".")[0], f"{subject}."
    enrolments = {each.id for each in named if each.what is Named.ENROLMENT and not each.id.startswith(part)}
    cohorts = _ids(named, Named.COHORT, Named.COHORT_TO_JOIN) | {each.rpartition(".")[0] for each in enrolments}
    ids = (_ids(named, Named.PERSON), _ids(named, Named.MICROSYSTEM), cohorts, enrolments)
    if any(ids):
        await records.execute(_STATEMENT, academy, *map(sorted, ids), _AT, DEFAULT_ZONE)


def _ids(named: Iterable[Reference], *whats: Named) -> set[str]:
    return {each.id for each in named if each.what in whats}
