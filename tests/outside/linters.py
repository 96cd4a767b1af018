"""The descriptions before npm's linters and parsers, which nobody here wrote. Outside the gate: they come from npm."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from temporalio.client import Client

from gateway.app import build_app
from gateway.context import AppContext
from gateway.events.described import asyncapi
from gateway.settings import GatewaySettings

HERE: Final = Path(__file__).parents[2] / "build" / "linters"
PACKAGES: Final = ("@stoplight/spectral-cli@6.16.3", "@redocly/cli@2.77.0", "@asyncapi/parser@3.6.6")
PARSE: Final = """
import { readFileSync } from 'node:fs'
import { Parser } from '@asyncapi/parser'
const { document, diagnostics } = await new Parser().parse(readFileSync('asyncapi.json', 'utf8'))
console.log(JSON.stringify({ parsed: document !== undefined, diagnostics }))
"""


def _npm(*command: str) -> str:
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False, timeout=600)
    return done.stdout


@pytest.fixture(scope="module")
async def documents() -> None:
    """The linters are there, and beside them what they judge."""
    HERE.mkdir(parents=True, exist_ok=True)
    _npm("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", ".", *PACKAGES)
    settings = GatewaySettings.from_environment(
        {
            "MCA_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "MCA_SMTP_URL": "smtp://127.0.0.1:1",
            "MCA_PUBLIC_URL": "https://coaching.example.org",
        }
    )
    client = await Client.connect("127.0.0.1:1", lazy=True)
    # Describing asks neither of them.
    app = build_app(AppContext(client, None, settings))  # type: ignore[arg-type]
    (HERE / "openapi.json").write_text(json.dumps(app.openapi()))
    (HERE / "asyncapi.json").write_text(json.dumps(asyncapi("https://coaching.example.org", settings.public_url)))
    (HERE / ".spectral.json").write_text('{"extends": ["spectral:oas", "spectral:asyncapi"]}')
    (HERE / "parse.mjs").write_text(PARSE)


@pytest.mark.usefixtures("documents")
@pytest.mark.parametrize("name", ["openapi.json", "asyncapi.json"])
def test_spectral_finds_no_error(name: str) -> None:
    """By its own rules, unchanged."""
    said = _npm("npx", "spectral", "lint", name, "--format", "json", "--ruleset", ".spectral.json")
    found: list[dict[str, Any]] = json.loads(said)
    assert [(fault["code"], fault["path"], fault["message"]) for fault in found if fault["severity"] == 0] == []


@pytest.mark.usefixtures("documents")
def test_redocly_finds_no_error() -> None:
    """By its recommended rules."""
    said = json.loads(_npm("npx", "redocly", "lint", "openapi.json", "--format=json"))
    assert said["totals"]["errors"] == 0, [fault["message"] for fault in said["problems"]]


@pytest.mark.usefixtures("documents")
def test_the_asyncapi_parser_takes_the_document() -> None:
    """Without a diagnostic of any severity."""
    said = json.loads(_npm("node", "parse.mjs"))
    assert said == {"parsed": True, "diagnostics": []}
