"""Somebody's roles, handed on and vacated; records merged and split; and the list of who leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Self

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, model_validator

from gateway.access.caller import holding
from gateway.api.answers import Answer, RosterLine
from gateway.api.description import failing, handed_in
from gateway.api.facts import Here
from gateway.api.leaving import BesideAList, listed
from gateway.api.passed_on import Told
from gateway.api.people import Manager, OfPerson, Reader, record, somebody
from gateway.api.rosters import OfficeEmail
from gateway.api.sheets import mended, to_be_mended, wants_sheet
from gateway.context import now
from operations import leavers, merging, roles
from operations.callers import Caller
from operations.leavers import LeaverFound, Outcome
from operations.roles import Became, Which
from schemas.grants import Managing, Reading
from schemas.leavers import COLUMNS
from schemas.roster import Contact
from schemas.texts import Name
from schemas.words import Code, PersonId, Role, Said

router = APIRouter(prefix="/v1/people", tags=["People"])


class RoleHeld(Answer):
    """A role in a team, a cohort or an academy."""

    subject: Code
    role: Role


class RolesHeld(Answer):
    """What somebody has a part in, of what has not ended."""

    items: tuple[RoleHeld, ...]


class WhichRoles(Said):
    """Which of somebody's roles are meant; all of them without."""

    roles: Annotated[tuple[Role, ...], Field(description="Only these.", examples=[["sponsor"]])] = ()
    subjects: Annotated[tuple[Code, ...], Field(description="Only those in these teams, cohorts or academies.")] = ()

    @property
    def which(self) -> Which:
        """As operations take it."""
        return Which(self.roles, self.subjects)


class RolesToHandOn(WhichRoles):
    """Who has them from now on."""

    to: PersonId


class RoleBecame(Answer):
    """What became of a role: recorded, or why it was not."""

    subject: Code
    role: Role
    told: bool
    reason: str | None = None


class RolesBecame(Answer):
    """What became of each."""

    items: tuple[RoleBecame, ...]


def _became(found: Sequence[Became]) -> tuple[RoleBecame, ...]:
    return tuple(
        RoleBecame(subject=one.subject, role=one.role, told=one.told, reason=one.reason or None) for one in found
    )


@router.get("/{person}/roles", operation_id="list_roles", summary="List a person's roles", responses=failing("unknown"))
async def held(person: OfPerson, caller: Reader, context: Here) -> RolesHeld:
    """In teams, cohorts and the academy's office."""
    known = await somebody(context, caller, Reading.PEOPLE, person)
    async with context.connection() as conn:
        found = await roles.held(conn, known.person, now())
    return RolesHeld(items=tuple(RoleHeld(subject=part.subject, role=part.role) for part in found))


@router.post(
    "/{person}/roles/hand-on", operation_id="hand_roles_on", summary="Hand a person's roles on",
    responses=failing("unknown"),
)  # fmt: skip
async def hand_on(person: OfPerson, caller: Manager, context: Here, body: RolesToHandOn) -> RolesBecame:
    """Somebody else of the academy has them from now on. What could not be recorded says why, line by line."""
    known = await somebody(context, caller, Managing.PEOPLE, person)
    trusted = caller.entrusted(Managing.PEOPLE, known.academy)
    return RolesBecame(items=_became(await roles.hand_on(context.engine, trusted, known, body.to, body.which)))


@router.post(
    "/{person}/roles/vacate", operation_id="vacate_roles", summary="Vacate a person's roles",
    responses=failing("unknown"),
)  # fmt: skip
async def vacate(person: OfPerson, caller: Manager, context: Here, body: WhichRoles) -> RolesBecame:
    """They are empty from now on: faculty or the office is asked who will have them."""
    known = await somebody(context, caller, Managing.PEOPLE, person)
    trusted = caller.entrusted(Managing.PEOPLE, known.academy)
    return RolesBecame(items=_became(await roles.vacate(context.engine, trusted, known, body.which)))


class Merging(Said):
    """The record that stays."""

    into: PersonId


@router.post(
    "/{person}/merge", operation_id="merge_people", summary="Merge two records of one person",
    responses=failing("unknown", "conflict"),
)  # fmt: skip
async def merge(person: OfPerson, caller: Manager, context: Here, body: Merging) -> Told:
    """All that was recorded of this one is read as the other from now on, whenever it happened."""
    known = await record(context, caller, Managing.PEOPLE, person)
    into = await record(context, caller, Managing.PEOPLE, body.into)
    trusted = caller.entrusted(Managing.PEOPLE, known.academy)
    return Told.of(await merging.merge(context.engine, trusted, known, into, now()))


