"""The pages about people."""

from __future__ import annotations

from typing import Final

from gateway.workspace.person import (
    access,
    changes,
    erasing,
    export,
    leave,
    leavers,
    merging,
    messages,
    now,
    roles,
    search,
)

PEOPLE: Final = (
    # Before the pages of one person, whose address this could be.
    leavers.pages, search.pages, now.pages, changes.pages, leave.pages, access.pages, messages.pages,
    export.pages, roles.pages, erasing.pages, merging.pages,
)  # fmt: skip
"""The pages, each module's own."""
