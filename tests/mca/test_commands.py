"""The list of commands: each imports what it needs when it is used, and not before."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import pytest

from mca.main import COMMANDS, command

_HEAVY: Final = (
    "import sys; from mca.main import app; print([m for m in ('temporalio', 'asyncpg', 'schemas') if m in sys.modules])"
)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_it_says_itself(name: str) -> None:
    """The line in the list is the first of its own help."""
    assert " ".join((command(name).help or "").split("\n\n")[0].split()) == COMMANDS[name].help


def test_the_list_is_shown_without_what_the_commands_need() -> None:
    """So that help comes at once."""
    listed = subprocess.run([sys.executable, "-c", _HEAVY], capture_output=True, text=True, check=True)
    assert listed.stdout == "[]\n"