class Splitting(Said):
    """Nothing to undo a merge; or another person who shares this record, and where its roles are theirs."""

    name: Name | None = None
    email: OfficeEmail | None = None
    subjects: Annotated[tuple[Code, ...], Field(description="Where the roles are the other's.")] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.name is None) != (self.email is None) or (self.name is not None and not self.subjects):
            raise ValueError("the other person takes name, email and subjects")
        return self


class SplitInto(Answer):
    """Whose record this is from now on, beside its own; and what became of their roles."""

    person: PersonId
    items: tuple[RoleBecame, ...] = ()


@router.post(
    "/{person}/split", operation_id="split_person", summary="Undo a merge, or separate a shared record",
    responses=failing("unknown", "conflict"),
)  # fmt: skip
async def split(person: OfPerson, caller: Manager, context: Here, body: Splitting) -> SplitInto:
    """Without a name the merge of this record is undone. With one, the other person is known from now on, and has the
    roles of this record in ``subjects``.
    """
    known = await record(context, caller, Managing.PEOPLE, person)
    trusted = caller.entrusted(Managing.PEOPLE, known.academy)
    if body.name is None or body.email is None:
        await merging.split(context.engine, trusted, known, now())
        return SplitInto(person=known.person)
    which = Which(subjects=body.subjects)
    done = await merging.separate(context.engine, trusted, known, Contact(body.name, body.email), which, now())
    return SplitInto(person=done.person.person, items=_became(done.became))


class LeaverAnswered(Answer):
    """What a line comes to: of an ``unknown`` or ``ambiguous`` one nothing is done. ``number`` counts from 0; of a
    sheet it is the line, counted from 1.
    """

    number: int
    outcome: Outcome
    people: tuple[PersonId, ...]
    roles: tuple[RoleBecame, ...]

    @classmethod
    def of(cls, found: LeaverFound) -> LeaverAnswered:
        """As the operation says it."""
        parts = _became(found.became) or tuple(
            RoleBecame(subject=part.subject, role=part.role, told=False) for part in found.parts
        )
        people = tuple(known.person for known in found.known)
        return cls(number=found.line.line, outcome=found.outcome, people=people, roles=parts)


class LeaversAnswered(Answer):
    """Every line that can be read, in the order they were sent; and what is wrong with which."""

    preview: bool
    items: tuple[LeaverAnswered, ...]
    faults: tuple[RosterLine, ...] = ()
    """Lines for which nothing is done, or not all: what is wrong, and what to do."""


OfLeavers = Annotated[Caller, holding(Managing.LEAVERS)]
"""Somebody who may say who leaves."""

_EXAMPLE: Final = {"person": "coach.alder@example.org", "last_day": "2027-03-31"}
_SHEET: Final = f"{','.join(COLUMNS)}\n{','.join(_EXAMPLE.values())}\n"


@router.post(
    "/leavers",
    operation_id="record_leavers",
    summary="Say who leaves",
    response_model=LeaversAnswered,
    responses={
        200: {"description": "What became, or would become, of each line.", "content": mended(COLUMNS)},
        **failing("media-type"),
    },
    openapi_extra=handed_in(
        "LeaversOffered", {"academy": "sheffield", "leavers": [_EXAMPLE]}, ("One row a person.", _SHEET)
    ),
)
async def leave(
    request: Request, caller: OfLeavers, context: Here, asked: Annotated[BesideAList, Query()]
) -> LeaversAnswered | Response:
    """Their roles are vacated once their last day is over, and others asked to fill them. Places on courses stay.

    A preview comes first: nothing is recorded unless `preview` is false. Repeating a list changes nothing. What is
    wrong with a line hinders no other; of a sheet, who accepts `text/csv` or a workbook is given the rows to mend.
    """
    given = await listed(request, asked)
    trusted = caller.entrusted(Managing.LEAVERS, given.academy)
    if given.preview:
        found = await leavers.look(context.engine, given.academy, given.lines)
    else:
        found = await leavers.record(context.engine, trusted, given.academy, given.lines)
    faults = leavers.to_mend(found, given.unread)
    if wants_sheet(request) and given.sheet is not None:
        return to_be_mended(given.sheet, faults)
    return LeaversAnswered(
        preview=given.preview,
        items=tuple(LeaverAnswered.of(one) for one in found),
        faults=tuple(given.where(fault) for fault in faults),
    )
