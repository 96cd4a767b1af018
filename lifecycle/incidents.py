"""What each kind of incident is called, what is said of it, what mends it, and whose turn that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from lifecycle.dates import Clock, clock_of, long_date
from lifecycle.description import Loss
from schemas.incidents import ENGINE, Finding, IncidentKind
from schemas.words import Role


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
        label="Stopped running",
        sentence="{subject} was no longer running in Temporal ({status}).",
        remedy="Find out who or what stopped it. If it keeps happening, contact whoever runs Temporal.",
        acts=Role.OPERATOR,
        loss=Loss.TEAM,
        done={"restarted": "It was started again from the records."},
        command="mca reconcile",
    ),
    IncidentKind.MANY_NOT_RUNNING: Incidental(
        label="Many stopped running at once",
        sentence="{number} teams, cohorts and courses were no longer running in Temporal.",
        remedy="Find out whether Temporal lost its data, or whether somebody stopped them all.",
        acts=Role.OPERATOR,
        loss=Loss.TEAM,
        done={"restarted": "All were started again from the records."},
    ),
    IncidentKind.ID_TAKEN: Incidental(
        label="Its workflow id is taken",
        sentence=(
            "{subject} isn't running: another workflow ({type}, task queue {queue}) is using its workflow id in "
            "Temporal, {workflow}."
        ),
        remedy=(
            "If MCA_TASK_QUEUE was changed, or another installation shares this namespace, put that right. If not, "
            "terminate that workflow in Temporal."
        ),
        acts=Role.OPERATOR,
        loss=Loss.TEAM,
        command="mca reconcile",
    ),
    IncidentKind.PAUSED: Incidental(
        label="Paused in Temporal",
        sentence="Somebody paused {workflow} in Temporal, so nothing falls due for {subject}.",
        remedy="Unpause it there (temporal workflow unpause). To pause a team, record the pause instead.",
        acts=Role.OPERATOR,
        loss=Loss.TEAM,
    ),
    IncidentKind.BEHIND: Incidental(
        label="Had fallen behind its records",
        sentence="The workflow of {subject} was missing some of its records, as happens after a reset in Temporal.",
        remedy="Nothing, unless it keeps happening: then find out who resets workflows in Temporal.",
        acts=Role.OPERATOR,
        loss=Loss.TEAM,
        done={"caught_up": "It has caught up."},
        command="mca reconcile",
    ),
    IncidentKind.STUCK: Incidental(
        label="Stuck",
        sentence="{subject} is stuck: what was due on {due} hasn't happened ({reason}, attempt {attempts}).",
        remedy="Look at its workflow in the Temporal UI and at the worker's log, and fix the cause.",
        acts=Role.OPERATOR,
        loss=Loss.TEAM,
        command="mca reconcile",
    ),
    IncidentKind.OPENING_FAILED: Incidental(
        label="Couldn't be started",
        sentence="Somebody tried to start {subject} in Temporal, but it failed at once: {reason} (run {run}).",
        remedy="Correct it and start it again with the same id. If it was a mistake, there's nothing to correct.",
        acts=Role.OPERATOR,
        loss=Loss.TEAM,
        command="mca incident close",
        closed_by_hand=True,
    ),
    IncidentKind.WORKFLOW_UNKNOWN: Incidental(
        label="Nothing runs it",
        sentence=(
            "Somebody started {type} in Temporal on this engine's task queue, but no worker knows that type of "
            "workflow, so nothing happens (running: {number}; the first is run {run})."
        ),
        remedy=(
            "If a newer version knows it, deploy that. If not, start it again with the right type or task queue, and "
            "terminate what runs in Temporal."
        ),
        acts=Role.OPERATOR,
        loss=Loss.RECORD,
        command="mca reconcile",
    ),
    IncidentKind.SCHEDULE_MISSING: Incidental(
        label="A schedule didn't run",
        sentence="The schedule {key} was {status} in Temporal.",
        remedy="Find out who did that. To stop opening Introduction courses: mca intro-course regular --off.",
        acts=Role.OPERATOR,
        loss=Loss.RECORD,
        done={"made_again": "It was created again, and is running."},
        command="mca reconcile",
    ),
    IncidentKind.COURSES_NOT_OPENED: Incidental(
        label="Introduction courses couldn't be opened",
        sentence="The last check for Introduction courses to open at {subject} {status}.",
        remedy="Look at its run in the Temporal UI and correct the cause. It checks again on the next working morning.",
        acts=Role.OPERATOR,
        loss=Loss.RECORD,
    ),
    IncidentKind.WEEKLY_MAIL_MISSING: Incidental(
        label="Weekly emails had stopped",
        sentence="The workflow that sends the weekly emails at {subject} was no longer running in Temporal.",
        remedy="Find out who or what stopped it.",
        acts=Role.OPERATOR,
        loss=Loss.RECORD,
        done={"restarted": "It was started again."},
        command="mca reconcile",
    ),
    IncidentKind.RECORDS_RESTORED: Incidental(
        label="Lost records were put back",
        sentence="The database had lost {facts} updates and {items} finished tasks of {subject}.",
        remedy="Nothing: Temporal still had them.",
        acts=Role.OPERATOR,
        loss=Loss.RECORD,
        done={"recorded_again": "They were recorded again. Nobody will be asked or emailed twice."},
    ),
    IncidentKind.RECORDS_LOST: Incidental(
        label="Some records may be lost",
        sentence=(
            "The database went back to how it was on {from}. Of what was recorded between then and {to}, we could "
            "only recover what Temporal still had."
        ),
        remedy=(
            "Give names to the people and teams that mca person lost shows. Ask the programme offices what else they "
            "changed between those times, especially addresses, notes and who was erased, and record it again."
        ),
        acts=Role.OPERATOR,
        loss=Loss.RECORD,
        done={"compared": "Every running workflow was compared with its records."},
        command="mca incident close",
        closed_by_hand=True,
    ),
    IncidentKind.ERASURE_UNDONE: Incidental(
        label="An erased person is back",
        sentence="{key} was erased, and the restored database has their name and address again.",
        remedy="Find their address with mca person show, erase them again with mca person erase, and close this.",
        acts=Role.OPERATOR,
        loss=Loss.RECORD,
        command="mca incident close",
        closed_by_hand=True,
    ),
    IncidentKind.OFFICE_UNREACHABLE: Incidental(
        label="Emails to the programme office aren't arriving",
        sentence="Emails to the programme office at {subject} have been failing since {since}.",
        remedy="Find out the office's right address, and ask whoever looks after the service to change it.",
        acts=Role.OFFICE,
        loss=Loss.DECISION,
        command="mca academy office",
    ),
    IncidentKind.OFFICE_AWAY: Incidental(
        label="Everyone in the programme office is on leave",
        sentence="Everyone who works in the programme office at {subject} is on leave until {until}.",
        remedy=(
            "Decide who will read the office's emails until then. If it's somebody new, ask whoever looks after the "
            "service to add them to the office."
        ),
        acts=Role.OFFICE,
        loss=Loss.DECISION,
        command="mca academy members",
    ),
    IncidentKind.NO_DEPUTY: Incidental(
        label="The programme office has no deputy",
        sentence="An answer from the programme office at {subject} is long overdue, and it has no deputy to tell.",
        remedy=(
            "Choose a deputy, and ask whoever looks after the service to name them. Overdue tasks are on the worklist."
        ),
        acts=Role.OFFICE,
        loss=Loss.DECISION,
        command="mca academy deputy",
    ),
    IncidentKind.HOLIDAYS_END: Incidental(
        label="A bank-holiday table is running out",
        sentence="The bank-holiday table {key}, which {subject} uses, is only official until {until}.",
        remedy="Install the latest release, then move the academy to its latest table.",
        acts=Role.OPERATOR,
        loss=Loss.LATER,
        command="mca academy revise",
    ),
    IncidentKind.KEY_ENDS: Incidental(
        label="An API key is about to end",
        sentence="The API key {key} stops working on {until}.",
        remedy="Give it a new secret, and hand that to whoever runs the service. If nobody uses it, revoke it.",
        acts=Role.OPERATOR,
        loss=Loss.LATER,
        command="mca key rotate",
    ),
    IncidentKind.EFFECT_REFUSED: Incidental(
        label="An update couldn't be passed on",
        sentence="An update from {subject} ({fact}) couldn't be recorded for {peer} (refused as: {refusal}).",
        remedy="Check what's recorded for both, and correct whichever is wrong. We'll keep trying.",
        acts=Role.OFFICE,
        loss=Loss.RECORD,
    ),
    IncidentKind.EFFECT_UNREACHED: Incidental(
        label="An update hasn't got through",
        sentence="{peer} hasn't answered since {since}, so an update from {subject} ({fact}) hasn't got through.",
        remedy="Look at its workflow in the Temporal UI, and at the worker's log. We'll keep trying.",
        acts=Role.OPERATOR,
        loss=Loss.TEAM,
    ),
    IncidentKind.OFFER_REFUSED: Incidental(
        label="A free place couldn't be offered",
        sentence="A place on {subject} is free, but we couldn't offer it to booking {key} (refused as: {refusal}).",
        remedy="Contact the next person on the waiting list yourself, then tell whoever looks after the service.",
        acts=Role.OFFICE,
        loss=Loss.RECORD,
        command="mca incident close",
        closed_by_hand=True,
    ),
    IncidentKind.SIGNAL_UNKNOWN: Incidental(
        label="A program sent something we couldn't use",
        sentence="A program sent {subject} a signal ({key}). We take no signals, so nothing was recorded.",
        remedy="Tell whoever runs the program: it should send the update tell, which says what became of it.",
        acts=Role.OPERATOR,
        loss=Loss.RECORD,
        command="mca incident close",
        closed_by_hand=True,
    ),
    IncidentKind.LEAVER_STAYS: Incidental(
        label="Somebody who has left still has roles",
        sentence="{key} has left {subject}, but we couldn't vacate these roles: {roles}.",
        remedy=(
            "Ask whoever looks after the service to hand these roles on to somebody else, or to find out why they "
            "can't be vacated. We'll keep trying."
        ),
        acts=Role.OFFICE,
        loss=Loss.TEAM,
        command="mca person vacate",
    ),
    IncidentKind.START_REFUSED: Incidental(
        label="A record was left out at the start",
        sentence="When {subject} was set up, we left out one record, {key} ({fact}, refused as: {refusal}).",
        remedy="Correct it and record it again, or leave it out. Then tell whoever looks after the service.",
        acts=Role.OFFICE,
        loss=Loss.TEAM,
        command="mca incident close",
        closed_by_hand=True,
    ),
    IncidentKind.MAIL_REFUSED: Incidental(
        label="Our emails are being refused",
        sentence="A mail server refused an email of {subject} because of how it was sent ({key}), last on {latest}.",
        remedy=(
            "Check SPF, DKIM and DMARC of the address that emails come from, and whether the mail server's own address "
            "is on a block list. Then close this."
        ),
        acts=Role.OPERATOR,
        loss=Loss.RECORD,
        command="mca incident close",
        closed_by_hand=True,
    ),
    IncidentKind.MAIL_UNCLEAR: Incidental(
        label="An email may not have arrived",
        sentence="A mail server wrote to us about an email of {subject} on {latest}. We couldn't tell what it said.",
        remedy=(
            "Read what arrived around then in the mailbox that emails come from. If somebody's address is wrong, "
            "correct it. Then tell whoever looks after the service."
        ),
        acts=Role.OFFICE,
        loss=Loss.RECORD,
        command="mca incident close",
        closed_by_hand=True,
    ),
    IncidentKind.MAIL_UNTRACED: Incidental(
        label="An email came back, and we don't know which",
        sentence="On {latest} an email came back that doesn't say which of ours it was.",
        remedy="Read what arrived around then in the mailbox that emails come from, and correct the address.",
        acts=Role.OPERATOR,
        loss=Loss.RECORD,
        command="mca incident close",
        closed_by_hand=True,
    ),
    IncidentKind.KEPT_TOO_LONG: Incidental(
        label="Somebody is kept longer than the academy said",
        sentence="Erasing went wrong for {number} of those whom {subject} has kept long enough, last on {latest}.",
        remedy="Erase them on their pages: what hinders it is said there. It is tried again every night.",
        acts=Role.OFFICE,
        loss=Loss.RECORD,
    ),
    IncidentKind.UNACCOUNTED: Incidental(
        label="Some things that were due haven't happened",
        sentence="Due by {until} ({key}): {expected}. Not done: {overdue}, including {subjects}.",
        remedy="Check that workers, Temporal and the mail server are running, and fix whatever isn't.",
        acts=Role.OPERATOR,
        loss=Loss.TEAM,
        command="mca reconcile",
    ),
}
"""Each kind of incident, described once."""


def in_words(finding: Finding, zone: str) -> tuple[str, ...]:
    """What was found, and what was done about it, as sentences. Moments are said by the clocks of the zone."""
    description = INCIDENTS[finding.kind]
    known = {name: _read(value, clock_of(zone)) for name, value in finding.facts.items()}
    about = "something with an unknown id" if finding.subject == ENGINE else finding.subject
    found = description.sentence.format_map(_Said(known | {"subject": about, "key": finding.key}))
    return (found, description.done[finding.done]) if finding.done else (found,)


class _Said(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "unknown"


def _read(value: str, clock: Clock) -> str:
    if value == "MalformedStart":
        return "its input can't be read, or belongs to another id"
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    if at.tzinfo is None:
        return long_date(at.date()) if len(value) == len("2027-04-08") else value
    return clock.moment(at)
