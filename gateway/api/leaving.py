"""A list of leavers as it is handed in: JSON, or a sheet."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from fastapi import Request
from pydantic import AfterValidator, Field, StrictBool, TypeAdapter, ValidationError

from gateway.api.bodies import json_object, strictly
from gateway.api.rosters import Label, within_calendar
from gateway.api.sheets import AskedOfASheet, is_sheet, sheet_sent
from gateway.problems import Problem, invalid
from schemas.leavers import COLUMNS, LeaverLine, check_leavers
from schemas.roster import RosterFault
from schemas.sheet import UnreadableSheetError
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


async def listed(request: Request, asked: BesideAList) -> tuple[Code, tuple[LeaverLine, ...], bool]:
    """The academy, its leavers, and whether to look only. Raises Problem."""
    if not is_sheet(request):
        body = strictly(_LEAVERS, await json_object(request))
        named = enumerate(body.leavers)
        return body.academy, tuple(LeaverLine(number, one.person, one.last_day) for number, one in named), body.preview
    try:
        academy = _ACADEMY.validate_python(asked.academy)
    except ValidationError:
        raise invalid([{"loc": ("query", "academy"), "msg": "must be the academy's code"}]) from None
    try:
        lines, faults = check_leavers(await sheet_sent(request, COLUMNS, asked))
    except UnreadableSheetError as wrong:
        lines, faults = (), (RosterFault(wrong.line, "", wrong.problem, wrong.remedy),)
    if len(lines) > _MOST:
        faults = (*faults, RosterFault(1, "", f"there are more than {_MOST} leavers", "send several lists"))
    if faults:
        raise Problem(
            "invalid", f"The sheet has {len(faults)} faults. Nothing was recorded.",
            extra={"faults": [_fault(one) for one in faults]},
        )  # fmt: skip
    return academy, lines, asked.preview


def _fault(fault: RosterFault) -> dict[str, str | int | None]:
    where = f"line {fault.line}, column {fault.column}" if fault.column else f"line {fault.line}"
    problem = f"{fault.problem}; {fault.remedy}"
    return {"where": where, "problem": problem, "line": fault.line, "column": fault.column or None}
