"""Mails that need no letter, such as a code to sign in: a template each, in a language or whole in English."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment, Template

from activities.mail import Mail
from activities.phrases import Phrases, block, paragraphs
from activities.templating import SHIPPED
from schemas.programme import Language


@dataclass(frozen=True, slots=True)
class ShortMail:
    """The words of one kind of mail, by the name of its template."""

    name: str
    phrases: Phrases

    @classmethod
    def called(cls, name: str, language: Language, templates: Environment = SHIPPED) -> ShortMail:
        """In a language; in English where it has not this mail."""
        return cls(name, Phrases.with_all(language, [_file(name)], templates))

    @property
    def template(self) -> Template:
        """The template of its words, with a block for each part."""
        return self.phrases.template(_file(self.name))

    def subject(self, **facts: object) -> str:
        """What it is about."""
        return block(self.template, "subject", facts)

    def words(self, **facts: object) -> list[str]:
        """Its paragraphs."""
        return paragraphs(self.template, "words", facts)

    def plain(self, name: str, *more: str, **facts: object) -> str:
        """The text alone: its greeting, its paragraphs, and ``more``."""
        return "\n\n".join([self.phrases.say("hello", name=name), *self.words(**facts), *more])

    def write(self, key: str, to: tuple[str, str], at: datetime, link: str = "", **facts: object) -> Mail:
        """The mail to a name and an address, with its link on a button. Of the same ``key`` it is the same mail."""
        name, address = to
        templates, subject = self.phrases.templates, self.subject(**facts)
        said = {
            "language": self.phrases.language.value,
            "subject": subject,
            "hello": self.phrases.say("hello", name=name),
            "words": self.words(**facts),
            "link": link,
            "button": block(self.template, "button", facts) if link else "",
        }
        return Mail(
            key=hashlib.sha256(f"{self.name}\n{key}".encode()).hexdigest(),
            to_name=name,
            to_address=address,
            reply_name="",
            reply_address=None,
            subject=subject,
            text=templates.get_template("short.txt").render(said),
            html=templates.get_template("short.html").render(said),
            at=at,
        )


def _file(name: str) -> str:
    return f"mails/{name}.txt"
