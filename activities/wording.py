"""The words of a notice: one template a matter, one layout for text and one for HTML, the same content in both."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from jinja2 import Environment

from activities.links import Links
from activities.mail import Mail
from activities.templating import SHIPPED
from lifecycle.dates import Clock, clock_of, date_range, long_date, time_range
from lifecycle.gathering import urgency
from lifecycle.matters import MATTERS
from records.notices import Course, Letter
from records.offices import Mailbox
from schemas.due import Notice
from schemas.words import Role

PARTS: Final = ("heading", "happened", "ask", "why")
"""The blocks of a matter's template."""

_COACHES: Final = frozenset({Role.COACH, Role.CO_COACH, Role.INTERIM_COACH})

_AS_ROLE: Final[dict[Role, str]] = {
    Role.COACH: "you coach this team",
    Role.CO_COACH: "you co-coach this team",
    Role.INTERIM_COACH: "you coach this team for the time being",
    Role.FACULTY: "you support this coach and team as faculty",
    Role.SPONSOR: "you sponsor this team's improvement work",
    Role.TEAM_LEAD: "you lead this team",
    Role.OFFICE: "you are the programme office",
    Role.DEPUTY: "you are the programme office's deputy",
    Role.OPERATOR: "you look after this service, and the programme office has no deputy",
    Role.PROCESS_OWNER: "you've looked after this team's process since the hand-off",
    Role.MEASURE_OWNER: "you've looked after this team's measure since the hand-off",
    Role.SERVICE: "you look after this service",
    Role.DELEGATE: "you booked this course",
}

_ABOVE: Final = frozenset({Role.DEPUTY, Role.OPERATOR})
"""Who stands above the office: their answers do not go to it."""


_EVERYTHING: Final = "Your tasks"
_YOURS_ALONE: Final = "The links in this email are for you only: please don't forward it."


@dataclass(frozen=True, slots=True)
class Section:
    """One notice in words: what happened, what is asked (may be empty), and why the reader gets it.

    ``link`` is where it is answered with one tap, ``one_tap`` what the link says; empty where there are no pages, or
    nothing to answer.
    """

    heading: str
    happened: str
    ask: str
    why: str
    link: str = ""
    one_tap: str = ""


def section(letter: Letter, at: datetime, links: Links | None = None, words: Environment = SHIPPED) -> Section:
    """The words of one notice, as plain text. ``at`` is the sender's clock: a date that is over is not asked for."""
    matter = MATTERS[letter.notice.matter]
    template = words.get_template(matter.template)
    context = template.new_context(facts_of(letter, at))

    def block(name: str) -> str:
        return _sentence(" ".join("".join(template.blocks[name](context)).split()), letter)

    ask = block("ask")
    answerable = links is not None and ask and matter.page is not None
    return Section(
        heading=block("heading"),
        happened=block("happened"),
        ask=ask,
        why=block("why"),
        link=links.for_notice(letter, at) if links and answerable else "",
        one_tap=matter.button if answerable else "",
    )


def _sentence(said: str, letter: Letter) -> str:
    """With a capital, unless it begins with a name: a team may be called eClinic."""
    names = (letter.team_name, letter.coach_name, letter.course.delegate_name if letter.course else None)
    return said if any(name and said.startswith(name) for name in names) else said[:1].upper() + said[1:]


def write(
    letters: Sequence[Letter], at: datetime, links: Links | None = None, templates: Environment = SHIPPED
) -> Mail:
    """One mail to one person holding all these notices, the most urgent first. ``at`` is the sender's clock.

    The recipient must have an address. Without ``links`` the mail is answered by a reply alone.
    """
    ordered = most_urgent_first(letters)
    sections = [section(letter, at, links, templates) for letter in ordered]
    first = ordered[0]
    above = first.notice.role in _ABOVE
    name, address = first.recipient_name or "", first.recipient_address or ""
    words = {
        "name": name,
        "subject": (subject := _subject(first, sections)),
        "sections": sections,
        "everything": _EVERYTHING,
        "home": links.home(first.notice.person, first.links_epoch, at) if links and not above else "",
        "how_to_answer": _how_to_answer(
            first, anything=any(part.ask for part in sections), linked=any(part.link for part in sections)
        ),
        "signature": f"{first.office_name or 'The programme office'}, {_course(first)}",
    }
    return Mail(
        key=hashlib.sha256("\n".join(sorted(letter.id for letter in letters)).encode()).hexdigest(),
        to_name=name,
        to_address=address,
        reply_name="" if above else first.office_name or "",
        reply_address=None if above else first.office_address,
        subject=subject,
        text=templates.get_template("mail.txt").render(words),
        html=templates.get_template("mail.html").render(words),
        at=at,
    )


