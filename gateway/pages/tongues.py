"""Pages in the language of whoever reads them: each sentence is looked up as it is drawn.

A page is in one language from its first word to its last: where one of its sentences is not translated, all of it is
English. What stands in no catalogue, such as the name of a team, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from functools import cache, wraps
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment
from markupsafe import Markup

from schemas.programme import Language
from schemas.sentences import DayInWords, Sentence, turned

CATALOGUES: Final = Path(__file__).parent / "languages"
_KEEP_WORDS: Final = ("trim", "lower", "capitalize", "indent", "escape", "e", "safe", "string")
"""Filters through which the components put what they show."""
_NAMED: Final = re.compile(r"\{\w+\}|[^\w{}]|[\d_]")


def has_words(sentence: str) -> bool:
    """Whether a sentence has words of its own, not only placeholders and marks."""
    return bool(_NAMED.sub("", sentence))


class Untranslated(Exception):
    """A sentence has no words in a language."""


class _Strict(NullTranslations):
    """Asked for whatever a catalogue leaves open."""

    def gettext(self, message: str) -> str:
        raise Untranslated(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG002 - as gettext has it
        raise Untranslated(msgid1)


class Tongue:
    """The words of a language. ``known`` is every sentence that pages say, translated or not."""

    def __init__(self, language: Language, words: NullTranslations, known: Container[str]) -> None:
        self.language, self._words, self._known = language, words, known

    def say(self, what: object) -> object:
        """What was said in English, anew; anything else as it is. Raises Untranslated."""
        match what:
            case _ if self.language is Language.ENGLISH:
                return what
            case DayInWords():
                return format_date(what.day, what.pattern, locale=self.language.replace("-", "_"))
            case Sentence():
                words = self._sentence(what).format_map({name: self.say(part) for name, part in what.given.items()})
                return turned(words, what.first)
            case str() if not isinstance(what, Markup) and what in self._known:
                return self._words.gettext(what)
            case _:
                return what

    def _sentence(self, what: Sentence) -> str:
        if what.number is None:
            return self._words.gettext(what.sentence) if has_words(what.sentence) else what.sentence
        return self._words.ngettext(what.sentence, what.many, what.number)

    def teach(self, templates: Environment) -> None:
        """Have templates say what they show in this language, and their own sentences."""

        def gettext(sentence: str, /, **given: object) -> Markup:
            return Markup(self._words.gettext(sentence)) % {name: self.say(part) for name, part in given.items()}  # noqa: S704

        def ngettext(one: str, many: str, number: int, /, **given: object) -> Markup:
            words = self._words.ngettext(one, many, number)
            return Markup(words) % {"num": number, **{name: self.say(part) for name, part in given.items()}}  # noqa: S704

        templates.globals |= {"gettext": gettext, "ngettext": ngettext}
        if self.language is not Language.ENGLISH:
            templates.finalize = self.say
            for name in _KEEP_WORDS:
                templates.filters[name] = self._first(templates.filters[name])
            templates.filters["join"] = lambda words, by="": by.join(str(self.say(word)) for word in words)

    def _first(self, kept: Callable[..., Any]) -> Callable[..., Any]:
        """A filter that is given what was said in this language."""

        @wraps(kept)
        def filtered(words: object, *more: object, **named: object) -> Any:  # noqa: ANN401 - as filters have it
            return kept(self.say(words), *more, **named)

        return filtered


@cache
def tongue(language: Language) -> Tongue:
    """That of a language; English, which is what the sentences themselves say, where it has no catalogue."""
    if language is Language.ENGLISH or not file_of(language).exists():
        return Tongue(Language.ENGLISH, NullTranslations(), ())
    return of_catalogue(language, catalogue(language))


def file_of(language: Language) -> Path:
    """Where its catalogue is kept, if it has one."""
    return CATALOGUES / f"{language}.po"


def catalogue(language: Language) -> Catalog:
    """What is translated, and what is to be; nothing where there is no catalogue yet."""
    locale = language.replace("-", "_")
    if not file_of(language).exists():
        return Catalog(locale=locale)
    with file_of(language).open("rb") as file:
        return read_po(file, locale=locale)


def of_catalogue(language: Language, words: Catalog) -> Tongue:
    """The words of a language by its catalogue."""
    written = BytesIO()
    write_mo(written, words)
    written.seek(0)
    translations = GNUTranslations(written)
    translations.add_fallback(_Strict())
    known = frozenset(message.id for message in words if isinstance(message.id, str) and message.id)
    return Tongue(language, translations, known)
