"""Certificates on pages: saved by whom they belong to, checked by anybody, invalid once the facts say otherwise."""

from __future__ import annotations

import io
import re

import httpx
import pikepdf
import pytest
from fastapi import FastAPI
from playwright.async_api import Browser as Chromium
from structlog.testing import capture_logs

from activities.links import Links, Purpose
from gateway.settings import GatewaySettings
from records import certificates
from records.certificates import Certificate, RevokedBecause
from records.notices import Letter
from schemas.due import Notice
from schemas.words import Act, Matter, Role
from tests.browser import faults
from tests.gateway.certificates.conftest import code_of, completed, corrected, erased, merged, token_of
from tests.gateway.certificates.test_document import text_of
from tests.gateway.pages.conftest import Site, served
from tests.gateway.pages.lives import OTHER, Course
from tests.gateway.pages.reading import Page
from tests.workflows.subjects import COACH, now


async def checked(site: Site, written: str) -> Page:
    """The open page of a code."""
    answered = await site.http.get(f"/certificates/{written}")
    return Page(answered.status_code, answered.text, answered.headers)


async def document(site: Site, token: str) -> httpx.Response:
    """What the download button of a certificate's page gives."""
    return await site.http.get(f"/a/{token}.pdf")


async def test_it_is_found_on_ones_own_page_saved_and_checked(site: Site) -> None:
    """From the personal page to the document; its code leads back to what it says."""
    life = await completed(site.pool)
    home = await site.get(site.token(Purpose.HOME, OTHER))
    page = await site.get(home.link("Your certificate: Coaching course").rpartition("/")[2])
    assert (page.status, page.title) == (200, "Your certificate")
    assert "Otto Other" in page.words
    token = page.link("Download the certificate (PDF)").rpartition("/")[2].removesuffix(".pdf")
    answered = await document(site, token)
    code = await code_of(site, life)
    assert answered.headers["content-type"] == "application/pdf"
    assert answered.headers["content-disposition"] == f'attachment; filename="certificate-{code}.pdf"'
    assert answered.headers["cache-control"] == "no-store"
    read = text_of(answered.content)
    assert all(part in read for part in ("OttoOther", code, "Certificateofcompletion", "127.0.0.1:8080/certificates"))
    with pikepdf.open(io.BytesIO(answered.content)) as opened:
        assert bool(opened.Root.MarkInfo.Marked)
    found = await checked(site, code)
    assert (found.status, found.title) == (200, "This certificate is valid")
    assert all(part in found.words for part in ("Otto Other", "Certificate of completion", "Sheffield", code))
    assert (await document(site, token)).content == answered.content


async def test_the_code_is_made_once(site: Site) -> None:
    """When it is first looked at; a new link, and a look at the same moment, find the same."""
    life = await completed(site.pool)
    assert await site.pool.fetchval("SELECT count(*) FROM certificates") == 0
    code = await code_of(site, life)
    async with site.pool.acquire() as connection:
        given = Certificate("0000-0000-0000", life.name, life.key(2), OTHER, now())
        assert (await certificates.issue(connection, given)).code == code
    assert await code_of(site, life) == code
    assert await site.pool.fetchval("SELECT count(*) FROM certificates") == 1


async def test_nobody_else_gets_it(site: Site) -> None:
    """Not with a link of their own, not for what they did not complete, not for what is not there."""
    life = await completed(site.pool)
    for number, person in ((2, COACH), (1, COACH), (9, OTHER)):
        token = token_of(site, life, number, person)
        assert (await site.get(token)).status == 404
        assert (await document(site, token)).status_code == 404
    nowhere = site.token(Purpose.CERTIFICATE, OTHER, "sheffield.nowhere", "sheffield.nowhere.P01")
    assert (await site.get(nowhere)).status == 404
    assert "Your certificate" not in (await site.get(site.token(Purpose.HOME))).words
    await code_of(site, life)
    assert (await site.get(token_of(site, life, 2, COACH))).status == 404
    assert await site.pool.fetchval("SELECT count(*) FROM certificates") == 1