def most_urgent_first(letters: Sequence[Letter]) -> list[Letter]:
    """The same order as the worklist."""
    return sorted(letters, key=lambda letter: (*urgency(letter.notice), letter.id))


def write_digest(
    key: str,
    letters: Sequence[Letter],
    withheld: int,
    at: datetime,
    links: Links | None = None,
    templates: Environment = SHIPPED,
) -> Mail:
    """One person's weekly mail: a line for each notice, in the order given. ``withheld`` are those without room.

    ``key`` names the mail for ever; ``at`` is the sender's clock. The recipient must have an address.
    """
    sections = _told_apart(letters, [section(letter, at, links, templates) for letter in letters])
    first = letters[0]
    asked = sum(bool(part.ask) for part in sections)
    words: dict[str, Any] = {
        "name": first.recipient_name or "",
        "subject": (subject := f"Your coaching week: {_so_many(asked, len(sections))}"),
        "sections": sections,
        "teams": [letter.team_name or "" for letter in letters],
        "more": _more(withheld, home=links is not None),
        "everything": _EVERYTHING,
        "home": links.home(first.notice.person, first.links_epoch, at) if links else "",
        "stop": links.weekly_mail(first.notice.person, first.links_epoch, at) if links else "",
        "how_to_answer": _how_to_answer(first, anything=asked > 0, linked=any(part.link for part in sections)),
        "signature": first.office_name or "The programme office",
    }
    return Mail(
        key=key,
        to_name=first.recipient_name or "",
        to_address=first.recipient_address or "",
        reply_name=first.office_name or "",
        reply_address=first.office_address,
        subject=subject,
        text=templates.get_template("digest.txt").render(words),
        html=templates.get_template("digest.html").render(words),
        at=at,
        unsubscribe=words["stop"],
    )


def _told_apart(letters: Sequence[Letter], lines: Sequence[Section]) -> list[Section]:
    """The same task twice says of which team, participant, course or cohort it is."""
    headings = [
        f"{_team_unless_named(letter, line.heading)}{line.heading}" for letter, line in zip(letters, lines, strict=True)
    ]
    repeated = {heading for heading, times in Counter(headings).items() if times > 1}
    return [
        replace(line, heading=f"{heading} ({_which(letter)})" if heading in repeated else heading)
        for letter, line, heading in zip(letters, lines, headings, strict=True)
    ]


def _which(letter: Letter) -> str:
    if letter.course is not None:
        return str(_of_course(letter.course, clock_of(letter.zone))["dates"])
    if MATTERS[letter.notice.matter].about_participant:
        return letter.coach_name or _participant(letter.notice)
    return _course(letter).removeprefix("the ")


def write_quiet_week(
    key: str, office: Mailbox, person: str, at: datetime, links: Links | None = None, templates: Environment = SHIPPED
) -> Mail:
    """An office's weekly mail when nothing is due: so that it knows from its absence that something is wrong."""
    words: dict[str, Any] = {
        "name": office.name,
        "subject": (subject := "Your coaching week: nothing to do"),
        "sections": [],
        "teams": [],
        "more": "",
        "everything": _EVERYTHING,
        "home": links.home(person, office.links_epoch, at) if links else "",
        "stop": "",
        "how_to_answer": "If an email like this doesn't come one week, please tell whoever looks after this service.",
        "signature": office.name,
    }
    return Mail(
        key=key,
        to_name=office.name,
        to_address=office.address,
        reply_name=office.name,
        reply_address=office.address,
        subject=subject,
        text=templates.get_template("digest.txt").render(words),
        html=templates.get_template("digest.html").render(words),
        at=at,
    )


def _more(withheld: int, *, home: bool) -> str:
    if not withheld:
        return ""
    said = f"{withheld} less urgent task{'s are' if withheld > 1 else ' is'}"
    return f"{said} on your page." if home else f"{said} not in this email. Please ask the programme office."


def _so_many(asked: int, lines: int) -> str:
    if not asked:
        return f"{lines} update{'s' if lines > 1 else ''}"
    more = f" and {lines - asked} update{'s' if lines - asked > 1 else ''}" if lines > asked else ""
    return f"{asked} question{'s' if asked > 1 else ''}{more}"


