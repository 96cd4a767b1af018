"""A list of leavers as it is handed in: JSON, or a sheet."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, NamedTuple

from fastapi import Request
from pydantic import AfterValidator, Field, StrictBool, TypeAdapter, ValidationError

from gateway.api.answers import RosterLine
from gateway.api.bodies import json_object, strictly
from gateway.api.rosters import Label, within_calendar
from gateway.api.sheets import AskedOfASheet, is_sheet, sheet_sent, unreadable
from gateway.problems import invalid
from schemas.leavers import COLUMNS, LeaverLine, check_leavers
from schemas.roster import RosterFault
from schemas.sheet import Sheet, UnreadableSheetError
from schemas.words import Code, Said

_MOST: Final = 1000


class LeaverOffered(Said):
    """Somebody who leaves."""

    person: Annotated[
        str, Field(min_length=1, max_length=254, description="An id, ours or another system's, or an address.")
    ]
    last_day: Annotated[date, AfterValidator(within_calendar)]


class LeaversOffered(Said):
    """Who leaves an academy."""

    academy: Label
    leavers: Annotated[tuple[LeaverOffered, ...], Field(min_length=1, max_length=_MOST)]
    preview: Annotated[StrictBool, Field(description="Show what would be done. False records it.")] = True


class BesideAList(AskedOfASheet):
    """What a sheet does not say. With JSON it stands in the body."""

    academy: str | None = Field(default=None, description="With a sheet: the academy's code.")
    preview: bool = Field(default=True, description="With a sheet: show what would be done.")


_LEAVERS: Final = TypeAdapter(LeaversOffered)
_ACADEMY: Final = TypeAdapter(Label)


class List(NamedTuple):
    """Who leaves an academy, as it was handed in; of a ``sheet``, ``unread`` is what is wrong with other lines."""

    academy: Code
    lines: tuple[LeaverLine, ...]
    preview: bool
    sheet: Sheet | None = None
    unread: tuple[RosterFault, ...] = ()

    def where(self, fault: RosterFault) -> RosterLine:
        """A fault, where it stands in what was sent."""
        if self.sheet is not None:
            return RosterLine.of_a_sheet(fault)
        column = fault.column or None
        where = f"body.leavers.{fault.line}{f'.{column}' if column else ''}"
        return RosterLine(where=where, line=None, column=column, problem=fault.problem, remedy=fault.remedy)


async def listed(request: Request, asked: BesideAList) -> List:
    """The list of a body. Raises Problem for a sheet of which no line can be judged."""
    if not is_sheet(request):
        body = strictly(_LEAVERS, await json_object(request))
        named = enumerate(body.leavers)
        lines = tuple(LeaverLine(number, one.person, one.last_day) for number, one in named)
        return List(body.academy, lines, body.preview)
    try:
        academy = _ACADEMY.validate_python(asked.academy)
    except ValidationError:
        raise invalid([{"loc": ("query", "academy"), "msg": "must be the academy's code"}]) from None
    try:
        sheet = await sheet_sent(request, COLUMNS, asked)
    except UnreadableSheetError as wrong:
        raise unreadable((RosterFault(wrong.line, "", wrong.problem, wrong.remedy),), "recorded") from None
    lines, faults = check_leavers(sheet)
    if len(lines) > _MOST:
        raise unreadable(
            (RosterFault(1, "", f"there are more than {_MOST} leavers", "send several lists"),), "recorded"
        )
    if any(fault.line == 1 for fault in faults):
        raise unreadable(faults, "recorded")
    return List(academy, lines, asked.preview, sheet, faults)
