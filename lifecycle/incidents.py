"""What each kind of incident is called, what is said of it, what mends it, and whose turn that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from lifecycle.dates import clock_time, long_date
from lifecycle.description import Loss
from schemas.incidents import Finding, IncidentKind
from schemas.words import Role

_LONDON: Final = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidental:
    """All that belongs to one kind of incident.

    ``sentence`` may name ``{subject}``, ``{key}`` and the finding's facts; ``done`` has the words of each code of what
    the engine did. ``acts`` is the office or the operator. ``command`` is what an operator types; with the incident's
    number, where somebody has to close it (``closed_by_hand``): no look finds out that it is over.
    """

    label: str
    sentence: str
    remedy: str
    acts: Role
    loss: Loss
    done: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    command: str | None = None
    closed_by_hand: bool = False

    def typed(self, number: int) -> str | None:
        """The command for an incident of this number."""
        return f"{self.command} {number}" if self.closed_by_hand else self.command


INCIDENTS: Final[Mapping[IncidentKind, Incidental]] = {
    IncidentKind.NOT_RUNNING: Incidental(
        label="Nothing kept time for it",
        sentence="{subject} was no longer running in Temporal ({status}).",
        remedy="Find out who or what stopped it. If it keeps happening, call whoever runs Temporal.",
        acts=Role.OPERATOR,
        loss=Loss.TEAM,
        done={"restarted": "It was started again from the records."},
        command="mca reconcile",
    ),
    IncidentKind.MANY_NOT_RUNNING: Incidental(
        label="Nothing kept time for many at once",
        sentence="{number} teams, cohorts and courses were no longer running in Temporal.",
        remedy="Find out whether Temporal lost its data, or somebody ended them all.",
        acts=Role.OPERATOR,
        loss=Loss.TEAM,
        done={"restarted": "All were started again from the records."},
        command="mca reconcile",
    ),
    IncidentKind.BEHIND: Incidental(
        label="It had forgotten something",
        sentence="{subject} knew less than its records, as after a reset in Temporal.",
        remedy="Nothing, unless it keeps happening: then call whoever runs the engine.",
        acts=Role.OPERATOR,
        loss=Loss.TEAM,
        done={"caught_up": "It has taken up everything from the records."},
        command="mca reconcile",
    ),
    IncidentKind.STUCK: Incidental(
        label="It is stuck",
        sentence="{subject} is stuck: what was due on {due} has not happened ({reason}, attempt {attempts}).",
        remedy="Look at its workflow in the Temporal UI and at the worker's log, mend the cause, then run the command.",
        acts=Role.OPERATOR,
        loss=Loss.TEAM,
        command="mca reconcile",
    ),
    IncidentKind.OPENING_FAILED: Incidental(
        label="It could not begin",
        sentence="A start of {subject} failed: {reason}.",
        remedy="Correct what is wrong in it, and start it again under the same id. If it was never meant, close this.",
        acts=Role.OPERATOR,
        loss=Loss.TEAM,
        command="mca incident close",
        closed_by_hand=True,
    ),
    IncidentKind.SCHEDULE_MISSING: Incidental(
        label="A schedule didn't run",
        sentence="The schedule {key} was {status} in Temporal.",
        remedy="Find out who did that. To open no more Introduction courses, run mca intro-course regular --off.",
        acts=Role.OPERATOR,
        loss=Loss.RECORD,
        done={"made_again": "It was made again, and runs."},
        command="mca reconcile",
    ),
    IncidentKind.WEEKLY_MAIL_MISSING: Incidental(
        label="Nothing sent the weekly emails",
        sentence="The weekly emails of {subject} were no longer looked after in Temporal.",
        remedy="Find out who or what stopped it.",
        acts=Role.OPERATOR,
        loss=Loss.RECORD,
        done={"restarted": "It was started again."},
        command="mca reconcile",
    ),
    IncidentKind.RECORDS_RESTORED: Incidental(
        label="Records were taken from a running workflow",
        sentence="The database had lost {facts} updates and {items} finished tasks of {subject}.",
        remedy="Nothing: they were still known to Temporal.",
        acts=Role.OPERATOR,
        loss=Loss.RECORD,
        done={"recorded_again": "They were recorded again; nobody is asked or emailed twice."},
    ),
    IncidentKind.RECORDS_LOST: Incidental(
        label="The database is older than Temporal",
        sentence=(
            "The database was restored to how it was on {from}. What was recorded between then and {to} came back "
            "only where Temporal still knew it."
        ),
        remedy=(
            "Ask the offices what they changed between those times, above all names, addresses and notes, "
            "and enter it again. Then close this."
        ),
        acts=Role.OPERATOR,
        loss=Loss.RECORD,
        done={"compared": "Every running workflow was compared with its records."},
        command="mca incident close",
        closed_by_hand=True,
    ),
    IncidentKind.OFFICE_UNREACHABLE: Incidental(
        label="Emails to a programme office don't arrive",
        sentence="Emails to the programme office of {subject} have been failing since {since}.",
        remedy="Find out the right address of the office, and change it: mca academy office.",
        acts=Role.OFFICE,
        loss=Loss.DECISION,
        command="mca academy office",
    ),
    IncidentKind.OFFICE_AWAY: Incidental(
        label="Everybody in a programme office is on leave",
        sentence="Everybody who works in the programme office of {subject} is on leave until {until}.",
        remedy="Decide who reads the office's emails until then. If somebody else does, add them: mca academy members.",
        acts=Role.OFFICE,
        loss=Loss.DECISION,
        command="mca academy members",
    ),
    IncidentKind.HOLIDAYS_END: Incidental(
        label="A bank-holiday table runs out",
        sentence="The bank-holiday table {key}, which {subject} counts by, is official only until {until}.",
        remedy="Install the newest release, then move the academy to its newest table: mca academy revise.",
        acts=Role.OPERATOR,
        loss=Loss.LATER,
        command="mca academy revise",
    ),
    IncidentKind.EFFECT_REFUSED: Incidental(
        label="An update wasn't taken elsewhere",
        sentence="{subject} has an update for {peer} ({fact}) that {peer} can't take: {refusal}.",
        remedy="Look at what is recorded for both, and correct what is wrong in either. We try again each morning.",
        acts=Role.OFFICE,
        loss=Loss.RECORD,
    ),
    IncidentKind.EFFECT_UNREACHED: Incidental(
        label="An update hasn't arrived elsewhere",
        sentence="{subject} has an update for {peer} ({fact}), but {peer} hasn't answered since {since}.",
        remedy="Look at its workflow in the Temporal UI and at the worker's log. It is tried again by itself.",
        acts=Role.OPERATOR,
        loss=Loss.TEAM,
    ),
    IncidentKind.OFFER_REFUSED: Incidental(
        label="A free place couldn't be offered",
        sentence="A place on {subject} is free, but couldn't be offered to the booking {key}: {refusal}.",
        remedy="Call the next on the waiting list yourself, and tell whoever runs the engine. Then close this.",
        acts=Role.OFFICE,
        loss=Loss.RECORD,
        command="mca incident close",
        closed_by_hand=True,
    ),
    IncidentKind.START_REFUSED: Incidental(
        label="A record was left out at the start",
        sentence="When {subject} was set up, one record ({fact}, {key}) couldn't be taken: {refusal}.",
        remedy="Record it again in a way that fits, or leave it out. Then close this.",
        acts=Role.OFFICE,
        loss=Loss.TEAM,
        command="mca incident close",
        closed_by_hand=True,
    ),
    IncidentKind.UNACCOUNTED: Incidental(
        label="Not everything that was due has happened",
        sentence=(
            "Not everything that was due by {until} has happened: {overdue} of {expected} missing "
            "({key}; first of all {subjects})."
        ),
        remedy="Look whether workers, Temporal and the mail server run. Mend what does not, then run the command.",
        acts=Role.OPERATOR,
        loss=Loss.TEAM,
        command="mca reconcile",
    ),
}
"""Each kind of incident, described once."""


def in_words(finding: Finding) -> tuple[str, ...]:
    """What was found, and what was done about it, as sentences. Moments are London's."""
    description = INCIDENTS[finding.kind]
    known = {name: _read(value) for name, value in finding.facts.items()}
    found = description.sentence.format_map(_Said(known | {"subject": finding.subject, "key": finding.key}))
    return (found, description.done[finding.done]) if finding.done else (found,)


class _Said(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "unknown"


def _read(value: str) -> str:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    if at.tzinfo is None:
        return value
    local = at.astimezone(_LONDON)
    return f"{long_date(local.date())} at {clock_time(local.time())}"
