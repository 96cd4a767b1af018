"""What the Temporal UI says of a workflow under *Details*: what it is, how to read its page, and what to leave alone.

Ids and general words only. Where it stands and what comes next, the workflow says itself, under *Current details*.
"""

from __future__ import annotations

from typing import Final

from schemas.subjects import AnyKind

_READING: Final = """\
**How to read this page.** *Current details* above say where it stands, whose turn it is, what comes next and why. In
the history, an update is something that was recorded; a timer bears the name of what it waits for; an activity writes
the records, or sends what is due. A workflow that sleeps for weeks is well.

**Before you act.** Don't terminate, cancel or reset it to stop emails: record a pause or an end on its page. What ends
here without that is started again from the records within five minutes, and reported as an incident."""


def of_subject(kind: AnyKind, subject: str) -> str:
    """Of a subject's workflow. A run that continues another has none: its current details name the page."""
    return f"**What this is.** {kind.about}\n\n{page_of(kind, subject)}\n\n{_READING}"


def page_of(kind: AnyKind, subject: str) -> str:
    """Where the workspace has a subject's page."""
    return f"**Its page in the workspace:** `{kind.page.format(subject=subject)}`"


def of_helper(what: str) -> str:
    """Of a workflow that serves many subjects."""
    return f"**What this is.** {what}\n\nIt holds nothing of its own: what it needs, it reads in the records."
