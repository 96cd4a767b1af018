"""What mails are written in: the language of the programme that their subject runs under."""

from __future__ import annotations

from records import notices, offices
from records.database import Pool
from schemas.due import Notice
from schemas.facts import ProgrammeAdopted
from schemas.programme import Language
from schemas.words import Act, Matter, Role
from tests.gateway.pages.lives import Course, Intro, Life
from tests.workflows.subjects import COACH, OFFICE, PROGRAMME, now


def speaking(life: Life | Course | Intro, language: Language) -> Life | Course | Intro:
    """The same under a programme of this language."""
    opening = life.told[0]
    programme = opening.programme.model_copy(update={"language": language})  # type: ignore[attr-defined] # it opens
    life.told[0] = opening.model_copy(update={"programme": programme})
    return life


async def test_a_letter_has_the_language_of_what_it_is_about(pool: Pool) -> None:
    """Of a team, a cohort or an Introduction course; English where the programme says nothing else."""
    lives = (Life().agreed(), Course(), Intro(6).booked(1))
    found = []
    for life in (
        *lives,
        speaking(Life().agreed(), Language.WELSH),
        speaking(Course(), Language.WELSH),
        speaking(Intro(6), Language.WELSH),
    ):
        subject = await life.put(pool)
        asked = Notice(
            person=COACH, role=Role.COACH, act=Act.ASK, matter=Matter.SESSION, window="w", turn=Role.COACH, reason="r"
        )
        async with pool.acquire() as conn:
            (letter,) = await notices.letters(conn, await notices.issue(conn, subject, now(), (asked,)))
        found.append(letter.language)
    assert found == [Language.ENGLISH] * 3 + [Language.WELSH] * 3


async def test_another_language_of_the_programme_reaches_what_runs_already(pool: Pool) -> None:
    """A team and a cohort read it from the moment their academy adopts it."""
    adopted = PROGRAMME.model_copy(update={"language": Language.WELSH, "version": PROGRAMME.version + 1})
    for life in (Life().agreed(), Course()):
        subject = await life.tell(ProgrammeAdopted, programme=adopted).put(pool)
        assert await pool.fetchval("SELECT language_of($1)", subject) == Language.WELSH


async def test_an_office_reads_the_language_of_its_academys_latest_course(pool: Pool) -> None:
    """As it goes by the clocks of that course."""
    await pool.execute(
        """
        INSERT INTO people (person, academy, name, address, admitted_at, changed_at)
        VALUES ($1, 'sheffield', 'Office', 'office@example.org', $2, $2)
        """,
        OFFICE, now(),
    )  # fmt: skip
    said = []
    for course in (Course(60), speaking(Course(30), Language.WELSH)):
        await course.put(pool)
        async with pool.acquire() as conn:
            mailbox = await offices.mailbox(conn, "sheffield")
        said.append(mailbox and mailbox.language)
    assert said == [Language.ENGLISH, Language.WELSH]
