"""Reads a programme's own words before they are used: every placeholder known, every part there, for every reader."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from itertools import product
from pathlib import Path
from typing import Final

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables

from activities.phrases import Phrases
from activities.templating import SHIPPED, templates
from activities.wording import PARTS, facts_of, section
from lifecycle.matters import MATTERS
from records.notices import Course, Letter
from schemas.due import Notice
from schemas.programme import Language
from schemas.words import Act, Matter, Role

LONGEST_HEADING: Final = 150

_AT: Final = datetime(2027, 3, 30, 9, tzinfo=UTC)
_COURSE: Final = Course(
    days=((_AT, _AT + timedelta(hours=6)), (_AT + timedelta(days=1), _AT + timedelta(days=1, hours=6))),
    venue="Seminar room 1",
    joining="Please bring a pen.",
    delegate_name="Cleo Model",
)
_NOTHING: Final = re.compile(r"\bNone\b")
_SINGLE: Final = re.compile(r"\{\s*(\w+)\s*\}")

_WORDS: Final = (
    nodes.Block, nodes.Output, nodes.If, nodes.Assign, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Tuple,
    nodes.CondExpr, nodes.Compare, nodes.And, nodes.Or, nodes.Not, nodes.Test, nodes.Filter,
    nodes.Concat, nodes.Add, nodes.Sub, nodes.FloorDiv,
)  # fmt: skip
"""What a template is made of. Whatever repeats, calls or multiplies is left out, so that each comes to its end."""
_FILTERS: Final = frozenset({"capitalize", "default", "first", "last", "length", "lower", "replace", "trim", "upper"})
_OTHERWISE_TOLD: Final = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends, nodes.Getattr)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a file, where, and what to do."""

    file: str
    line: int | None
    problem: str
    remedy: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.file}{f', line {self.line}' if self.line else ''}: {self.problem}; {self.remedy}"


class WordingError(Exception):
    """A programme's own words have faults, and are not used."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def proofread(own: Path) -> Environment:
    """The templates with a programme's own in place of the shipped ones. Raises WordingError."""
    found = [fault for path in sorted(own.rglob("*")) if path.is_file() for fault in _faults(own, path)]
    if not own.is_dir():
        found = [Fault(str(own), None, "there is no such folder", "name the folder that holds matters/")]
    if found:
        raise WordingError(found)
    return templates(own)


def _faults(own: Path, path: Path) -> Iterator[Fault]:
    name = path.relative_to(own).as_posix()
    mails = {
        Phrases.file(known.template, language): (matter, language)
        for matter, known in MATTERS.items()
        for language in Language
    }
    matter, language = mails.get(name, (None, Language.ENGLISH))
    if matter is None:
        near = get_close_matches(name, mails, 1)
        meant = f"did you mean {near[0]}?" if near else "write matters/<matter>.txt, as matters/session.txt"
        yield Fault(name, None, "no mail is made from this file", meant)
        return
    try:
        parsed = SHIPPED.parse(path.read_text(encoding="utf-8"))
    except TemplateSyntaxError as wrong:
        yield Fault(
            name, wrong.lineno, (wrong.message or "it cannot be read").lower(), "mend it as the shipped file has it"
        )
        return
    except UnicodeDecodeError:
        yield Fault(name, None, "it is not UTF-8", "save it as UTF-8")
        return
    if endless := list(_more_than_words(name, parsed)):
        yield from endless
        return
    found = [*_parts(name, parsed), *_placeholders(name, parsed), *_beyond_words(name, parsed)]
    yield from found or _as_read(name, matter, language, templates(own))


def _parts(name: str, parsed: nodes.Template) -> Iterator[Fault]:
    blocks = {block.name for block in parsed.find_all(nodes.Block)}
    for part in PARTS:
        if part not in blocks:
            yield Fault(name, None, f"the part {part} is missing", f"write {{% block {part} %}}…{{% endblock %}}")
    for block in parsed.find_all(nodes.Block):
        if block.name not in PARTS:
            yield Fault(name, block.lineno, f"there is no part {block.name}", f"the parts are {', '.join(PARTS)}")
    for beside in parsed.body:
        if not isinstance(beside, nodes.Block) and not _blank(beside):
            yield Fault(name, beside.lineno, "what stands outside the parts is never sent", "write it in a part")


def _blank(node: nodes.Node) -> bool:
    said = node.nodes if isinstance(node, nodes.Output) else [node]
    return all(isinstance(part, nodes.TemplateData) and not part.data.strip() for part in said)


