"""The OpenAPI document against the live gateway: no failure of ours, and no answer that is not described."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

from coaching_client import handles
from gateway.context import AppContext
from gateway.examples import example_of
from gateway.main import serving
from schemas import subjects
from schemas.engagement_facts import AgreementSigned
from schemas.intro_course_facts import IntroCourseScheduled
from tests.gateway.conftest import Callers, Town
from tests.workflows.subjects import SIGNING, now

PHASES = os.environ.get("MCA_TEST_PHASES", "examples,coverage,fuzzing")
EXAMPLES = os.environ.get("MCA_TEST_EXAMPLES", "4")
"""Generated calls of an operation; the document's own examples and the edges of its schemas come on top."""
SECONDS = os.environ.get("MCA_TEST_EXAMPLES_SECONDS", "30")
REQUEST_SECONDS = "60"
"""A bound on what hangs, far above what a loaded machine needs for one answer."""
PROGRAM = """
import sys
import schemathesis
from schemathesis.cli import schemathesis as command
from schemas import subjects
schemathesis.serializer.alias("message/rfc822", "text/plain")  # a mail is text, as it stands
for sheet in ("openxmlformats-officedocument.spreadsheetml.sheet", "oasis.opendocument.spreadsheet", "ms-excel"):
    schemathesis.serializer.alias(f"application/vnd.{sheet}", "application/octet-stream")
sys.exit(command())
"""
COHORT, ENGAGEMENT = "sheffield.2027-autumn", "sheffield.2027-autumn.P01"
COURSE = "sheffield.intro-2027-09"
"""Those of the document's examples, so that these reach something."""
CONFIG = """
[checks]
enabled = false
not_a_server_error.enabled = true
status_code_conformance.enabled = true
content_type_conformance.enabled = true
response_headers_conformance.enabled = true
response_schema_conformance.enabled = true
negative_data_rejection.enabled = true
missing_required_header.enabled = true
unsupported_method.enabled = true
ignored_auth.enabled = true

[auth.openapi.key]
api_key = "{key}"

[parameters]
"path.engagement" = "{engagement}"
"path.cohort" = "{cohort}"
"path.course" = "{course}"

# Any text may be sent as a roster or as a mail: what is wrong with it is the answer.
[[operations]]
include-operation-id = ["check_roster", "take_bounce"]
checks.negative_data_rejection.enabled = false

# A course or cohort that is no id is generated, and replaced by the one above: then nothing is wrong with the example
# sheet, and it is rightly taken.
[[operations]]
include-operation-id = ["take_attendance", "take_intro_attendance"]
checks.negative_data_rejection.enabled = false

# The edges of every field of every kind of fact are thousands of calls: of these, generated ones must do.
[[operations]]
include-operation-id = ["tell_engagement", "tell_cohort", "tell_intro_course", "schedule_cohort"]
phases.coverage.enabled = false
"""


async def test_the_gateway_answers_as_it_is_described(
    town: Town, context: AppContext, callers: Callers, tmp_path: Path
) -> None:
    """Every operation, called as its description allows and as it forbids, over real servers and a real worker."""
    await town.cohort_started(cohort=COHORT)
    life = await town.started(ENGAGEMENT)
    for role in SIGNING:
        await life.told(AgreementSigned, role=role)
    opening = IntroCourseScheduled.model_validate(example_of("intro_course_scheduled") | {"occurred_at": now()})
    await handles.start(town.client, subjects.INTRO_COURSE, COURSE, opening, task_queue=town.task_queue)
    said = CONFIG.format(key=await callers.key("admin:*"), engagement=ENGAGEMENT, cohort=COHORT, course=COURSE)
    (tmp_path / "schemathesis.toml").write_text(said)
    listening = context.settings.model_copy(update={"listen": "127.0.0.1:0"})
    async with serving(AppContext(context.client, context.pool, listening)) as gateway:
        code, said = await _tried(f"{gateway.url}/openapi.json", tmp_path)
    print(said)  # noqa: T201 - shown with -rP
    assert code == 0, said


async def _tried(url: str, directory: Path) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, "run", url),
        *("--phases", PHASES, "--max-examples", EXAMPLES, "--max-time", SECONDS),
        *("--request-timeout", REQUEST_SECONDS),
        *("--seed", "7", "--generation-database", "none", "--no-color", "--continue-on-failure"),
        *("--suppress-health-check", "all"),
        cwd=directory,
        stdout=PIPE,
        stderr=STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()
