"""Programmes: the rules engagements run under."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from gateway.access.caller import Somebody
from gateway.api.answers import ListedProgramme, Programmes, ProgrammeShown
from gateway.api.description import failing
from gateway.problems import Problem
from schemas.programme_file import SHIPPED_PROGRAMMES, UnknownProgrammeError, shipped_programme
from schemas.words import Code

router = APIRouter(prefix="/v1/programmes", tags=["Programmes"])


@router.get("", operation_id="list_programmes", summary="List programmes")
async def list_programmes(_: Somebody) -> Programmes:
    """Those that come with the engine."""
    found = [shipped_programme(name) for name in SHIPPED_PROGRAMMES]
    return Programmes(
        items=tuple(
            ListedProgramme(name=programme.name, version=programme.version, label=programme.label)
            for programme in found
        )
    )


@router.get("/{name}", operation_id="show_programme", summary="Show a programme", responses=failing("unknown"))
async def show_programme(
    name: Annotated[Code, Path(description="Its name.", examples=["sheffield-mca"])], _: Somebody
) -> ProgrammeShown:
    """Every parameter of a programme, with the value that holds."""
    try:
        return ProgrammeShown(programme=shipped_programme(name))
    except UnknownProgrammeError as error:
        raise Problem("unknown", f"{error}.") from None
