"""Links that must not work: each is refused by itself, kindly, and tells nothing."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from itsdangerous import URLSafeSerializer

from activities.links import Link, LinkExpired, LinkForged, Links, Purpose
from gateway.pages.pace import Pace, source_of
from records.notices import Letter
from schemas.due import Notice
from schemas.words import Act, Matter, Role
from tests.gateway.pages.conftest import KEY, OLD_KEY, Site
from tests.gateway.pages.lives import Life
from tests.workflows.subjects import COACH, FACULTY, now
from worker.main import Engine

_KWARGS = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
AT = datetime(2027, 3, 30, 9, 0, tzinfo=UTC)
LINK = Link(Purpose.NOTICE, "per_1", "sheffield.2026-autumn.P01", "ntc_1", AT + timedelta(days=30), sent_at=AT)


def links(*keys: str) -> Links:
    """Links with these keys."""
    return Links("https://coaching.example.org/", keys or (KEY,))


def test_a_token_says_what_it_was_made_of() -> None:
    """And the same link is the same URL, so that a mail sent again is the same mail."""
    made = links()
    assert made.read(made.token(LINK), AT) == LINK
    assert made.url(LINK) == made.url(LINK) == f"https://coaching.example.org/a/{made.token(LINK)}"


def test_keys_can_be_changed() -> None:
    """The newest key signs; links in mails that went out under the old one still work, until it is taken away."""
    old = links(OLD_KEY).token(LINK)
    assert links(OLD_KEY, KEY).read(old, AT) == LINK
    assert links(OLD_KEY, KEY).token(LINK) == links(KEY).token(LINK)
    with pytest.raises(LinkForged):
        links(KEY).read(old, AT)


def test_a_changed_token_is_forged() -> None:
    """Whichever letter is changed."""
    token = links().token(LINK)
    for place in range(0, len(token), 3):
        letter = "A" if token[place] != "A" else "B"
        changed = f"{token[:place]}{letter}{token[place + 1 :]}"
        # The last letter of each part may carry bits that nobody reads.
        try:
            assert links().read(changed, AT) == LINK
        except LinkForged:
            continue


@pytest.mark.parametrize("token", ["", ".", "a.b", "a" * 5000, "\u2603.\u2603", "W10.x", "../../etc/passwd"])
def test_nonsense_is_forged(token: str) -> None:
    """Whatever somebody writes."""
    with pytest.raises(LinkForged):
        links().read(token, AT)


@pytest.mark.parametrize(
    "said",
    [
        [],
        ["notice"],
        ["root", "p", "s", "a", 1, 0, 1],
        "x",
        None,
        ["home", "p", "", "", "soon", 0, 1],
        ["home", "p", "", "", 1, 0, "soon"],
    ],
)
def test_what_our_key_signed_for_something_else_is_forged(said: object) -> None:
    """Under another salt, or of another shape."""
    for salt in ("link", "form"):
        signer = URLSafeSerializer(KEY, salt=salt, signer_kwargs=_KWARGS)
        with pytest.raises(LinkForged):
            links().read(str(signer.dumps(said)), AT)


def test_a_link_has_its_time() -> None:
    """A question's: thirty days after an answer was due, or it was asked, whichever is later."""
    notice = Notice(
        person="per_1", role=Role.COACH, act=Act.ASK, matter=Matter.SESSION, window="w", turn=Role.COACH, reason="r",
        answer_by=AT + timedelta(days=9),
    )  # fmt: skip
    letter = Letter("ntc_1", "s", notice, None, None, None, None, None, None, None)
    token = links().for_notice(letter, AT).rpartition("/")[2]
    assert links().read(token, AT + timedelta(days=38)).about == "ntc_1"
    with pytest.raises(LinkExpired) as expired:
        links().read(token, AT + timedelta(days=39))
    assert expired.value.link.person == "per_1"
    late = links().for_notice(letter, AT + timedelta(days=60)).rpartition("/")[2]
    assert links().read(late, AT + timedelta(days=89)).about == "ntc_1"


async def test_a_forged_link_shows_nothing(site: Site) -> None:
    """Not even whether there is something of that kind."""
    life = Life().agreed()
    await life.put(site.pool)
    forged = Links("http://127.0.0.1:8080", ("somebody else's key of thirty-two letters",))
    for link in (Link(Purpose.SLOT, COACH, life.name, "", now() + timedelta(days=1)), LINK):
        page = await site.get(forged.token(link))
        assert (page.status, page.title) == (404, "This link doesn't work")
        assert "Ward 12" not in page.words
        assert "Sheffield" not in page.words


async def test_an_expired_link_says_whom_to_ask(site: Site) -> None:
    """It shows nothing else, and takes no answer."""
    life = Life()
    await life.put(site.pool)
    good = site.token(Purpose.STOPPED, subject=life.name)
    old = site.token(Purpose.STOPPED, subject=life.name, until=now())
    page = await site.get(old)
    assert (page.status, page.title) == (410, "This link no longer works")
    assert "sheffield.office@example.org" in page.words
    assert "Ward 12" not in page.words
    assert (await site.post(old, await site.get(good), "stop.yes")).status == 410
    assert await site.pool.fetchval("SELECT count(*) FROM facts WHERE kind = 'coach_stopped'") == 0


