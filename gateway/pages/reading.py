"""Who reads the page that is being answered, as far as it is known: every page says so, and none has to ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.datastructures import FormData

from gateway.pages.places import SUPERVISING, Place, places
from lifecycle.dates import clock_of
from operations import context, signing_in
from records import pages
from records.database import Connection
from records.pages import Reader
from records.roles import Held
from records.sign_ins import SignIn
from schemas.programme import DEFAULT_ZONE, Language


@dataclass(slots=True)
class Reading:
    """Who is signed in, when the page was asked for, and what they had typed before they had to sign in again.

    ``by`` is whom what is tried here is counted by; ``held`` is every part of who is signed in; ``demonstrates`` that
    all this is a demonstration, ``moves`` that whoever reads may put its clock forward.
    """

    by: str
    path: str = ""
    held: tuple[Held, ...] = ()
    found: SignIn | None = None
    at: datetime | None = None
    typed: FormData | None = None
    language: Language = Language.ENGLISH
    demonstrates: bool = False
    moves: bool = False


_READING: Final[ContextVar[Reading | None]] = ContextVar("reading", default=None)


@contextmanager
def begun(by: str, path: str) -> Iterator[Reading]:
    """While one page is answered."""
    made = Reading(by, path)
    token = _READING.set(made)
    try:
        yield made
    finally:
        _READING.reset(token)


def signed_in() -> SignIn | None:
    """Who is signed in in the browser that asked for this page."""
    now = _READING.get()
    return now.found if now else None


def held(person: str) -> tuple[Held, ...] | None:
    """Every part that somebody has, where they are the one who is signed in; None for others."""
    now = _READING.get()
    return now.held if now and now.found and now.found.person == person else None


def ways() -> list[Place]:
    """Where whoever is signed in may go from this page."""
    now = _READING.get()
    return places({part.role for part in now.held}, now.path) if now and now.held else []


def searches() -> bool:
    """Whether whoever is signed in looks after others, and may search among them."""
    now = _READING.get()
    return now is not None and any(part.role in SUPERVISING for part in now.held)


def by() -> str | None:
    """Whom what is tried on this page is counted by."""
    now = _READING.get()
    return now.by if now else None


def door(person: str) -> str:
    """The way by which somebody acts on this page: signed in, or by a link alone."""
    found = signed_in()
    return "signed_in" if found is not None and found.person == person else "page"


def reads(language: Language) -> None:
    """Have this page drawn in a language."""
    now = _READING.get()
    if now is not None:
        now.language = language


async def reader(conn: Connection, person: str) -> Reader | None:
    """Whoever this page is for: it is drawn in the language of their academy."""
    found = await pages.reader(conn, person)
    if found is not None:
        reads(found.language)
    return found


def language() -> Language:
    """In which this page is read."""
    now = _READING.get()
    return now.language if now else Language.ENGLISH


def recall(form: FormData | None) -> None:
    """Have what somebody had typed here shown again."""
    now = _READING.get()
    if now is not None and form is not None:
        now.typed = form


def typed() -> FormData | None:
    """What they had typed here before they had to sign in again."""
    now = _READING.get()
    return now.typed if now else None


@dataclass(frozen=True, slots=True)
class Demonstrated:
    """What every page of a demonstration says: what time it is there, and where the reader is."""

    at: str
    path: str
    moves: bool


def demonstrated() -> Demonstrated | None:
    """What this page says of the demonstration it is a part of; None everywhere else."""
    now = _READING.get()
    if now is None or not now.demonstrates:
        return None
    return Demonstrated(clock_of(DEFAULT_ZONE).moment(context.now()), now.path, now.moves)


@dataclass(frozen=True, slots=True)
class Session:
    """What every page says of a session: whose it is, and when it ends; ``last`` whatever page is opened until then.

    ``name`` is empty until somebody has said which of several people they are.
    """

    name: str
    ends: str
    last: bool
    seconds: int


def session() -> Session | None:
    """The session in which this page is read."""
    now = _READING.get()
    if now is None or now.found is None or now.at is None:
        return None
    ends = signing_in.ends_at(now.found, now.at)
    name = now.found.name or ("the operator" if now.found.operator else "")
    last = ends == now.found.began_at + signing_in.AT_MOST
    return Session(name, clock_of(now.found.zone).time(ends), last, int((ends - now.at).total_seconds()))
