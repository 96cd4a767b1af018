"""Pages in another language: no word of any page stands outside the sentences that are looked up."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
from fastapi import FastAPI
from limits import RateLimitItemPerMinute

from gateway.pages import pace
from records.database import Pool
from tests.activities.mail_servers import Behaviour
from tests.activities.pseudo import in_place_of_welsh
from tests.gateway.pages.pseudo import foreign, pages_in_pseudo, typed_by_people
from tests.gateway.pages.reading import Page
from tests.gateway.pages.test_sign_in import opened
from tests.gateway.workspace.demonstrated import PEOPLE, put_in
from tests.gateway.workspace.walking import walked

__all__ = ["in_place_of_welsh", "pages_in_pseudo"]


@pytest.mark.long
@pytest.mark.usefixtures("in_place_of_welsh")
async def test_no_word_of_a_page_stands_outside_its_sentences(
    app: FastAPI, pool: Pool, mail: Behaviour, pages_in_pseudo: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever page anybody in the demonstration can reach: each is in one language from first word to last."""
    monkeypatch.setattr(pace, "_OPENED", RateLimitItemPerMinute(1_000_000))
    await put_in(pool)
    typed = await typed_by_people(pool)
    left: dict[str, str] = {}

    def look(address: str, page: Page) -> None:
        whole = '<html lang="cy">' in page.text
        left.update(dict.fromkeys(foreign(page.text, typed) if whole else ["all of it"], address))

    async with AsyncExitStack() as open_browsers:
        browsers = [await open_browsers.enter_async_context(opened(app, mail)) for _ in PEOPLE]
        for theirs, address in zip(browsers, PEOPLE.values(), strict=True):
            await theirs.sign_in(address)
        await pool.execute("UPDATE cohorts SET language = 'cy'")
        await pool.execute("UPDATE intro_courses SET language = 'cy'")
        for theirs in browsers:
            await walked(theirs, look)
    assert not pages_in_pseudo
    assert not left
