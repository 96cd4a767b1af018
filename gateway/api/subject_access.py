"""What is held about a person: for whoever answers a subject access request."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse
from pydantic import Field, model_validator

from gateway.access.caller import holding
from gateway.api.answers import Answer
from gateway.api.description import failing
from gateway.api.facts import Here
from gateway.context import AppContext, now
from gateway.pages.export import page as page_of
from gateway.problems import Problem
from operations.callers import Caller
from operations.subject_access import Days, Export, Section, export
from records import pages
from schemas.grants import Reading
from schemas.moments import Moment
from schemas.words import Code, PersonId, Said

router = APIRouter(prefix="/v1/people/{person}/export", tags=["People"])

Answering = Annotated[Caller, holding(Reading.EXPORT)]
OfPerson = Annotated[PersonId, Path(description="The person's id, as engagements and cohorts have it.")]


class PeriodAsked(Said):
    """A period; without it, all that is held."""

    first_day: date | None = Field(default=None, description="The first day: what stood when it began is shown.")
    last_day: date | None = Field(default=None, description="The last day, included.")

    @model_validator(mode="after")
    def _in_order(self) -> PeriodAsked:
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValueError("the last day must not be before the first")
        return self


class SectionShown(Answer):
    """The rows of one table that are about the person."""

    table: str
    title: str
    """What people call it."""

    rows: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, section: Section) -> SectionShown:
        """As the records have it."""
        return cls(table=section.table, title=section.title, rows=section.rows)


class ExportShown(Answer):
    """All that is held about a person."""

    person: PersonId
    academy: Code
    made_at: Moment
    first_day: date | None
    last_day: date | None
    state: tuple[SectionShown, ...]
    """What stands; of a period, what stood when it began."""

    events: tuple[SectionShown, ...]
    """What happened, by kind."""

    @classmethod
    def of(cls, export: Export) -> ExportShown:
        """As the records have it."""
        return cls(
            person=export.person.person,
            academy=export.person.academy,
            made_at=export.made_at,
            first_day=export.days.first,
            last_day=export.days.last,
            state=tuple(SectionShown.of(section) for section in export.state),
            events=tuple(SectionShown.of(section) for section in export.events),
        )


@router.get("", operation_id="export_person", summary="Everything held about a person", responses=failing("unknown"))
async def export_person(
    person: OfPerson, caller: Answering, context: Here, asked: Annotated[PeriodAsked, Query()]
) -> ExportShown:
    """Names, words and addresses, from every table that has a row about them: hand it to nobody else.

    That it was read is noted in the academy's audit.
    """
    return ExportShown.of(await _found(context, caller, person, asked))


@router.get(
    "/page",
    operation_id="export_person_page",
    summary="The same as a page to print",
    response_class=HTMLResponse,
    responses={
        200: {"description": "The page.", "content": {"text/html": {"example": "<!DOCTYPE html>"}}},
        **failing("unknown"),
    },
)
async def export_page(
    person: OfPerson, caller: Answering, context: Here, asked: Annotated[PeriodAsked, Query()]
) -> HTMLResponse:
    """To be handed to the person: HTML with its look within itself."""
    return page_of(await _found(context, caller, person, asked), alone=True)


async def _found(context: AppContext, caller: Caller, person: PersonId, asked: PeriodAsked) -> Export:
    async with context.connection() as conn:
        known = await pages.reader(conn, person)
        # The same for both: nobody learns who exists elsewhere.
        if known is not None and caller.may(Reading.EXPORT, known.academy):
            found = await export(conn, caller, person, Days(asked.first_day, asked.last_day), now())
            if found is not None:
                return found
    raise Problem("unknown", f"There's nobody with the id {person}. Check the id.")
