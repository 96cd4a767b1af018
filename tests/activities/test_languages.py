"""Mails in another language: every sentence comes from its templates, and no mail is in two languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Final

import pytest
from icalendar import Calendar

from activities.calendars import written
from activities.channels import shortly
from activities.invitations import invite
from activities.mail import address_of
from activities.notices import NoticeActivities
from activities.phrases import PHRASES, Phrases
from activities.short_mails import ShortMail
from activities.templating import SHIPPED, templates
from activities.wording import section, write, write_digest, write_quiet_week
from lifecycle.diary import Entry, Happening
from lifecycle.invitations import Owed
from lifecycle.matters import MATTERS
from records.database import Pool
from records.invitations import Guest, Host
from records.notices import Course, Letter
from records.offices import Mailbox
from schemas.programme import Language
from schemas.words import Act, Matter, Role
from tests.activities.mail_servers import Behaviour, mail_server
from tests.activities.pseudo import PSEUDO, in_place_of_welsh, left, left_of
from tests.activities.test_notices import People, carry_out, mailer_to, notice, people
from tests.activities.test_wording import AT, LINKS, letter

__all__ = ["in_place_of_welsh", "people"]

_COURSE: Final = Course(
    days=(
        (datetime(2027, 5, 4, 8, tzinfo=UTC), datetime(2027, 5, 4, 11, tzinfo=UTC)),
        (datetime(2027, 5, 5, 8, tzinfo=UTC), datetime(2027, 5, 5, 15, tzinfo=UTC)),
    ),
    venue="Αίθουσα 1",
    joining="Στυλό.",
    delegate_name="Ξένια",
)
_REASONS: Final = (
    "rule", "role_empty", "booking_waiting", "no_place_came_free", "booking_offer_lapsed", "booking_cancelled",
    "too_many_participants", "cohort_cancelled", "cohort_runs_after_all", "learning_session_changed",
)  # fmt: skip


SHORT: Final = [Path(name).stem for name in SHIPPED.list_templates() if name.startswith("mails/")]
LETTERLESS: Final = {
    "code": "123456",
    "undo": True,
    "office": "Γραφείο",
    "office_address": "office@example.org",
    "person": "Ζωή",
    "new": "new@example.org",
    "old": "old@example.org",
    "dates": "4 5 2027",
    "cancelled": True,
    "updated": True,
    "booked": True,
    "entry": "Ωμέγα 12",
    "when": "4 5 2027",
    "academy": "Ωμέγα",
    "until": "",
    "since": "4 5 2027",
}
"""What short mails name, without a letter of the Latin alphabet."""


def foreign(matter: Matter, role: Role = Role.COACH, act: Act = Act.ASK, **said: object) -> Letter:
    """A letter whose names have no letter of the Latin alphabet."""
    step, known, team = said.get("step", 0), said.get("known", True), said.get("team", "Ωμέγα 12")
    made = letter(matter, role, act, step=int(str(step)), known=bool(known), name="Ζωή")
    changed = {"reason": said.get("reason", "rule"), "detail": said.get("detail") or "7"}
    return replace(
        made,
        language=Language.WELSH,
        notice=made.notice.model_copy(update=changed),
        team_name=str(team) if team else None,
        coach_name="Λίνα" if team else None,
        office_name="Γραφείο" if known else None,
        cohort_label="2026-φθινόπωρο" if known else None,
        course=_COURSE if said.get("course") else None,
    )


@pytest.mark.parametrize("matter", Matter)
def test_no_word_of_a_matter_stands_outside_the_templates(matter: Matter) -> None:
    """Whoever reads it, at each step, with all that can be known and with none: whatever is said can be translated."""
    letters = [
        foreign(matter, role, act, step=step, known=known, team=team)
        for role, act, step in product(Role, Act, (0, 2))
        for known, team in ((True, "Ωμέγα 12"), (False, None))
    ]
    details = (*Role, "team_score.faculty_score.cycle.chaired", "unscored")
    letters += [foreign(matter, detail=detail) for detail in details]
    letters += [foreign(matter, reason=reason, course=course) for reason, course in product(_REASONS, (True, False))]
    for one in letters:
        said = section(one, AT, LINKS, PSEUDO)
        assert not left(said.heading, said.happened, said.ask, said.why, said.one_tap), (one.notice, said)


@pytest.mark.parametrize("matter", Matter)
def test_a_deputy_reads_what_the_office_owes(matter: Matter) -> None:
    """In the words of the question that the office was asked."""
    said = section(to_deputy(matter), AT, LINKS, PSEUDO)
    assert not left(said.heading, said.happened, said.ask, said.why)
    assert len(said.happened) > len(section(to_deputy(), AT, LINKS, PSEUDO).happened)


def test_a_deputys_mail_is_english_where_what_the_office_owes_is_not_translated(tmp_path: Path) -> None:
    """All of it: the session question has its Welsh, the gate has none."""
    name = MATTERS[Matter.OFFICE_OVERDUE].template
    (tmp_path / "cy" / "matters").mkdir(parents=True)
    source = Path(SHIPPED.get_template(name).filename or "").read_text(encoding="utf-8")
    (tmp_path / "cy" / name).write_text(source, encoding="utf-8")
    made = templates(tmp_path)
    assert Phrases.of([to_deputy(Matter.SESSION)], made).language is Language.WELSH
    assert Phrases.of([to_deputy(Matter.GATE)], made).language is Language.ENGLISH


def to_deputy(*owed: Matter) -> Letter:
    """A letter to the deputy about what the office owes."""
    told = foreign(Matter.OFFICE_OVERDUE, Role.DEPUTY, Act.ESCALATE)
    window = ".".join([*owed, "2027-03-30"])
    return replace(told, notice=told.notice.model_copy(update={"window": window}))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("links", [LINKS, None])
def test_no_word_of_a_mail_stands_outside_the_templates(role: Role, links: object) -> None:
    """Its frame, its subject, its text and its HTML; the weekly mail; the message beside it."""
    given = LINKS if links else None
    some = [foreign(Matter.SESSION, role), foreign(Matter.STALL, role), foreign(Matter.RELIEF, role)]
    some = [replace(one, id=f"ntc_{number}") for number, one in enumerate(some)]
    for letters in (some, some[2:], [replace(one, office_name=None, office_address=None) for one in some]):
        mail = write(letters, AT, given, PSEUDO)
        assert not left_of(mail)
        for withheld in (0, 1, 2):
            mail = write_digest("7", [*letters, *letters], withheld, AT, given, PSEUDO)
            assert not left_of(mail)
        short = shortly(letters, AT, given, PSEUDO)
        assert not left(short.subject, short.ask, short.action, short.message)


@pytest.mark.parametrize("links", [LINKS, None])
def test_no_word_of_a_quiet_week_stands_outside_the_templates(links: object) -> None:
    """The office's weekly mail without a task."""
    office = Mailbox("Γραφείο", "office@example.org", language=Language.WELSH)
    mail = write_quiet_week("7", office, "sheffield.office", AT, LINKS if links else None, PSEUDO)
    assert not left_of(mail)
    assert 'lang="cy"' in mail.html


