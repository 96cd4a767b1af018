"""The audit: who told what through which door."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from gateway.access.caller import holding
from gateway.api import paging
from gateway.api.answers import AuditEntries
from gateway.api.facts import Here
from gateway.api.paging import Asked
from operations.callers import Caller
from records import audit
from schemas.grants import Managing
from schemas.words import Code

router = APIRouter(prefix="/v1/audit", tags=["Audit"])

Auditor = Annotated[Caller, holding(Managing.AUDIT)]
"""Somebody who may see to these somewhere; where, the operation asks."""


class AuditAsked(Asked):
    """Whose entries are asked for."""

    subject: Code = Field(description="The engagement or cohort.", examples=["sheffield.2027-autumn.P01"])


@router.get(
    "",
    operation_id="list_audit",
    summary="Who told what",
    responses={200: {"headers": paging.LINK, "description": "A page of the audit."}},
)
async def list_audit(
    request: Request, response: Response, caller: Auditor, context: Here, asked: Annotated[AuditAsked, Query()]
) -> AuditEntries:
    """The newest entries of an engagement or cohort, refused and unknown ones too. Keys and tokens are by id only."""
    caller.require(Managing.AUDIT, asked.subject)
    before = paging.before_number(request, asked.cursor)
    async with context.connection() as conn:
        found = await audit.read(conn, asked.subject, asked.limit + 1, before)
    items, following = paging.page(request, response, found, asked.limit, lambda line: str(line.number))
    return AuditEntries(items=items, next=following)
