"""Certificates on pages: one's own with the document to save, and the open page on which a code is checked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from activities.links import Link, Purpose
from gateway.certificates import words
from gateway.certificates.document import Drawn, pdf
from gateway.context import AppContext, now
from gateway.pages import reading
from gateway.pages.drawing import HEADERS, draw, message
from gateway.pages.shown import Nobody, links_of
from gateway.typesetting import NotDrawableError
from operations import certificate_codes, certificates
from operations.certificates import Standing, Status
from records import certificates as records
from records import pages, people
from records.database import Connection
from records.pages import Office

PATH: Final = "/certificates"
_WRONG: Final = "Enter the code as it appears on the certificate, for example 7KQ2-9XWB-M4TR"
_TITLES: Final = {
    Status.VALID: "This certificate is valid",
    Status.REVOKED: "This certificate was revoked",
    Status.NOT_EARNED: "This certificate is no longer valid",
    Status.ERASED: "This certificate was issued",
}


@dataclass(frozen=True, slots=True)
class _Own:
    """Somebody's certificate as its page needs it."""

    standing: Standing
    office: Office | None


async def own(context: AppContext, link: Link, *, document: bool) -> Response:
    """Somebody's own certificate: a page, or the ``document`` itself. Its code is made when it is first looked at."""
    async with context.connection() as conn:
        found = await _own(conn, link)
    root, home = _root(context), links_of(context).url(link.onward(Purpose.HOME))
    if found.standing.status is not Status.VALID:
        return message(*_gone(found.standing), status=410, office=found.office, home=home, root=root)
    drawn = _drawn(context, found.standing)
    if document:
        return await _document(drawn, found, root)
    return draw(
        "certificate.html",
        200,
        title="Your certificate",
        rows=_rows(context, found.standing, whose=True),
        download=f"{links_of(context).url(link)}.pdf",
        check_at=drawn.check_at,
        home=home,
        office=found.office,
        root=root,
    )


async def _own(conn: Connection, link: Link) -> _Own:
    """Raises Nobody for somebody who was erased, and for what they never earned."""
    reader = await reading.reader(conn, link.person)
    if reader is None or reader.name is None:
        raise Nobody
    certificate = await records.issued(conn, link.subject, link.about)
    if certificate is None:
        earned = await certificates.earned_now(conn, link.subject, link.about, now())
        if earned is None or earned.person != link.person:
            raise Nobody
        certificate = await certificates.issue(conn, link.subject, link.about, link.person, now())
    if await people.kept(conn, certificate.person) != link.person:
        raise Nobody
    return _Own(await certificates.of(conn, certificate, now()), await pages.office_of(conn, reader.academy))


def _gone(found: Standing) -> tuple[str, str]:
    if found.status is Status.REVOKED:
        return "Your certificate was revoked", "The academy has revoked it, so it can no longer be saved or checked."
    return (
        "There is no certificate now",
        "The record behind it has been corrected since it was issued, so it's no longer valid.",
    )


async def _document(drawn: Drawn, found: _Own, root: str) -> Response:
    issued = found.standing.certificate.issued_at
    try:
        content = await asyncio.to_thread(pdf, drawn, issued)
    except NotDrawableError:
        words_of_it = (
            "Our fonts don't have one of the letters in your name, so we can't draw the certificate. It is valid, and "
            "can be checked by its code."
        )
        return message("We can't draw the certificate", words_of_it, status=500, office=found.office, root=root)
    named = {"Content-Disposition": f'attachment; filename="certificate-{drawn.code}.pdf"'}
    return Response(content, media_type="application/pdf", headers=HEADERS | named)


def _drawn(context: AppContext, found: Standing) -> Drawn:
    assert found.earned is not None  # noqa: S101 - only what is valid is drawn
    assert found.name is not None  # noqa: S101 - as above
    certificate = found.certificate
    said = words.said(found.earned, certificate.subject)
    public = (context.settings.public_url or "").rstrip("/")
    return Drawn(
        title=said.title,
        name=found.name,
        deed=said.deed,
        what=said.what,
        dates=said.dates,
        academy=words.academy(context.settings, found),
        issued_on=found.issued_on,
        code=certificate.code,
        check_at=f"{public}{PATH}" if public else "",
    )


async def check(context: AppContext, written: str | None) -> Response:
    """The form for a code; a code that was written into it leads to what stands of it."""
    if written is None:
        return _form(context)
    code = certificate_codes.read(written)
    if code is None:
        return _form(context, written, _WRONG)
    return RedirectResponse(f"{_root(context)}{PATH}/{code}", status_code=303)


async def checked(context: AppContext, written: str) -> Response | None:
    """What stands of a code; None for one that nobody was given."""
    async with context.connection() as conn:
        found = await certificates.by_code(conn, written, now())
    if found is None:
        return None
    revoked = found.certificate.revoked_at
    return draw(
        "checked.html",
        200,
        title=_TITLES[found.status],
        standing=found.status.value,
        rows=_rows(context, found, whose=found.status is Status.VALID),
        revoked_on=found.clock.date(revoked) if revoked else "",
        form_at=f"{_root(context)}{PATH}",
        root=_root(context),
    )


def unknown(context: AppContext, written: str) -> Response:
    """There is no certificate with this code."""
    return _form(context, written, "There's no certificate with this code. Check the code and try again", 404)


def _form(context: AppContext, written: str = "", wrong: str = "", status: int = 422) -> Response:
    return draw(
        "check.html",
        status if wrong else 200,
        title="Check a certificate",
        written=written[:40],
        wrong=wrong,
        form_at=f"{_root(context)}{PATH}",
        root=_root(context),
    )


def _rows(context: AppContext, found: Standing, *, whose: bool) -> list[dict[str, dict[str, str]]]:
    """What is known of a certificate: of one that does not hold, only who issued it and when."""
    rows = [("Academy", words.academy(context.settings, found)), ("Issued on", found.issued_on),
            ("Verification code", found.certificate.code)]  # fmt: skip
    if found.earned is not None and found.status in {Status.VALID, Status.ERASED}:
        said = words.said(found.earned, found.certificate.subject)
        rows = [("Certificate", said.title), ("For", said.what), ("When", said.dates), *rows]
    if whose and found.name is not None:
        rows.insert(0, ("Name", found.name))
    return [{"key": {"text": key}, "value": {"text": value}} for key, value in rows]


def _root(context: AppContext) -> str:
    """The path under which people reach the gateway, where it is not at the top of its host."""
    return urlsplit(context.settings.public_url or "").path.rstrip("/")