@pytest.mark.parametrize("name", SHORT)
def test_no_word_of_a_short_mail_stands_outside_the_templates(name: str) -> None:
    """With its link and without, to somebody by name and to whom nobody knows."""
    mail = ShortMail.called(name, Language.WELSH, PSEUDO)
    for to, links, changed in product(("Ζωή", ""), ("https://x.org/1", ""), ({}, {"undo": False, "office": ""})):
        given = "" if links and "button" not in mail.template.blocks else links
        made = mail.write("7", (to, "zoe@example.org"), AT, given, **LETTERLESS | changed)
        assert not left_of(made)
        assert 'lang="cy"' in made.html


@pytest.mark.usefixtures("in_place_of_welsh")
@pytest.mark.parametrize("what", Happening)
def test_no_word_of_an_invitation_stands_outside_the_templates(what: Happening) -> None:
    """The mail, and what the calendar shows: a request, an update and a cancellation, of a day or of an hour."""
    for starts_at, sequence, cancels, known in product((AT, None), (0, 1), (True, False), (True, False)):
        entry = Entry("7", what, "7", AT.date(), starts_at, starts_at and starts_at + timedelta(hours=1), 0, AT, 6)
        host = Host("Γραφείο" if known else None, None, "Ωμέγα 12" if known else None, "", Language.WELSH)
        guest = Guest("7", "Ζωή", "zoe@example.org", wanted=True)
        theirs, office = address_of("Ζωή", guest.address), address_of("Γραφείο", "office@example.org")
        mail = invite(host, office, theirs, guest, Owed(entry, sequence, cancels), AT)
        assert not left_of(mail)
        assert not left(*shown(mail.calendar.encode()))
        assert not left(*shown(written([entry], {"7": "Ωμέγα 12"}, Phrases(language=Language.WELSH))))


def shown(calendar: bytes) -> list[str]:
    """What a calendar program shows of a calendar."""
    read = Calendar.from_ical(calendar)
    return [str(part[name]) for part in read.walk() for name in ("SUMMARY", "X-WR-CALNAME") if name in part]


def test_a_short_mail_without_a_translation_is_english() -> None:
    """From its greeting on."""
    assert ShortMail.called("code", Language.WELSH) == ShortMail.called("code", Language.ENGLISH)


