"""The n8n recipe's own code, run by Node on messages that we signed. Outside the gate: it needs Node."""

from __future__ import annotations

import base64
import json
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_json

from gateway.events.catalogue import catalogue
from gateway.webhooks.signing import signed
from operations.event_types import PREFIX
from tests.workflows.subjects import now

FLOW = json.loads((Path(__file__).parents[2] / "examples" / "n8n" / "cards.json").read_text(encoding="utf-8"))
(CODE,) = [node["parameters"]["jsCode"] for node in FLOW["nodes"] if "jsCode" in node["parameters"]]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENTS = {known.type.removeprefix(PREFIX): known.example for known in catalogue()}
NODE = """
const { headers, body, env, code } = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const run = Object.getPrototypeOf(async () => {}).constructor('$input', '$env', 'require', code)
const helpers = { getBinaryDataBuffer: async () => Buffer.from(body, 'base64') }
run.call({ helpers }, { first: () => ({ json: { headers } }) }, env, require).then(
  (found) => console.log(JSON.stringify(found[0].json)))
"""


def read(headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """What the recipe makes of a message."""
    env = {"COACHING_WEBHOOK_SECRET": SECRET, "COACHING_URL": "https://coaching.example.org"}
    given = {"headers": headers, "body": base64.b64encode(body).decode(), "env": env, "code": CODE}
    done = subprocess.run(["node", "-e", NODE], input=to_json(given), capture_output=True, check=True, timeout=60)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_what_we_signed_becomes_a_card() -> None:
    """With the words of its type, and a link to the team; also while two secrets sign."""
    body = to_json(EVENTS["ask.escalated"])
    for secrets in ((SECRET,), ("whsec_" + "B" * 32, SECRET)):
        found = read(signed("e-1", body, now(), secrets), body)
        assert found["ours"]
        assert "no answer yet" in found["text"]
        assert found["link"] == f"https://coaching.example.org/teams/{found['title']}"
    body = to_json(EVENTS["changed.health"])
    assert "Health: " in read(signed("e-2", body, now(), (SECRET,)), body)["text"]
    body = to_json({"type": f"{PREFIX}test", "subject": "cards", "data": {}})
    assert read(signed("e-3", body, now(), (SECRET,)), body)["text"] == ""


@pytest.mark.parametrize("wrong", ["body", "secret", "time", "none", "version"])
def test_what_we_did_not_sign_is_refused(wrong: str) -> None:
    """Another body or secret, an old message, no signature, or one of another kind."""
    body = to_json(EVENTS["ask.escalated"])
    at = now() - timedelta(minutes=10 if wrong == "time" else 0)
    headers = signed("e-1", body, at, ("whsec_" + "B" * 32 if wrong == "secret" else SECRET,))
    if wrong == "none":
        headers = {}
    if wrong == "version":
        headers["webhook-signature"] = headers["webhook-signature"].replace("v1,", "v1a,")
    assert read(headers, body + (b" " if wrong == "body" else b"")) == {"ours": False}
