"""Why a mail could not be delivered, in words: the code that is kept, whose fault that is, and what mends it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """Whose fault it is that a mail was not delivered for good."""

    ADDRESS = "address"
    """Nobody is reached under it, or not any more."""
    THEIRS = "theirs"
    """It is right, and whoever runs the mailbox does not let the mail in."""
    OURS = "ours"
    """Our mail is not accepted for how it is sent or written, whomever it is for."""


REFUSED: Final = "refused_"
"""A failure that begins so was our own fault."""
_CAME_BACK: Final = "bounced"

_RESTRICTED: Final = "it came back: the mailbox doesn't accept email from outside its organisation"
_TOO_BIG: Final = "it came back: it's too big for the mailbox"
_WORDS: Final = {
    "no_deputy": "the academy has no deputy, and the service has no operator",
    "no_address": "their details were erased, or lost in a restore",
    "malformed_address": "the address isn't written correctly",
    "address_not_supported": "the mail server cannot write to such an address",
    "given_up": "the mail server accepted nothing for days",
    "bounced_5.1": "it came back: there is no such address",
    "bounced_5.1.6": "it came back: the mailbox has moved",
    "bounced_5.2": "it came back: the mailbox isn't accepting email",
    "bounced_5.2.2": "it came back: the mailbox is full",
    "bounced_5.2.3": _TOO_BIG,
    "bounced_5.3": "it came back: their mail system doesn't accept it",
    "bounced_5.3.4": _TOO_BIG,
    "bounced_5.4": "it came back: the address can't be reached",
    "bounced_5.7": _RESTRICTED,
    "bounced_5.7.13": "it came back: the mailbox is closed",
    "bounced_5.7.17": "it came back: the mailbox belongs to somebody else now",
    "bounced_5.7.18": "it came back: the address belongs to somebody else now",
    "bounced_4": "it came back: it couldn't be delivered for several days",
    "bounced": "it came back",
    "refused": "their mail server refused it because of how our email is sent",
    "refused_5.6": "their mail server refused it because of what is in it",
    "smtp": "the mail server refused the address",
}
"""By a code or its beginning; what stands most particularly holds. RFC 3463 has those of mail that came back."""

_FAULTS: Final = {
    # The sender's address and system (RFC 3463, 7505).
    "1.7": Fault.OURS,
    "1.8": Fault.OURS,
    "1.9": Fault.THEIRS,
    "2": Fault.THEIRS,
    "2.1": Fault.ADDRESS,
    "3": Fault.THEIRS,
    "4": Fault.THEIRS,
    # Exchange Online, for an address that is not in the directory.
    "4.1": Fault.ADDRESS,
    "4.4": Fault.ADDRESS,
    "5": Fault.THEIRS,
    "6": Fault.OURS,
    # The recipient's mail system has no mailbox for characters such as ours (RFC 6531).
    "6.7": Fault.THEIRS,
    "7": Fault.OURS,
    # A list or a mailbox that takes mail from its own people only (RFC 3463, RFC 7372 aside; Exchange's own codes).
    "7.2": Fault.THEIRS,
    "7.12": Fault.THEIRS,
    "7.120": Fault.THEIRS,
    "7.121": Fault.THEIRS,
    "7.122": Fault.THEIRS,
    "7.123": Fault.THEIRS,
    "7.124": Fault.THEIRS,
    "7.125": Fault.THEIRS,
    "7.129": Fault.THEIRS,
    "7.13": Fault.ADDRESS,
    "7.133": Fault.THEIRS,
    "7.134": Fault.THEIRS,
    "7.135": Fault.THEIRS,
    "7.136": Fault.THEIRS,
    "7.137": Fault.THEIRS,
    "7.17": Fault.ADDRESS,
    "7.18": Fault.ADDRESS,
}
"""By subject and detail of an enhanced code, or by the subject alone; without either it is the address."""

_NOT_FOR_OUTSIDERS: Final = re.compile(r"RESOLVER\.RST\.", re.IGNORECASE)
"""Exchange's word for a restricted recipient, whatever code it stands beside."""

_REMEDIES: Final = {
    Fault.ADDRESS: "Find out the right address. The next notice goes there once it is mended.",
    Fault.THEIRS: "Ask them, or their IT, to let email from the programme in, or for another address.",
    Fault.OURS: "Contact whoever looks after the service.",
}
_FULL: Final = "Ask them to make room in their mailbox, or for another address."


def fault_of(status: str, diagnosis: str = "") -> Fault:
    """Whose fault a final failure is, by its enhanced code (``5.7.133``) and the server's words beside it."""
    _, _, particular = status.partition(".")
    general = particular.partition(".")[0]
    found = _FAULTS.get(particular, _FAULTS.get(general, Fault.ADDRESS))
    return Fault.THEIRS if found is Fault.OURS and _NOT_FOR_OUTSIDERS.search(diagnosis) else found


def came_back_as(status: str, fault: Fault) -> str:
    """The failure that is kept of a mail that came back; without a code where the server gave none."""
    kept = REFUSED.rstrip("_") if fault is Fault.OURS else _CAME_BACK
    return f"{kept}_{status}" if status else kept


def remedy_of(failure: str) -> str:
    """What mends a failure."""
    code, _, status = failure.partition("_")
    if code == _CAME_BACK and status:
        # What was kept as theirs stays theirs, whatever the code alone would say.
        fault = fault_of(status)
        return _FULL if status.endswith(".2.2") else _REMEDIES[Fault.THEIRS if fault is Fault.OURS else fault]
    return _REMEDIES[Fault.OURS if failure.startswith(REFUSED) else Fault.ADDRESS]


def in_words(failure: str) -> str:
    """A failure with its words: ``bounced_5.1.1 (it came back: there is no such address)``."""
    return f"{failure} ({said})" if (said := words_of(failure)) else failure


def words_of(failure: str) -> str:
    """What a failure says to who reads no codes; empty for one without words."""
    known = failure
    while known and known not in _WORDS:
        known = known[: max(known.rfind("."), known.rfind("_"), 0)]
    return _WORDS.get(known, "")
