"""What can be wrong with what is recorded. No message holds a name, an address or a note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

_NAMED: Final = 3
"""How many parts of a schema a message names."""


class RecordsError(Exception):
    """Trying again will not help."""


class DifferentContent(RecordsError):
    """The event id was told before, with other content."""

    def __init__(self, event_id: str) -> None:
        super().__init__(f"event id {event_id} was told before, with other content")
        self.event_id = event_id


class LedgerLost(RecordsError):
    """The ledger holds fewer facts of a subject than its workflow knows: the database is older than the workflow."""

    def __init__(self, subject: str, known: int, ledger: int) -> None:
        super().__init__(f"the ledger holds {ledger} facts of {subject}, its workflow knows {known}")


class NotAcceptable(RecordsError):
    """The rules refuse a fact that was accepted before it was to be recorded."""

    def __init__(self, event_id: str, reason: str) -> None:
        super().__init__(f"by what is recorded, {event_id} is not acceptable: {reason}")
        self.event_id, self.reason = event_id, reason


class Overtaken(Exception):
    """Somebody else wrote of the subject in between: try again."""

    def __init__(self, subject: str) -> None:
        super().__init__(f"{subject} was written by somebody else in between")


class AddressTaken(RecordsError):
    """The address is an office's, or, for an office, a person's: an office is a mailbox of its own."""

    def __init__(self, person: str) -> None:
        super().__init__(f"the new address of {person} is one that an office cannot share with a person")


class NamedOtherwise(RecordsError):
    """Known addresses with other names: whether these are the same people is for whoever hands them in to say."""

    def __init__(self, questions: Sequence[Any]) -> None:
        super().__init__(f"{len(questions)} known addresses are given with another name")
        self.questions = questions


class NameTaken(RecordsError):
    """The name belongs to another team of the academy."""

    def __init__(self, microsystem: str) -> None:
        super().__init__(f"the name for {microsystem} belongs to another team of the academy")


class AddressUnreadable(RecordsError):
    """The database's address cannot be read. It is not quoted: it may hold a password."""

    def __init__(self) -> None:
        super().__init__(
            "the address of the database cannot be read; write postgresql://user:password@host:5432/database, with "
            "characters such as @ / : # ? % in the password as %40 %2F %3A %23 %3F %25"
        )


class SchemaUnfit(RecordsError):
    """The database's schema is not the one this program works with. The message says what to do."""


class SchemaMissing(SchemaUnfit):
    """Nobody has migrated the database."""

    def __init__(self) -> None:
        super().__init__("the database has no tables yet; make them with mca migrate, then run this again")


class SchemaOlder(SchemaUnfit):
    """A newer program must migrate the database first."""

    def __init__(self, found: str, known: str) -> None:
        super().__init__(
            f"the database is at revision {found}, this program needs {known}; back the database up, run mca migrate, "
            "then run this again"
        )


class SchemaNewer(SchemaUnfit):
    """The database was migrated by a newer version of the program."""

    def __init__(self, found: str, known: str) -> None:
        super().__init__(
            f"the database is at revision {found}, this program knows none after {known}; install the release that "
            "migrated it, then run this again"
        )


class SchemaOther(SchemaUnfit):
    """The database has a revision of this number, but it was made from other statements."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"the database's revision {found} was made by another build of this program; use that build, or give this "
            "one a new database with mca migrate, then run this again"
        )


class SchemaDamaged(SchemaUnfit):
    """Something that the migrations made is gone, or has another type."""

    def __init__(self, gone: Sequence[str]) -> None:
        further = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
        super().__init__(
            f"the database lacks what its migrations made: {', '.join(gone[:_NAMED])}{further}; undo what was changed "
            "by hand, or restore a backup, then run this again"
        )
