"""Another service says what concerns all of an academy at once."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from schemas.programme_file import shipped_programme
from tests.gateway.conftest import Callers, Town

ACADEMY = "/v1/academies/sheffield"
CLOSED = f"{ACADEMY}/closed-days"
DAYS = {"first_day": "2027-12-20", "last_day": "2028-01-02"}


def _adopted(**changed: Any) -> dict[str, Any]:
    return {"programme": shipped_programme().model_copy(update={"version": 99}).model_dump(mode="json") | changed}


async def test_closed_days_are_told_once_and_taken_back(http: httpx.AsyncClient, town: Town) -> None:
    """What runs there hears of them; said again nobody is new; taken back, they are known no more."""
    life = await town.started()
    assert [(await http.post(CLOSED, json=DAYS)).json()["told"] for _ in range(2)] == [[life.name], []]
    assert (await http.delete(CLOSED, params=DAYS)).json()["told"] == [life.name]
    assert (await http.delete(CLOSED, params=DAYS)).json()["told"] == []


async def test_so_long_a_closure_must_be_confirmed(http: httpx.AsyncClient, town: Town) -> None:
    """A year mistyped is refused in a sentence, and tells nobody; with the field, it is told."""
    life = await town.started()
    long = DAYS | {"last_day": "2028-12-02"}
    refused = await http.post(CLOSED, json=long)
    assert refused.status_code == 409
    assert "closed" in refused.json()["detail"]
    assert (await http.post(CLOSED, json=long | {"confirmed": True})).json()["told"] == [life.name]


async def test_a_programme_and_a_holiday_table_are_adopted(http: httpx.AsyncClient, town: Town) -> None:
    """All that runs there hears of them."""
    life = await town.started()
    assert (await http.put(f"{ACADEMY}/programme", json=_adopted())).json()["told"] == [life.name]
    assert (await http.put(f"{ACADEMY}/calendar", json={"calendar": "uk-2026-11"})).json()["refused"] == []


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", CLOSED, DAYS | {"last_day": "2027-12-19"}, 422),
        ("PUT", f"{ACADEMY}/calendar", {"calendar": "uk-1999-01"}, 409),
        ("PUT", f"{ACADEMY}/programme", _adopted(lapsed_after_weeks=0), 422),
        ("PUT", f"{ACADEMY}/programme", _adopted(name="p" * 61), 422),
        ("PUT", "/v1/academies/leeds/programme", _adopted(), 403),
    ],
)
async def test_what_cannot_be_is_refused(
    callers: Callers, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    """Each with a reason, and nobody is told."""
    http = await callers.with_grants("tell:sheffield:academy")
    answered = await http.request(method, path, json=body)
    assert answered.status_code == status
    assert answered.json()["detail"]
