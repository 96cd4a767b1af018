"""What a caller may do, and where."""

from __future__ import annotations

import pytest

from operations.callers import Caller
from schemas.grants import BadGrantError, Grant, by_caller, from_scopes
from tests.gateway.access.conftest import TEAM


def holding(*grants: str) -> Caller:
    """A caller with these grants."""
    return Caller("key_1", "http", tuple(map(Grant.parse, grants)))


@pytest.mark.parametrize(
    ("grant", "verb", "subject", "may"),
    [
        ("read", "read", TEAM, True),
        ("tell", "tell", TEAM, True),
        ("admin", "admin", TEAM, True),
        ("admin", "tell", TEAM, True),
        ("admin", "read", TEAM, True),
        ("tell", "read", TEAM, False),
        ("tell", "admin", TEAM, False),
        ("read", "tell", TEAM, False),
        ("tell:sheffield", "tell", TEAM, True),
        ("tell:sheffield", "tell", "sheffield", True),
        ("tell:sheffield", "tell", "sheffield-south.2026-autumn.P01", False),
        ("tell:sheffield", "tell", "leeds.2026-autumn.P01", False),
        ("tell:sheffield.2026-autumn", "tell", TEAM, True),
        ("tell:sheffield.2026-autumn", "tell", "sheffield.2026-autumn", True),
        ("tell:sheffield.2026-autumn", "tell", "sheffield", False),
        ("tell:sheffield.2026-autumn", "tell", "sheffield.2026-autumn2.P01", False),
        ("tell:sheffield.2026-autumn", "tell", "sheffield.2027-spring.P01", False),
        ("admin:sheffield", "read", "leeds.2026-autumn", False),
    ],
)
def test_a_grant_covers_its_verb_within_its_place(grant: str, verb: str, subject: str, *, may: bool) -> None:
    """An academy covers its cohorts and teams, and none whose name only begins the same."""
    assert holding(grant).may(verb, subject) is may


def test_without_a_place_a_grant_anywhere_is_enough() -> None:
    """Where exactly, the operation asks next."""
    assert holding("tell:sheffield").may("tell")
    assert not holding("tell:sheffield").may("read")
    assert not holding().may("read")


def test_where_somebody_may_is_known() -> None:
    """For lists: the academies and cohorts, or everywhere."""
    assert holding("read:leeds", "tell", "admin:sheffield.2026-autumn").within("read") == (
        "leeds",
        "sheffield.2026-autumn",
    )
    assert holding("read:leeds", "admin").within("read") is None
    assert holding("tell").within("read") == ()


@pytest.mark.parametrize("grant", ["read", "tell:sheffield", "admin:sheffield.2026-autumn"])
def test_a_grant_is_written_as_it_is_read(grant: str) -> None:
    """So that it can be stored."""
    assert str(Grant.parse(grant)) == grant


@pytest.mark.parametrize(
    "written",
    ["", "write", "READ", "read:", "read:.", "read:sheffield.", "read:sheffield.2026.P01", "read:*", "read:a b", ":a"],
)
def test_what_is_no_grant_is_refused(written: str) -> None:
    """With how one is written."""
    with pytest.raises(BadGrantError, match="is no grant: write read, tell or admin"):
        Grant.parse(written)


def test_scopes_of_others_grant_nothing() -> None:
    """Nor do those that are no grants."""
    scopes = ["openid", "read", "tell:sheffield", "coaching:", "coaching:write", "coaching:read:*", "Coaching:admin"]
    assert from_scopes(scopes) == ()
    assert from_scopes([*scopes, "coaching:read:leeds"]) == (Grant.parse("read:leeds"),)


def test_grants_by_caller_are_read_as_they_are_written() -> None:
    """Each with several grants; whoever is not named has those of the star, if there is one."""
    found = by_caller("payroll=tell:sheffield read:sheffield; *=read")
    assert {name: tuple(map(str, grants)) for name, grants in found.items()} == {
        "payroll": ("tell:sheffield", "read:sheffield"),
        "*": ("read",),
    }


@pytest.mark.parametrize("written", ["payroll", "payroll=", "=read", "payroll=write", "a=read;"])
def test_grants_by_caller_that_make_no_sense_are_refused(written: str) -> None:
    """With a sentence that says how they are written."""
    with pytest.raises(BadGrantError):
        by_caller(written)
