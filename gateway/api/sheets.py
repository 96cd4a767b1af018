"""A sheet as the body of a call: CSV, or a workbook; and given back to be mended as it came."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Final

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.answers import RosterLine
from gateway.api.bodies import media_type
from gateway.problems import Problem, invalid
from operations.sheets import Kind, kind_of, rows_of, with_faults
from schemas.roster import RosterFault
from schemas.sheet import Sheet

CSV: Final = "text/csv"
XLSX: Final = Kind.XLSX.media_type
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
SHEETS: Final = (CSV, XLSX, ODS, "application/vnd.ms-excel")


class AskedOfASheet(BaseModel):
    """How a sheet is to be read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    map: Annotated[tuple[Annotated[str, Field(max_length=300)], ...], Field(max_length=200)] = Field(
        default=(), description="With a sheet: `HEADING=COLUMN` for another heading; `HEADING=` leaves it out."
    )
    page: str = Field(default="", max_length=100, description="With a workbook: which of its pages is meant.")

    def mapping(self, columns: Collection[str]) -> Mapping[str, str]:
        """What other headings mean. Raises Problem."""
        said: dict[str, str] = {}
        for one in self.map:
            heading, parts, column = one.rpartition("=")
            if not parts or (column and column not in columns):
                raise invalid([{"loc": ("query", "map"), "msg": f"must be HEADING=COLUMN, of {', '.join(columns)}"}])
            said[heading] = column
        return said


Asked = Annotated[AskedOfASheet, Query()]


def is_sheet(request: Request) -> bool:
    """Whether the body is said to be a sheet."""
    return media_type(request) in SHEETS


async def sheet_sent(request: Request, columns: Collection[str], asked: AskedOfASheet) -> Sheet:
    """The rows of a body. Raises UnreadableSheetError, and Problem."""
    return await read(await request.body(), columns, asked)


async def read(raw: bytes, columns: Collection[str], asked: AskedOfASheet) -> Sheet:
    """The rows of a file. Raises UnreadableSheetError, and Problem."""
    return await asyncio.to_thread(rows_of, raw, columns, asked.mapping(columns), asked.page)


def unreadable(faults: Collection[RosterFault], done: str) -> Problem:
    """A sheet of which no row can be judged, so that nothing was ``done``."""
    said = f"The sheet has {len(faults)} fault{'s' if len(faults) > 1 else ''}. Nothing was {done}."
    return Problem("invalid", said, extra={"faults": [RosterLine.of_a_sheet(one).as_fault for one in faults]})


def wants_sheet(request: Request) -> bool:
    """Whether the caller would have what is wrong as a sheet."""
    return any(kind in request.headers.get("accept", "") for kind in (CSV, XLSX))


def to_be_mended(sheet: Sheet, faults: Collection[RosterFault]) -> Response:
    """The rows that have a fault, with what is wrong."""
    kind = kind_of(sheet)
    return Response(
        with_faults(sheet, faults),
        media_type=kind.media_type,
        headers={"Content-Disposition": f'attachment; filename="to-be-mended.{kind}"'},
    )


def mended(columns: Collection[str]) -> dict[str, Any]:
    """The rows to be mended, as OpenAPI describes an answer's content."""
    return {
        kind: {
            "schema": {"type": "string", "description": "The rows that have a fault, with what is wrong."},
            "examples": {"one": {"summary": "A sheet to be mended", "value": value}},
        }
        for kind, value in ((CSV, f"{','.join(columns)},What is wrong,What to do\n"), (XLSX, "PK..."))
    }
