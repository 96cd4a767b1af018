"""A key is made: for one of the usual services, or with what is chosen. Its secret is shown once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages import fields
from gateway.pages.answers import button
from gateway.pages.asked import Answer, Choice, Field, Given, Question
from gateway.workspace.keys.frame import Operating, Works, shown_once, way_up
from gateway.workspace.keys.words import READ, SEEN_TO, SERVICES, SPOKEN_FOR, TOLD, all_it_may
from gateway.workspace.operating import InFieldsError, asked, done
from gateway.workspace.visit import WorkspaceRoute
from operations.keys import AT_MOST, make_key
from records import academies, keys
from schemas.grants import Grant, Verb, preset
from schemas.sentences import raised, say

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_OTHER: Final = "other"
_CHOSEN: Final[tuple[tuple[str, Verb, str, Mapping[str, str]], ...]] = (
    ("tell", Verb.TELL, "It may also record", {str(one): said for one, said in TOLD.items()}),
    ("as", Verb.AS, "It may say that it speaks for", {str(one): said for one, said in SPOKEN_FOR.items()}),
    ("read", Verb.READ, "It may also read", {str(one): said for one, said in READ.items()}),
    ("manage", Verb.MANAGE, "It may also", {str(one): said for one, said in SEEN_TO.items()}),
)
_LEAD: Final = (
    "A key lets another service tell us things, or read them, without a person signing in.",
    "Give each service its own, and no more than it needs.",
    "We show the key once. A key for every academy at once is made at the command line, with mca key make.",
)


def until(today: date) -> Field:
    """Until when a key works."""
    return Field(
        name="until",
        kind="date",
        label="Until when does it work?",
        hint="At most a year from today. We'll email you 30 days before.",
        missing="Enter the last day on which it works",
        value=today + AT_MOST,
    )


def ends(work: Operating, answer: Answer, given: Given) -> datetime:
    """When a key ends, by the day that was entered. Raises InFieldsError for one that is past, or too far ahead."""
    day: date = given["until"]
    if not timedelta(0) < day - work.today <= AT_MOST:
        where = f"{fields.input_id(answer, 'until')}-day"
        raise InFieldsError({where: "Enter a day from tomorrow to a year from today"})
    return work.present + (day - work.today)


async def _asked(work: Operating) -> Question:
    work.must_be_fresh()
    async with work.context.connection() as conn:
        known = await academies.known(conn)
        made = await keys.everyone(conn)
    where = tuple(Choice(one, work.context.settings.academy_called(one)) for one in known)
    answer = Answer(
        name="make",
        fields=(*_fields(where), until(work.today)),
        buttons=button("Make the key"),
        note=False,
        weighty=True,
    )
    return Question(
        title="Make a key",
        topic="engine/keys/make",
        # A second press finds another list, and makes no second key.
        mark=tuple(line.key for line in made),
        lead=_LEAD,
        answers=(answer,) if where else (),
    )


def _fields(where: Sequence[Choice]) -> tuple[Field, ...]:
    services = (Choice(one, said, all_it_may(one)) for one, said in SERVICES.items())
    return (
        Field(
            name="name", kind="team", label="What is it called?", hint="The service that uses it, not a person.",
            missing="Enter what the key is called",
        ),
        Field(
            name="academy", kind="radios", label="For which academy?", choices=tuple(where),
            missing="Select the academy", value=where[0].value if len(where) == 1 else "",
        ),
        Field(
            name="service", kind="radios", label="What is it for?", missing="Select what it is for",
            choices=(*services, Choice(_OTHER, "Something else", "Choose what it may do, under “Say more”.")),
        ),
        *(
            Field(
                name=name, kind="checkboxes", label=label, optional=True,
                choices=tuple(Choice(one, raised(said)) for one, said in words.items()),
            )
            for name, _, label, words in _CHOSEN
        ),
    )  # fmt: skip


def _grants(answer: Answer, given: Given) -> tuple[Grant, ...]:
    academy, service = given["academy"], given["service"]
    chosen = tuple(
        Grant(verb, academy, frozenset(given[name])) for name, verb, _, _ in _CHOSEN if given[name]
    )  # fmt: skip
    grants = chosen if service == _OTHER else (*preset(service, academy), *chosen)
    if not grants:
        raise InFieldsError({fields.input_id(answer, "service"): "Choose what it may do, under “Say more”"})
    return grants


@pages.api_route("/engine/keys/make", methods=["GET", "HEAD"])
async def make(work: Works) -> Response:
    """What it is for, where, and until when."""
    return asked(work, await _asked(work), *way_up(work))


@pages.post("/engine/keys/make")
async def made(work: Works) -> Response:
    """The new key, this once."""

    async def do(answer: Answer, given: Given) -> Response:
        grants, last = _grants(answer, given), ends(work, answer, given)
        name: str = given["name"].name
        async with work.context.connection() as conn:
            secret = (await make_key(conn, work.caller, name, grants, work.present, last)).secret
        return shown_once(work, say("The key of {name} is made", name=name), secret, work.clock.moment(last))

    return await done(work, await _asked(work), do, *way_up(work), to=f"{work.root}/engine/keys")
