"""A page as a reader and a browser without scripts take it: its words, heading, links and inputs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser

import httpx


class _Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.heading: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.inputs: list[dict[str, str]] = []
        self.ids: list[str] = []
        self._inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        if tag in {"input", "button", "textarea"}:
            self.inputs.append(given | {"tag": tag})
        if tag == "a":
            self.links.append((given.get("href", ""), ""))
        if tag in {"a", "h1", "title", "style", "script"}:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if "title" in self._inside:
            return
        self.words += data.split()
        if "h1" in self._inside:
            self.heading += data.split()
        if "a" in self._inside:
            href, words = self.links[-1]
            self.links[-1] = (href, f"{words} {data}".strip())


@dataclass
class Page:
    """A page as it was answered. ``url`` is where an answer led, if it did."""

    status: int
    text: str
    headers: httpx.Headers
    url: str = ""

    @cached_property
    def _elements(self) -> _Elements:
        return _Elements(self.text)

    @property
    def words(self) -> str:
        """What a reader reads."""
        return " ".join(self._elements.words)

    @property
    def title(self) -> str:
        """Its heading."""
        return " ".join(self._elements.heading)

    @property
    def ids(self) -> list[str]:
        """The ids of its elements."""
        return self._elements.ids

    @property
    def inputs(self) -> list[dict[str, str]]:
        """Its inputs and buttons."""
        return self._elements.inputs

    @property
    def buttons(self) -> list[str]:
        """The answers it offers."""
        return [one["value"] for one in self.inputs if one["tag"] == "button" and "value" in one]

    @property
    def state(self) -> str:
        """The hidden part of its first form."""
        return next(one["value"] for one in self.inputs if one.get("name") == "state")

    @property
    def links(self) -> list[tuple[str, str]]:
        """Where its links lead, and their words."""
        return self._elements.links

    def link(self, words: str) -> str:
        """Where the link with these words leads."""
        return next(href for href, said in self.links if words in said)
