"""An address that another took the place of is told, and can undo it: whichever door the change came through."""

from __future__ import annotations

from activities.links import UNDOABLE_FOR, Link, Links, Purpose
from gateway.pages.drawing import short_mail
from gateway.pages.mailing import NO_MAIL, Sealed, handed_in
from operations.people import NotToldError, Replaced
from process.settings import Settings


async def told(settings: Settings, replaced: Replaced) -> None:
    """Tell the old address. Raises NotToldError while no mail goes; one that takes none any more cannot be told."""
    old, office, at = replaced.reader, replaced.office, replaced.at
    write = f"write to {office.name}, {office.address}" if office else "write to the programme office"
    undo = _undo(settings, replaced)
    if undo is None:
        otherwise = f"If you didn't ask for this, {write}."
    else:
        otherwise = f"If you didn't ask for this, open this page within a week and undo it. You can also {write}."
    subject = "Your email address was changed"
    words = ("Emails from the coaching programme now go to another address, as you or the office asked.", otherwise)
    key = f"{subject}\n{replaced.change}"
    mail = short_mail(key, (old.name or "", old.address or ""), at, subject, words, undo)
    if await handed_in(settings, mail) == NO_MAIL:
        raise NotToldError


def _undo(settings: Settings, replaced: Replaced) -> tuple[str, str] | None:
    keys = settings.signing_keys
    if settings.public_url is None or not keys:
        return None
    about = f"{replaced.change}.{Sealed('undo', keys).seal_words(replaced.reader.address or '')}"
    link = Link(Purpose.UNDO, replaced.reader.person, "", about, replaced.at + UNDOABLE_FOR, sent_at=replaced.at)
    return "Undo it", Links(settings.public_url, keys).url(link)
