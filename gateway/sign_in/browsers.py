"""What a browser is called, for somebody who looks where they are signed in."""

from __future__ import annotations

from typing import Final

from schemas.sentences import say

# The first that is named counts: most browsers name others too.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "a Chromebook"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
)


def called(agent: str | None) -> str:
    """A browser in words, such as "Edge on Windows", by its User-Agent; nothing else of that is kept."""
    said = agent or ""
    browser = next((name for mark, name in _BROWSERS if mark in said), "Unknown browser")
    system = next((name for mark, name in _SYSTEMS if mark in said), "")
    return say("{browser} on {system}", browser=browser, system=system) if system else browser
