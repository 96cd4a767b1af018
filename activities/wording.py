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
from activities.phrases import Phrases, block
from activities.templating import SHIPPED
from lifecycle.dates import Clock, clock_of
from lifecycle.gathering import urgency
from lifecycle.matters import MATTERS
from lifecycle.overdue import owed
from records.notices import Course, Letter
from records.offices import Mailbox
from schemas.due import Notice
from schemas.programme import Language
from schemas.words import Role

PARTS: Final = ("heading", "happened", "ask", "why")
"""The blocks of a matter's template."""

_COACHES: Final = frozenset({Role.COACH, Role.CO_COACH, Role.INTERIM_COACH})

_ABOVE: Final = frozenset({Role.DEPUTY, Role.OPERATOR})
"""Who stands above the office: their answers do not go to it."""


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


def section(letter: Letter, at: datetime, links: Links | None = None, templates: Environment = SHIPPED) -> Section:
    """The words of one notice, as plain text. ``at`` is the sender's clock: a date that is over is not asked for."""
    return _section(letter, at, links, Phrases.of([letter], templates))


def _section(letter: Letter, at: datetime, links: Links | None, phrases: Phrases) -> Section:
    matter = MATTERS[letter.notice.matter]
    template, facts = phrases.words(letter.notice.matter), facts_of(letter, at, phrases)
    parts = {name: _sentence(block(template, name, facts), letter) for name in PARTS}
    answerable = links is not None and parts["ask"] and matter.page is not None
    return Section(
        **parts,
        link=links.for_notice(letter, at) if links and answerable else "",
        one_tap=phrases.say("button", matter=letter.notice.matter.value) if answerable else "",
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
    ordered, phrases = most_urgent_first(letters), Phrases.of(letters, templates)
    sections = [_section(letter, at, links, phrases) for letter in ordered]
    first = ordered[0]
    above = first.notice.role in _ABOVE
    name, address = first.recipient_name or "", first.recipient_address or ""
    words = {
        **_around(name, phrases),
        "subject": (subject := heading_of_all(first, sections[0].heading, len(ordered), phrases)),
        "sections": sections,
        "home": links.home(first.notice.person, first.links_epoch, at) if links and not above else "",
        "how_to_answer": _how_to_answer(first, sections, phrases),
        "signature": phrases.say("signature", office=first.office_name, course=_course(first, phrases)),
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
    phrases = Phrases.of(letters, templates)
    sections = _told_apart(letters, [_section(letter, at, links, phrases) for letter in letters], phrases)
    first = letters[0]
    asked = sum(bool(part.ask) for part in sections)
    words: dict[str, Any] = {
        **_around(first.recipient_name or "", phrases),
        "subject": (subject := phrases.say("subject_of_week", asked=asked, updates=len(sections) - asked)),
        "opening": phrases.say("tasks_follow"),
        "sections": sections,
        "more": phrases.say("less_urgent", number=withheld, home=links is not None) if withheld else "",
        "home": links.home(first.notice.person, first.links_epoch, at) if links else "",
        "stop": links.weekly_mail(first.notice.person, first.links_epoch, at) if links else "",
        "how_to_answer": _how_to_answer(first, sections, phrases),
        "signature": phrases.say("signature", office=first.office_name, course=""),
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


def _around(name: str, phrases: Phrases) -> dict[str, Any]:
    """What stands in each mail, whatever it is about."""
    said = {phrase: phrases.say(phrase) for phrase in ("everything", "still_sent")}
    return {
        "language": phrases.language.value,
        "hello": phrases.say("hello", name=name),
        "stop_words": phrases.say("stop"),
        **said,
    }


def _told_apart(letters: Sequence[Letter], lines: Sequence[Section], phrases: Phrases) -> list[Section]:
    """The same task twice says of which team, participant, course or cohort it is."""
    headings = [
        f"{_team_unless_named(letter, line.heading)}{line.heading}" for letter, line in zip(letters, lines, strict=True)
    ]
    repeated = {heading for heading, times in Counter(headings).items() if times > 1}
    return [
        replace(line, heading=f"{heading} ({_which(letter, phrases)})" if heading in repeated else heading)
        for letter, line, heading in zip(letters, lines, headings, strict=True)
    ]


def _which(letter: Letter, phrases: Phrases) -> str:
    if letter.course is not None:
        return str(_of_course(letter.course, clock_of(letter.zone), phrases)["dates"])
    if MATTERS[letter.notice.matter].about_participant:
        return letter.coach_name or _participant(letter.notice, phrases)
    return phrases.say("course_alone", course=_course(letter, phrases))


def write_quiet_week(
    key: str, office: Mailbox, person: str, at: datetime, links: Links | None = None, templates: Environment = SHIPPED
) -> Mail:
    """An office's weekly mail when nothing is due: so that it knows from its absence that something is wrong."""
    phrases = Phrases(templates, office.language)
    words: dict[str, Any] = {
        **_around(office.name, phrases),
        "subject": (subject := phrases.say("subject_of_quiet_week")),
        "opening": phrases.say("nothing_to_do"),
        "sections": [],
        "more": "",
        "home": links.home(person, office.links_epoch, at) if links else "",
        "stop": "",
        "how_to_answer": phrases.say("if_it_stops"),
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


def facts_of(letter: Letter, at: datetime, phrases: Phrases) -> dict[str, object]:
    """What a matter's template may name."""
    notice, clock = letter.notice, clock_of(letter.zone)
    day = notice.about or (clock.today(notice.starts_at) if notice.starts_at else None)
    on, hour = phrases.day(day) if day else "", _time(notice.starts_at, clock, phrases)
    answer_by = notice.answer_by if notice.answer_by and notice.answer_by >= at else None
    by = phrases.day(clock.today(answer_by)) if answer_by else ""
    own = notice.role in _COACHES
    facts = {
        "act": notice.act.value,
        "step": notice.step,
        "first": notice.step == 0,
        "role": notice.role.value,
        "own": own,
        "number": notice.number,
        "detail": notice.detail or "",
        "part": phrases.say("part", role=notice.detail or ""),
        "day": on,
        "time": hour,
        "session": phrases.say("session", day=on, time=hour),
        "by": by,
        "by_when": phrases.say("by_when", by=by),
        "team": letter.team_name or phrases.say("team", own=own),
        "has_team": letter.team_name is not None,
        "coach": letter.coach_name or _participant(notice, phrases),
        "course": _course(letter, phrases),
        "as_role": phrases.say("as_role", role=notice.role.value, takes_part=own and letter.team_name is None),
        "rule": notice.reason,
        "by_moment": phrases.say("by_moment", time=_time(answer_by, clock, phrases), by=by) if by else "",
        **_of_course(letter.course, clock, phrases),
    }
    return facts | {"owed": _owed(notice, facts, phrases)}


def _time(at: datetime | None, clock: Clock, phrases: Phrases) -> str:
    return phrases.time(clock.local(at).time()) if at else ""


def _owed(notice: Notice, facts: dict[str, object], phrases: Phrases) -> str:
    """What the office owes, of a notice to its deputy: the label of that matter; labels are English.

    Another language has the heading under which the office was asked.
    """
    matter = owed(notice)
    if matter is None or phrases.language is Language.ENGLISH:
        return MATTERS[matter].label if matter else ""
    return block(phrases.words(matter), "heading", facts | {"role": Role.OFFICE.value, "own": False, "owed": ""})


def _of_course(course: Course | None, clock: Clock, phrases: Phrases) -> dict[str, object]:
    """What is said of an Introduction course; empty where a notice is about something else."""
    if course is None:
        return {"dates": "", "venue": "", "joining": "", "delegate": "", "days_booked": 0}
    booked = [course.days[day - 1] for day in course.booked]
    (first, ends), (last, _) = booked[0], booked[-1]
    return {
        "dates": phrases.course_days(clock.local(first), clock.local(last), clock.local(ends)),
        "venue": course.venue.rstrip("."),
        "joining": course.joining,
        "delegate": course.delegate_name or "",
        "days_booked": len(booked),
    }


def _participant(notice: Notice, phrases: Phrases) -> str:
    """A participant without a team yet, by the last part of the enrolment's id, e.g. P07."""
    participant = MATTERS[notice.matter].about_participant
    return phrases.say("coach", participant=participant, code=(notice.detail or "").rpartition(".")[2])


def _course(letter: Letter, phrases: Phrases) -> str:
    label = letter.cohort_label or ""
    year, _, season = label.partition("-")
    season = season if year.isdigit() and season.isalpha() else ""
    return phrases.say("course", introduction=letter.course is not None, season=season, year=year, label=label)


def heading_of_all(first: Letter, heading: str, letters: int, phrases: Phrases) -> str:
    """What a message of so many notices is about: the first, and how many more."""
    more = f" {phrases.say('and_more', number=letters - 1)}" if letters > 1 else ""
    return f"{_team_unless_named(first, heading)}{heading}{more}"


def _team_unless_named(letter: Letter, heading: str) -> str:
    return f"{letter.team_name}: " if letter.team_name and letter.team_name not in heading else ""


def _how_to_answer(letter: Letter, sections: Sequence[Section], phrases: Phrases) -> str:
    return phrases.say(
        "how_to_answer",
        role=letter.notice.role.value,
        above=letter.notice.role in _ABOVE,
        office=letter.office_address or "",
        asked=any(part.ask for part in sections),
        yours_alone=phrases.say("yours_alone") if any(part.link for part in sections) else "",
    )