def facts_of(letter: Letter, at: datetime) -> dict[str, object]:
    """What a matter's template may name."""
    notice, clock = letter.notice, clock_of(letter.zone)
    day = notice.about or (clock.today(notice.starts_at) if notice.starts_at else None)
    on, hour = long_date(day) if day else "", clock.time(notice.starts_at) if notice.starts_at else ""
    by = clock.date(notice.answer_by) if notice.answer_by and notice.answer_by >= at else ""
    own = notice.role in _COACHES
    return {
        "act": notice.act.value,
        "step": notice.step,
        "first": notice.step == 0,
        "role": notice.role.value,
        "own": own,
        "number": notice.number,
        "detail": notice.detail or "",
        "owed": _owed(notice),
        "day": on,
        "time": hour,
        "session": f"on {on} at {hour}" if on and hour else f"on {on}" if on else "this week",
        "by": by,
        "by_when": f"by {by}" if by else "as soon as you can",
        "team": letter.team_name or ("your team" if own else "the team"),
        "has_team": letter.team_name is not None,
        "coach": letter.coach_name or _participant(notice),
        "course": _course(letter),
        "as_role": _as_role(letter),
        "rule": notice.reason,
        "by_moment": f"{clock.time(notice.answer_by)} on {by}" if by and notice.answer_by else "",
        **_of_course(letter.course, clock),
    }


def _owed(notice: Notice) -> str:
    """What the office owes, of a notice to its deputy: the label of the matter in whose place that stands."""
    matter = MATTERS.get(notice.window.partition(".")[0])  # type: ignore[call-overload] # its name alone
    return matter.label if matter else ""


def _of_course(course: Course | None, clock: Clock) -> dict[str, object]:
    """What is said of an Introduction course; empty where a notice is about something else."""
    if course is None:
        return {"dates": "", "venue": "", "joining": "", "delegate": "", "days_booked": 0}
    booked = [course.days[day - 1] for day in course.booked]
    (first, ends), (last, _) = booked[0], booked[-1]
    first, ends, last = clock.local(first), clock.local(ends), clock.local(last)
    apart = (last.date() - first.date()).days > 1
    days = f"{long_date(first.date())} and {long_date(last.date())}" if apart else date_range(first.date(), last.date())
    return {
        "dates": f"{days}, {time_range(first.time(), ends.time())}",
        "venue": course.venue.rstrip("."),
        "joining": course.joining,
        "delegate": course.delegate_name or "",
        "days_booked": len(booked),
    }


def _as_role(letter: Letter) -> str:
    if letter.notice.role in _COACHES and letter.team_name is None:
        return "you take part in the course"
    return _AS_ROLE[letter.notice.role]


def _participant(notice: Notice) -> str:
    """A participant without a team yet, by the last part of the enrolment's id, e.g. P07."""
    if MATTERS[notice.matter].about_participant:
        return f"participant {notice.detail.rpartition('.')[2]}" if notice.detail else "a participant"
    return "the coach"


def _course(letter: Letter) -> str:
    if letter.course is not None:
        return "the Introduction to Quality Improvement course"
    year, _, season = (letter.cohort_label or "").partition("-")
    if year.isdigit() and season.isalpha():
        return f"the {season} {year} coaching course"
    return f"the coaching course {letter.cohort_label}" if letter.cohort_label else "the coaching course"


def _subject(first: Letter, sections: Sequence[Section]) -> str:
    heading, more = sections[0].heading, len(sections) - 1
    return f"{_team_unless_named(first, heading)}{heading}{f' (and {more} more)' if more else ''}"


def _team_unless_named(letter: Letter, heading: str) -> str:
    return f"{letter.team_name}: " if letter.team_name and letter.team_name not in heading else ""


def _how_to_answer(letter: Letter, *, anything: bool, linked: bool) -> str:
    if letter.notice.role is Role.OFFICE:
        how = _YOURS_ALONE if linked else "To answer, record what you know in the coaching records."
        return f"{how} Replies to this email come to your own office."
    if letter.notice.role in _ABOVE:
        return "You don't need to answer this email. Please don't reply with anything about patients."
    if letter.office_address is None:
        how = _YOURS_ALONE if linked else "To answer, please tell your programme office."
        return f"{how} Please don't write anything about patients."
    if linked:
        how = f"{_YOURS_ALONE} You can also reply"
    else:
        how = "To answer, reply" if anything else "You don't need to answer. If you have a question, reply"
    return f"{how} to this email: it goes to the programme office. Please don't write anything about patients."
