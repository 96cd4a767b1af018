"""The documentation says what is there: commands, settings, parameters, names and links."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from temporalio import workflow

from coaching_client.attributes import SEARCH_ATTRIBUTES
from devstack import settings as stack_settings
from gateway.settings import GatewaySettings
from lifecycle.matters import MATTERS
from mca.main import app
from schemas import subjects
from schemas.programme_file import shipped_programme
from schemas.words import Matter
from workflows.cohort import CohortWorkflow
from workflows.engagement import EngagementWorkflow

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
TEXTS = {str(page.relative_to(REPOSITORY)): page.read_text(encoding="utf-8") for page in PAGES}

each_page = pytest.mark.parametrize("page", TEXTS)

_SHELL = re.compile(r"```(?:sh|console)\n(.*?)```", re.DOTALL)
_CODE = re.compile(r"`(mca [a-z][^`\n]*)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_VARIABLE = re.compile(r"\bMCA_[A-Z_]+\b")
_PLACE = re.compile(r"`([\w.-]+/[\w./-]*)`")


def written_commands(text: str) -> Iterator[str]:
    """Every ``mca …`` of the text: in shell blocks, with continued lines joined, and in the running text."""
    for block in _SHELL.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            found = re.search(r"(?:^|[;|(]\s*|\s)(mca [a-z].*)$", line.removeprefix("$ "))
            if found and not line.startswith("#"):
                yield found.group(1)
    yield from _CODE.findall(text)


def words_of(command: str) -> list[str]:
    """The words of a command up to a comment, a pipe or a redirection; an unclosed quote ends it too."""
    bare = re.split(r"\s#|\s[|>]|\s…|\s·", command)[0]
    try:
        return shlex.split(bare)[1:]
    except ValueError:
        return bare.split("'")[0].split('"')[0].split()[1:]


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words name, and the words that are left."""
    found: Any = typer.main.get_command(app)
    rest = list(words)
    while hasattr(found, "commands") and rest and not rest[0].startswith("-"):
        assert rest[0] in found.commands, f"there is no command {rest[0]!r} in mca {' '.join(words)}"
        found = found.resolve_command(None, rest[:1])[1]
        rest.pop(0)
    return found, rest


