"""The pages about the keys of other services: for whoever runs the installation."""

from __future__ import annotations

from typing import Final

from gateway.workspace.keys import changing, listing, making

# Before the pages of one key, whose address could be this one.
KEYS: Final = (listing.pages, making.pages, changing.pages)
"""The pages, each module's own."""
