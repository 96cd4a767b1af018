"""A pseudo-language in place of Welsh: the English templates with accents on every letter.

A word without accents in what it renders comes from outside the templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from string import ascii_letters
from typing import Any, Final

import pytest
from babel.dates import get_day_names, get_month_names
from jinja2 import BaseLoader, Environment, FunctionLoader, Template
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from activities.mail import Mail
from activities.templating import SHIPPED, templates
from schemas.programme import Language
from tests.activities.test_wording import Words

_ACCENTED: Final = str.maketrans(ascii_letters, "áƀćđéƒǵħíĵķłɱńóƥɋŕšťúṽŵẋýžÁƁĆĐÉƑǴĦÍĴĶŁḾŃÓƤɊŔŠŤÚṼŴẊÝŽ")
_DECIDES: Final = frozenset({"eq", "ne", "lparen", "comma"})
"""What stands before a string that is compared or replaced, and not shown."""
_PLAIN: Final = re.compile(r"[a-zA-Z]+")
_NO_WORDS: Final = re.compile(r"\b\d+(?::\d\d)?[ap]m\b|https?://\S+|\S+@\S+|&#?\w+;")
_DAYS: Final = {
    word.casefold()
    for name in (*get_day_names(locale="cy").values(), *get_month_names(locale="cy").values())
    for word in name.split()
}


class Accents(Extension):
    """Templates whose every word has accents on each letter; what they name and decide by stays."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """In place of Welsh, from the English templates."""
        shows, before = False, ""
        for token in stream:
            said = token.type == "data" or (token.type == "string" and shows and before not in _DECIDES)
            shows = token.type == "variable_begin" or (shows and token.type != "variable_end")
            before = token.type
            accents = said and stream.name and stream.name.startswith(f"{Language.WELSH}/")
            yield Token(token.lineno, token.type, token.value.translate(_ACCENTED)) if accents else token


def in_pseudo(loader: BaseLoader) -> Environment:
    """The shipped templates, with the pseudo-language in place of Welsh."""

    def source(name: str) -> str:
        found, _, _ = loader.get_source(SHIPPED, name.removeprefix(f"{Language.WELSH}/"))
        return found

    made = templates()
    made.add_extension(Accents)
    made.loader = FunctionLoader(source)
    return made


assert SHIPPED.loader is not None
PSEUDO: Final = in_pseudo(SHIPPED.loader)


def left(*texts: str) -> set[str]:
    """The words that are not pseudo: neither of a date, nor of a time, nor an address."""
    words = _PLAIN.findall(_NO_WORDS.sub("", " ".join(texts)))
    return {word for word in words if word.casefold() not in _DAYS}


def left_of(mail: Mail) -> set[str]:
    """The same of a whole mail."""
    return left(mail.subject, mail.text, *Words(mail.html).words)


class _InPlace(BaseLoader):
    """Gives the shipped environment the templates of the pseudo-language."""

    def load(
        self,
        environment: Environment,  # noqa: ARG002 - as Jinja has it
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002, ARG002 - as Jinja has it
    ) -> Template:
        return PSEUDO.get_template(name)


@pytest.fixture
def in_place_of_welsh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is written in Welsh is written in the pseudo-language, wherever it is written."""
    monkeypatch.setattr(SHIPPED, "loader", _InPlace())
