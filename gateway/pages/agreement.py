"""The coaching agreement: its text, who has signed it and when, and signing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from gateway.pages import answers
from gateway.pages.answers import UNNAMED, Ask, button, day_field, on_day, tells
from gateway.pages.asked import BACK, Answer, Choice, Field, Given, Question, Telling
from gateway.pages.recorded import recorded
from gateway.pages.shown import PageContext
from gateway.pages.weekly import as_decided, decided_since, marks, topic_of
from lifecycle.dates import clock_time, long_date
from lifecycle.engagement.life import AGREEING
from lifecycle.roles import called
from schemas import engagement_facts as facts
from schemas.facts import Teller
from schemas.sentences import raised, say
from schemas.words import Role, Stage


def agreement(page: PageContext) -> Question:
    """Sign the coaching agreement; the office tells who has signed."""
    signed = [fact for fact in page.holding("agreement_signed") if isinstance(fact, facts.AgreementSigned)]
    role = Role.COACH if page.own else page.role
    own = [fact for fact in signed if fact.role is role]
    found: tuple[Answer, ...] = ()
    if role in AGREEING:
        found = (_sign(page, role, own[-1].event_id if own else None),)
    elif role is Role.OFFICE and page.engagement.stage is Stage.PROPOSED:
        found = (_collected(page, {fact.role for fact in signed}), answers.end_early(page, opener="It won't go ahead"))
    return Question(
        title="Sign the coaching agreement"
        if role in AGREEING
        else say("The coaching agreement for {team}", team=page.team),
        lead=(
            say(
                "{coach} is due to coach {team}. Coaching starts when all three have signed.",
                coach=page.coach,
                team=page.team,
            ),
        ),
        context=tuple((raised(called(signer)), _signature(signed, signer)) for signer in AGREEING),
        text=("Read the agreement", _terms(page)),
        topic=topic_of(page, role.value),
        mark=marks(*own) if role in AGREEING else (*as_decided(page), *marks(*signed)),
        answers=found,
        recorded=recorded(page, *(own if role in AGREEING else (*signed, *decided_since(page)))),
        settled=bool(own),
    )


def _terms(page: PageContext) -> tuple[str, ...]:
    """What is agreed, by the programme that the team follows."""
    life = page.life
    hour = life.opening.slot
    months = life.programme.hand_off.planned_after_months
    return (
        (
            say(
                "{coach} coaches {team} every week, on {weekday}s at {time}, from the start of the course on {day}.",
                coach=page.coach,
                team=page.team,
                weekday=hour.day.capitalize(),
                time=clock_time(hour.at),
                day=long_date(life.opening.course_start),
            )
        ),
        (
            "The team meets for one hour a week, however busy the week is, and decides for itself what to improve. It "
            "measures whether its changes help."
        ),
        (
            "The coach brings a method, not answers. The team lead makes sure that people can come. The sponsor "
            "protects the hour and removes obstacles for the team."
        ),
        "The coach says after each session whether it went ahead. Team and faculty each score progress once a month.",
        (
            "If the hour can't be kept for a while, the team pauses and says until when. If the coach has to stop, "
            "they say so: we'll find someone to take over. Nobody is blamed for either."
        ),
        (
            say(
                "The aim is a team that carries on alone, planned for about {months} months from the "
                "start. Anyone can end the agreement by telling the programme office.",
                months=months,
            )
        ),
        "We keep who signed and when. Nobody writes anything about patients.",
    )


def _signature(signed: list[facts.AgreementSigned], role: Role) -> str:
    found = next((fact for fact in signed if fact.role is role), None)
    return say("Signed on {day}", day=long_date(found.occurred_at.date())) if found else "Not signed yet"


def _sign(page: PageContext, role: Role, instead: str | None) -> Answer:
    if instead is not None:
        return Answer(
            name=BACK,
            hint="Use this if you didn't mean to sign.",
            buttons=button("Take my signature back"),
            tell=lambda _: (Telling(None, instead),),
            variant="warning",
        )

    def told(given: Given) -> tuple[Telling, ...]:
        return tells(given, facts.AgreementSigned, occurred_at=on_day(page, given), role=role)

    return Answer(name="sign", buttons=button("I sign the agreement"), tell=told)


def _collected(page: PageContext, signed: set[Role]) -> Answer:
    unsigned = [role for role in AGREEING if role not in signed and page.life.person(role)]

    def told(given: Given) -> tuple[Telling, ...]:
        return tuple(_signed_for(page, Role(role), on_day(page, given, f"on_{role}")) for role in given["signed"])

    who = Field(
        name="signed",
        kind="checkboxes",
        label="Who has signed?",
        missing="Select who has signed",
        choices=tuple(Choice(role, raised(called(role))) for role in unsigned),
    )
    when = tuple(
        replace(
            day_field(f"on_{role}", say("When did the {signer} sign?", signer=called(role)), page, optional=True),
            seen=True,
        )
        for role in unsigned
    )
    return Answer(name="collected", fields=(who, *when), buttons=button("They have signed"), tell=told)


def _signed_for(page: PageContext, role: Role, at: datetime) -> Telling:
    """The office says that somebody signed: it tells so on their behalf."""
    teller = Teller(role=Role.OFFICE, on_behalf_of=page.life.person(role))
    return Telling(facts.AgreementSigned(event_id=UNNAMED, occurred_at=at, role=role, told_by=teller))


PAGES: Final[dict[str, Ask]] = {"agreement": agreement}
"""By the name that a matter gives as its page."""
