"""What stands below somebody's tasks: their teams and how these are, what they can tell at any time, what was told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from activities.links import Purpose
from gateway.certificates import words
from gateway.pages.asked import Onward
from gateway.pages.introduction import listed_days
from gateway.pages.recorded import in_words
from gateway.workspace.states import STATES, reason
from gateway.workspace.team.acts import act_of, label_of
from gateway.workspace.visit import Visit
from lifecycle.dates import clock_of
from lifecycle.roles import ROLES
from operations import certificates
from records import caseload, intro_courses, pages
from records.caseload import NO_CONCERN, Team
from records.database import Connection
from records.intro_courses import ListedCourse
from records.pages import Coached, ToldLine
from records.roles import offices_of
from schemas.sentences import joined, lowered, say
from schemas.subjects import cohort_name
from schemas.words import COACHING, Matter, Role

_ASKED_SINCE: Final = timedelta(weeks=26)
_LATELY: Final = 12
_TELLING: Final = COACHING | {Role.TEAM_LEAD}
_FINAL: Final = frozenset({"alumnus", "deferred", "withdrawn", "not_completed"})


@dataclass(frozen=True, slots=True)
class Group:
    """Where somebody can go from here, under one heading."""

    title: str
    links: tuple[Onward, ...]


@dataclass(frozen=True, slots=True)
class Own:
    """A team of the reader's: how it is, why and since when, what comes next, and what they can tell of it.

    A sponsor's has only the ``coach``, unless they may know more.
    """

    name: str
    url: str
    coach: str
    state: tuple[str, str] | None
    reason: str
    following: str
    links: tuple[Onward, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """All that stands below the tasks."""

    teams: tuple[Own, ...]
    standing: tuple[Group, ...]
    told: tuple[dict[str, str], ...]


async def beside(visit: Visit) -> Beside:
    """What the reader looks after, and where else they may go."""
    async with visit.context.connection() as conn:
        coached = [each for each in await pages.coached(conn, visit.person) if not each.ended]
        found = {team.engagement: team for team in await caseload.of_person(conn, visit.person)}
        told = await pages.told_lately(conn, visit.person, _LATELY)
        theirs = {each.engagement: each for each in coached if _TELLING & set(each.roles)}
        released = await _released(conn, visit)
        sponsored = [each for each in coached if Role.SPONSOR in each.roles and each.engagement not in theirs]
        return Beside(
            teams=(
                *(_own(visit, team, theirs[name]) for name, team in found.items() if name in theirs),
                *(_sponsored(visit, each, found.get(each.engagement), released) for each in sponsored),
            ),
            standing=(*await _courses(conn, visit), Group("About you", tuple(await _of_oneself(conn, visit)))),
            told=tuple(_told(line, visit.person) for line in told),
        )


def _own(visit: Visit, team: Team, coached: Coached) -> Own:
    clock = clock_of(team.zone)
    since = say("since {day}.", day=clock.date(team.concern_since)) if team.concern_since else ""
    act = act_of(team.next_act, team.next_rule, team.next_to, weekly=team.next_weekly)
    matter = label_of(team.next_matter, team.next_about)
    return Own(
        name=team.team or "Your team",
        url=f"{visit.root}/teams/{team.engagement}",
        coach="" if COACHING & set(coached.roles) else team.coach or say("nobody"),
        state=STATES[team.concern or NO_CONCERN],
        reason=joined(" ", filter(None, (since, reason(team.concern, team.stage, team.misses, (), team.pause)))),
        following=say("on {day}, {act}: {matter}", day=clock.date(team.next_due), act=lowered(act), matter=matter),
        links=_telling(visit, coached),
    )


def _sponsored(visit: Visit, coached: Coached, team: Team | None, released: dict[str, str]) -> Own:
    name, url = coached.team or "Your team", f"{visit.root}/teams/{coached.engagement}"
    notice = released.get(coached.engagement)
    told = visit.url(Purpose.NOTICE, coached.engagement, notice) if notice else ""
    return Own(
        name=name,
        url=url,
        coach=(team.coach if team else None) or say("nobody"),
        state=None,
        reason="Faculty asked us to tell you how the team is doing." if notice else "",
        following="",
        links=(Onward(say("How {name} is doing", name=name), told),) if notice else (),
    )


def _telling(visit: Visit, coached: Coached) -> tuple[Onward, ...]:
    hint = f"({coached.team or 'your team'})"

    def to(purpose: Purpose, label: str) -> Onward:
        return Onward(label, visit.url(purpose, coached.engagement), hint)

    working = to(Purpose.WORK, "Aims, change ideas and PDSA cycles")
    if not COACHING & set(coached.roles):
        return (working,)
    return (
        working,
        to(Purpose.PAUSE, "Restart, or stay paused" if coached.paused else "Pause the coaching"),
        to(Purpose.SLOT, "Change the weekly hour"),
        to(Purpose.STOPPED, "I've stopped coaching"),
    )


async def _released(conn: Connection, visit: Visit) -> dict[str, str]:
    """By team the notice that tells its sponsor, once faculty allowed it. Of the rest they see what they told."""
    sent = await pages.asked_of(conn, visit.person, visit.present - _ASKED_SINCE)
    return {
        one.subject: one.id for one in sent if (one.notice.role, one.notice.matter) == (Role.SPONSOR, Matter.ESCALATION)
    }


async def _courses(conn: Connection, visit: Visit) -> list[Group]:
    """Somebody's bookings; for an office, and who works in it, its courses, and who was handed on to its cohorts."""
    offices = await offices_of(conn, visit.person)
    booked = [
        Onward(say("Introduction course of {day}", day=clock.date(begins)), visit.url(Purpose.BOOKING, course, booking))
        for course, booking, begins, clock in await intro_courses.of_delegate(conn, visit.person)
    ]
    courses = await intro_courses.of_offices(conn, offices)
    kept = [
        Onward(
            say("{days}: {places}", days=listed_days(listed), places=_filled(visit, listed)),
            visit.url(Purpose.COURSE, listed.course),
        )
        for listed in sorted(courses, key=lambda listed: listed.day_2_ends_at <= visit.present)
    ]
    coming = [
        Onward(
            say("{name}, {address} ({cohort})", name=name, address=address, cohort=cohort_name(cohort)),
            f"mailto:{address}",
        )
        for cohort, name, address in await intro_courses.handed_on(conn, offices)
    ]
    titles = ("Your bookings", "Introduction courses", "On your cohorts' lists: they'd like to become coaches")
    return [Group(title, tuple(lines)) for title, lines in zip(titles, (booked, kept, coming), strict=True) if lines]


