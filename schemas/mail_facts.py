"""What the office says of a mail before it goes: it waits some days, or it is left out."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.facts import Fact
from schemas.words import Group, Role

ItemKey = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9_]+/[A-Za-z0-9._:@+#~-]+/\d{1,3}$", max_length=200),
    Field(examples=["session/2027-10-05/1"]),
]
"""Names one due item: its matter, window and step."""


class _OfMail(Fact):
    """Something about the mail of one due item, which the office alone decides."""

    item: ItemKey

    @property
    def tellers(self) -> tuple[Role, ...]:
        """The office."""
        return (Role.OFFICE,)


class MailHeld(_OfMail, group=Group.DECISIONS):
    """The mail of an item that would have gone on ``due_on`` goes on the morning of ``until``, if not answered by then.

    Told again, the last day named holds: one that has come lets it go at once.
    """

    kind: Literal["mail_held"] = "mail_held"
    due_on: date
    until: date


class MailSkipped(_OfMail, group=Group.DECISIONS):
    """The mail of an item is left out: it counts as carried out, and nobody is told."""

    kind: Literal["mail_skipped"] = "mail_skipped"


MailTold = MailHeld | MailSkipped
"""What engagements, cohorts and courses are told of their mail."""
