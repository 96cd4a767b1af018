"""``mca certificate``: what stands of a certificate, and revoking it."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from lifecycle.dates import date_range
from mca import reach
from mca.errors import CommandError, plainly
from mca.tables import goes_by, say, show_pairs, words
from operations import certificates
from operations.certificates import Standing, Status
from records.certificates import RevokedBecause
from records.database import Connection

app = typer.Typer(no_args_is_help=True, help="Certificates: whether one is valid, revoking one, restoring it.")

Code = Annotated[str, typer.Argument(metavar="CODE", help="The verification code, as on the certificate.")]

_STATUSES: Final = {
    Status.VALID: "valid",
    Status.REVOKED: "revoked",
    Status.NOT_EARNED: "not valid: the record behind it has been corrected since",
    Status.ERASED: "valid, but the person's details have been erased",
}


@app.command(epilog="Example: mca certificate show 7KQ2-9XWB-M4TR")
@plainly
async def show(code: Code) -> None:
    """Show what stands of a certificate, and whose it is."""
    async with reach.connection() as conn:
        found = await _found(conn, code)
        goes_by(found.zone)
    given, earned = found.certificate, found.earned
    show_pairs(
        given.code,
        [
            ("Status", _STATUSES[found.status]),
            ("Name", found.name or "erased"),
            ("Person", given.person),
            ("For", words(earned.award) if earned else None),
            ("When", date_range(earned.first_day, earned.last_day) if earned else None),
            ("Course", given.subject),
            ("About", given.about),
            ("Issued", given.issued_at),
            ("Revoked", given.revoked_at),
            ("Because", words(given.revoked_because)),
        ],
    )


@app.command(epilog="Example: mca certificate revoke 7KQ2-9XWB-M4TR --because issued_in_error")
@plainly
async def revoke(code: Code, *, because: Annotated[RevokedBecause, typer.Option(help="Why.")]) -> None:
    """Revoke a certificate: from now on its page says so. A wrong fact is better corrected; that is enough."""
    async with reach.connection() as conn:
        found = await _found(conn, code)
        await certificates.revoke(conn, found.certificate, because, by=reach.caller(), at=reach.now())
        revoked = await _found(conn, code)
    say(f"{revoked.certificate.code} is revoked: {words(revoked.certificate.revoked_because)}.")


@app.command(epilog="Example: mca certificate restore 7KQ2-9XWB-M4TR")
@plainly
async def restore(code: Code) -> None:
    """A certificate that was revoked by mistake stands again."""
    async with reach.connection() as conn:
        found = await _found(conn, code)
        await certificates.restore(conn, found.certificate, by=reach.caller(), at=reach.now())
        restored = await _found(conn, code)
    say(f"{restored.certificate.code} is not revoked. It is {_STATUSES[restored.status]}.")


async def _found(conn: Connection, code: str) -> Standing:
    found = await certificates.by_code(conn, code, reach.now())
    if found is None:
        raise CommandError("There's no certificate with this code. Check the code and try again.")
    return found