def _filled(visit: Visit, listed: ListedCourse) -> str:
    if listed.day_2_ends_at <= visit.present:
        return say("finished")
    taken = say("{taken} of {places} places taken", taken=listed.confirmed, places=listed.places)
    return say("{taken}, {number} waiting", taken=taken, number=listed.waiting) if listed.waiting else taken


async def _of_oneself(conn: Connection, visit: Visit) -> Iterable[Onward]:
    found = [Onward("All your teams", f"{visit.root}/teams")] if visit.supervises else []
    for cohort, enrolment, state in await pages.enrolments(conn, visit.person):
        if state not in _FINAL:
            found.append(Onward("Name a team that you coach", visit.url(Purpose.TEAM, cohort, enrolment)))
            break
    for subject, about, earned in await certificates.earned_by(conn, visit.person, visit.present):
        label = say("Your certificate: {course}", course=words.course(earned, subject))
        found.append(Onward(label, visit.url(Purpose.CERTIFICATE, subject, about)))
    return (
        *found,
        Onward("Subscribe to your dates in a calendar", visit.url(Purpose.CALENDAR)),
        Onward("Your emails and your calendar", visit.url(Purpose.WEEKLY_MAIL)),
        Onward("Tell us when you're away", visit.url(Purpose.LEAVE)),
        Onward("Change your email address", visit.url(Purpose.ADDRESS)),
        Onward("Stop the links in earlier emails from working", visit.url(Purpose.FORGET)),
    )


def _told(line: ToldLine, reader: str) -> dict[str, str]:
    teller = line.fact.told_by
    clock = clock_of(line.zone)
    day = clock.date(line.recorded_at)
    return {
        "words": in_words(line.fact, clock),
        "team": line.team or "",
        "told": say("Recorded by you, {day}", day=day)
        if teller.person == reader
        else say("Recorded by {who}, {day}", who=line.told_by or ROLES[teller.role], day=day),
    }
