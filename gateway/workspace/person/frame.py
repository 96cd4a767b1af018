"""What all pages about one person have in common: who may see them, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Response

from gateway.pages.asked import Given, Question
from gateway.pages.places import Crumb
from gateway.workspace.operating import Do, asked, done
from gateway.workspace.person.search import sought_by
from gateway.workspace.visit import NotTheirs, Visit
from records import directory, pages, people
from records.pages import Reader
from records.people import Known
from schemas.words import Code, PersonId, office_of


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody as they are shown; ``within`` are the teams by which faculty see them, None for an office."""

    known: Known
    reader: Reader
    within: frozenset[Code] | None

    @property
    def person(self) -> PersonId:
        """Who it is."""
        return self.known.person

    @property
    def name(self) -> str:
        """What they are called."""
        return self.known.name or ""


async def seen(visit: Visit, person: PersonId) -> Seen:
    """Somebody whom this reader may see: of their academy, or in one of their teams. Raises NotTheirs."""
    sought = sought_by(visit)
    async with visit.context.connection() as conn:
        found = await people.find(conn, people.Sought(person, academies=sought.academies))
        known = next((one for one in found if one.person == person), None)
        reader = await pages.reader(conn, person) if known else None
        within = await directory.supervised(conn, person, visit.person) if sought.faculty else None
    if known is None or reader is None or known.name is None or known.merged_into or person == office_of(known.academy):
        raise NotTheirs
    if within is not None and not within:
        raise NotTheirs
    return Seen(known, reader, within)


async def managed(visit: Visit, person: PersonId) -> Seen:
    """Somebody whom an office sees to. Raises NotTheirs."""
    visit.must_run()
    return await seen(visit, person)


def person_url(visit: Visit, person: PersonId, tab: str = "") -> str:
    """Where a page about somebody is."""
    return f"{visit.root}/people/{person}{tab}"


def way_up(visit: Visit, who: Seen | None = None) -> tuple[Crumb, ...]:
    """The pages above one about somebody."""
    above = Crumb("People", f"{visit.root}/people")
    return (above, Crumb(who.name, person_url(visit, who.person))) if who else (above,)


def asking(visit: Visit, who: Seen, question: Question) -> Response:
    """A question about somebody."""
    return asked(visit, question, *way_up(visit, who))


async def doing(visit: Visit, who: Seen, question: Question, do: Do, to: str | None = None) -> Response:
    """What its answer says, and back to their page, or to another."""
    return await done(visit, question, do, *way_up(visit, who), to=to or person_url(visit, who.person))


def given_text(given: Given, name: str) -> str:
    """What was written; an empty text for nothing."""
    return given[name] or ""
