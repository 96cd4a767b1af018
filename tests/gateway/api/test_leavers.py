"""Leavers whose roles are not vacated at once: later ones, merged records, refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx

from operations.leavers import vacate_due
from operations.sheets import Kind, rows_of, written
from operations.worklist import worklist
from records.database import Pool
from schemas.engagement_facts import People
from schemas.leavers import COLUMNS
from tests.gateway.api.test_people import ANNA, OTTO, PATH, _made, _parts
from tests.gateway.conftest import Town
from tests.workflows.subjects import FACULTY, LEAD, SPONSOR, now


async def left(http: httpx.AsyncClient, person: str, last_day: date) -> list[dict[str, Any]]:
    """Record a leaver; what became of their roles."""
    body = {"academy": "sheffield", "leavers": [{"person": person, "last_day": f"{last_day}"}], "preview": False}
    done = await http.post(f"{PATH}/leavers", json=body)
    assert done.status_code == 200, done.text
    roles: list[dict[str, Any]] = done.json()["items"][0]["roles"]
    return roles


def day(ahead: int) -> date:
    """A day from now."""
    return (now() + timedelta(days=ahead)).date()


async def test_a_role_that_somebody_got_after_their_last_day_is_vacated(
    http: httpx.AsyncClient, town: Town, pool: Pool
) -> None:
    """From now on, as it was somebody else's on that day; all others since then."""
    anna, otto = await _made(http, **ANNA), await _made(http, **OTTO)
    people = People(coach=anna, faculty=FACULTY, sponsor=otto, team_lead=LEAD)
    life = await town.started(at=now() - timedelta(days=5), people=people)
    await http.post(f"{PATH}/{otto}/roles/hand-on", json={"to": anna})
    assert [(one["role"], one["told"]) for one in await left(http, anna, day(-2))] == [
        ("coach", True), ("sponsor", True),
    ]  # fmt: skip
    assert await _parts(pool, life.name) == {"faculty": FACULTY, "team_lead": LEAD}
    rows = await pool.fetch(
        "SELECT kind, occurred_at FROM facts WHERE subject = $1 ORDER BY seq DESC LIMIT 2", life.name
    )
    assert {row["kind"]: row["occurred_at"] < now() - timedelta(hours=12) for row in rows} == {
        "coach_left": True, "role_changed": False,
    }  # fmt: skip


async def test_a_leaver_whose_record_is_merged_leaves_all_the_same(
    http: httpx.AsyncClient, town: Town, pool: Pool
) -> None:
    """The roles are those of the record that stays."""
    anna, otto = await _made(http, **ANNA), await _made(http, **OTTO)
    life = await town.started(people=People(coach=otto, faculty=FACULTY, sponsor=SPONSOR, team_lead=LEAD))
    await left(http, otto, day(9))
    await http.post(f"{PATH}/{otto}/merge", json={"into": anna})
    await pool.execute("UPDATE leavers SET last_day = $1", day(-2))
    assert await vacate_due(town.engine, "sheffield")
    assert await _parts(pool, life.name) == {"faculty": FACULTY, "sponsor": SPONSOR, "team_lead": LEAD}
    assert await pool.fetchval("SELECT vacated_at IS NOT NULL FROM leavers WHERE person = $1", otto)


async def test_a_refused_role_is_on_the_offices_list_until_it_is_vacated(
    http: httpx.AsyncClient, town: Town, pool: Pool
) -> None:
    """Refused as the worker's clock is days ahead, and tried again each time."""
    anna = await _made(http, **ANNA)
    life = await town.started(people=People(coach=anna, faculty=FACULTY, sponsor=SPONSOR, team_lead=LEAD))
    await left(http, anna, day(2))
    ahead, beats = replace(town.engine, clock=lambda: now() + timedelta(days=4)), []
    assert await vacate_due(ahead, "sheffield", alive=lambda: beats.append(anna))
    assert (await _parts(pool, life.name))["coach"] == anna

    async def listed() -> list[str]:
        async with pool.acquire() as conn:
            lines = await worklist(conn, "sheffield", now())
        return [line.title for line in lines if line.title and "left" in line.title]

    assert (await listed(), beats) == (["Somebody who has left still has roles"], [anna])
    await pool.execute("UPDATE leavers SET last_day = $1", day(-2))
    assert await vacate_due(town.engine, "sheffield")
    assert "coach" not in await _parts(pool, life.name)
    assert await listed() == []


