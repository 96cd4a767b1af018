"""The signatures workflows call the activities by. Imports no database, no mail, nothing that does the work."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from schemas.cohort_facts import Coaching, Team
from schemas.corrections import AnyFact
from schemas.incidents import Finding
from schemas.inputs import CourseOpening
from schemas.moments import Moment
from schemas.recording import Ledger, Load, Recorded, RecordFact, Restore, Restored
from schemas.words import Code, CohortId, EnrolmentId, EventId, Said


class Activity(StrEnum):
    """The activities, by the names that stand in histories. A name never changes its meaning."""

    RECORD = "record"
    CARRY_OUT = "carry_out"
    DELIVER = "deliver"
    LOAD = "load"
    RESTORE = "restore"
    START_INTRO_COURSES = "start_intro_courses"
    READ_COACHING = "read_coaching"
    SEND_DIGESTS = "send_digests"
    SEND_INVITATIONS = "send_invitations"
    TELL_PEERS = "tell_peers"
    REPORT = "report"
    RECONCILE = "reconcile"
    TAKE_OVER = "take_over"
    LET_GO = "let_go"


class CarryOut(Said):
    """Do what is due: note the items as done, issue their notices, write what changed; then send.

    ``at`` is the workflow's clock, ``known`` how many facts it held, ``items`` are the items' keys.
    """

    subject: Code
    at: Moment
    known: int
    items: tuple[str, ...]


class CarriedOut(Said):
    """``waiting``: notices that a temporary failure kept back, each with the key of its due item.

    ``undeliverable`` counts addresses that are wrong for good. ``ledger`` is how many facts the ledger then held.
    """

    waiting: dict[Code, str] = Field(default_factory=dict)
    undeliverable: int = 0
    ledger: int = 0


class Deliver(Said):
    """Try again to send notices that a temporary failure kept back; retried for days.

    ``withdrawn`` are those that nobody needs any more: they are settled so and not sent. ``given_up``: they were
    needed, but have waited too long.
    """

    subject: Code
    notices: tuple[Code, ...]
    at: Moment
    withdrawn: tuple[Code, ...] = ()
    given_up: bool = False


class StartIntroCourses(Said):
    """Start the Introduction courses that can be booked; one that runs already is left as it is."""

    openings: tuple[CourseOpening, ...]


class ReadCoaching(Said):
    """Read from the records how the coaches of a cohort coach."""

    cohort: CohortId
    enrolments: tuple[EnrolmentId, ...]


class CoachingRead(Said):
    """The answer, in the order asked."""

    coaching: tuple[Coaching, ...]


class TellPeers(Said):
    """Tell others what they should hold because of a subject, by its clock ``at``."""

    subject: Code
    at: Moment


class PeersTold(Said):
    """How many were told, refused it, or did not answer in time."""

    told: int = 0
    refused: int = 0
    late: int = 0


class Report(Said):
    """Keep what a workflow found wrong, for people to look into."""

    finding: Finding
    at: Moment


class SendDigests(Said):
    """Send everybody of an academy their weekly mail, if it is time and there is something to say.

    ``at`` is the workflow's clock. ``late``: the mails of this week go late, after an outage, and say what fell due
    until now.
    """

    academy: Code
    at: Moment
    late: bool = False


class DigestsSent(Said):
    """How many mails went, and what became of the notices that had waited.

    ``failed``: mails whose address is wrong for good. ``waiting``: mails that a temporary failure kept back.
    ``again_at``: when something that was kept may go; None while nothing waits.
    """

    mails: int = 0
    failed: int = 0
    waiting: int = 0
    withheld: int = 0
    withdrawn: int = 0
    kept: int = 0
    again_at: Moment | None = None


class SendInvitations(Said):
    """Tell everybody's calendar in an academy what it was not told yet. ``at`` is the workflow's clock."""

    academy: Code
    at: Moment


class InvitationsSent(Said):
    """How many messages the mail server took. ``failed``: a temporary failure kept some back."""

    messages: int = 0
    failed: bool = False


class Reconcile(Said):
    """Compare the records with the running workflows, at ``at``, and mend what differs.

    ``last`` is when Temporal remembers that this was done before: records that do not are older.
    """

    at: Moment
    last: Moment | None = None


class LetGo(Said):
    """Delete, blank or erase what every academy keeps no longer, at ``at``."""

    at: Moment


class Gone(Said):
    """How many records went, and how many people could not be erased."""

    gone: int = 0
    failed: int = 0


class Reconciled(Said):
    """How many subjects keep time, and how many findings there were."""

    subjects: int = 0
    findings: int = 0


__all__ = [
    "Activity",
    "AnyFact",
    "CarriedOut",
    "CarryOut",
    "CoachingRead",
    "Deliver",
    "DigestsSent",
    "EventId",
    "Gone",
    "InvitationsSent",
    "Ledger",
    "LetGo",
    "Load",
    "PeersTold",
    "ReadCoaching",
    "Reconcile",
    "Reconciled",
    "RecordFact",
    "Recorded",
    "Report",
    "Restore",
    "Restored",
    "SendDigests",
    "SendInvitations",
    "StartIntroCourses",
    "Team",
    "TellPeers",
]
