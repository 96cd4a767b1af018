"""Answers about what the team measures: a measure, its values, a new baseline, and the aim it all serves."""

from __future__ import annotations

from typing import Final

from gateway.pages.answers import UNNAMED, button, day_field, tells
from gateway.pages.asked import NO_PATIENTS, Answer, Choice, Field, Given, Telling
from gateway.pages.named import SCORES
from gateway.pages.shown import PageContext
from lifecycle.dates import long_date
from lifecycle.engagement.measured import Series, series
from schemas import engagement_facts
from schemas import improvement_facts as facts
from schemas.sentences import joined, say
from schemas.words import Role

REASONS: Final = {
    "process_changed": "The way of working has changed",
    "sustained_shift": "The new level has lasted",
    "measured_otherwise": "It's measured in a different way",
    "other": "Another reason",
}
"""Why a chart has a new baseline."""

MEASURED: Final = (
    Field(
        name="words", kind="note", label="What should improve, and how will the team measure it?",
        hint=say("For example, the percentage of clinics that start on time. {no_patients}", no_patients=NO_PATIENTS),
        missing="Enter what should improve",
    ),
    Field(
        name="better", kind="radios", label="Which is better?", missing="Select which is better",
        choices=(Choice("higher", "A higher number"), Choice("lower", "A lower number")),
    ),
)  # fmt: skip
"""What a measure is, and which way is better."""

SCORE: Final = Field(
    name="score",
    kind="radios",
    label="The score",
    missing="Select a score",
    choices=tuple(Choice(value, say("{score}: {meaning}", score=value, meaning=words)) for value, words in SCORES),
)
"""A progress score."""

_KINDS: Final = ("measure_defined", "measurement_recorded", "chart_rebased", "aim_set")


def measured(page: PageContext) -> tuple[Series, ...]:
    """The team's measures with their values."""
    return series(page.holding(*_KINDS))


def measure_words(page: PageContext, code: str) -> str:
    """What a measure is called."""
    event_id = next((found.event_id for found in measured(page) if found.measure == code), "")
    return page.words_of(event_id) or say("Measure {number}", number=code.removeprefix("m"))


def defined(page: PageContext, given: Given) -> facts.MeasureDefined:
    """A new measure, as the form tells it."""
    taken = page.life.measures
    code = next(code for number in range(1, len(taken) + 2) if (code := f"m{number}") not in taken)
    better = given["better"]
    return facts.MeasureDefined(event_id=UNNAMED, occurred_at=given.at, measure=code, better=better)


def new_measure(page: PageContext) -> Answer:
    """Something the team counts, without an aim for it yet, or to see that nothing else gets worse."""
    return Answer(
        name="measure",
        opener="Add a measure",
        fields=MEASURED,
        buttons=button("Add the measure"),
        tell=lambda given: (Telling(defined(page, given)),),
        variant="secondary",
        note=False,
    )


def global_aim(page: PageContext) -> Answer:
    """What the team wants in the end. Its words are kept as the note."""
    known = any(isinstance(fact, facts.AimSet) and fact.aim == "global" for fact in page.holding("aim_set"))
    words = Field(
        name="global",
        kind="note",
        label="What does the team want to improve overall?",
        hint=say(
            "One sentence: which process, for whom, and why it matters now. {no_patients}", no_patients=NO_PATIENTS
        ),
        missing="Enter the global aim",
    )
    return Answer(
        name="global-aim",
        opener="Reword the global aim" if known else "Set a global aim",
        fields=(words,),
        buttons=button("Record the global aim"),
        tell=lambda given: tells(given, facts.AimSet, aim="global"),
        variant="secondary",
        note=False,
    )


def values(page: PageContext) -> Answer:
    """One value of a measure or many. A value of a day that has one already corrects it."""
    known = {found.measure: found for found in measured(page)}
    lines = Field(
        name="lines", kind="values", label="Dates and values",
        hint="One line for each: the date, then the number. For example, 27 3 2027, 12.5. You can paste two columns "
        "from a spreadsheet. If a date has a value already, the new one replaces it.",
        missing="Enter at least one date with its value",
    )  # fmt: skip

    def told(given: Given) -> tuple[Telling, ...]:
        found = known[given["measure"] or next(iter(known))]
        before = {value.day: value for value in found.values}
        # The latest first: of a day to come nothing at all is recorded.
        return tuple(
            _value(given, found.measure, day, value, before[day].event_id if day in before else None)
            for day, value in sorted(given["lines"], reverse=True)
            if day not in before or before[day].value != value
        )

    return Answer(
        name="values",
        opener="Enter values of a measure",
        fields=(*((_which(page),) if len(known) > 1 else ()), lines),
        buttons=button("Record the values"),
        tell=told,
        note=False,
    )


def _value(given: Given, measure: str, day: object, value: float, instead: str | None) -> Telling:
    said = {"event_id": UNNAMED, "occurred_at": given.at, "measure": measure, "day": day, "value": value}
    return Telling(facts.MeasurementRecorded.model_validate(said), instead)


def scores(page: PageContext) -> tuple[Answer, ...]:
    """A progress score by those for whom the reader can speak."""
    by = {"team": "The team's progress score", "faculty": "Faculty's progress score"}
    speaks = {Role.OFFICE: ("team", "faculty"), Role.FACULTY: ("faculty",)}.get(page.role, ("team",))
    return tuple(_score(scorer, words) for scorer, words in by.items() if scorer in speaks)


def _score(scorer: str, opener: str) -> Answer:
    return Answer(
        name=f"score-{scorer}",
        opener=opener,
        fields=(SCORE,),
        buttons=button("Record the score"),
        tell=lambda given: tells(given, engagement_facts.ProgressScored, score=float(given["score"]), scorer=scorer),
    )


def rebase(page: PageContext) -> Answer:
    """The chart of a measure has a new baseline."""
    fields = (
        _which(page),
        day_field("from", "When does the new baseline start?", page),
        Field(
            name="reason", kind="radios", label="Why?", missing="Select why",
            choices=tuple(Choice(code, words) for code, words in REASONS.items()),
        ),
    )  # fmt: skip
    return Answer(
        name="rebase",
        opener="Start a new baseline on a chart",
        hint="Do this when a change has a known cause and is expected to last. The chart's lines start again "
        "from that date.",
        fields=fields,
        buttons=button("Start a new baseline"),
        tell=lambda given: tells(
            given, facts.ChartRebased, measure=given["measure"], from_day=given["from"], reason=given["reason"]
        ),
        variant="secondary",
    )


def _which(page: PageContext) -> Field:
    choices = tuple(Choice(code, measure_words(page, code)) for code in sorted(page.life.measures))
    return Field(name="measure", kind="radios", label="Which measure?", missing="Select a measure", choices=choices)


def baseline_words(page: PageContext, found: Series) -> list[str]:
    """From when each new baseline of a measure holds, and why."""
    told = {fact.event_id: fact for fact in page.holding("chart_rebased") if isinstance(fact, facts.ChartRebased)}
    said = []
    for day, event_id in found.rebased:
        why = page.words_of(event_id) if event_id else "The coaching changed pace"
        reason = REASONS[told[event_id].reason] if event_id in told else ""
        said.append(
            say(
                "New baseline from {day}: {reasons}",
                day=long_date(day),
                reasons=joined(". ", (part for part in (reason, why) if part)),
            )
        )
    return said