async def test_a_list_is_taken_as_a_sheet_too(http: httpx.AsyncClient, pool: Pool) -> None:
    """As JSON is, CSV or a workbook; one of which no line can be judged is refused as a whole."""
    anna = await _made(http, **ANNA)
    asked, kind = {"academy": "sheffield", "preview": "false"}, {"content-type": "text/csv"}
    wrong = await http.post(f"{PATH}/leavers", params=asked, headers=kind, content=f"person,finishing\n{anna},soon\n")
    assert (wrong.status_code, wrong.json()["faults"][0]["line"]) == (422, 1)
    assert await pool.fetchval("SELECT count(*) FROM leavers") == 0
    for number, (media, raw) in enumerate(
        (
            ("text/csv", f"person,last day\n{anna},{day(9)}\n".encode()),
            (Kind.XLSX.media_type, written(Kind.XLSX, "Leavers", COLUMNS, [(anna, day(9))])),
        )
    ):
        done = await http.post(f"{PATH}/leavers", params=asked, headers={"content-type": media}, content=raw)
        assert done.status_code == 200, done.text
        (line,) = done.json()["items"]
        assert (line["number"], line["outcome"]) == (2, ("ahead", "already")[number])
    nowhere = await http.post(f"{PATH}/leavers", headers=kind, content="person,last_day\n")
    assert nowhere.status_code == 422


async def test_wrong_rows_come_back_and_good_ones_are_recorded(http: httpx.AsyncClient, pool: Pool) -> None:
    """With what is wrong, in the answer or as the sheet that was sent; mended, it is sent again."""
    anna, otto = await _made(http, **ANNA), await _made(http, **OTTO)
    rows = [(anna, f"{day(9)}", "x"), ("nobody@example.org", f"{day(9)}", "y"), (otto, "soon", "z")]
    raw = "".join(f"{','.join(row)}\n" for row in (("person", "last_day", "Ward"), *rows)).encode()
    asked = {"academy": "sheffield", "preview": "false"}
    done = await http.post(f"{PATH}/leavers", params=asked, headers={"content-type": "text/csv"}, content=raw)
    assert done.status_code == 200, done.text
    assert [line["outcome"] for line in done.json()["items"]] == ["ahead", "unknown"]
    assert [(one["line"], one["column"]) for one in done.json()["faults"]] == [(3, "person"), (4, "last_day")]
    assert "nobody" not in done.text
    assert [row["person"] for row in await pool.fetch("SELECT person FROM leavers")] == [anna]
    for media, sent in (
        ("text/csv", raw),
        (Kind.XLSX.media_type, written(Kind.XLSX, "Leavers", (*COLUMNS, "Ward"), rows)),
    ):
        back = await http.post(
            f"{PATH}/leavers", params=asked, headers={"content-type": media, "accept": media}, content=sent
        )
        header, *mend = (list(record.cells) for record in rows_of(back.content, COLUMNS).records)
        assert (back.headers["content-type"].partition(";")[0], len(mend)) == (media, 2)
        assert [row[header.index("Ward")] for row in mend] == ["y", "z"]
        assert "we don't know anybody by this address" in mend[0][-2]
    body = {"academy": "sheffield", "leavers": [{"person": "nobody@example.org", "last_day": f"{day(9)}"}]}
    said = (await http.post(f"{PATH}/leavers", json=body, headers={"accept": "text/csv"})).json()
    assert [one["where"] for one in said["faults"]] == ["body.leavers.0.person"]
