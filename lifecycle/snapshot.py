"""All that the records show of a subject at a moment: its own rows, what is due of it, and what it waits for."""

from __future__ import annotations

from lifecycle.gathering import Subject
from lifecycle.mailing import mails
from lifecycle.worklist import open_questions
from schemas.due import DueItem
from schemas.rows import Row, Rows, by_key


def snapshot(name: str, subject: Subject, upcoming: list[DueItem]) -> Rows:
    """Every row, by table and key. ``upcoming`` is the next item of each matter."""
    found: tuple[Row, ...] = (*open_questions(subject), *mails(subject))
    return subject.book.rows(name, subject.state, upcoming) | by_key(found)