async def test_it_is_the_same_persons_after_a_merge(site: Site) -> None:
    """One that was issued before stays valid, and opens under either id."""
    life = await completed(site.pool)
    code = await code_of(site, life)
    await merged(site.pool, life, OTHER, "per_kept")
    for person in (OTHER, "per_kept"):
        page = await site.get(token_of(site, life, person=person))
        assert (page.status, code in page.words) == (200, True), person
    assert (await checked(site, code)).title == "This certificate is valid"
    assert (await site.get(token_of(site, life, person=COACH))).status == 404


async def test_a_corrected_completion_makes_it_invalid(site: Site) -> None:
    """At once and without further ado: its page and its document are gone, and the check shows no name."""
    life = await completed(site.pool)
    code = await code_of(site, life)
    await corrected(site.pool, life)
    found = await checked(site, code)
    assert (found.status, found.title) == (200, "This certificate is no longer valid")
    assert "Otto" not in found.words
    assert (await site.get(token_of(site, life))).title == "There is no certificate now"
    answered = await document(site, token_of(site, life))
    assert (answered.status_code, answered.headers["content-type"]) == (410, "text/html; charset=utf-8")
    assert "Your certificate" not in (await site.get(site.token(Purpose.HOME, OTHER))).words


async def test_a_revoked_one_is_said_to_be_until_it_is_restored(site: Site) -> None:
    """No name on the page of one that does not hold; the first reason stays."""
    life = await completed(site.pool)
    code = await code_of(site, life)
    async with site.pool.acquire() as connection:
        first = await certificates.revoke(connection, code, RevokedBecause.ISSUED_IN_ERROR, now())
        assert await certificates.revoke(connection, code, RevokedBecause.OTHER, now()) == first
        assert await certificates.revoke(connection, "0000-0000-0000", RevokedBecause.OTHER, now()) is None
    found = await checked(site, code)
    assert found.title == "This certificate was revoked"
    assert "Otto" not in found.words
    page = await site.get(token_of(site, life))
    assert (page.status, page.title) == (410, "Your certificate was revoked")
    assert (await document(site, token_of(site, life))).status_code == 410
    assert "Your certificate" not in (await site.get(site.token(Purpose.HOME, OTHER))).words
    async with site.pool.acquire() as connection:
        await certificates.restore(connection, code)
    assert (await checked(site, code)).title == "This certificate is valid"


async def test_of_somebody_who_was_erased_only_the_rest_is_known(site: Site) -> None:
    """Their document cannot be drawn any more; the code still says what it was for."""
    life = await completed(site.pool)
    code = await code_of(site, life)
    await erased(site.pool)
    found = await checked(site, code)
    assert (found.status, found.title) == (200, "This certificate was issued")
    assert "Otto" not in found.words
    assert "Certificate of completion" in found.words
    assert (await site.get(token_of(site, life))).status == 410
    assert (await document(site, token_of(site, life))).status_code == 410


async def test_another_name_is_on_the_next_document(site: Site) -> None:
    """It is looked up when it is drawn; the code stays."""
    life = await completed(site.pool)
    code = await code_of(site, life)
    await site.pool.execute("UPDATE people SET name = 'Otto #1 [Married] $' WHERE person = $1", OTHER)
    assert "Otto#1[Married]$" in text_of((await document(site, token_of(site, life))).content)
    assert "Otto #1 [Married] $" in (await checked(site, code)).words


async def test_a_name_that_no_font_has_gives_a_page_and_not_a_wrong_document(site: Site) -> None:
    """The certificate stands, and is checked by its code; nothing that is logged holds the name."""
    life = await completed(site.pool)
    code = await code_of(site, life)
    await site.pool.execute("UPDATE people SET name = '李小龍' WHERE person = $1", OTHER)
    with capture_logs() as logged:
        answered = await document(site, token_of(site, life))
    assert answered.status_code == 500
    assert "draw the certificate" in answered.text
    assert "李" not in str(logged)
    assert "李小龍" in (await checked(site, code)).words


async def test_a_code_is_taken_as_people_write_it(site: Site) -> None:
    """In the form, which leads to the page of the code; what is no code is said to be none."""
    life = await completed(site.pool)
    code = await code_of(site, life)
    written = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    answered = await site.http.get("/certificates", params={"code": written})
    assert (answered.status_code, answered.headers["location"]) == (303, f"/certificates/{code}")
    assert (await checked(site, written)).title == "This certificate is valid"
    for wrong in ("", "7KQ2", "<b>"):
        page = Page(*_parts(await site.http.get("/certificates", params={"code": wrong})))
        assert page.status == 422
        assert "There is a problem" in page.words
        assert "<b>" not in page.text


