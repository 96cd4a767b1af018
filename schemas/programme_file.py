"""The programme as a file: YAML in, a :class:`Programme` out, or every fault at once with its line and its range.

A parameter that the file leaves out has the default of the model. Every value is read as the text that stands there, so
that none of YAML's own guesses (``18:00`` as 1080, ``no`` as false) can change a rule.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.programme import DEFAULT_ZONE, Programme

SHIPPED_PROGRAMMES: Final = ("sheffield-mca",)
"""Names of the programmes that come with the engine."""

_FOLDER: Final = Path(__file__).parent / "programmes"
_LARGEST: Final = 200_000
_DEEPEST: Final = 10
_LONGEST_EXCERPT: Final = 40
_EXAMPLES: Final = {"sign_offs": "[coach, team_lead, faculty]"}

Keys = tuple[str | int, ...]
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProgrammeFault:
    """One fault. ``line`` and ``column`` count from 1; ``field`` is dotted, as in ``course.length_months``."""

    line: int
    column: int
    field: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        where = f"line {self.line}, column {self.column}"
        return (
            f"{where}: {self.field}: {self.problem}; {self.remedy}"
            if self.field
            else (f"{where}: {self.problem}; {self.remedy}")
        )


class ProgrammeFileError(ValueError):
    """The file is no programme. ``faults`` holds everything that is wrong with it, in the order of its lines."""

    def __init__(self, faults: tuple[ProgrammeFault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class UnknownProgrammeError(LookupError):
    """No shipped programme has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no programme {name!r} comes with the engine; there is {', '.join(SHIPPED_PROGRAMMES)}")
        self.name = name


def load_programme(source: Path | str) -> Programme:
    """The programme in a file (a path) or in YAML text. Raises ProgrammeFileError, or OSError for the path."""
    text = _text_of(source) if isinstance(source, Path) else source
    sheet = _Sheet()
    try:
        data = sheet.plain(_root(text), ())
        return _validated(data, sheet)
    except _Unreadable as unreadable:
        raise ProgrammeFileError((unreadable.fault,)) from unreadable


@lru_cache(maxsize=len(SHIPPED_PROGRAMMES))
def shipped_programme(name: str = "sheffield-mca") -> Programme:
    """The programme of that name that comes with the engine. Raises UnknownProgrammeError."""
    return load_programme(shipped_programme_path(name))


def shipped_programme_path(name: str = "sheffield-mca") -> Path:
    """The file of a shipped programme, with its comments. Raises UnknownProgrammeError."""
    if name not in SHIPPED_PROGRAMMES:
        raise UnknownProgrammeError(name)
    return _FOLDER / f"{name}.yaml"


