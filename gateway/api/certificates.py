"""Certificates for administrators: what stands of one, and revoking it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict

from gateway.access.caller import holding
from gateway.api.answers import Answer
from gateway.api.description import failing
from gateway.api.facts import Here
from gateway.context import AppContext, now
from gateway.problems import Problem
from lifecycle.certificate import Award
from operations import certificates
from operations.callers import Caller
from operations.certificates import Standing, Status
from records.certificates import RevokedBecause
from schemas.grants import Managing
from schemas.moments import Moment
from schemas.words import Code, PersonId

router = APIRouter(prefix="/v1/certificates", tags=["Certificates"])

Administrator = Annotated[Caller, holding(Managing.CERTIFICATES)]
"""Somebody who may see to these somewhere; where, the operation asks."""

CodePath = Annotated[
    str,
    Path(
        description="The verification code. Capitals and dashes do not matter, nor O for 0.",
        examples=["7KQ2-9XWB-M4TR"],
    ),
]


class CertificateShown(Answer):
    """A certificate as it stands now. Whether it is valid follows from the facts, each time it is asked."""

    code: str
    """The verification code, as it stands on the certificate."""

    status: Status
    """`valid`; `revoked`; `not_earned`: what it was for was corrected; `erased`: its person is not known any more."""

    subject: Code
    """The cohort, or the Introduction course."""

    about: Code
    """The enrolment, or the booking."""

    person: PersonId
    """Whose it is."""

    award: Award | None
    """What for; null where it is not earned."""

    first_day: date | None
    """The first day of the course; null where it is not earned."""

    last_day: date | None
    """The last day of the course; null where it is not earned."""

    issued_at: Moment
    """When its code was made: its owner looked at it for the first time."""

    revoked_at: Moment | None
    """When it was revoked; null for never."""

    revoked_because: RevokedBecause | None
    """Why it was revoked; null for never."""


class Revocation(BaseModel):
    """Why a certificate is revoked."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    because: RevokedBecause
    """`issued_in_error`, `requested` by whoever holds it, or `other`."""


@router.get(
    "/{code}", operation_id="show_certificate", summary="What stands of a certificate", responses=failing("unknown")
)
async def show_certificate(code: CodePath, caller: Administrator, context: Here) -> CertificateShown:
    """As the page says on which anybody can check it, with ids in place of the name."""
    return shown(await _found(code, caller, context))


@router.post(
    "/{code}/revocation",
    operation_id="revoke_certificate",
    summary="Revoke a certificate",
    responses=failing("unknown"),
)
async def revoke_certificate(
    code: CodePath, caller: Administrator, context: Here, body: Revocation
) -> CertificateShown:
    """From now on its page says that it was revoked. Repeating it keeps the first reason; the facts are unchanged.

    One that was revoked by mistake is restored on the command line: `mca certificate restore`.
    """
    found = await _found(code, caller, context)
    at = now()
    async with context.connection() as conn:
        await certificates.revoke(conn, found.certificate, body.because, by=caller, at=at)
        again = await certificates.by_code(conn, code, at)
    assert again is not None  # noqa: S101 - certificates are never deleted
    return shown(again)


def shown(found: Standing) -> CertificateShown:
    """A certificate as it is answered."""
    certificate, earned = found.certificate, found.earned
    return CertificateShown(
        code=certificate.code,
        status=found.status,
        subject=certificate.subject,
        about=certificate.about,
        person=certificate.person,
        award=earned.award if earned else None,
        first_day=earned.first_day if earned else None,
        last_day=earned.last_day if earned else None,
        issued_at=certificate.issued_at,
        revoked_at=certificate.revoked_at,
        revoked_because=certificate.revoked_because,
    )


async def _found(code: str, caller: Caller, context: AppContext) -> Standing:
    async with context.connection() as conn:
        found = await certificates.by_code(conn, code, now())
    if found is None or not caller.may(Managing.CERTIFICATES, found.certificate.subject):
        raise Problem("unknown", "There is no certificate with this code.")
    return found
