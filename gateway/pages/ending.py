"""Pages that lead to an end: stepping back, readiness, hand-off, aftercare."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateway.pages import answers
from gateway.pages.answers import Ask, button, day_field, on_day, tells
from gateway.pages.asked import BACK, Answer, Choice, Field, Given, Question, Telling
from gateway.pages.recorded import recorded
from gateway.pages.shown import COACHES, PageContext
from gateway.pages.weekly import as_decided, asked, decided_since, marks, topic_of
from lifecycle.dates import long_date
from lifecycle.engagement.gate import missing
from lifecycle.engagement.life import OWNERS
from lifecycle.roles import ROLES
from schemas import engagement_facts as facts
from schemas.sentences import joined, say
from schemas.words import EndReason, Role, Stage


def transition(page: PageContext) -> Question:
    """May the coach begin to step back?"""
    started = page.holding("transition_started")
    current = [fact for fact in started if page.life.transition_at == fact.occurred_at]
    begin = Answer(
        name="begin",
        fields=(day_field("on", "When does the coach start to step back?", page),),
        buttons=button("The coach starts to step back"),
        tell=lambda given: tells(given, facts.TransitionStarted, occurred_at=on_day(page, given)),
    )
    back = Answer(
        name=BACK,
        hint="Use this if the coach hasn't started to step back.",
        buttons=button("Take it back"),
        tell=lambda _: (Telling(None, current[-1].event_id),),
        variant="warning",
    )
    return Question(
        title=say("Is {team} ready for its coach to step back?", team=page.team),
        lead=(
            "In the transition sessions become fortnightly, then monthly, and the team leads its own meetings.",
            "If it isn't time yet, you don't need to do anything: we'll ask again.",
        ),
        topic=topic_of(page),
        mark=as_decided(page),
        answers=(back,) if current else (begin,) if page.engagement.stage in (Stage.AGREED, Stage.ACTION) else (),
        recorded=recorded(page, *(current or decided_since(page))),
        settled=bool(current),
    )


def readiness(page: PageContext) -> Question:
    """Can the team carry on alone? Ready for sign-off, or not yet with conditions and a date."""
    open_now = page.engagement.stage in (Stage.ACTION, Stage.TRANSITION)
    signers = page.life.programme.gate.sign_offs
    ready = Answer(
        name="ready",
        hint=say(
            "We'll then ask for signatures from: {signers}.", signers=joined(", ", (ROLES[role] for role in signers))
        ),
        buttons=button("Ready for sign-off"),
        tell=lambda given: tells(given, facts.ReadinessAssessed),
    )
    lacking = missing(page.life, page.present)
    return Question(
        title=say("Can {team} carry on alone?", team=page.team),
        lead=("Whether it's ready is for people to decide. Please review it with the coach and the team.",),
        context=(("Still needed before the hand-off", joined("; ", lacking)),) if lacking and open_now else (),
        topic=topic_of(page),
        mark=as_decided(page),
        answers=(ready, answers.not_ready(page)) if open_now else (),
        recorded=recorded(page, *decided_since(page)),
        correctable=False,
    )


def sign_off(page: PageContext) -> Question:
    """Sign off the readiness; the coach names who owns process and measure."""
    life = page.life
    assessed = page.engagement.stage is Stage.READINESS_REVIEW
    role = Role.COACH if page.role in COACHES else page.role
    since = life.assessed_at or page.present
    signed = [
        fact for fact in page.holding("signed_off")
        if isinstance(fact, facts.SignedOff) and fact.role is role and fact.occurred_at >= since
    ]  # fmt: skip
    owners = [owner for owner in OWNERS if owner not in life.people]
    found: list[Answer] = []
    if assessed and role in life.programme.gate.sign_offs and not signed:
        found.append(_signs_off(role))
    if assessed and role in (Role.COACH, Role.OFFICE, Role.TEAM_LEAD):
        found += [_names_owner(owner) for owner in owners]
    if assessed and role in (Role.FACULTY, Role.TEAM_LEAD, Role.COACH):
        found.append(answers.not_ready(page, opener="I don't agree: not ready yet"))
    named = [fact for fact in page.holding("owner_named") if fact.occurred_at >= since]
    return Question(
        title=say("Sign off that {team} is ready", team=page.team),
        lead=("Before the hand-off we need these signatures, and an owner for the process and the measure.",)
        if assessed
        else ("There's nothing to sign now.",),
        context=_still_to_come(page) if assessed else (),
        topic=topic_of(page, role.value),
        mark=as_decided(page),
        answers=tuple(found),
        recorded=recorded(page, *signed, *named),
        correctable=False,
    )


def _still_to_come(page: PageContext) -> tuple[tuple[str, str], ...]:
    lacking = missing(page.life, page.present)
    return (("Still needed", joined("; ", lacking)),) if lacking else (("Still needed", "Nothing"),)


def _signs_off(role: Role) -> Answer:
    def told(given: Given) -> tuple[Telling, ...]:
        return tells(given, facts.SignedOff, role=role)

    return Answer(name="sign", buttons=button("I sign off: the team is ready"), tell=told)


def _names_owner(role: Role) -> Answer:
    of_process = role is Role.PROCESS_OWNER
    who = Field(
        name="owner",
        kind="person",
        label="Who owns the process after hand-off?" if of_process else "Who owns the measure after hand-off?",
        hint="We'll ask this person from time to time whether the improvement is holding.",
        missing="Enter who owns the process" if of_process else "Enter who owns the measure",
    )
    return Answer(
        name="process-owner" if of_process else "measure-owner",
        opener="Name who owns the process" if of_process else "Name who owns the measure",
        fields=(who,),
        buttons=button("Name the process owner" if of_process else "Name the measure owner"),
        tell=lambda given: tells(
            given,
            facts.OwnerNamed,
            role="process_owner" if of_process else "measure_owner",
            person=given["owner"],
        ),
        variant="secondary",
    )


def hand_off(page: PageContext) -> Question:
    """All have signed: hand off, not yet, or end."""
    lacking = missing(page.life, page.present)
    question = _deciding(
        page,
        say("Can {team} carry on alone now?", team=page.team),
        "Everyone who needs to has signed off. The hand-off itself is always for people to decide.",
        *(() if lacking else (answers.hand_off(page),)),
        answers.not_ready(page),
    )
    return replace(question, context=_still_to_come(page)) if lacking and question.answers else question


def _extend(page: PageContext) -> Answer:
    """The limit moves by one extension of the programme."""

    def told(given: Given) -> tuple[Telling, ...]:
        return tells(given, facts.ExtensionGranted)

    months = page.life.programme.hand_off.extension_months
    return Answer(
        name="extend", buttons=button(say("Extend by {months} months", months=months)), tell=told, variant="secondary"
    )


def limit(page: PageContext) -> Question:
    """The time is up: hand off, extend or end."""
    life = page.life
    found = [_extend(page)] if life.extensions < life.programme.hand_off.extensions_at_most else []
    if page.engagement.stage is Stage.READINESS_REVIEW and not missing(life, page.present):
        found.insert(0, answers.hand_off(page))
    day = long_date(page.calendar.day(page.engagement.limit()))
    return _deciding(
        page,
        say("Extend or end the coaching of {team}?", team=page.team),
        say("It reaches the longest time the programme allows on {day}.", day=day),
        *found,
        answers.end_early(page),
    )


def _deciding(page: PageContext, title: str, lead: str, *found: Answer) -> Question:
    coached = page.engagement.stage in (Stage.ACTION, Stage.TRANSITION, Stage.READINESS_REVIEW)
    since = decided_since(page)
    extended = any(fact.kind == "extension_granted" for fact in since)
    return Question(
        title=title,
        lead=(lead,) if coached else ("There's nothing to decide here now.",),
        topic=topic_of(page),
        mark=as_decided(page),
        answers=found if coached and not extended else (),
        recorded=recorded(page, *since),
        correctable=False,
    )


def aftercare(page: PageContext) -> Question:
    """Does the improvement still hold?"""
    month = int(asked(page)[1].removeprefix("month-").partition(".")[0])
    told_before = [
        fact for fact in page.holding("aftercare_reported")
        if isinstance(fact, facts.AftercareReported) and fact.month == month and month in page.life.aftercare
    ][-1:]  # fmt: skip
    instead = told_before[0] if told_before else None

    def told(given: Given) -> tuple[Telling, ...]:
        return tells(
            given,
            facts.AftercareReported,
            instead.event_id if instead else None,
            occurred_at=instead.occurred_at if instead else given.at,
            month=month,
            holding=given.choice == "holding",
        )

    buttons = (Choice("holding", "Yes, it's holding"), Choice("not-holding", "No, it isn't holding"))
    return Question(
        title=say("Is the improvement at {team} still holding?", team=page.team),
        lead=(
            say(
                "The hand-off was {month} months ago. If the improvement isn't holding, we'll offer help.", month=month
            ),
        ),
        topic=topic_of(page),
        mark=marks(*told_before, *page.holding("booster_held")),
        answers=(Answer(name="report", buttons=buttons, tell=told),),
        recorded=recorded(page, *told_before),
        settled=bool(told_before),
    )


def relapse(page: PageContext) -> Question:
    """It no longer holds: a booster, new coaching, or none."""
    relapsed = page.engagement.stage is Stage.RELAPSED
    booster = Answer(
        name="booster",
        fields=(day_field("on", "When was the booster session held?", page),),
        buttons=button("A booster session was held"),
        tell=lambda given: tells(given, facts.BoosterHeld, occurred_at=on_day(page, given)),
    )
    end = answers.end_early(
        page, EndReason.NEW_ENGAGEMENT, EndReason.TEAM_WITHDREW, EndReason.OTHER, opener="New coaching, or neither"
    )
    return Question(
        title=say("What would help {team}?", team=page.team),
        lead=(say("The improvement at {team} is no longer holding.", team=page.team),)
        if relapsed
        else ("This has been answered.",),
        topic=topic_of(page),
        mark=as_decided(page),
        answers=(booster, end) if relapsed and page.role in (Role.FACULTY, Role.OFFICE) else (),
        recorded=recorded(page, *decided_since(page)),
        correctable=False,
    )


PAGES: Final[dict[str, Ask]] = {
    "transition": transition,
    "readiness": readiness,
    "sign_off": sign_off,
    "hand_off": hand_off,
    "limit": limit,
    "aftercare": aftercare,
    "relapse": relapse,
}
"""By the name that a matter gives as its page."""
