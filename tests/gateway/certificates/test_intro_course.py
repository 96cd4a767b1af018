"""The certificate of the Introduction course: for both days, by the same pages."""

from __future__ import annotations

from activities.links import Purpose
from schemas.corrections import Correction
from tests.gateway.certificates.test_document import text_of
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Intro
from tests.workflows.subjects import SPONSOR, now


async def test_who_attended_both_days_finds_it_on_their_page_and_saves_it(site: Site) -> None:
    """Who attended one does not; the document says which days."""
    life = Intro(-2).attended(1)
    await life.put(site.pool)
    home = await site.get(site.token(Purpose.HOME, OTHER))
    page = await site.get(home.link("Your certificate: Introduction to Quality Improvement").rpartition("/")[2])
    assert "Certificate of attendance" in page.words
    read = text_of((await site.http.get(f"/a/{page.link('Download').rpartition('/')[2]}")).content)
    assert "attendedbothdaysofIntroductiontoQualityImprovement" in read
    assert f"{life.day_1.year}" in read
    assert "Your certificate" not in (await site.get(site.token(Purpose.HOME, SPONSOR))).words
    missed = site.token(Purpose.CERTIFICATE, SPONSOR, life.name, life.key(2))
    assert (await site.get(missed)).status == 404


async def test_a_corrected_attendance_makes_it_invalid(site: Site) -> None:
    """The second day was told by mistake."""
    life = Intro(-2).attended(1)
    await life.put(site.pool)
    token = site.token(Purpose.CERTIFICATE, OTHER, life.name, life.key())
    assert (await site.get(token)).title == "Your certificate"
    fact = Correction(event_id="back", occurred_at=now(), corrects=life.told[-1].event_id)
    await site.pool.execute(
        """
        INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, body, answer)
        VALUES ($1, (SELECT max(seq) + 1 FROM facts WHERE subject = $1), 'back', $2, $3, $3, 'office', $4, '{}')
        """,
        life.name, fact.kind, now(), fact,
    )  # fmt: skip
    assert (await site.get(token)).title == "There is no certificate now"
    code = await site.pool.fetchval("SELECT code FROM certificates")
    assert "no longer valid" in (await site.http.get(f"/certificates/{code}")).text
