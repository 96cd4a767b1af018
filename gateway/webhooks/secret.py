"""The secrets that messages are signed with."""

from __future__ import annotations

import secrets
from base64 import b64encode
from datetime import timedelta
from typing import Final

BOTH_FOR: Final = timedelta(days=1)
"""After a rotation the secret before signs too for as long as this."""

_PREFIX: Final = "whsec_"
_BYTES: Final = 32


def new_secret() -> str:
    """A random secret, as Standard Webhooks writes it."""
    return f"{_PREFIX}{b64encode(secrets.token_bytes(_BYTES)).decode()}"
