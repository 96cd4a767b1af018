"""The pages about people."""

from __future__ import annotations

from typing import Final

from gateway.workspace import people, person, person_access, person_changes, person_leave, person_messages

PEOPLE: Final = (
    people.pages, person.pages, person_changes.pages, person_leave.pages, person_access.pages, person_messages.pages,
)  # fmt: skip
"""The pages, each module's own."""
