"""An address that another took the place of is told, and can undo it: whichever door the change came through."""

from __future__ import annotations

from activities.links import UNDOABLE_FOR, Link, Links, Purpose
from activities.short_mails import ShortMail
from gateway.pages.mailing import NO_MAIL, Sealed, handed_in
from operations.people import NotToldError, Replaced
from process.settings import Settings


async def told(settings: Settings, replaced: Replaced) -> None:
    """Tell the old address. Raises NotToldError while no mail goes; one that takes none any more cannot be told."""
    old, office, at = replaced.reader, replaced.office, replaced.at
    undo = _undo(settings, replaced)
    mail = ShortMail.called("old_address", old.language).write(
        replaced.change,
        (old.name or "", old.address or ""),
        at,
        undo,
        undo=bool(undo),
        office=office.name if office else "",
        office_address=office.address if office else "",
    )
    if await handed_in(settings, mail) == NO_MAIL:
        raise NotToldError


def _undo(settings: Settings, replaced: Replaced) -> str:
    """Where it is undone; empty where there are no pages."""
    keys = settings.signing_keys
    if settings.public_url is None or not keys:
        return ""
    about = f"{replaced.change}.{Sealed('undo', keys).seal_words(replaced.reader.address or '')}"
    link = Link(Purpose.UNDO, replaced.reader.person, "", about, replaced.at + UNDOABLE_FOR, sent_at=replaced.at)
    return Links(settings.public_url, keys).url(link)
