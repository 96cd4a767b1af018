"""Brings the catalogues of pages up to date: ``make words``. What was translated stays; what nobody says goes.

A sentence is what is given to `say`, what stands in ``{% trans %}``, and any text that reads as one: what pages show is
looked up as it stands, so that a label need not be marked.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from gateway.pages.tongues import CATALOGUES, catalogue, file_of, has_words
from schemas.programme import Language

ROOT: Final = Path(__file__).resolve().parent.parent
SPEAK: Final = ("gateway/pages", "gateway/workspace", "gateway/sign_in", "gateway/demonstration", "lifecycle")
NAMED: Final = (
    "schemas/subjects.py",
    "schemas/sentences.py",
    "records/personal.py",
    "operations/worklist.py",
    "gateway/certificates/words.py",
)
_PHRASE: Final = re.compile(r"[A-Z][a-z'-]+[:.]?|.* .*")
_LETTERS: Final = re.compile(r"[^\W\d_]{2,}")

Sentence = str | tuple[str, str]
"""One, or one and many."""


def main() -> None:
    """Write each language's catalogue anew."""
    spoken = set(sentences())
    for language in Language:
        if language is not Language.ENGLISH:
            write(language, spoken)


def write(language: Language, spoken: set[Sentence]) -> None:
    """Keep the words of what is still said."""
    made, before = Catalog(locale=language.replace("-", "_")), catalogue(language)
    for sentence in spoken:
        kept = before.get(sentence if isinstance(sentence, str) else sentence[0])
        made.add(sentence, kept.string if kept is not None and kept.id == sentence else "")
    CATALOGUES.mkdir(exist_ok=True)
    with file_of(language).open("wb") as file:
        write_po(file, made, width=120, no_location=True, omit_header=True, sort_output=True)


def sentences() -> Iterator[Sentence]:
    """Whatever pages may say."""
    for folder in SPEAK:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from _of_python(path.read_text(encoding="utf-8"))
    for name in NAMED:
        yield from _of_python((ROOT / name).read_text(encoding="utf-8"))
    for path in sorted((ROOT / "gateway/pages/templates").glob("*.html")):
        yield from _of_template(path.read_text(encoding="utf-8"))


def _of_python(source: str) -> Iterator[Sentence]:
    seen: set[ast.AST] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(ast.Constant() as docstring):
                seen.add(docstring)
            case ast.JoinedStr():
                seen.update(ast.walk(node))
            case ast.Call(ast.Name("say"), [ast.Constant(str(sentence)) as told, *_]):
                seen.add(told)
                if has_words(sentence):
                    yield sentence
            case ast.Call(ast.Name("say_of"), [_, ast.Constant(str(one)) as first, ast.Constant(str(many)) as other]):
                seen |= {first, other}
                yield one, many
            case ast.keyword("label", ast.Constant(str(label))) if label:
                yield label
            case ast.Constant(str(words)) if node not in seen and is_phrase(words):
                yield words


def _of_template(source: str) -> Iterator[Sentence]:
    templates = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    templates.policies["ext.i18n.trimmed"] = True
    for _, _, message in extract_from_ast(templates.parse(source)):
        match message:
            case str():
                yield message
            case (str(one), str(many), *_):
                yield one, many
            case (str(only), *_):
                yield only
    for _, kind, text in templates.lex(source):
        if kind == "string" and is_phrase(text[1:-1]):
            yield text[1:-1]


def is_phrase(words: str) -> bool:
    """Whether it reads as something that people are told: several words, or one with a capital."""
    return bool(_PHRASE.fullmatch(words) and _LETTERS.search(words))


if __name__ == "__main__":
    main()
