"""Every page that somebody can reach, found as they find it: from their own page, by the links on each."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urljoin, urlsplit

from starlette.routing import Match, Route

from gateway.pages.router import ROUTERS
from tests.gateway.pages.reading import Page
from tests.gateway.pages.test_sign_in import Browser

OURS = "http://127.0.0.1:8080"
DOWNLOAD = "as"
"""In an address: not a page, but a list to keep."""
EACH = 3
"""So many pages of a kind are opened."""


async def walked(browser: Browser, look: Callable[[str, Page], None] | None = None) -> dict[str, str]:
    """An address for each kind of page, which is a route and what its query asks for; all of them answer.

    Of each kind a few are opened, and may be looked at: what one team or course leads to, another may not.
    """
    found: dict[str, str] = {}
    opened: Counter[str] = Counter()
    waiting, seen = deque(["/home"]), {"/home"}
    while waiting:
        address = waiting.popleft()
        kind = kind_of(address)
        if kind is None or opened[kind] == (1 if "?" in kind or kind.startswith("/a/") else EACH):
            continue
        opened[kind] += 1
        page = await browser.open(address)
        assert page.status == 200, (address, page.words)
        found.setdefault(kind, address)
        if look is not None:
            look(address, page)
        ahead = () if kind.startswith("/a/") else dict.fromkeys(_ways_on(page.links, address))
        waiting += [there for there in ahead if there not in seen]
        seen.update(ahead)
    return found


def _ways_on(links: list[tuple[str, str]], address: str) -> Iterator[str]:
    for href, _ in links:
        there = urlsplit(urljoin(f"{OURS}{address}", href))
        if f"{there.scheme}://{there.netloc}" == OURS and there.path:
            yield there.path + (f"?{there.query}" if there.query else "")


def kind_of(address: str) -> str | None:
    """The route of an address, and the names in its query; None for what is no page."""
    there = urlsplit(address)
    asked = sorted({name for name, _ in parse_qsl(there.query)})
    scope = {"type": "http", "method": "GET", "path": there.path, "root_path": "", "headers": []}
    for route in (route for router in ROUTERS for route in router.routes):
        if isinstance(route, Route) and route.matches(scope)[0] is Match.FULL:
            ours = "/assets/" not in route.path and ".ics" not in route.path and DOWNLOAD not in asked
            return f"{route.path}{'?' if asked else ''}{'&'.join(asked)}" if ours else None
    return None
