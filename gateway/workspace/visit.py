"""Who is at work in the workspace, and what they may see: every page of it begins with a visit."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData

from activities.links import Link, Purpose
from gateway.context import AppContext, context, now
from gateway.pages import kindly, reading
from gateway.pages.asked import BACK, Question
from gateway.pages.forms import BUTTON
from gateway.pages.route import PageRoute, root_of
from gateway.pages.shown import links_of
from gateway.sign_in import sessions
from lifecycle.dates import Clock, clock_of
from operations import signing_in
from operations.callers import Caller
from records import pages
from records.database import serve_only
from records.pages import Office, Reader
from records.roles import Held
from schemas.grants import Grant, Managing, Verb
from schemas.programme import DEFAULT_ZONE
from schemas.words import Role

RUNNING: Final = frozenset({Role.OFFICE, Role.DEPUTY})
"""Who runs an academy."""


class SignInFirst(Exception):
    """Nobody is signed in, or not freshly enough for what is weighty; ``form`` is what they had sent."""


class NotTheirs(Exception):
    """Somebody is signed in who has no part in what the page is about."""


@dataclass(frozen=True, slots=True)
class AtWork:
    """Whoever works on a page. ``office`` is whom they ask."""

    context: AppContext
    request: Request
    present: datetime
    office: Office | None

    @property
    def clock(self) -> Clock:
        """The clock by which they read."""
        return clock_of(DEFAULT_ZONE)

    @property
    def today(self) -> date:
        """The date there."""
        return self.clock.today(self.present)

    @property
    def root(self) -> str:
        """The path under which the gateway is reached."""
        return root_of(self.context)

    def must_be_fresh(self) -> None:
        """Before anything weighty. Raises SignInFirst for who showed longer ago than five minutes that it is them."""
        if not sessions.fresh():
            raise SignInFirst

    def weighs(self, question: Question, form: FormData) -> None:
        """Before a form is taken: raises SignInFirst where its answer is weighty, or takes something back."""
        answer = question.answer(str(form.get(BUTTON) or "").partition(".")[0])
        if answer is not None and (answer.weighty or answer.name.startswith(BACK)):
            self.must_be_fresh()


@dataclass(frozen=True, slots=True)
class Visit(AtWork):
    """Somebody at work. ``held`` is every part that the facts give them; pages ask it who they are where."""

    reader: Reader
    held: tuple[Held, ...]
    ends: datetime

    @property
    def person(self) -> str:
        """Who it is."""
        return self.reader.person

    @property
    def academy(self) -> str:
        """Where they are known."""
        return self.reader.academy

    @property
    def clock(self) -> Clock:
        """The clock of their academy."""
        return self.reader.clock

    @property
    def runs(self) -> bool:
        """Whether they run their academy: as its office, or as its deputy."""
        return any(part.role in RUNNING and part.academy == self.academy for part in self.held)

    @property
    def supervises(self) -> bool:
        """Whether they run their academy, or support teams."""
        return self.runs or any(part.role is Role.FACULTY for part in self.held)

    @property
    def operates(self) -> bool:
        """Whether they run the installation."""
        return any(part.role is Role.OPERATOR for part in self.held)

    def sees(self) -> tuple[tuple[str, ...], str | None]:
        """Whose teams and people they see: an office its academy's, faculty their own anywhere. Raises NotTheirs."""
        if self.runs:
            return (self.academy,), None
        academies = {part.academy for part in self.held if part.role is Role.FACULTY}
        if not academies:
            raise NotTheirs
        return tuple(sorted(academies)), self.person

    @property
    def caller(self) -> Caller:
        """The same, as whoever tells a fact or asks for an operation."""
        return Caller.of(f"person:{self.person}", reading.door(self.person), self.academy)

    def entrusted(self, wanted: Managing) -> Caller:
        """The same, where they run their academy: they may see to this in all of it. Raises NotTheirs."""
        self.must_run()
        return replace(self.caller, grants=(*self.caller.grants, Grant(Verb.MANAGE, self.academy, frozenset({wanted}))))

    def parts(self, subject: str) -> frozenset[Role]:
        """What they are to a team, cohort or course: whoever runs the academy is its office."""
        academy = subject.partition(".")[0]
        return frozenset(
            Role.OFFICE if part.role in RUNNING else part.role
            for part in self.held
            if part.subject == subject or (part.role in RUNNING and part.academy == academy)
        )

    def must_run(self) -> None:
        """Raises NotTheirs for whoever doesn't run their academy."""
        if not self.runs:
            raise NotTheirs

    def must_have(self, subject: str, *roles: Role) -> None:
        """Raises NotTheirs for whoever is none of these to a subject; without roles, for who is nothing to it."""
        parts = self.parts(subject)
        if not (parts & frozenset(roles) if roles else parts):
            raise NotTheirs

    def link(self, purpose: Purpose, subject: str = "", about: str = "") -> Link:
        """A link of theirs, which works while the session lasts."""
        return Link(purpose, self.person, subject, about, self.ends, self.reader.links_epoch)

    def url(self, purpose: Purpose, subject: str = "", about: str = "") -> str:
        """Where a page that also stands in mails is opened from here."""
        return links_of(self.context).url(self.link(purpose, subject, about))


async def visit_of(request: Request, found_context: Annotated[AppContext, Depends(context)]) -> Visit:
    """Whoever is signed in. Raises SignInFirst for nobody, NotTheirs for an operator and for nobody who is known."""
    found = reading.signed_in()
    if found is not None and found.operator and not found.people:
        raise NotTheirs
    if found is None or found.person is None:
        raise SignInFirst
    async with found_context.connection() as conn:
        reader = await reading.reader(conn, found.person)
        if reader is None or reader.name is None:
            raise NotTheirs
        office = await pages.office_of(conn, reader.academy)
    held = reading.held(found.person) or ()
    serve_only({reader.academy, *(part.academy for part in held)} - {""})
    ends = found.began_at + signing_in.AT_MOST
    return Visit(found_context, request, now(), office, reader, held, ends)


Visiting = Annotated[Visit, Depends(visit_of)]
"""A page's first argument: whoever is at work."""


class WorkspaceRoute(PageRoute):
    """Has whoever is not signed in do so first, and come back to what they wanted."""

    async def handled(self, handle: Callable[[Request], Coroutine[Any, Any, Response]], request: Request) -> Response:
        """The page, or why it is not shown."""
        found: AppContext = request.app.state.context
        if any("\0" in str(named) for named in request.path_params.values()):
            return kindly.not_theirs(root_of(found))
        try:
            return await handle(request)
        except SignInFirst:
            form = await request.form(max_fields=500) if request.method == "POST" else None
            return await sessions.sign_in_first(found, request, form)
        except (NotTheirs, RequestValidationError):
            # The address alone is judged before a page is asked for: what no id can be names nothing.
            return kindly.not_theirs(root_of(found))
