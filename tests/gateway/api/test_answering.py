"""What programs rely on in every answer: filters that count, HEAD, ETag, compression."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from gateway.problems import MEDIA_TYPE
from tests.gateway.conftest import Callers


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/v1/engagements?colour=red", "query.colour"),
        ("/v1/engagements?health=at_risk&health=stalled", "query.health"),
        ("/v1/cohorts?heath=at_risk", "query.heath"),
        ("/v1/cohorts/sheffield.c?colour=red", "query.colour"),
        ("/v1/intro-courses?stage=open&stage=full", "query.stage"),
        ("/v1/subscriptions?within=sheffield", "query.within"),
        ("/v1/events?after=1&after=2", "query.after"),
        ("/v1/programmes?colour=red", "query.colour"),
        ("/v1/people?q=a%00b", "query.q"),
    ],
)
async def test_a_filter_that_cannot_count_is_refused(http: httpx.AsyncClient, path: str, where: str) -> None:
    """One that is unknown, said twice, or no text: an answer to another question would not be noticed."""
    answered = await http.get(path)
    assert (answered.status_code, answered.headers["content-type"]) == (422, MEDIA_TYPE)
    (fault,) = answered.json()["faults"]
    assert fault["where"] == where
    assert any(said in fault["problem"] for said in ("not asked for here", "more than once", "no record holds"))


async def test_who_may_not_read_is_told_so_before_what_they_asked_for(callers: Callers) -> None:
    """Nobody learns what filters there are without saying who they are."""
    assert (await (await callers.anonymous()).get("/v1/engagements?colour=red")).status_code == 401


async def test_what_somebody_has_already_is_not_sent_again(http: httpx.AsyncClient) -> None:
    """The tag of an answer gives 304 until it would say something else; the compressed answer has the same tag."""
    first = await http.get("/v1/event-types", headers={"Accept-Encoding": "identity"})
    squeezed = await http.get("/v1/event-types", headers={"Accept-Encoding": "gzip"})
    assert first.headers["ETag"] == squeezed.headers["ETag"]
    again = await http.get("/v1/event-types", headers={"If-None-Match": f'"other", {first.headers["ETag"]}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert "RateLimit" in again.headers
    other = await http.get("/v1/programmes", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


@pytest.mark.parametrize("encoding", ["br", "gzip"])
async def test_long_answers_are_compressed_as_the_caller_takes_them(http: httpx.AsyncClient, encoding: str) -> None:
    """And short ones aren't: it would only cost time."""
    async with http.stream("GET", "/v1/event-types", headers={"Accept-Encoding": encoding}) as answered:
        sent = b"".join([part async for part in answered.aiter_raw()])
    assert answered.headers["Content-Encoding"] == encoding
    plain = await http.get("/v1/event-types", headers={"Accept-Encoding": "identity"})
    assert len(sent) < len(plain.content) / 5
    short = await http.get("/health/live", headers={"Accept-Encoding": encoding})
    assert "Content-Encoding" not in short.headers


@pytest.mark.parametrize("path", ["/v1/engagements", "/v1/event-types", "/health/live", "/openapi.json"])
async def test_head_says_what_get_would_and_sends_nothing(http: httpx.AsyncClient, path: str) -> None:
    """The same status, type, length and tag."""
    plain: dict[str, Any] = {"headers": {"Accept-Encoding": "identity"}}
    head, got = await http.head(path, **plain), await http.get(path, **plain)
    assert (head.status_code, head.content) == (got.status_code, b"")
    for name in ("content-type", "content-length", "etag"):
        assert head.headers.get(name) == got.headers.get(name), name
    assert (await http.head("/v1/nothing")).status_code == 404
