"""What a caller may do, and where: how it is written, and what it covers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from operations.callers import Caller, NotAllowedError
from schemas import subjects
from schemas.corrections import Correction
from schemas.engagement_facts import AgreementSigned, EndedEarly, SessionHeld
from schemas.facts import Teller
from schemas.grants import PRESETS, BadGrantError, Grant, Managing, Reading, Wanted, by_caller, from_scopes, preset
from schemas.subjects import GROUPS
from schemas.words import EndReason, Group, Role

TEAM = "sheffield.2026-autumn.P01"
AT = datetime(2027, 10, 4, 9, tzinfo=UTC)
HELD = SessionHeld(event_id="held", occurred_at=AT, told_by=Teller(role=Role.COACH), day=AT.date())
ENDED = EndedEarly(event_id="ended", occurred_at=AT, told_by=Teller(role=Role.SPONSOR), reason=EndReason.TEAM_WITHDREW)


def holding(*grants: str) -> Caller:
    """A caller with these grants."""
    return Caller("key_1", "http", tuple(map(Grant.parse, grants)))


@pytest.mark.parametrize(
    ("grant", "wanted", "subject", "may"),
    [
        ("tell:sheffield:sessions", Group.SESSIONS, TEAM, True),
        ("tell:sheffield:sessions,leave", Group.LEAVE, TEAM, True),
        ("tell:sheffield:sessions", Group.ENDINGS, TEAM, False),
        ("tell:sheffield:*", Group.ENDINGS, TEAM, True),
        ("tell:sheffield:*", Role.SPONSOR, TEAM, False),
        ("tell:sheffield:people", Reading.PEOPLE, TEAM, False),
        ("as:sheffield:sponsor", Role.SPONSOR, TEAM, True),
        ("as:sheffield:coach", Role.SPONSOR, TEAM, False),
        ("read:*:engagements", Reading.ENGAGEMENTS, TEAM, True),
        ("read:*:people", Reading.EXPORT, TEAM, False),
        ("manage:sheffield:people", Managing.PEOPLE, TEAM, True),
        ("manage:sheffield:people", Reading.PEOPLE, TEAM, False),
        ("admin:*", Managing.AUDIT, TEAM, True),
        ("admin:sheffield", Role.SPONSOR, TEAM, True),
        ("admin:sheffield", Reading.COHORTS, "leeds.2026-autumn", False),
        ("tell:sheffield:sessions", Group.SESSIONS, "sheffield", True),
        ("tell:sheffield:sessions", Group.SESSIONS, "sheffield-south.2026-autumn.P01", False),
        ("tell:sheffield.2026-autumn:sessions", Group.SESSIONS, TEAM, True),
        ("tell:sheffield.2026-autumn:sessions", Group.SESSIONS, "sheffield", False),
        ("tell:sheffield.2026-autumn:sessions", Group.SESSIONS, "sheffield.2026-autumn2.P01", False),
    ],
)
def test_a_grant_covers_what_it_names_within_its_place(grant: str, wanted: Wanted, subject: str, *, may: bool) -> None:
    """An academy covers its cohorts and teams, and none whose name only begins the same."""
    assert holding(grant).may(wanted, subject) is may


def test_without_a_place_a_grant_anywhere_is_enough() -> None:
    """Where exactly, the operation asks next."""
    assert holding("tell:sheffield:sessions").may(Group.SESSIONS)
    assert holding("tell:sheffield:sessions").may_tell()
    assert not holding("read:*:*").may_tell()
    assert not holding("tell:sheffield:sessions").may_tell("leeds")


def test_where_somebody_may_is_known() -> None:
    """For lists: the academies and cohorts, or everywhere."""
    many = holding("read:leeds:cohorts", "tell:*:*", "admin:sheffield.2026-autumn")
    assert many.within(Reading.COHORTS) == ("leeds", "sheffield.2026-autumn")
    assert holding("read:leeds:*", "admin:*").within(Reading.COHORTS) is None
    assert holding("tell:*:*").within(Reading.COHORTS) == ()


@pytest.mark.parametrize(
    "grant", ["read:*:*", "tell:sheffield:sessions,leave", "as:sheffield:coach", "admin:sheffield.2026-autumn"]
)
def test_a_grant_is_written_as_it_is_read(grant: str) -> None:
    """So that it can be stored."""
    assert str(Grant.parse(grant)) == grant


@pytest.mark.parametrize(
    ("written", "saying"),
    [
        ("", "begins with one of tell, as, read, manage, admin"),
        ("write:sheffield:sessions", "begins with one of"),
        ("READ:sheffield:cohorts", "begins with one of"),
        ("tell", "does not say where"),
        ("tell::sessions", "does not say where"),
        ("tell:sheffield.2026.P01:sessions", "does not say where"),
        ("tell:a b:sessions", "does not say where"),
        ("tell:sheffield", "does not say what: write it behind the place, as in tell:sheffield:sessions"),
        ("tell:sheffield:", "does not say what"),
        ("tell:sheffield:session", "no 'session' to tell. It is one or more of sessions, "),
        ("tell:sheffield:sessions,", "no '' to tell"),
        ("read:sheffield:sessions", "no 'sessions' to read"),
        ("as:sheffield:service", "no 'service' to as"),
        ("admin:sheffield:people", "admin is for everything"),
    ],
)
def test_what_is_no_grant_is_refused(written: str, saying: str) -> None:
    """With what is wrong, and how one is written."""
    with pytest.raises(BadGrantError) as refused:
        Grant.parse(written)
    assert saying in f"{refused.value}"


def test_every_kind_of_fact_belongs_to_one_group() -> None:
    """By its description; only a correction has none of its own."""
    kinds = {kind for subject in subjects.KINDS for kind in subject.kinds}
    assert kinds - set(GROUPS) == {Correction.model_fields["kind"].default}
    assert set(GROUPS.values()) == set(Group)


def test_a_grant_to_tell_ends_no_engagement_as_the_sponsor() -> None:
    """It takes both: the group of what happened, and the role in which it is said."""
    for narrow in (("tell:sheffield:sessions", "as:sheffield:sponsor"), ("tell:sheffield:*",)):
        with pytest.raises(NotAllowedError):
            holding(*narrow).require_telling(TEAM, ENDED)
    holding("tell:sheffield:endings", "as:sheffield:sponsor").require_telling(TEAM, ENDED)


def test_a_refusal_names_the_grant_that_it_takes() -> None:
    """For whoever runs the service that was refused."""
    with pytest.raises(NotAllowedError, match=r"as the coach \(told_by.role\).*it takes as:sheffield:coach"):
        holding("tell:sheffield:sessions").require_telling(TEAM, HELD)


def test_whoever_calls_may_say_so_themselves() -> None:
    """As a service; on behalf of somebody takes their role, or the office's."""
    own = Teller(role=Role.SERVICE)
    holding("tell:sheffield:sessions").require_telling(TEAM, HELD.model_copy(update={"told_by": own}))
    for_sponsor = Teller(role=Role.SERVICE, on_behalf_of="per_1")
    signed = AgreementSigned(event_id="signed", occurred_at=AT, told_by=for_sponsor, role=Role.SPONSOR)
    with pytest.raises(NotAllowedError):
        holding("tell:sheffield:*").require_telling(TEAM, signed)
    for role in ("sponsor", "office"):
        holding("tell:sheffield:*", f"as:sheffield:{role}").require_telling(TEAM, signed)


