"""What can be wrong with what is recorded. No message holds a name, an address or a note."""


class RecordsError(Exception):
    """Trying again will not help."""


class DifferentContent(RecordsError):
    """The event id was told before, with other content."""

    def __init__(self, event_id: str) -> None:
        super().__init__(f"event id {event_id} was told before, with other content")


class LedgerLost(RecordsError):
    """The ledger holds fewer facts of a subject than its workflow knows: the database is older than the workflow."""

    def __init__(self, subject: str, known: int, ledger: int) -> None:
        super().__init__(f"the ledger holds {ledger} facts of {subject}, its workflow knows {known}")


class NotAcceptable(RecordsError):
    """The rules refuse a fact that was accepted before it was to be recorded."""

    def __init__(self, event_id: str, reason: str) -> None:
        super().__init__(f"by what is recorded, {event_id} is not acceptable: {reason}")


class AddressTaken(RecordsError):
    """The address belongs to somebody else of the academy."""

    def __init__(self, person: str) -> None:
        super().__init__(f"the new address of {person} belongs to somebody else of the academy")


class DatabaseNewer(RecordsError):
    """The database was migrated by a newer version of the program."""

    def __init__(self, found: str, known: str) -> None:
        super().__init__(f"the database is at revision {found}, this program knows none after {known}")