def _placeholders(name: str, parsed: nodes.Template) -> Iterator[Fault]:
    known = facts_of(_letter(Matter.SESSION, Role.COACH, Act.ASK, known=True), _AT, Phrases())
    for unknown in sorted(find_undeclared_variables(parsed) - known.keys()):
        line = next((place.lineno for place in parsed.find_all(nodes.Name) if place.name == unknown), None)
        near = get_close_matches(unknown, known, 1)
        meant = f"did you mean {near[0]}?" if near else f"known are {_listed(known)}"
        yield Fault(name, line, f"there is no placeholder {unknown}", meant)


def _more_than_words(name: str, parsed: nodes.Template) -> Iterator[Fault]:
    """What may come to no end. Looked for first: the other checks already work out what stands in a template."""
    for node in parsed.find_all((nodes.Stmt, nodes.Expr)):
        if not isinstance(node, (*_WORDS, *_OTHERWISE_TOLD)):
            said = "a loop could go on for ever" if isinstance(node, nodes.For) else "this is more than words"
            yield Fault(name, node.lineno, said, "write the words out; {% if %} may choose between them")
        if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            yield Fault(name, node.lineno, f"there is no filter {node.name} here", f"known are {_listed(_FILTERS)}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _beyond_words(name: str, parsed: nodes.Template) -> Iterator[Fault]:
    """What would fail, or be read as it stands, only in the one mail that comes to it."""
    for other in parsed.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        yield Fault(name, other.lineno, "another file is named", "write its words here")
    for inside in parsed.find_all(nodes.Getattr):
        yield Fault(name, inside.lineno, "a placeholder has nothing inside it", "write the placeholder alone")
    known = facts_of(_letter(Matter.SESSION, Role.COACH, Act.ASK, known=True), _AT, Phrases())
    for text in parsed.find_all(nodes.TemplateData):
        for single in _SINGLE.finditer(text.data):
            if single[1] in known:
                line = text.lineno + text.data.count("\n", 0, single.start())
                yield Fault(name, line, f"{single[0]} would be sent as it stands", f"write {{{{ {single[1]} }}}}")


def _as_read(name: str, matter: Matter, language: Language, made: Environment) -> Iterator[Fault]:
    """The first thing wrong for any of its readers: each role and act, with all that can be known and with none."""
    for role, act, known in product(Role, Act, (True, False)):
        wrong = _wrong(replace(_letter(matter, role, act, known=known), language=language), made)
        if wrong is not None:
            problem, remedy = wrong
            yield Fault(name, None, f"{problem} for {role}, {act}", remedy)
            return


def _wrong(letter: Letter, made: Environment) -> tuple[str, str] | None:
    try:
        read, shipped = section(letter, _AT, None, made), section(letter, _AT, None, SHIPPED)
    except Exception as wrong:  # noqa: BLE001 - whatever a template does, it must not be used
        return f"it cannot be written ({wrong})", "mend it as the shipped file has it"
    empty = next((part for part in PARTS if part != "ask" and not getattr(read, part)), None)
    if empty:
        return f"the part {empty} is empty", "say something to everybody"
    if shipped.ask and not read.ask:
        return "the part ask is empty, and without it the mail has no link,", "say what is asked"
    if _NOTHING.search(f"{read.heading} {read.happened} {read.ask} {read.why}"):
        return "it says None", "ask first whether it is known: {% if number %}"
    if len(read.heading) > LONGEST_HEADING:
        return "the heading is too long to be read on a phone", f"at most {LONGEST_HEADING} letters"
    return None


def _letter(matter: Matter, role: Role, act: Act, *, known: bool) -> Letter:
    notice = Notice(
        person="per_1",
        role=role,
        act=act,
        matter=matter,
        window="w",
        step=1 if act is Act.REMIND else 0,
        turn=role,
        reason="rule",
        about=date(2027, 3, 30) if known else None,
        starts_at=_AT if known else None,
        answer_by=_AT + timedelta(days=9) if known else None,
        number=3 if known else None,
        detail="sheffield.2027-autumn.P07" if known else None,
    )
    return Letter(
        id="ntc_1",
        subject="sheffield.2027-autumn.P01",
        notice=notice,
        recipient_name="Anna Example",
        recipient_address="anna@example.org",
        team_name="Ward 12" if known else None,
        coach_name="Ben Sample" if known else None,
        office_name="Programme office" if known else None,
        office_address="office@example.org" if known else None,
        cohort_label="2027-autumn" if known else None,
        course=_COURSE if known else None,
    )
