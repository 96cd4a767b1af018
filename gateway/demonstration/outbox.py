"""The mails of a demonstration, as they lie in the outbox: nobody else ever gets them."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from pathlib import Path
from typing import Final

_NUMBER: Final = re.compile(r"\d{1,9}")
_HEAD: Final = re.compile(r"<head[^>]*>", re.IGNORECASE)
_TO_THE_TOP: Final = '<base target="_top">'
_LINK: Final = re.compile(r"https?://[^\s<>]+[^\s<>.,)]")


@dataclass(frozen=True, slots=True)
class Kept:
    """One mail. ``invites`` says that it is for somebody's calendar."""

    number: int
    name: str
    address: str
    subject: str
    at: datetime
    invites: bool
    message: EmailMessage


def kept(outbox: Path) -> list[Kept]:
    """All mails, the newest first."""
    numbers = sorted((int(path.stem) for path in outbox.glob("*.eml") if _NUMBER.fullmatch(path.stem)), reverse=True)
    found = [mail for number in numbers if (mail := one(outbox, str(number))) is not None]
    return sorted(found, key=lambda mail: (mail.at, mail.number), reverse=True)


def one(outbox: Path, number: str) -> Kept | None:
    """One mail by its number; None where there is none."""
    if not _NUMBER.fullmatch(number):
        return None
    try:
        raw = (outbox / f"{int(number):06}.eml").read_bytes()
    except FileNotFoundError:
        return None
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
    name, address = parseaddr(str(message["To"]))
    at = message["Date"].datetime.astimezone(UTC)
    invites = any(part.get_content_type() == "text/calendar" for part in message.walk())
    return Kept(int(number), name, address, str(message["Subject"]), at, invites, message)


def people(mails: Sequence[Kept]) -> list[tuple[str, str, int]]:
    """Who has mail, as name, address and how many, those with the newest first."""
    counted = Counter(mail.address for mail in mails)
    names = {mail.address: mail.name for mail in reversed(mails)}
    return [(names[address], address, counted[address]) for address in dict.fromkeys(mail.address for mail in mails)]


def body(mail: Kept) -> str:
    """What a mail program shows: a link leads out of the frame in which it stands."""
    for part in mail.message.walk():
        if part.get_content_type() == "text/html":
            return _HEAD.sub(lambda head: head.group() + _TO_THE_TOP, str(part.get_content()), count=1)
    plain = mail.message.get_body(("plain",))
    words = _LINK.sub(
        lambda link: f'<a href="{link.group()}">{link.group()}</a>',
        html.escape(str(plain.get_content()) if plain else "", quote=False),
    )
    return (
        f'<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8">{_TO_THE_TOP}<title>Mail</title>'
        '<meta name="viewport" content="width=device-width"></head>'
        '<body style="font: 16px Arial, sans-serif; white-space: pre-wrap; overflow-wrap: anywhere">'
        f"{words}</body></html>"
    )
