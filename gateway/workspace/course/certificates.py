"""The certificates of an Introduction course: who has earned one, and revoking one with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.answers import button
from gateway.pages.asked import Answer, Choice, Field, Given, Question
from gateway.pages.introduction import mine, name_of
from gateway.pages.shown import Nobody, PageContext
from gateway.workspace.course.listing import courses_url
from gateway.workspace.course.now import course_of, crumbs_of, days_come, title_of
from gateway.workspace.frame import show
from gateway.workspace.operating import asked, done
from gateway.workspace.visit import NotTheirs, Visit, Visiting, WorkspaceRoute
from lifecycle.certificate import earned
from operations.certificates import restore, revoke
from records import certificates as records
from records import course_lists
from records.certificates import Certificate, RevokedBecause
from schemas.grants import Managing
from schemas.sentences import say
from schemas.words import BookingId, IntroCourseId

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

REASONS: Final = {
    RevokedBecause.ISSUED_IN_ERROR: "It was issued in error",
    RevokedBecause.REQUESTED: "The person it's for asked us to",
    RevokedBecause.OTHER: "Another reason",
}
"""Why a certificate is revoked."""


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody who has earned a certificate, or had one."""

    name: str
    state: tuple[str, str]
    reason: str
    code: str
    url: str
    label: str


@pages.api_route("/introduction-courses/{course}/certificates", methods=["GET", "HEAD"])
async def all_certificates(visit: Visiting, course: IntroCourseId) -> Response:
    """Everybody who attended both days, and what stands of their certificate."""
    page = await course_of(visit, course)
    async with visit.context.connection() as conn:
        issued = await course_lists.certificates(conn, course)
    lines = [
        _line(visit, page, key, issued.get(key), name_of(page, booked))
        for key, booked in page.intro.life.bookings.items()
        if key in issued or earned(page.intro, key) is not None
    ]
    return show(
        "intro_certificates.html",
        visit,
        title=say("Certificates: {course}", course=title_of(page)),
        lines=sorted(lines, key=lambda line: line.name.casefold()),
        crumbs=crumbs_of(visit, page),
        here=courses_url(visit, course),
        days=days_come(page),
        told="told" in visit.request.query_params,
    )


def _line(visit: Visit, page: PageContext, key: BookingId, issued: Certificate | None, name: str) -> Line:
    url = f"{courses_url(visit, page.subject)}/certificates/{key}"
    return line_of(page, issued, name, url, holds=earned(page.intro, key) is not None)


def line_of(page: PageContext, issued: Certificate | None, name: str, url: str, *, holds: bool) -> Line:
    """What stands of somebody's certificate, of a course or a cohort; whether it ``holds`` the facts say."""
    if issued is None:
        return Line(name, ("Earned", "green"), "Not opened yet. It gets its code when they open it", "", "", "")
    since = page.clock.date(issued.issued_at)
    if issued.revoked_at is not None:
        why = REASONS[issued.revoked_because or RevokedBecause.OTHER]
        said = say("{why}. Revoked on {day}", why=why, day=page.clock.date(issued.revoked_at))
        return Line(name, ("Revoked", "red"), said, issued.code, url, "Make it valid again")
    if not holds:
        return Line(
            name, ("Not valid", "grey"), "The record it was based on has been corrected", issued.code, url, "Revoke it"
        )
    return Line(name, ("Valid", "green"), say("Issued on {since}", since=since), issued.code, url, "Revoke it")


async def _issued(visit: Visit, course: IntroCourseId, booking: BookingId) -> tuple[PageContext, Certificate, Question]:
    page = await course_of(visit, course, booking)
    async with visit.context.connection() as conn:
        found = await records.issued(conn, course, booking)
    try:
        name = name_of(page, mine(page))
    except Nobody:
        raise NotTheirs from None
    if found is None:
        raise NotTheirs
    return page, found, question_of(page, found, name)


def question_of(page: PageContext, found: Certificate, name: str) -> Question:
    """Revoke it, or make it valid again."""
    if found.revoked_at is not None:
        why = REASONS[found.revoked_because or RevokedBecause.OTHER]
        return Question(
            title=say("Make the certificate of {name} valid again?", name=name),
            lead=(say("It was revoked on {day}. {why}.", day=page.clock.date(found.revoked_at), why=why),),
            topic=f"certificate/{found.code}",
            mark=("revoked",),
            answers=(Answer(name="restore", buttons=button("Make it valid again"), note=False),),
        )
    choices = tuple(Choice(reason, words) for reason, words in REASONS.items())
    why_field = Field(name="because", kind="radios", label="Why?", missing="Select why", choices=choices)
    return Question(
        title=say("Revoke the certificate of {name}?", name=name),
        lead=(
            "Anyone who checks its code will see that it isn't valid. It can't be saved any more.",
            "We won't tell them, so please do. You can make it valid again later.",
        ),
        topic=f"certificate/{found.code}",
        mark=(),
        answers=(
            Answer(
                name="revoke", fields=(why_field,), buttons=button("Revoke the certificate"), variant="warning",
                note=False,
            ),
        ),
    )  # fmt: skip


@pages.api_route("/introduction-courses/{course}/certificates/{booking}", methods=["GET", "HEAD"])
async def one_certificate(visit: Visiting, course: IntroCourseId, booking: BookingId) -> Response:
    """Revoke it, or make it valid again."""
    page, _, question = await _issued(visit, course, booking)
    visit.must_be_fresh()
    return asked(visit, question, *crumbs_of(visit, page))


@pages.post("/introduction-courses/{course}/certificates/{booking}")
async def change_certificate(visit: Visiting, course: IntroCourseId, booking: BookingId) -> Response:
    """Revoke it, or make it valid again."""
    page, found, question = await _issued(visit, course, booking)
    visit.must_be_fresh()

    async def do(answer: Answer, given: Given) -> None:
        await change(visit, found, answer, given)

    to = f"{courses_url(visit, course)}/certificates"
    return await done(visit, question, do, *crumbs_of(visit, page), to=to)


async def change(visit: Visit, found: Certificate, answer: Answer, given: Given) -> None:
    """Revoke a certificate, or make it valid again, as the answer says."""
    by, at = visit.entrusted(Managing.CERTIFICATES), visit.present
    async with visit.context.connection() as conn:
        if answer.name == "revoke":
            await revoke(conn, found, RevokedBecause(given["because"]), by=by, at=at)
        else:
            await restore(conn, found, by=by, at=at)