@each_page
def test_every_command_exists_with_its_options(page: str) -> None:
    """A command copied from a page is one that the command line has, options included."""
    for written in written_commands(TEXTS[page]):
        found, rest = command_of(words_of(written))
        known = {name for option in found.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
        unknown = [word for word in rest if word.startswith("--") and word.partition("=")[0] not in known]
        assert not unknown, f"{written}: no option {unknown}"


@each_page
def test_every_kind_of_fact_told_in_an_example_exists(page: str) -> None:
    """``--kind`` and ``"kind"`` name kinds that an engagement, a cohort or a course can be told."""
    named = re.findall(r"--kind ([a-z_]+)", TEXTS[page]) + re.findall(r'\\?"kind\\?":\s*\\?"([a-z_]+)', TEXTS[page])
    assert set(named) <= {fact for kind in subjects.KINDS for fact in kind.kinds}


@each_page
def test_relative_links_lead_somewhere(page: str) -> None:
    """A link to a file or to a heading of one has its file and its heading."""
    for target in _LINK.findall(TEXTS[page]):
        if "://" in target:
            continue
        name, _, heading = target.partition("#")
        there = (REPOSITORY / page).parent / name if name else REPOSITORY / page
        assert there.exists(), f"{page} links to {target}"
        if heading:
            assert heading in headings(there.read_text(encoding="utf-8")), f"{page} links to {target}"


@each_page
def test_every_file_and_folder_named_exists(page: str) -> None:
    """`lifecycle/steps.py` is where the page says, in the repository; what begins elsewhere is not ours."""
    named = {place for place in _PLACE.findall(TEXTS[page]) if (REPOSITORY / place.partition("/")[0]).is_dir()}
    assert not {place for place in named if not place.startswith(".") and not (REPOSITORY / place).exists()}


def test_the_readme_lists_every_folder_of_code() -> None:
    """A stranger finds what each folder is for."""
    packages = {path.parent.name for path in REPOSITORY.glob("*/__init__.py")}
    assert packages <= set(re.findall(r"`(\w+)/`", TEXTS["README.md"]))


def headings(text: str) -> set[str]:
    """The anchors of a page, as the usual viewers make them."""
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


def test_the_readme_lists_every_setting_and_no_other() -> None:
    """Each variable of worker and embedded servers is in the README; no page names one that nothing reads."""
    stack = set(_VARIABLE.findall(Path(stack_settings.__file__).read_text(encoding="utf-8")))
    known = {f"MCA_{name.upper()}" for name in GatewaySettings.model_fields} | stack | {"MCA_GATEWAY_PORT"}
    assert set(_VARIABLE.findall(TEXTS["README.md"])) == known
    passwords = {"MCA_DATABASE_PASSWORD"}
    for page, text in TEXTS.items():
        assert set(_VARIABLE.findall(text)) <= known | passwords, page


def test_the_readme_states_the_defaults_that_hold() -> None:
    """The last column of the settings table is what a worker does without the variable."""
    rows = re.findall(r"^\| `(MCA_[A-Z_]+)` \|.*\| `?([^|`]+?)`? \|$", TEXTS["README.md"], re.MULTILINE)
    fields = {f"MCA_{name.upper()}": field.default for name, field in GatewaySettings.model_fields.items()}
    stated = {name: said for name, said in rows if fields.get(name) is not None and not name.endswith("_URL")}
    assert stated
    assert stated == {name: str(fields[name]) for name in stated}


def test_every_parameter_named_for_faculty_exists() -> None:
    """A dotted name in the explanation is a parameter of the programme."""
    known = set(parameters(shipped_programme().model_dump(mode="json")))
    named = set(re.findall(r"`([a-z_]+\.[a-z_]+(?:\.[a-z_]+)?)`", TEXTS["docs/programme.md"]))
    assert named - {"rehearsal.md", "operations.md"} <= known


def test_every_parameter_is_named_for_faculty() -> None:
    """What stands in the explanation without a name is fixed: so each parameter is named, decisions by their owner."""
    named = set(re.findall(r"`([a-z_.]+)`", TEXTS["docs/programme.md"])) | {"name", "version"}
    known = {name for name, _ in leaves(shipped_programme().model_dump(mode="json"))}
    assert {name for name in known - named if not name.startswith("decisions.")} == set()


def parameters(values: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """The dotted names of all parameters."""
    for name, value in values.items():
        yield f"{prefix}{name}"
        if isinstance(value, dict):
            yield from parameters(value, f"{prefix}{name}.")


def test_every_number_beside_a_parameter_is_its_default() -> None:
    """``8 weeks … (`lapsed_after_weeks`)``: the number written last before a parameter is the shipped value."""
    values = dict(leaves(shipped_programme().model_dump(mode="json")))
    for said, name in re.findall(r"(\d+(?:\.\d)?)[^\d|`]*\(`([a-z_.]+)`\)", TEXTS["docs/programme.md"]):
        value = values.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            assert float(said) == float(value), name


def leaves(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every parameter with its value."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def test_every_matter_of_the_explanation_exists() -> None:
    """The tables of who is asked what and when name no matter that the engine does not know."""
    explained = set(re.findall(r"^\| [^|]*`([a-z_]+)` \|", TEXTS["docs/programme.md"], re.MULTILINE))
    assert explained <= {matter.value for matter in Matter}


def test_the_contract_names_every_message_and_attribute() -> None:
    """Updates, queries and search attributes stand in the contract under the names the workflows have."""
    contract = TEXTS["docs/contract.md"]
    for kept in (EngagementWorkflow, CohortWorkflow):
        definition = workflow._Definition.must_from_class(kept)
        assert f"`{definition.name}`" in contract
        for name in (*definition.updates, *definition.queries):
            assert f"`{name}`" in contract, name
    assert all(f"`{key.name}`" in contract for key in SEARCH_ATTRIBUTES)
    assert set(re.findall(r'"rule": "([a-z_]+)"', contract)) <= {
        rule for matter in MATTERS.values() for rule in matter.rules
    }


def test_every_dependency_has_its_reason() -> None:
    """What the project installs is in the decision about dependencies."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    installed = {re.split(r"[\[<>=]", asked)[0] for group in groups for asked in group}
    explained = set(re.findall(r"[\w.-]*[\w-]", TEXTS["docs/decisions/dependencies.md"]))
    assert installed <= explained, installed - explained


def test_operators_are_told_every_search_attribute() -> None:
    """The attributes to be made by hand are those that the worker would make."""
    assert all(key.name in TEXTS["docs/operations.md"] for key in SEARCH_ATTRIBUTES)