def _parts(answered: httpx.Response) -> tuple[int, str, httpx.Headers]:
    return answered.status_code, answered.text, answered.headers


async def test_who_guesses_codes_is_slowed_down(site: Site) -> None:
    """An unknown code is said to be unknown, thirty times a minute."""
    answers = [(await site.http.get(f"/certificates/0000-0000-{number:04}")).status_code for number in range(31)]
    assert answers == [404] * 30 + [429]


async def test_no_log_line_holds_a_name_or_a_token(site: Site) -> None:
    """Whatever is looked at."""
    life = await completed(site.pool)
    with capture_logs() as logged:
        code = await code_of(site, life)
        await document(site, token_of(site, life))
        await checked(site, code)
        await checked(site, "nothing")
    assert "Otto" not in str(logged)
    assert token_of(site, life) not in str(logged)


def test_the_mail_that_brings_a_certificate_leads_straight_to_it(links: Links) -> None:
    """Its link is the certificate's, for three years."""
    notice = Notice(
        person=OTHER, role=Role.DELEGATE, act=Act.FLAG, matter=Matter.CERTIFICATE, window="w", turn=Role.DELEGATE,
        reason="both_days_attended", detail="sheffield.intro-2026-09.B01",
    )  # fmt: skip
    letter = Letter("ntc_1", "sheffield.intro-2026-09", notice, None, None, None, None, None, None, None)
    link = links.read(links.for_notice(letter, now()).rpartition("/")[2], now())
    assert (link.purpose, link.person, link.subject, link.about) == (
        Purpose.CERTIFICATE, OTHER, letter.subject, notice.detail,
    )  # fmt: skip
    assert (link.expires_at - now()).days > 1000


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (None, "Sheffield"),
        ("sheffield=Sheffield Microsystem Coaching Academy; leeds = Leeds", "Sheffield Microsystem Coaching Academy"),
        ("leeds=Leeds", "Sheffield"),
    ],
)
def test_academies_are_called_as_they_are_set(settings: GatewaySettings, names: str | None, called: str) -> None:
    """By their short name where nothing is set."""
    assert settings.model_copy(update={"academy_names": names}).academy_called("sheffield") == called


async def addresses(site: Site) -> dict[str, str]:
    """An address of every page that has to do with certificates."""
    lives: list[Course] = [await completed(site.pool) for _ in range(3)]
    codes = [await code_of(site, life) for life in lives]
    await corrected(site.pool, lives[1])
    async with site.pool.acquire() as connection:
        await certificates.revoke(connection, codes[2], RevokedBecause.REQUESTED, now())
    return {
        "own": f"a/{token_of(site, lives[0])}",
        "own, corrected": f"a/{token_of(site, lives[1])}",
        "form": "certificates",
        "form, sent empty": "certificates?code=",
        "valid": f"certificates/{codes[0]}",
        "corrected": f"certificates/{codes[1]}",
        "revoked": f"certificates/{codes[2]}",
        "unknown": "certificates/0000-0000-0000",
    }


async def test_axe_finds_nothing_on_the_narrowest_phone(site: Site, app: FastAPI, chrome: Chromium) -> None:
    """On any of the pages; nothing is scrolled sideways."""
    wrong = {}
    pages = await addresses(site)
    async with served(app) as url:
        context = await chrome.new_context(viewport={"width": 320, "height": 640}, bypass_csp=True)
        page = await context.new_page()
        for name, address in pages.items():
            await page.goto(f"{url}/{address}")
            if found := await faults(page):
                wrong[name] = found
    assert not wrong


async def test_a_code_is_checked_with_the_keyboard_alone(site: Site, app: FastAPI, chrome: Chromium) -> None:
    """Without scripts, under the pages' own policy."""
    life = await completed(site.pool)
    code = await code_of(site, life)
    async with served(app) as url:
        context = await chrome.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(f"{url}/certificates")
        await page.locator("#code").focus()
        await page.keyboard.type(re.sub("-", "", code.lower()))
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/certificates/{code}")
        assert "Otto Other" in await page.inner_text("main")
