"""Why a mail could not be delivered, in words: the code that is kept, and what it says to somebody who mends it."""

from __future__ import annotations

from typing import Final

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
    "bounced_5.2.3": "it came back: it's too big for the mailbox",
    "bounced_5.3": "it came back: their mail system doesn't accept it",
    "bounced_5.4": "it came back: the address can't be reached",
    "bounced_4": "it came back: it couldn't be delivered for several days",
    "bounced": "it came back",
    "smtp": "the mail server refused the address",
}
"""By a code or its beginning; what stands most particularly holds. RFC 3463 has those of mail that came back."""


def in_words(failure: str) -> str:
    """A failure with its words: ``bounced_5.1.1 (it came back: there is no such address)``."""
    return f"{failure} ({said})" if (said := words_of(failure)) else failure


def words_of(failure: str) -> str:
    """What a failure says to who reads no codes; empty for one without words."""
    known = failure
    while known and known not in _WORDS:
        known = known[: max(known.rfind("."), known.rfind("_"), 0)]
    return _WORDS.get(known, "")