def test_a_correction_takes_the_grants_of_what_it_puts_in_place() -> None:
    """However narrow the correction's own words are."""
    wrapped = Correction(
        event_id="c", occurred_at=AT, told_by=Teller(role=Role.SERVICE), corrects="held", replacement=ENDED
    )
    for narrow in (("tell:sheffield:sessions",), ("tell:sheffield:*",)):
        with pytest.raises(NotAllowedError):
            holding(*narrow).require_telling(TEAM, wrapped)
    holding("tell:sheffield:endings", "as:sheffield:sponsor").require_telling(TEAM, wrapped)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_limited_to_its_academy(name: str) -> None:
    """And ends no engagement, and manages nothing but lists of leavers."""
    made = Caller("key_1", "http", preset(name, "sheffield"))
    assert all(grant.place == "sheffield" for grant in made.grants)
    assert not made.may(Group.ENDINGS)
    assert not made.may(Role.SPONSOR)
    assert [one for one in Managing if made.may(one)] == ([Managing.LEAVERS] if name == "leavers" else [])


def test_another_preset_is_refused() -> None:
    """With those that there are."""
    with pytest.raises(BadGrantError, match="one of diary, survey, leavers, dashboard"):
        preset("payroll", "sheffield")


def test_scopes_of_others_grant_nothing() -> None:
    """Nor do those that are no grants."""
    scopes = ["openid", "read:*:*", "coaching:", "coaching:write", "coaching:read", "Coaching:admin:*"]
    assert from_scopes(scopes) == ()
    assert from_scopes([*scopes, "coaching:read:leeds:cohorts"]) == (Grant.parse("read:leeds:cohorts"),)


def test_grants_by_caller_are_read_as_they_are_written() -> None:
    """Each with several grants; whoever is not named has those of the star, if there is one."""
    found = by_caller("payroll=tell:sheffield:leave read:sheffield:people; *=read:*:cohorts")
    assert {name: tuple(map(str, grants)) for name, grants in found.items()} == {
        "payroll": ("tell:sheffield:leave", "read:sheffield:people"),
        "*": ("read:*:cohorts",),
    }


@pytest.mark.parametrize("written", ["payroll", "payroll=", "=admin:*", "payroll=write", "a=admin:*;"])
def test_grants_by_caller_that_make_no_sense_are_refused(written: str) -> None:
    """With a sentence that says how they are written."""
    with pytest.raises(BadGrantError):
        by_caller(written)
