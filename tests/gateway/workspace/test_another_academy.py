"""Another academy's office opens no page of ours, by whatever address, and none of its own lists names us."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import httpx
from starlette.routing import Route

from gateway.workspace import WORKSPACE
from tests.gateway.pages.conftest import NAMES, Site
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.academy import lived_in
from tests.workflows.subjects import COACH, COHORT, LEAD, now

IDS: Final = {
    "cohort": COHORT,
    "course": "sheffield.intro-begun",
    "booking": "sheffield.intro-begun.B1",
    "person": COACH,
    "other": LEAD,
    "code": "P01",
    "number": "1",
    "day": "1",
    "role": "coach",
    "kind": "session_held",
    "what": "withdrawn",
    "slug": "sessions",
}


def pages() -> Iterator[tuple[str, str]]:
    """Each way to ask for each page."""
    for router in WORKSPACE:
        for route in router.routes:
            if isinstance(route, Route):
                yield from ((method, route.path) for method in sorted(route.methods or ()) if method != "HEAD")


async def test_no_page_of_ours_opens_to_the_office_of_another_academy(site: Site, browser: Browser) -> None:
    """With ids of ours and with ids that nobody has, looked at or sent: the same page, that says nothing."""
    await lived_in(site)
    await site.pool.execute(
        """
        WITH lee AS (
            INSERT INTO people (person, academy, name, address, admitted_at, changed_at)
            VALUES ('per_leeds', 'leeds', 'Lee Ds', 'lee@example.org', $1, $1) RETURNING person
        )
        INSERT INTO academy_people (academy, key, part, person, changed_at)
        SELECT 'leeds', 'member:per_leeds', 'member', person, $1 FROM lee
        """,
        now(),
    )
    await browser.sign_in("lee@example.org")
    before = await site.pool.fetchval("SELECT count(*) FROM facts")
    ours = IDS | {"engagement": await site.pool.fetchval("SELECT min(engagement) FROM engagements")}
    made_up = {name: re.sub("sheffield|per_", r"\g<0>x", value) for name, value in ours.items()}
    for method, path in pages():
        first, second = [
            await browser.http.request(method, path.replace(":int", "").format(**ids)) for ids in (ours, made_up)
        ]
        assert not [word for word in (*NAMES.values(), "Ward 12") if word in first.text], (method, path)
        if "{" in path:
            assert first.status_code == second.status_code == httpx.codes.NOT_FOUND, (method, path)
            assert _content(first) == _content(second), (method, path)
    assert await site.pool.fetchval("SELECT count(*) FROM facts") == before


def _content(answer: httpx.Response) -> str:
    """What a page says, without its frame, which says when the session ends."""
    return answer.text.partition('id="maincontent"')[2]
