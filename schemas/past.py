"""What happened before a cohort was run here, as somebody writes it down: one row for each thing that happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from schemas import roster_cells, texts
from schemas.headings import folded, headed
from schemas.roster import RosterFault
from schemas.sheet import Record, Sheet, UnreadableSheetError, read_sheet, tidy

COLUMNS: Final = ("participant", "date", "what_happened", "detail", "words")
_NEEDED: Final = COLUMNS[:3]


class Happening(NamedTuple):
    """A kind of fact: which field the detail fills, what it is if nothing is said, and fields that are always so."""

    kind: str
    detail: str = ""
    otherwise: str | None = None
    fixed: Mapping[str, object] = {}
    of_cohort: bool = False


HAPPENINGS: Final[Mapping[str, Happening]] = {
    "agreement signed": Happening("agreement_signed", "role"),
    "session held": Happening("session_held", "attendance", ""),
    "session not held": Happening("session_not_held", "reason", "other"),
    "team score": Happening("progress_scored", "score", fixed={"scorer": "team"}),
    "faculty score": Happening("progress_scored", "score", fixed={"scorer": "faculty"}),
    "review held": Happening("review_held", "month"),
    "ramp step reached": Happening("ramp_step_reached", "step"),
    "coach assigned": Happening("coach_assigned", "person"),
    "co-coach assigned": Happening("coach_assigned", "person", fixed={"part": "co"}),
    "coach left": Happening("coach_left", "person"),
    "pause started": Happening("pause_started", "reason", "other"),
    "pause ended": Happening("pause_ended"),
    "transition started": Happening("transition_started"),
    "readiness assessed": Happening("readiness_assessed"),
    "readiness signed": Happening("signed_off", "role"),
    "process owner named": Happening("owner_named", "person", fixed={"role": "process_owner"}),
    "measure owner named": Happening("owner_named", "person", fixed={"role": "measure_owner"}),
    "handed off": Happening("handed_off"),
    "relapsed": Happening("relapsed"),
    "booster held": Happening("booster_held"),
    "extension granted": Happening("extension_granted"),
    "ended early": Happening("ended_early", "reason"),
    "learning session attended": Happening("learning_session_held", "number", of_cohort=True),
    "course completed": Happening("enrolment_completed", fixed={"completed": True}, of_cohort=True),
    "course not completed": Happening("enrolment_completed", fixed={"completed": False}, of_cohort=True),
    "withdrawn": Happening("enrolment_withdrawn", "reason", "other", of_cohort=True),
}
"""In the words of a sheet."""

_DATES: Final = "write one like 2027-03-31 or 31/03/2027"
LONGEST_WORDS: Final = 1000
"""A note, whichever way it is handed in."""
_AS_WRITTEN: Final = frozenset({"person", "score"})


@dataclass(frozen=True, slots=True)
class PastLine:
    """One thing that happened: to whose team, or to whom, on which day; ``detail`` as facts have it."""

    line: int
    participant: str
    day: date
    happening: Happening
    detail: str | None = field(repr=False)
    words: str | None = field(default=None, repr=False)


def check_past(raw: bytes | str | Sheet) -> tuple[tuple[PastLine, ...], tuple[RosterFault, ...]]:
    """The rows that can be read, and the faults of the others."""
    try:
        sheet = headed(raw if isinstance(raw, Sheet) else read_sheet(raw), COLUMNS)
    except UnreadableSheetError as unreadable:
        return (), (RosterFault(unreadable.line, "", unreadable.problem, unreadable.remedy),)
    header = [folded(cell) for cell in sheet.records[0].cells] if sheet.records else []
    if missing := [RosterFault(1, name, "the column is missing", "add it") for name in _NEEDED if name not in header]:
        return (), tuple(missing)
    lines, faults = list[PastLine](), list[RosterFault]()
    for record in sheet.records[1:]:
        try:
            lines.append(_line(header, record))
        except roster_cells.BadCellError as bad:
            column, _, problem = bad.problem.partition("|")
            faults.append(RosterFault(record.line, column, problem, bad.remedy))
    if sheet.broken:
        faults.append(RosterFault(sheet.broken.line, "", sheet.broken.problem, sheet.broken.remedy))
    return tuple(lines), tuple(faults)


def _line(header: list[str], record: Record) -> PastLine:
    cells = dict(zip(header, map(tidy, record.cells), strict=False))
    participant, what, detail = cells.get("participant", ""), cells.get("what_happened", ""), cells.get("detail", "")
    if not participant:
        raise roster_cells.BadCellError("participant|is missing", "write their code, like P01")
    happening = HAPPENINGS.get(" ".join(what.casefold().replace("_", " ").split()))
    if happening is None:
        remedy = f"{roster_cells.nearest(what.casefold(), HAPPENINGS)}write one of: {', '.join(HAPPENINGS)}"
        raise roster_cells.BadCellError("what_happened|we don't know this", remedy)
    if happening.detail and not detail and happening.otherwise is None:
        raise roster_cells.BadCellError("detail|is missing", _ASKED[happening.detail])
    if detail and not happening.detail:
        raise roster_cells.BadCellError("detail|has no meaning here", "leave it empty, or write it under words")
    said = detail if happening.detail in _AS_WRITTEN else "_".join(detail.casefold().split())
    try:
        words = texts.words(cells.get("words", "")) or None
    except texts.TextError as bad:
        raise roster_cells.BadCellError(f"words|{bad.problem}", bad.remedy) from None
    if words and len(words) > LONGEST_WORDS:
        raise roster_cells.BadCellError(f"words|{len(words)} characters are too many", f"write at most {LONGEST_WORDS}")
    return PastLine(
        record.line, participant, _day(cells.get("date", "")), happening, said or happening.otherwise or None, words
    )


_ASKED: Final[Mapping[str, str]] = {
    "role": "write who signed: coach, sponsor or team lead",
    "score": "write the score, from 0.5 to 5 in halves",
    "month": "write which review: 6, 12 or 18",
    "step": "write the step, like global aim",
    "person": "write their email address",
    "reason": "write why, in one of the programme's words",
    "number": "write the number of the learning session",
}


def _day(written: str) -> date:
    day = roster_cells.day(written)
    if day is None:
        raise roster_cells.BadCellError("date|this isn't a date", _DATES)
    return day
