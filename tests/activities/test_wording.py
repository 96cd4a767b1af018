"""What notices say: every matter, every role, the same in text and in HTML."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from itertools import product
from typing import Any

import pytest

from activities.links import Links, Purpose
from activities.wording import section, write, write_digest
from lifecycle.matters import MATTERS
from lifecycle.subjects import RULES
from records.notices import Course, Letter
from schemas.due import Notice
from schemas.subjects import ENGAGEMENT, INTRO_COURSE
from schemas.words import COACHING, Act, Matter, Role

_GAP = re.compile(r" [,.?]|\bNone\b|  |\.\.|\{|\b(of|on|in|by|to) (of|on|in|by)\b")
AT = datetime(2027, 3, 30, 9, 0, tzinfo=UTC)
LINKS = Links("https://coaching.example.org", ("a key of thirty-two letters or even more",))


def letter(
    matter: Matter = Matter.SESSION,
    role: Role = Role.COACH,
    act: Act = Act.ASK,
    *,
    step: int = 0,
    known: bool = True,
    team: str | None = "Ward 12",
    name: str = "Anna Example",
    number: str = "ntc_1",
) -> Letter:
    """A letter with everything the rules may say, or with nothing of it."""
    said: dict[str, Any] = {
        "about": date(2027, 3, 30),
        "starts_at": datetime(2027, 3, 30, 8, 0, tzinfo=UTC),
        "answer_by": datetime(2027, 4, 8, 16, 0, tzinfo=UTC),
        "number": 3,
        "detail": "sheffield.2026-autumn.P07",
    }
    return Letter(
        id=number,
        subject="sheffield.2026-autumn.P01",
        notice=Notice(
            person="per_1",
            role=role,
            act=act,
            matter=matter,
            window="w",
            step=step,
            turn=role,
            reason="rule",
            **(said if known else {}),
        ),
        recipient_name=name,
        recipient_address="anna@example.org",
        team_name=team,
        coach_name="Ben Sample" if team else None,
        office_name="Sheffield MCA" if known else None,
        office_address="office@example.org" if known else None,
        cohort_label="2026-autumn" if known else None,
    )


class Words(HTMLParser):
    """The words a reader sees, and the elements they stand in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self._hidden = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href" and value]
        self._hidden = tag == "title"

    def handle_endtag(self, tag: str) -> None:
        """The title is not part of the page."""
        self._hidden = False if tag == "title" else self._hidden

    def handle_data(self, data: str) -> None:
        """Note the words."""
        if not self._hidden:
            self.words += data.split()


@pytest.mark.parametrize("matter", Matter)
def test_every_matter_has_words_for_every_role_and_step(matter: Matter) -> None:
    """Whatever the rules send has a heading, says what happened and why it is sent, and leaves no gap in a sentence."""
    for role, act, step, known in product(Role, Act, (0, 1, 3), (True, False)):
        for team in ("Ward 12", None):
            words = section(letter(matter, role, act, step=step, known=known, team=team), AT)
            assert words.heading
            assert words.happened.endswith((".", "?"))
            assert words.why.startswith("You get this because")
            for part in (words.heading, words.happened, words.ask, words.why):
                assert not _GAP.search(part), part


def test_a_session_is_asked_about_in_plain_words() -> None:
    """The day and local time as British readers write them: 8am UTC after the clocks changed is 9am."""
    words = section(letter(), AT)
    assert words.heading == "Did your session on Tuesday 30 March 2027 at 9am go ahead?"
    assert "by Thursday 8 April 2027" in words.ask


def test_a_mail_says_times_by_the_clock_of_its_subject() -> None:
    """The same moments of a team in Tokyo: five in the afternoon, and the day after."""
    words = section(replace(letter(), zone="Asia/Tokyo"), AT)
    assert words.heading == "Did your session on Tuesday 30 March 2027 at 5pm go ahead?"
    assert "by Friday 9 April 2027" in words.ask


def test_each_step_of_an_escalation_reads_otherwise() -> None:
    """Coach, faculty, office and sponsor are told what is theirs to do; a stand-in for the coach, that it is one."""
    roles = (Role.COACH, Role.FACULTY, Role.OFFICE, Role.SPONSOR)
    said = [section(letter(Matter.ESCALATION, role, Act.ESCALATE, step=at), AT) for at, role in enumerate(roles)]
    stands_in = section(letter(Matter.ESCALATION, Role.FACULTY, Act.ESCALATE, step=0), AT)
    assert "is away, so we're telling you first" in stands_in.happened
    assert len({words.ask for words in said}) == len({words.happened for words in said}) == len(roles)


@pytest.mark.parametrize("matter", Matter)
def test_text_and_html_say_the_same(matter: Matter) -> None:
    """Nobody reads less for reading plain text."""
    mail = write([letter(matter), letter(Matter.ESCALATION, number="ntc_2")], AT)
    text = [word for word in mail.text.split() if set(word) != {"-"}]
    assert Words(mail.html).words == text


def test_the_html_has_headings_and_nothing_to_fetch() -> None:
    """One heading of the first level for one notice, of the second for several; no image, no link, no script."""
    one = Words(write([letter()], AT).html)
    two = Words(write([letter(), letter(Matter.ESCALATION, number="ntc_2")], AT).html)
    assert (one.tags.count("h1"), two.tags.count("h2")) == (1, 2)
    assert not {"img", "a", "script", "link", "style"} & {*one.tags, *two.tags}


def test_a_name_is_text_never_markup() -> None:
    """What a roster holds cannot put elements into a mail."""
    mail = write([letter(name="<img src=x> & Co", team="A<b>B")], AT)
    assert "<img" not in mail.html
    assert "<img src=x> & Co" in mail.text


