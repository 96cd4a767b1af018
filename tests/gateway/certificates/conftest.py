"""What tests of certificates share: a participant who has completed the coaching course."""

from __future__ import annotations

import re

from activities.links import Purpose
from records import people
from records.database import Pool
from schemas.cohort_facts import EnrolmentCompleted
from schemas.corrections import Correction
from schemas.facts import Cause, Fact, PersonMerged
from tests.gateway.pages.conftest import Site, app, links, mail, settings, site
from tests.gateway.pages.lives import OTHER, Course
from tests.workflows.subjects import now

__all__ = ["app", "links", "mail", "settings", "site"]


async def completed(pool: Pool) -> Course:
    """A cohort whose second participant, Otto Other, has completed the course."""
    life = Course(30).taught()
    life.tell(EnrolmentCompleted, now(), enrolment=life.key(2), completed=True)
    await life.put(pool)
    return life


async def corrected(pool: Pool, life: Course) -> None:
    """The completion was told by mistake."""
    await told(pool, life, Correction(event_id=f"{life.name}:back", occurred_at=now(), corrects=life.told[-1].event_id))


async def merged(pool: Pool, life: Course, person: str, into: str) -> None:
    """Somebody was recorded twice, and the record that stays is a new one."""
    await pool.execute(
        """
        INSERT INTO people (person, academy, name, address, admitted_at, changed_at)
        SELECT $2, academy, 'Otto Kept', 'otto.kept@example.org', $3, $3 FROM people WHERE person = $1
        """,
        person, into, now(),
    )  # fmt: skip
    async with pool.acquire() as conn:
        await people.merge(conn, person, into, now())
    cause = Cause(subject=f"sheffield.{person}", event_id="merged")
    fact = PersonMerged(event_id="merged:here", occurred_at=now(), person=person, into=into, caused_by=cause)
    await told(pool, life, fact)


async def told(pool: Pool, life: Course, fact: Fact) -> None:
    """Its ledger has a fact more."""
    await pool.execute(
        """
        INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, body, answer)
        VALUES ($1, (SELECT max(seq) + 1 FROM facts WHERE subject = $1), $2, $3, $4, $4, 'office', $5, '{}')
        """,
        life.name, fact.event_id, fact.kind, now(), fact,
    )  # fmt: skip


async def erased(pool: Pool, person: str = OTHER) -> None:
    """Somebody's name and address are gone."""
    await pool.execute(
        "UPDATE people SET name = NULL, address = NULL, erased_at = changed_at WHERE person = $1", person
    )


def token_of(site: Site, life: Course, number: int = 2, person: str = OTHER) -> str:
    """The token of a participant's link to the certificate."""
    return site.token(Purpose.CERTIFICATE, person, life.name, life.key(number))


async def code_of(site: Site, life: Course) -> str:
    """The code, as the certificate's own page says it."""
    page = await site.get(token_of(site, life))
    assert page.status == 200, page.words
    found = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b", page.words)
    assert found is not None, page.words
    return found[0]
