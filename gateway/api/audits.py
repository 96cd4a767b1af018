"""The audit: who told what through which door."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from gateway.access.caller import holding
from gateway.api.answers import AuditEntries
from gateway.api.facts import Here
from operations.callers import Caller
from records import audit
from schemas.grants import Managing
from schemas.words import Code

router = APIRouter(prefix="/v1/audit", tags=["Audit"])

Auditor = Annotated[Caller, holding(Managing.AUDIT)]
"""Somebody who may see to these somewhere; where, the operation asks."""


@router.get("", operation_id="list_audit", summary="Who told what")
async def list_audit(
    caller: Auditor,
    context: Here,
    subject: Annotated[Code, Query(description="The engagement or cohort.", examples=["sheffield.2027-autumn.P01"])],
    limit: Annotated[int, Query(ge=1, le=200, description="At most this many.")] = 50,
) -> AuditEntries:
    """The newest entries of an engagement or cohort, refused and unknown ones too. Keys and tokens are by id only."""
    caller.require(Managing.AUDIT, subject)
    async with context.connection() as conn:
        return AuditEntries(items=tuple(await audit.read(conn, subject, limit)))
