"""Makes known to the records what made-up facts name: people, teams and cohorts that nobody ever admitted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from lifecycle.references import Reference, elsewhere, references
from records.database import Connection, Pool
from schemas.corrections import AnyFact
from schemas.words import Named

_AT = datetime(2026, 1, 1, tzinfo=UTC)

_PEOPLE = """
    INSERT INTO people (person, academy, admitted_at, changed_at, erased_at)
    SELECT person, $1, $3, $3, $3 FROM unnest($2::text[]) AS given (person) ORDER BY person ON CONFLICT DO NOTHING
    """
_TEAMS = """
    INSERT INTO microsystems (microsystem, academy, name, admitted_at)
    SELECT team, $1, team, $3 FROM unnest($2::text[]) AS given (team) ORDER BY team ON CONFLICT DO NOTHING
    """
_COHORTS = """
    INSERT INTO cohorts (cohort, academy, stage, course_start, programme, calendar, office, changed_at)
    SELECT cohort, $1, 'in_teaching', $3::timestamptz::date, 'made-up', 'made-up', $1 || '.office', $3
    FROM unnest($2::text[]) AS given (cohort) ORDER BY cohort ON CONFLICT DO NOTHING
    """
_ENROLMENTS = """
    INSERT INTO enrolments (cohort, key, enrolment, person, state, attended, changed_at)
    SELECT regexp_replace(enrolment, '[.][^.]*$', ''), enrolment, enrolment, $1, 'ready', 0, $3
    FROM unnest($2::text[]) AS given (enrolment) ORDER BY enrolment ON CONFLICT DO NOTHING
    """


async def known(records: Pool | Connection, subject: str, *facts: AnyFact) -> None:
    """People, teams, cohorts and participants that these facts of a subject name are there from now on.

    The people have no address: nothing is sent to them.
    """
    named = [each for fact in facts for each in elsewhere(subject, {}, references(fact))]
    academy, part = subject.partition(".")[0], f"{subject}."
    enrolments = {each.id for each in named if each.what is Named.ENROLMENT and not each.id.startswith(part)}
    cohorts = _ids(named, Named.COHORT, Named.COHORT_TO_JOIN) | {each.rpartition(".")[0] for each in enrolments}
    for statement, ids in (
        (_PEOPLE, _ids(named, Named.PERSON)),
        (_TEAMS, _ids(named, Named.MICROSYSTEM)),
        (_COHORTS, cohorts),
        (_ENROLMENTS, enrolments),
    ):
        if ids:
            await records.execute(statement, academy, sorted(ids), _AT)


def _ids(named: Iterable[Reference], *whats: Named) -> set[str]:
    return {each.id for each in named if each.what in whats}