def test_the_mail_says_how_to_answer() -> None:
    """By a reply, which goes to the office; the office itself by its records; no link is promised."""
    assert "reply to this email: it goes to the programme office" in " ".join(write([letter()], AT).text.split())
    assert "coaching records" in write([letter(role=Role.OFFICE)], AT).text
    assert "You don't need to answer" in write([letter(Matter.RELIEF)], AT).text
    assert "http" not in write([letter()], AT).text


@pytest.mark.parametrize("matter", Matter)
def test_with_pages_every_question_has_its_link(matter: Matter) -> None:
    """The same words and the same links in both parts, one for each question, and one to everything that is asked."""
    mail = write([letter(matter), letter(Matter.ESCALATION, number="ntc_2")], AT, LINKS)
    plain, html = Words(mail.html), mail.text
    in_text = [word for word in html.split() if word.startswith("https://")]
    assert plain.links == in_text
    asks = bool(section(letter(matter), AT).ask) and MATTERS[matter].page is not None
    assert len(in_text) == 2 + asks
    words = [word.rstrip(":") for word in html.split() if set(word) != {"-"} and word not in in_text]
    assert [word.rstrip(":") for word in plain.words] == words
    assert LINKS.read(in_text[-1].rpartition("/")[2], AT).purpose is Purpose.HOME
    assert LINKS.read(in_text[0].rpartition("/")[2], AT).about in {"ntc_1", "ntc_2"}


def test_with_pages_the_mail_says_whose_the_links_are() -> None:
    """A reply still goes to the office; no link stands in a line that a reader's program would break."""
    text = write([letter()], AT, LINKS).text
    assert "for you only: please don't forward it" in " ".join(text.split())
    assert "reply to this email: it goes to the programme office" in " ".join(text.split())
    assert all(line.startswith("https://") for line in text.splitlines() if "https://" in line)
    assert "come to your own office" in " ".join(write([letter(role=Role.OFFICE)], AT, LINKS).text.split())


def test_the_same_notices_are_the_same_mail_in_whatever_order() -> None:
    """So that a repeat carries the same Message-ID."""
    first, second = letter(), letter(Matter.ESCALATION, number="ntc_2")
    assert write([first, second], AT) == write([second, first], AT)


def test_sessions_asked_about_in_one_mail_stand_in_the_order_of_their_days() -> None:
    """Eight old sessions that become known at once are eight questions in one mail, the oldest first."""
    letters = []
    for number, day in enumerate((15, 1, 22, 8)):
        of = letter(number=f"ntc_{number}")
        starts_at = datetime(2027, 3, day, 9, tzinfo=UTC)
        notice = of.notice.model_copy(update={"about": date(2027, 3, day), "starts_at": starts_at})
        letters.append(replace(of, notice=notice))
    text = write(letters, AT, LINKS).text
    days = re.findall(r"Did your session on Monday (\d+) March 2027 at", text)
    assert days == ["1", "8", "15", "22"]


def test_a_date_that_is_over_is_not_asked_for() -> None:
    """A reminder sent after the answer was due asks for it as soon as possible."""
    asked = section(letter(Matter.READINESS), AT).ask
    late = section(letter(Matter.READINESS), AT + timedelta(weeks=2)).ask
    assert "by Thursday 8 April 2027" in asked
    assert "as soon as you can" in late
    assert "8 April" not in late


def test_a_cohort_is_named_by_season_and_year() -> None:
    """People read the autumn 2026 course, not its code."""
    assert "the autumn 2026 coaching course" in write([letter()], AT).text


_COURSE = Course(
    days=(
        (datetime(2027, 5, 4, 8, tzinfo=UTC), datetime(2027, 5, 4, 15, tzinfo=UTC)),
        (datetime(2027, 5, 5, 8, tzinfo=UTC), datetime(2027, 5, 5, 15, tzinfo=UTC)),
    ),
    venue="Room 1",
)
_LATER = replace(
    _COURSE,
    days=(
        (datetime(2027, 6, 8, 8, tzinfo=UTC), datetime(2027, 6, 8, 15, tzinfo=UTC)),
        (datetime(2027, 6, 9, 8, tzinfo=UTC), datetime(2027, 6, 9, 15, tzinfo=UTC)),
    ),
)


_OF_TEAMS = RULES[ENGAGEMENT.name].MATTERS
_OF_COURSES = RULES[INTRO_COURSE.name].MATTERS


@pytest.mark.parametrize("matter", Matter)
def test_no_two_lines_of_a_weekly_mail_are_alike(matter: Matter) -> None:
    """The same task of another team, participant, cohort or course says which one is meant."""
    for role, step in product(Role, (0, 1)):
        one = letter(matter, role, step=step, team="Ward 12" if matter in _OF_TEAMS else None)
        if matter in _OF_TEAMS:
            another = replace(one, team_name="Ward 7", coach_name="Cara Other")
        elif matter in _OF_COURSES:
            one = replace(one, course=replace(_COURSE, delegate_name="Cara Other"))
            another = replace(one, course=replace(_LATER, delegate_name="Dan Other"))
        elif MATTERS[matter].about_participant:
            if role in COACHING:
                continue  # They take part in one cohort.
            another = replace(one, coach_name="Cara Other")
        else:
            another = replace(one, cohort_label="2027-spring")
        shown = write_digest("k", [one, another], 0, AT)
        lines = re.findall(r"<h2[^>]*>(.*?)</h2>.*?<p[^>]*>(.*?)</p>", shown.html, re.DOTALL)
        assert len(lines) == 2
        assert len(set(lines)) == 2, (role, lines)