async def test_a_link_opens_its_own_subject_only(site: Site) -> None:
    """A notice of another engagement, or of nobody, is nothing here."""
    mine, other = Life(), Life()
    await mine.put(site.pool)
    await other.put(site.pool)
    notice = await site.notice(mine.name, Matter.AGREEMENT, "signed")
    for token in (
        site.token(Purpose.NOTICE, subject=other.name, about=notice),
        site.token(Purpose.NOTICE, subject=mine.name, about="ntc_none"),
        site.token(Purpose.NOTICE, subject="sheffield.nowhere.P01", about=notice),
        site.token(Purpose.NOTICE, person="per_nobody", subject=mine.name, about=notice),
        site.token(Purpose.TEAM, subject=mine.name, about="P01"),
        site.token(Purpose.SESSION, subject=mine.name, about="someday"),
        site.token(Purpose.CONFIRM, about="not sealed by us"),
    ):
        assert (await site.get(token)).status == 404
    assert (await site.get(site.token(Purpose.NOTICE, FACULTY, mine.name, notice))).status == 403


async def test_a_form_belongs_to_its_link(site: Site, running: Engine) -> None:  # noqa: ARG001
    """The hidden part of one page is worth nothing on another: not for another engagement, nor for another purpose."""
    mine, other = Life().agreed(), Life().agreed()
    await mine.put(site.pool)
    await other.put(site.pool)
    token = site.token(Purpose.STOPPED, subject=mine.name)
    for elsewhere in (
        await site.get(site.token(Purpose.STOPPED, subject=other.name)),
        await site.get(site.token(Purpose.PAUSE, subject=mine.name)),
    ):
        assert "Nothing is recorded yet" in (await site.press(token, elsewhere, "stop.yes")).words
    page = await site.get(token)
    for state in ("", "x.y", page.state[:-2], page.state.swapcase()):
        answered = await site.http.post(f"/a/{token}", data={"state": state, "answer": "stop.yes"})
        assert "Nothing is recorded yet" in answered.text
    for answer in ("", "stop", "stop.no", "pause.yes", "held.team", "stop.yes.yes"):
        assert "Nothing was changed" in (await site.post(token, page, answer)).words
    assert await site.pool.fetchval("SELECT count(*) FROM facts WHERE event_id LIKE 'page-%'") == 0
    assert "We've recorded it." in (await site.post(token, page, "stop.yes")).words


async def test_pages_let_nothing_else_in(site: Site) -> None:
    """No script, no frame, no referrer, nothing kept on the way; and nothing is fetched from anybody else."""
    life = Life()
    await life.put(site.pool)
    for page in (await site.get(site.token(Purpose.PAUSE, subject=life.name)), await site.get("nonsense")):
        assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; ")
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert "set-cookie" not in page.headers
        assert "<script" not in page.text
        assert "style=" not in page.text
        assert not [href for href, _ in page.links if "//" in href and "127.0.0.1" not in href]


async def test_the_look_is_kept_for_a_year(site: Site) -> None:
    """Under a name that changes with it, from here alone."""
    page = (await site.get("nonsense")).text
    for part in page.split('href="')[1:]:
        address = part.partition('"')[0]
        if address.startswith("/assets/"):
            sheet = await site.http.get(address)
            assert sheet.status_code == 200
            assert sheet.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert "//assets.nhs.uk" not in sheet.text
            assert "@import" not in sheet.text
    assert (await site.http.get("/assets/other.css")).status_code == 404


async def test_no_line_of_a_log_holds_a_token(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor a name or an address: whatever happens to the page."""
    life = Life()
    await life.put(site.pool)
    tokens = [site.token(Purpose.PAUSE, subject=life.name), site.token(Purpose.HOME), "forged-token"]
    for token in tokens:
        await site.get(token)
        await site.http.post(f"/a/{token}", data={"state": "x", "answer": "pause.yes"})
    await site.pool.execute("ALTER TABLE notices RENAME TO gone")
    assert (await site.get(tokens[1])).status == 500
    await asyncio.sleep(0)
    said = "".join(capsys.readouterr())
    assert "pages.failed" in said
    assert "/a/{token}" in said
    for secret in (*tokens, "Anna", "example.org"):
        assert secret not in said


async def test_a_link_of_ours_works_whatever_others_try_from_the_same_address(site: Site) -> None:
    """Bad ones have to wait after thirty within a minute, and only they do."""
    life = Life()
    await life.put(site.pool)
    token = site.token(Purpose.PAUSE, subject=life.name)
    tried = [(await site.get(f"forged-{number}")).status for number in range(31)]
    assert tried == [404] * 30 + [429]
    assert (await site.get(token)).status == 200
    assert (await site.http.get("/sign-in")).status_code == 200


def test_an_ipv6_address_counts_by_its_network() -> None:
    """Whoever has one of its 64 bits has all; an IPv4 address written as one is itself."""
    assert source_of("2001:db8:0:1::1") == source_of("2001:db8:0:1:ffff::9") == "2001:db8:0:1::/64"
    assert source_of("2001:db8:0:2::1") == "2001:db8:0:2::/64"
    assert source_of("::ffff:10.0.0.1") == source_of("10.0.0.1") == "10.0.0.1"
    assert source_of("unix") == "unix"


def test_a_source_may_open_many_pages() -> None:
    """A whole hospital may share one; but not without bound, and none in another's place."""
    pace = Pace()
    assert sum(pace.opened("10.0.0.1") for _ in range(400)) == 300
    assert pace.opened("per_1")
