"""Two records that are one person become one; and one record that is two people, or was merged, becomes two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.answers import button
from gateway.pages.asked import Answer, Choice, Field, Given, Onward, Question
from gateway.workspace.frame import show
from gateway.workspace.operating import contact
from gateway.workspace.person.frame import Seen, asking, doing, managed, person_url, way_up
from gateway.workspace.person.parts import field_name, in_words
from gateway.workspace.person.search import sought_by
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from operations import merging, reading, roles
from operations.effects import Heard
from operations.roles import Became, Which
from records import directory, erasures, people
from records.database import Connection
from records.parts import Part
from records.people import Known
from schemas.sentences import joined, raised, say, say_of

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_OFFERED: Final = 20
_LONGEST: Final = 254
_UNDO: Final = "undo"
_MERGE: Final = (
    "From now on, everything recorded under either counts as recorded under the one that stays.",
    "We'll email only the address of the one that stays.",
    "The record that goes is signed out everywhere. Its texts and its calendar subscription stop.",
    "Nothing is lost: you can undo this on the page of the record that stays.",
)
_TWO: Final = "These records have different names. Merge them only if they're the same person."
_UNMERGE: Final = "If you merged records of two people, undo that here: each gets back what was recorded under it."
_SEPARATE: Final = (
    "If two people share this record, say who the other is and which roles are theirs from now on. What was recorded "
    "before stays with this record."
)
_NOTHING: Final = (
    "Nothing was merged into this record, and it has no role now. If two people use this address, name the second one "
    "when they get a role: we'll ask whether they share the mailbox."
)


@pages.api_route("/people/{person}/merge", methods=["GET", "HEAD"])
async def other_record(visit: Visiting, person: str) -> Response:
    """Which other record is the same person: those with the same name or address, or others that are searched for."""
    who = await managed(visit, person)
    said = " ".join(visit.request.query_params.get("q", "").replace("\0", " ").split())[:_LONGEST]
    found: dict[str, directory.Listed] = {}
    async with visit.context.connection() as conn:
        await reading.noted(conn, visit.caller, "people", who.known.academy, visit.present)
        for words in (said,) if said else (who.name, who.known.address or ""):
            sought = directory.Sought(sought_by(visit).academies, said=words)
            found |= {one.person: one for one in await directory.people(conn, sought, 0, _OFFERED)}
    return show(
        "person_merge.html",
        visit,
        title=say("Which other record is {name}?", name=who.name),
        crumbs=way_up(visit, who),
        said=said,
        found=[one for one in found.values() if one.person != who.person],
        here=person_url(visit, who.person, "/merge"),
    )


async def _both(visit: Visit, person: str, other: str) -> tuple[Seen, Seen, Question]:
    who, also = await managed(visit, person), await managed(visit, other)
    visit.must_be_fresh()
    if who.person == also.person:
        raise NotTheirs
    both, two = (who, also), who.name.casefold() != also.name.casefold()
    async with visit.context.connection() as conn:
        context = [("First record" if one is who else "Second record", await _of(visit, conn, one)) for one in both]
    stays = Field(
        name="stays", kind="radios", label="Which record stays?", missing="Say which record stays",
        choices=tuple(Choice(one.person, joined(", ", (one.name, one.known.address or ""))) for one in both),
    )  # fmt: skip
    return (
        who,
        also,
        Question(
            title=say("Merge {name} and {other}?", name=who.name, other=also.name)
            if two
            else say("Merge two records of {name}?", name=who.name),
            topic=f"person/{who.person}/merge/{also.person}",
            mark=(),
            lead=(_TWO, *_MERGE) if two else _MERGE,
            context=tuple(context),
            onward=(Onward("Don't merge them", person_url(visit, who.person)),),
            answers=(Answer(name="merge", fields=(stays,), buttons=button("Merge"), note=False, weighty=True),),
        ),
    )


async def _of(visit: Visit, conn: Connection, who: Seen) -> str:
    """A record in words: what they are called and do, and how much is recorded of them."""
    parts = await roles.held(conn, who.person, visit.present)
    rows = await erasures.counted(conn, who.person)
    known = who.known
    said = [
        say("{name}, {address}", name=who.name, address=known.address),
        known.organisation or "",
        raised(known.discipline or ""),
        *(f"{kind.replace('_', ' ').capitalize()} {', '.join(ids)}" for kind, ids in sorted(known.outside.items())),
        joined("; ", (in_words(part) for part in parts)) or "No role now",
        say(
            "{entries} and {messages}",
            entries=say_of(rows.get("facts", 0), "{number} entry", "{number} entries"),
            messages=say_of(rows.get("notices", 0), "{number} message", "{number} messages"),
        ),
    ]
    return joined(". ", (one for one in said if one))


@pages.api_route("/people/{person}/merge/{other}", methods=["GET", "HEAD"])
async def merge(visit: Visiting, person: str, other: str) -> Response:
    """Both records, and which of them stays. That they were looked up is noted."""
    who, also, question = await _both(visit, person, other)
    async with visit.context.connection() as conn:
        for one in (who, also):
            await reading.noted(conn, visit.caller, "person", one.known.academy, visit.present, one.person)
    return asking(visit, who, question)


@pages.post("/people/{person}/merge/{other}")
async def merged(visit: Visiting, person: str, other: str) -> Response:
    """Merge them."""
    who, also, question = await _both(visit, person, other)

    async def do(_answer: Answer, given: Given) -> Response:
        stays, goes = (who, also) if given["stays"] == who.person else (also, who)
        heard = await merging.merge(visit.context.engine, visit.caller, goes.known, stays.known, visit.present)
        return _heard(visit, stays.known, "The records are merged", heard)

    return await doing(visit, who, question, do)


def _heard(visit: Visit, known: Known, title: str, heard: Heard) -> Response:
    """Who has not taken it up."""
    number = len(heard.refused) + len(heard.late)
    said = say_of(
        number,
        "{number} team or course hasn't taken it up yet. We'll try again by tomorrow morning, and tell you if it can't "
        "be done.",
        "{number} teams or courses haven't taken it up yet. We'll try again by tomorrow morning, and tell you if it "
        "can't be done.",
    )
    return _became(visit, known, title, [said] if number else [])


def _became(visit: Visit, known: Known, title: str, lines: Sequence[str]) -> Response:
    return show(
        "person_became.html",
        visit,
        title=title,
        crumbs=way_up(visit),
        lines=lines,
        name=known.name,
        url=person_url(visit, known.person),
    )


async def _one(visit: Visit, person: str) -> tuple[Seen, list[Part], list[Known], Question]:
    who = await managed(visit, person)
    async with visit.context.connection() as conn:
        parts = await roles.held(conn, who.person, visit.present)
        about = await directory.about(conn, who.person, visit.present)
        records = [one for id_ in about.merged for one in await people.find(conn, people.Sought(id_, exactly=True))]
    undone = tuple(
        Answer(
            name=f"{_UNDO}-{one.person}",
            buttons=button(say("Make this a record of its own: {name}, {address}", name=one.name, address=one.address)),
            note=False,
            variant="secondary",
            weighty=True,
        )
        for one in records
    )
    other = Answer(
        name="other",
        opener="Two people share this record",
        fields=(
            Field(
                name="who", kind="person", label="Who is the other person?", missing="Enter the other person's name",
                hint=say("They may have the same address, {address}.", address=who.known.address),
            ),
            Field(
                name="roles", kind="checkboxes", label="Which roles are theirs?",
                missing="Choose the roles that are theirs",
                choices=tuple(Choice(field_name(part.key), in_words(part)) for part in parts),
            ),
        ),
        buttons=button("Make two records"),
        note=False,
        weighty=True,
    )  # fmt: skip
    return who, parts, records, Question(
        title=say("Is {name} two people?", name=who.name),
        topic=f"person/{who.person}/split",
        mark=(*(one.person for one in records), *(field_name(part.key) for part in parts)),
        lead=(*((_UNMERGE,) if records else ()), *((_SEPARATE,) if parts else ())) or (_NOTHING,),
        answers=(*undone, *((other,) if parts else ())),
        onward=()
        if records or parts
        else (
            Onward(say("Back to {name}", name=who.name), person_url(visit, who.person)),
            Onward("Merge it with another record", person_url(visit, who.person, "/merge")),
        ),
    )  # fmt: skip


@pages.api_route("/people/{person}/split", methods=["GET", "HEAD"])
async def split(visit: Visiting, person: str) -> Response:
    """What was merged, and the form for somebody who shares the record."""
    who, _, _, question = await _one(visit, person)
    return asking(visit, who, question)


@pages.post("/people/{person}/split")
async def splitted(visit: Visiting, person: str) -> Response:
    """Split it."""
    who, parts, records, question = await _one(visit, person)

    async def do(answer: Answer, given: Given) -> Response:
        engine, title = visit.context.engine, "They are two records now"
        if answer.name != "other":
            known = next(one for one in records if answer.name == f"{_UNDO}-{one.person}")
            heard = await merging.split(engine, visit.caller, known, visit.present)
            return _heard(visit, known, title, heard)
        which = Which(keys=[part.key for part in parts if field_name(part.key) in given["roles"]])
        done = await merging.separate(engine, visit.caller, who.known, contact(given["who"]), which, visit.present)
        return _became(visit, done.person, title, _refused(parts, done.became))

    return await doing(visit, who, question, do)


def _refused(parts: Sequence[Part], became: Sequence[Became]) -> list[str]:
    words = {part.key: in_words(part) for part in parts}
    return [
        say("{role} stays as it was: {reason}", role=words.get((one.subject, one.role), "A role"), reason=one.reason)
        for one in became
        if not one.told
    ]
