"""The recipes in examples/ read what is really sent: types, fields, and steps that are there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.api.answers import EngagementShown
from gateway.events.catalogue import catalogue
from operations.event_types import PREFIX

EXAMPLES = Path(__file__).parents[2] / "examples"
RECIPES = sorted(EXAMPLES.glob("*/cards.json"))
EVENTS = {known.type: known for known in catalogue()}


def texts(value: Any) -> Iterator[str]:
    """Every text of a document."""
    match value:
        case str():
            yield value
        case dict():
            for inner in (*value, *value.values()):
                yield from texts(inner)
        case list():
            for inner in value:
                yield from texts(inner)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.parent.name)
def test_a_recipe_reads_events_as_they_are_sent(recipe: Path) -> None:
    """Its types are published, and their attributes and fields are called so."""
    said = "\n".join(texts(json.loads(recipe.read_text(encoding="utf-8"))))
    named = set(re.findall(re.escape(PREFIX) + r"[a-z_.]+[a-z]", said))
    assert named
    assert named <= EVENTS.keys()
    attributes = set(re.findall(r"\bevent\.(\w+)", said)) | set(re.findall(r"outputs\('Event'\)\?\['(\w+)'\]", said))
    fields = set(re.findall(r"event\.data\.(\w+)", said)) | set(re.findall(r"\['data'\]\?\['(\w+)'\]", said))
    for of in (EVENTS[name] for name in named):
        assert attributes <= of.example.keys()
    assert fields <= {field for name in named for field in EVENTS[name].data_schema["properties"]}
    asked = re.findall(r"body\('Team'\)\?\['(\w+)'\]\?\['(\w+)'\]", said)
    shown = EngagementShown.model_json_schema()
    for part, field in asked:
        (of_part,) = [shown["$defs"][name.rpartition("/")[2]] for name in _referred(shown["properties"][part])]
        assert field in of_part["properties"]


def _referred(schema: dict[str, Any]) -> list[str]:
    return re.findall(r"#/\$defs/\w+", json.dumps(schema))


def test_every_step_of_the_n8n_recipe_follows_one_that_is_there() -> None:
    """And each is reached from the trigger."""
    flow = json.loads((EXAMPLES / "n8n" / "cards.json").read_text(encoding="utf-8"))
    names = {node["name"] for node in flow["nodes"]}
    reached = {one["node"] for outs in flow["connections"].values() for out in outs["main"] for one in out}
    assert flow["connections"].keys() <= names
    assert names - reached == {"An event"}


def test_every_step_of_the_power_automate_recipe_follows_one_that_is_there() -> None:
    """Beside it, in the same branch."""
    definition = json.loads((EXAMPLES / "power-automate" / "cards.json").read_text(encoding="utf-8"))
    branches = [definition["actions"], definition["actions"]["Worth_a_card"]["actions"]]
    for branch in branches:
        assert {name for step in branch.values() for name in step["runAfter"]} < branch.keys()
    used = set(re.findall(r"parameters\('([$\w]+)'\)", json.dumps(definition)))
    assert used | {"$connections"} == definition["parameters"].keys()