@pytest.mark.parametrize("language", Language)
def test_a_language_has_every_phrase_and_every_part(language: Language) -> None:
    """A matter it has is there whole; what is no template of a mail is not there."""
    shipped = SHIPPED.list_templates()
    english = (*(description.template for description in MATTERS.values()), *(f"mails/{name}.txt" for name in SHORT))
    names = {Phrases.file(name, language) for name in english} & set(shipped)
    for name in (*names, Phrases.file(PHRASES, language)):
        given = SHIPPED.get_template(name.removeprefix(f"{language}/"))
        assert SHIPPED.get_template(name).blocks.keys() == given.blocks.keys()
    theirs = {name for name in shipped if name.startswith(f"{language}/")}
    assert theirs <= {*names, Phrases.file(PHRASES, language)}


def welsh(matter: Matter = Matter.SESSION, number: str = "ntc_1") -> Letter:
    """A letter of an academy that reads Welsh."""
    return replace(letter(matter, number=number), language=Language.WELSH)


def test_the_weekly_question_is_asked_in_welsh() -> None:
    """The whole mail, from its subject to its signature."""
    mail = write([welsh()], AT)
    assert mail.subject == "Ward 12: A gafodd eich sesiwn ddydd Mawrth 30 Mawrth 2027 am 9am ei chynnal?"
    assert mail.text.splitlines() == [
        "Helo Anna Example,",
        "",
        "A gafodd eich sesiwn ddydd Mawrth 30 Mawrth 2027 am 9am ei chynnal?",
        "------------------------------",
        "",
        "Roeddech chi wedi trefnu cwrdd â'r tîm (Ward 12) ddydd Mawrth 30 Mawrth 2027 am 9am.",
        "",
        (
            "Rhowch wybod i ni erbyn dydd Iau 8 Ebrill 2027. Os cafodd ei chynnal: faint o bobl ddaeth, a phwy oedd yn "
            "arwain, chi neu'r tîm? Os na chafodd ei chynnal: pam? Mae un llinell yn ddigon."
        ),
        "",
        (
            "Rydych chi'n cael yr e-bost hwn oherwydd eich bod chi'n hyfforddi'r tîm hwn ac nad ydyn ni wedi clywed a "
            "gafodd y sesiwn ddydd Mawrth 30 Mawrth 2027 am 9am ei chynnal."
        ),
        "",
        (
            "I ymateb, atebwch yr e-bost hwn: bydd yn mynd i swyddfa'r rhaglen. Peidiwch ag ysgrifennu unrhyw beth am "
            "gleifion."
        ),
        "",
        "Sheffield MCA, cwrs hyfforddi hydref 2026",
    ]
    assert '<html lang="cy">' in mail.html
    assert "Ymateb nawr" in write([welsh()], AT, LINKS).text


def test_a_mail_is_never_half_in_welsh() -> None:
    """With one matter that is not translated, or one of an academy that reads English, all of it is English."""
    mixed = [welsh(), welsh(Matter.ESCALATION, "ntc_2")]
    in_english = [replace(one, language=Language.ENGLISH) for one in mixed]
    assert write(mixed, AT, LINKS) == write(in_english, AT, LINKS)
    assert write_digest("k", mixed, 1, AT, LINKS) == write_digest("k", in_english, 1, AT, LINKS)
    assert shortly(mixed, AT, LINKS) == shortly(in_english, AT, LINKS)
    of_two = [welsh(), letter(number="ntc_2")]
    assert write(of_two, AT) == write([letter(), letter(number="ntc_2")], AT)


def test_a_weekly_mail_of_session_questions_is_welsh() -> None:
    """Several questions in one mail, and what found no room."""
    later = welsh(number="ntc_2")
    moved = {"about": None, "starts_at": AT + timedelta(days=7)}
    later = replace(later, notice=later.notice.model_copy(update=moved))
    mail = write_digest("k", [welsh(), later], 3, AT, LINKS)
    assert mail.subject == "Eich wythnos hyfforddi: 2 o gwestiynau"
    assert "Tasgau llai brys ar eich tudalen: 3." in mail.text
    assert "Stopio'r e-bost wythnosol hwn (byddwn ni'n dal i anfon" in mail.text


async def test_an_academy_that_reads_welsh_is_sent_welsh(pool: Pool, people: People) -> None:
    """By the language of its programme; without one, and for what is not translated, English."""
    server, subjects = Behaviour(), []
    async with mail_server(server) as port:
        for window, language in (("2026-10-06", "en-GB"), ("2026-10-13", "cy")):
            await pool.execute("UPDATE engagements SET language = $1", language)
            said = [notice(people.coach, window=window), notice(people.faculty, Matter.STALL, Role.FACULTY)]
            await carry_out(NoticeActivities(pool, mailer_to(port)), said if language == "cy" else said[:1])
        subjects = [str(mail["Subject"]) for mail in server.taken]
    assert sorted(subjects) == [
        "Ward 12: A gafodd eich sesiwn ddydd Mawrth 6 Hydref 2026 am 9am ei chynnal?",
        "Ward 12: Did your session on Tuesday 6 October 2026 at 9am go ahead?",
        "What should happen next with Ward 12?",
    ]