class _Unreadable(Exception):
    """The text is not YAML that a programme may use: nothing more can be said about it."""

    def __init__(self, line: int, column: int, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.fault = ProgrammeFault(line, column, "", problem, remedy)


def _text_of(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as mangled:
        line = raw.count(b"\n", 0, mangled.start) + 1
        fault = ProgrammeFault(line, 1, "", "this is not UTF-8 text", "save the file as UTF-8")
        raise ProgrammeFileError((fault,)) from mangled


def _root(text: str) -> yaml.Node:
    if len(text) > _LARGEST:
        raise _Unreadable(1, 1, "the file is far too long for a programme", "keep parameters and comments only")
    try:
        _refuse_tricks(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = f"this is not YAML: {broken.problem or broken.context}"
        raise _Unreadable(line, column, problem, "look at the indentation, colons and quotes here") from broken
    except yaml.reader.ReaderError as strange:
        line = text.count("\n", 0, strange.position) + 1
        raise _Unreadable(line, 1, "a character that no text file holds", "take it out") from strange
    if root is None:
        raise _Unreadable(1, 1, "the file is empty", "start from the shipped file: mca programme show")
    return root


def _refuse_tricks(text: str) -> None:
    """References and deep nesting have no use here, and can make a small file endless."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        mark = event.start_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Unreadable(line, column, "& and * references are not used here", "write the value out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise _Unreadable(line, column, "this is nested too deeply", "see mca programme show for the shape")


@dataclass
class _Sheet:
    """What stands where, and what is wrong with the keys."""

    nodes: dict[Keys, yaml.Node] = field(default_factory=dict)
    faults: list[ProgrammeFault] = field(default_factory=list)

    def plain(self, node: yaml.Node, keys: Keys) -> Any:  # noqa: ANN401 - a tree of whatever the file holds
        """The node as dicts, lists and texts, without the keys nobody knows."""
        self.nodes[keys] = node
        if isinstance(node, yaml.MappingNode):
            return {key: self.plain(value, (*keys, key)) for key, value in self._entries(node, keys)}
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item, (*keys, place)) for place, item in enumerate(node.value)]
        empty = getattr(node, "style", None) is None and node.value in {"", "~", "null"}
        return None if empty else node.value

    def _entries(self, node: yaml.MappingNode, keys: Keys) -> Iterator[tuple[str, yaml.Node]]:
        known = list(_schema_at(keys).get("properties", ()))
        first: dict[str, int] = {}
        for key_node, value in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "?"
            if key in first:
                problem = f"is here a second time; the first is on line {first[key]}"
                self.add(key_node, (*keys, key), problem, "keep one of the two")
            elif known and key not in known:
                self.add(key_node, (*keys, key), "there is no such parameter", _nearest(key, known, keys))
            else:
                yield key, value
            first.setdefault(key, key_node.start_mark.line + 1)

    def add(self, node: yaml.Node, keys: Keys, problem: str, remedy: str) -> None:
        """Note a fault where a node begins."""
        mark = node.start_mark
        self.faults.append(ProgrammeFault(mark.line + 1, mark.column + 1, _dotted(keys), problem, remedy))

    def nearest(self, keys: Keys) -> yaml.Node:
        """The node of these keys, or of what they would stand in."""
        while keys not in self.nodes:
            keys = keys[:-1]
        return self.nodes[keys]


def _validated(data: object, sheet: _Sheet) -> Programme:
    programme, errors = _attempt(data)
    faulty = [tuple(error["loc"]) for error in errors if error["loc"]]
    for error in errors:
        _note(error, sheet, faulty)
    if faulty and isinstance(data, dict):
        # How parameters fit together is judged only once each fits alone: judge the sound ones.
        for error in _attempt(_without(data, faulty))[1]:
            if not error["loc"]:
                _note(error, sheet, faulty)
    if programme is None or sheet.faults:
        raise ProgrammeFileError(tuple(sorted(sheet.faults, key=lambda fault: (fault.line, fault.column))))
    return programme


def _attempt(data: object) -> tuple[Programme | None, list[ErrorDetails]]:
    try:
        return Programme.model_validate(data), []
    except ValidationError as wrong:
        return None, wrong.errors(include_url=False)


def _note(error: ErrorDetails, sheet: _Sheet, faulty: list[Keys]) -> None:
    keys = tuple(error["loc"])
    if not keys and error["type"] == "value_error":
        _note_misfits(str(error["ctx"]["error"]), sheet, faulty)
        return
    wanted = _range(keys)
    if error["type"] == "missing":
        sheet.add(sheet.nearest(keys), keys, "is missing", f"write {wanted}")
        return
    stands = error["input"]
    problem = f"{_excerpt(stands)!r} isn't possible" if isinstance(stands, str) else "there's no value here"
    if not keys:
        problem = "the file holds no parameters"
    elif isinstance(stands, dict | list):
        problem = "there's a list or a section here"
    sheet.add(sheet.nearest(keys), keys, problem, f"write {wanted}")


def _note_misfits(rules: str, sheet: _Sheet, faulty: list[Keys]) -> None:
    for rule in rules.split("; "):
        words = re.findall(r"[a-z]+[_.][a-z_.]+", rule)
        named: list[Keys] = [tuple(word.split(".")) for word in words if word in parameter_names()]
        if any(fault[: len(keys)] == keys for fault in faulty for keys in named):
            continue
        there = [keys for keys in named if keys in sheet.nodes]
        stand = ", ".join(f"{_dotted(keys)} is {_shown(sheet.nodes[keys])}" for keys in there)
        here = there[0] if there else ()
        sheet.add(sheet.nodes[here], here or named[0], stand.removeprefix(f"{_dotted(here)} "), rule)


def _without(data: dict[str, Any], faulty: list[Keys]) -> dict[str, Any]:
    """The data without what is wrong: a wrong item takes its list with it, a gap its section."""
    sound = {key: value.copy() if isinstance(value, dict) else value for key, value in data.items()}
    for keys in faulty:
        holder = sound.get(str(keys[0]))
        if len(keys) > 1 and isinstance(holder, dict):
            holder.pop(str(keys[1]), None)
        else:
            sound.pop(str(keys[0]), None)
    return {"name": "sound", "version": "1", **sound}


@lru_cache(maxsize=1)
def _schema() -> Schema:
    return Programme.model_json_schema()


def _schema_at(keys: Keys) -> Schema:
    """The schema of what these keys lead to; empty where they lead nowhere."""
    found = _schema()
    for key in keys:
        found = found.get("items", {}) if isinstance(key, int) else found.get("properties", {}).get(key, {})
        if "$ref" in found:
            found = _schema()["$defs"][found["$ref"].rpartition("/")[2]]
    return found


def _range(keys: Keys) -> str:
    """In words: what may stand at these keys."""
    schema = _schema_at(keys)
    low, high, step = schema.get("minimum"), schema.get("maximum"), schema.get("multipleOf")
    match schema.get("type"):
        case "integer":
            return f"a whole number from {low} to {high}"
        case "number":
            return f"a number from {low} to {high} in steps of {step}"
        case "array":
            example = _EXAMPLES.get(str(keys[-1]), schema.get("default"))
            return f"a list such as {example}, each {_range((*keys, 0)).removeprefix('a ')}"
        case "object":
            return f"a section with {', '.join(schema['properties'])}"
    return _text_range(schema)


def _text_range(schema: Schema) -> str:
    if "enum" in schema:
        return f"one of {', '.join(schema['enum'])}"
    if schema.get("format") == "local-time":
        return "a time from 00:00 to 23:59 with two digits each, like 09:30"
    if "pattern" in schema:
        return f"a code of letters, digits and . _ : @ + - with at most {schema['maxLength']} characters"
    return f"a time zone such as {DEFAULT_ZONE}"


@lru_cache(maxsize=1)
def parameter_names() -> tuple[str, ...]:
    """Every parameter of a programme, dotted, in the order of the model."""
    return tuple(_leaves(()))


def _leaves(keys: Keys) -> Iterator[str]:
    inner = _schema_at(keys).get("properties")
    if inner is None:
        yield _dotted(keys)
        return
    for key in inner:
        yield from _leaves((*keys, key))


def _nearest(key: str, known: list[str], keys: Keys) -> str:
    elsewhere = [name for name in parameter_names() if name.rpartition(".")[2] == key]
    if elsewhere:
        return f"it belongs under {elsewhere[0].rpartition('.')[0] or 'the top of the file'}"
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if near:
        return f"did you mean {near[0]}?"
    place = _dotted(keys) or "the top of the file"
    return f"{place} has {', '.join(known)}"


def _shown(node: yaml.Node) -> str:
    return f"[{', '.join(item.value for item in node.value)}]" if isinstance(node, yaml.SequenceNode) else node.value


def _excerpt(text: str) -> str:
    return text if len(text) <= _LONGEST_EXCERPT else f"{text[:_LONGEST_EXCERPT]}..."


def _dotted(keys: Keys) -> str:
    return "".join(f"[{key + 1}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")
