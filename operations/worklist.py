"""The worklist of an academy: a line closes by itself, with the fact that answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from lifecycle import undeliverable
from lifecycle.dates import clock_of
from lifecycle.description import Loss
from lifecycle.incidents import INCIDENTS, in_words
from lifecycle.worklist import Asked, Kind, Waiting, line, ranked
from operations.open_forms import CLIENT_AN_HOUR, HELD_FOR, MAILBOX_A_DAY
from records import channels, incidents, open_forms
from records import worklist as records
from records.channels import Failing
from records.database import Connection
from records.incidents import Incident
from records.open_forms import HeldForCourse
from records.worklist import SetAside, Snoozed, Undelivered, Unreachable
from records.zones import zone_of
from schemas.programme import DEFAULT_ZONE
from schemas.sentences import say, say_of
from schemas.words import PersonId, Role

ASKED_WITHIN: Final = timedelta(days=400)
"""What was asked longer ago and not again is no longer expected to be answered."""

LONGEST_SNOOZE: Final = timedelta(weeks=8)

_HEARS_OF_INCIDENTS: Final = {False: (Role.OFFICE, Role.OPERATOR), True: (Role.OPERATOR,)}
"""Who hears of an incident, by whether it concerns the whole installation."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose tasks are wanted: one person's, or those of a role; None for everybody's.

    ``also`` adds the lines of somebody who has that role and another one. ``around`` is instead all that concerns
    somebody, at whatever academy: what they are asked, and what their teams wait for.
    """

    person: PersonId | None = None
    turn: Role | None = None
    also: PersonId | None = None
    around: PersonId | None = None

    def fits(self, waiting: Waiting) -> bool:
        """Whether a line is wanted."""
        if self.also is not None and waiting.person == self.also:
            return True
        if waiting.kind is Kind.INCIDENT:
            # Whoever acts on it: the office knows what is wrong at its academy, the operator what is wrong anywhere.
            return self.person is None and (
                self.turn is None or self.turn in _HEARS_OF_INCIDENTS[waiting.subject is None]
            )
        return (self.person is None or waiting.person == self.person) and (
            self.turn is None or waiting.turn == self.turn
        )


async def worklist(conn: Connection, academy: str, now: datetime, wanted: Wanted = Wanted()) -> list[Waiting]:
    """Everything that waits for a human, the most pressing first; what was put off is marked so."""
    if wanted.around is not None:
        return await _around(conn, academy, wanted.around, now)
    since = now - ASKED_WITHIN
    asked = await records.asked(conn, academy, since, wanted.person, wanted.turn, wanted.also)
    found = await asyncio.to_thread(_lines, asked, now)
    others = [
        *map(_mail, await records.unreachable(conn, academy, now)),
        *map(_channel, await channels.failing(conn, academy)),
        *map(_event, await records.set_aside(conn, academy)),
        *map(_delivery, await records.undelivered(conn, academy, now)),
        *map(_held, await open_forms.held_by_course(conn, academy, now - HELD_FOR)),
        *map(_incident, await incidents.open_of(conn, academy)),
    ]
    zone = await zone_of(conn, academy)
    found += [other.model_copy(update={"zone": zone}) for other in others if wanted.fits(other)]
    snoozes = await records.snoozes(conn, academy)
    return ranked(found, snoozes, now, clock_of(zone).today(now))


async def _around(conn: Connection, academy: str, person: PersonId, now: datetime) -> list[Waiting]:
    found = await asyncio.to_thread(_lines, await records.asked_around(conn, person, now - ASKED_WITHIN), now)
    snoozes = await records.snoozes(conn, academy, [waiting.item for waiting in found])
    return ranked(found, snoozes, now, clock_of(await zone_of(conn, academy)).today(now))


def _lines(asked: Iterable[Asked], now: datetime) -> list[Waiting]:
    """Beside the loop: of a large academy they are thousands, and others wait for their answers."""
    return [line(question) for question in asked if question.question.stands_at(now)]


def _mail(mail: Unreachable) -> Waiting:
    return Waiting(
        item=f"mail/{mail.person}",
        kind=Kind.MAIL,
        loss=Loss.RECORD,
        turn=Role.OFFICE,
        about=mail.person,
        notice=mail.latest,
        since=mail.since,
        evidence=(
            say_of(
                mail.times,
                "{number} notice could not be delivered: {failure}.",
                "{number} notices could not be delivered: {failure}.",
                failure=undeliverable.in_words(mail.failure),
            ),
        ),
        suggestion=undeliverable.remedy_of(mail.failure),
        command=f"mca person address {mail.person} ADDRESS",
        seen=mail.latest,
    )


def _channel(failing: Failing) -> Waiting:
    return Waiting(
        item=f"channel/{failing.person}",
        kind=Kind.CHANNEL,
        loss=Loss.LATER,
        turn=Role.OFFICE,
        about=failing.person,
        notice=failing.latest,
        since=failing.since,
        evidence=(
            say(
                "The latest messages by {channel} did not go: {failure}. Emails are still sent.",
                channel=failing.channel,
                failure=failing.failure,
            ),
        ),
        suggestion="Find out the right number or address, or leave it at mail.",
        command=f"mca person channel {failing.person} --none",
        seen=failing.latest,
    )


def _event(event: SetAside) -> Waiting:
    return Waiting(
        item=f"event/{event.event_id}",
        kind=Kind.EVENT,
        loss=Loss.RECORD,
        subject=event.subject,
        turn=Role.OFFICE,
        since=event.arrived_at,
        evidence=(
            say(
                "An event {type} was set aside: {code}. {reason}", type=event.type, code=event.code, reason=event.reason
            ),
        ),
        suggestion="Correct what is wrong in it, then have it recorded again.",
        command=f"mca event replay {event.event_id}",
        seen=event.event_id,
    )


def _delivery(undelivered: Undelivered) -> Waiting:
    return Waiting(
        item=f"delivery/{undelivered.subscription}",
        kind=Kind.DELIVERY,
        loss=Loss.LATER,
        turn=Role.OFFICE,
        about=undelivered.subscription,
        since=undelivered.since,
        evidence=(
            say(
                "{times} events could not be delivered to {subscription}: {failure}.",
                times=undelivered.times,
                subscription=undelivered.subscription,
                failure=undelivered.failure,
            ),
        ),
        suggestion=(
            say(
                "Ask whoever runs {subscription}, then have the events sent again.",
                subscription=undelivered.subscription,
            )
            if undelivered.given_up
            else say(
                "Ask whoever runs {subscription}. Nothing is lost: all of it is sent once it answers.",
                subscription=undelivered.subscription,
            )
        ),
        command=f"mca subscription replay {undelivered.subscription}" if undelivered.given_up else None,
        seen=undelivered.latest,
    )


def _held(waits: HeldForCourse) -> Waiting:
    held = say_of(
        waits.times,
        "{number} booking was held back: more than {mailbox} came for one mailbox in a day, or more than {network} "
        "from one network in an hour.",
        "{number} bookings were held back: more than {mailbox} came for one mailbox in a day, or more than {network} "
        "from one network in an hour.",
        mailbox=MAILBOX_A_DAY,
        network=CLIENT_AN_HOUR,
    )
    return Waiting(
        item=f"held/{waits.course}",
        kind=Kind.HELD,
        loss=Loss.DECISION,
        subject=waits.course,
        turn=Role.OFFICE,
        since=waits.since,
        evidence=(held,),
        suggestion="Check the bookings we held back, and email the link to those that look genuine.",
        seen=waits.latest,
    )


def _incident(incident: Incident) -> Waiting:
    finding, description = incident.finding, INCIDENTS[incident.finding.kind]
    return Waiting(
        item=f"incident/{incident.id}",
        kind=Kind.INCIDENT,
        loss=description.loss,
        subject=finding.subject if incident.academy else None,
        turn=description.acts,
        since=incident.since,
        title=description.label,
        evidence=in_words(finding, incident.zone),
        zone=incident.zone,
        suggestion=description.remedy,
        command=description.typed(incident.id),
        seen=str(incident.id),
    )


async def of_the_operator(conn: Connection, now: datetime) -> list[Waiting]:
    """Every open incident, of whatever academy; nobody puts one off."""
    found = [_incident(incident) for incident in await incidents.open_of(conn)]
    return ranked(found, {}, now, clock_of(DEFAULT_ZONE).today(now))


def standing(found: Iterable[Waiting]) -> list[Waiting]:
    """Those that nobody put off."""
    return [waiting for waiting in found if waiting.snoozed_until is None]


class NothingWaitsError(Exception):
    """No line of the worklist has this name: it is answered, or never was."""


class SnoozeError(Exception):
    """It cannot be put off so. The message says what to mend."""


async def put_off(  # noqa: PLR0913 - who, what, until when and why
    conn: Connection,
    academy: str,
    item: str,
    *,
    until: date,
    reason: str,
    by: str,
    now: datetime,
    wanted: Wanted = Wanted(),
) -> Waiting:
    """Put a line off until a day, or until its matter goes a step further: one of those wanted. Days are the academy's.

    Raises NothingWaitsError, and SnoozeError for another day or for no reason.
    """
    found = await put_off_all(conn, academy, [item], until=until, reason=reason, by=by, now=now, wanted=wanted)
    if item not in found:
        raise NothingWaitsError(item)
    return found[item]


async def put_off_all(  # noqa: PLR0913 - as above
    conn: Connection,
    academy: str,
    items: Collection[str],
    *,
    until: date,
    reason: str,
    by: str,
    now: datetime,
    wanted: Wanted = Wanted(),
) -> dict[str, Waiting]:
    """Put several lines off alike: those that still wait, by name. Raises SnoozeError as above."""
    today = clock_of(await zone_of(conn, academy)).today(now)
    if not today < until <= today + LONGEST_SNOOZE:
        raise SnoozeError(f"The day must lie after today and at most {LONGEST_SNOOZE.days // 7} weeks ahead.")
    if not reason.strip():
        raise SnoozeError("Say in a sentence why it can wait.")
    found = [waiting for waiting in await worklist(conn, academy, now, wanted) if waiting.item in items]
    for waiting in found:
        of = waiting.subject.partition(".")[0] if waiting.subject else academy
        await records.snooze(conn, of, Snoozed(waiting.item, waiting.seen, until, reason.strip(), by, now))
    return {waiting.item: waiting.model_copy(update={"snoozed_until": until}) for waiting in found}
