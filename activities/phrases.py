"""The texts of mails in a language: its folder of templates, and its days."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from babel.dates import format_date
from jinja2 import Environment, Template, TemplateNotFound

from activities.templating import SHIPPED
from lifecycle.dates import clock_time
from lifecycle.matters import MATTERS
from lifecycle.overdue import owed
from records.notices import Letter
from schemas.programme import Language
from schemas.words import Matter

PHRASES: Final = "phrases.txt"
"""What stands around the words of matters, a block each."""

_DAY: Final = "EEEE d"
_DAY_AND_MONTH: Final = "EEEE d MMMM"
_WHOLE_DAY: Final = "EEEE d MMMM y"


@dataclass(frozen=True, slots=True)
class Phrases:
    """The texts of one language."""

    templates: Environment = SHIPPED
    language: Language = Language.ENGLISH

    @classmethod
    def of(cls, letters: Collection[Letter], templates: Environment) -> Phrases:
        """Those of the letters' language; English where they are of several, or it has not all of their words."""
        languages = {letter.language for letter in letters}
        language = languages.pop() if len(languages) == 1 else Language.ENGLISH
        matters = {matter for letter in letters for matter in (letter.notice.matter, owed(letter.notice)) if matter}
        return cls.with_all(language, (MATTERS[matter].template for matter in matters), templates)

    @classmethod
    def with_all(cls, language: Language, files: Iterable[str], templates: Environment = SHIPPED) -> Phrases:
        """Those of a language that has all these templates, else English.

        A mail is in one language from its first word to its last.
        """
        theirs = cls(templates, language)
        return theirs if all(map(theirs.has, files)) else cls(templates)

    def has(self, name: str) -> bool:
        """Whether this language has the template of this name."""
        try:
            self.template(name)
        except TemplateNotFound:
            return False
        return True

    def words(self, matter: Matter) -> Template:
        """The template of a matter, with a block for each part."""
        return self.template(MATTERS[matter].template)

    def template(self, name: str) -> Template:
        """That of this language, by the name of the English one."""
        return self.templates.get_template(self.file(name, self.language))

    @staticmethod
    def file(name: str, language: Language) -> str:
        """Where a language has the template of this name: English at the top, any other in a folder of its own."""
        return name if language is Language.ENGLISH else f"{language}/{name}"

    def say(self, phrase: str, **facts: object) -> str:
        """A phrase, with what it names."""
        return block(self.template(PHRASES), phrase, facts)

    def day(self, day: date, pattern: str = _WHOLE_DAY) -> str:
        """'Thursday 6 August 2026'."""
        return format_date(day, pattern, locale=self.language.replace("-", "_"))

    def days(self, first: date, last: date, *, apart: bool = False) -> str:
        """'Thursday 6 to Friday 7 August 2026', as in `lifecycle.dates.date_range`; or both days alone."""
        if first == last:
            return self.say("days", first=self.day(first), last="", apart=apart)
        whole = apart or first.year != last.year
        pattern = _WHOLE_DAY if whole else _DAY if first.month == last.month else _DAY_AND_MONTH
        return self.say("days", first=self.day(first, pattern), last=self.day(last), apart=apart)

    def moment(self, local: datetime) -> str:
        """'Thursday 6 August 2026 at 5:30pm'."""
        return self.say("moment", day=self.day(local.date()), time=self.time(local.time()))

    def course_days(self, first: datetime, last: datetime, ends: datetime) -> str:
        """'Wednesday 13 to Thursday 14 January 2027, 9:30am to 4pm', by local clocks. ``ends`` is the first day's."""
        one, two = first.date(), last.date()
        return self.say(
            "dates",
            days=self.days(one, two, apart=(two - one).days > 1),
            starts=self.time(first.time()),
            ends=self.time(ends.time()),
        )

    def time(self, wall: time) -> str:
        """'9am'."""
        return self.say("time", time=clock_time(wall))


ENGLISH: Final = Phrases()


def block(template: Template, name: str, facts: dict[str, object]) -> str:
    """One block of a template, on one line."""
    return " ".join(said_in(template, name, facts).split())


def paragraphs(template: Template, name: str, facts: dict[str, object]) -> list[str]:
    """One block of a template, in paragraphs, each on one line."""
    said = (" ".join(part.split()) for part in said_in(template, name, facts).split("\n\n"))
    return [part for part in said if part]


def said_in(template: Template, name: str, facts: dict[str, object]) -> str:
    """One block of a template, line by line."""
    return "".join(template.blocks[name](template.new_context(facts)))
