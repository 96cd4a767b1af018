"""What an academy or a person is told reaches others once, what begins later too, and is withdrawn with its cause."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from lifecycle import academy, person
from lifecycle.account import account
from lifecycle.effects import Held, Owed, Peer, Share, owed, shared, so_already
from schemas.academy_facts import AcademyOpened
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.corrections import AnyFact, Correction
from schemas.facts import AcademyClosed, CalendarRevised, Cause, LeaveAgreed, ProgrammeAdopted, Teller
from schemas.person_facts import PersonKnown
from schemas.words import Role
from tests.lifecycle import cohorts
from tests.lifecycle.lives import PROGRAMME, agreed

BEGUN = datetime(2026, 9, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
OPENED = AcademyOpened(event_id="sheffield:opened", occurred_at=BEGUN, calendar=LATEST_HOLIDAY_TABLE)
CLOSED = AcademyClosed(
    event_id="closed", occurred_at=BEGUN + DAY, first_day=date(2026, 12, 21), last_day=date(2027, 1, 1)
)
REVISED = CalendarRevised(event_id="revised", occurred_at=BEGUN + 2 * DAY, calendar=LATEST_HOLIDAY_TABLE)
ME = Teller(role=Role.SERVICE, person="per_1")
AWAY = LeaveAgreed(
    event_id="away", occurred_at=BEGUN + DAY, told_by=ME, person="per_1", first_day=date(2026, 10, 5),
    last_day=date(2026, 10, 9),
)  # fmt: skip
OLD = Peer("sheffield.2026-autumn", "cohort", BEGUN - DAY)
NEW = Peer("sheffield.2027-spring", "cohort", BEGUN + 5 * DAY)
TODAY = date(2026, 9, 10)


def of_academy(*facts: AnyFact) -> list[Share]:
    """What others should know of an academy."""
    return academy.shares(academy.assess(account(academy.REDUCER, (OPENED, *facts)), BEGUN + 9 * DAY, {}))


def due(shares: list[Share], *peers: Peer, held: tuple[Held, ...] = (), today: date = TODAY) -> list[Owed]:
    """What is still to be told."""
    return owed(shared("sheffield", shares, peers, held, today), peers, held, BEGUN + 9 * DAY)


def known(owed: Owed, *, own: bool = False) -> Held:
    """It was told."""
    return Held(owed.subject, owed.kind, owed.fact, owed.fact, 1, owed.fact.occurred_at, own=own)


def test_what_holds_is_told_to_each_once_with_its_cause() -> None:
    """To what began later as of its own beginning, so that it is not told of a time before that."""
    first, second = due(of_academy(CLOSED), OLD, NEW)
    assert (first.subject, first.fact.occurred_at) == (OLD.subject, CLOSED.occurred_at)
    assert (second.subject, second.fact.occurred_at) == (NEW.subject, NEW.began_at)
    assert first.fact.caused_by == second.fact.caused_by == Cause(subject="sheffield", event_id="closed")
    assert due(of_academy(CLOSED), OLD, NEW, held=(known(first), known(second))) == []


def test_an_effect_has_the_same_id_and_content_whoever_finds_it_missing() -> None:
    """On whatever day: so two who tell it at once tell it once."""
    assert due(of_academy(CLOSED), OLD) == due(of_academy(CLOSED), OLD, today=TODAY + 7 * DAY)


def test_what_is_over_is_told_to_nobody_new_and_stays_where_it_was_told() -> None:
    """Closed weeks of last year concern no course of this year."""
    (told,) = due(of_academy(CLOSED), OLD)
    assert due(of_academy(CLOSED), OLD, NEW, held=(known(told),), today=date(2027, 1, 2)) == []


def test_another_table_concerns_only_what_began_before() -> None:
    """What begins later names its own table in its first fact."""
    assert [one.subject for one in due(of_academy(REVISED), OLD, NEW)] == [OLD.subject]


def test_another_version_of_a_programme_concerns_what_begins_later_too() -> None:
    """An older version, or one adopted already, is no news to an academy; another programme has versions of its own."""
    second, third = (
        ProgrammeAdopted(
            event_id=f"v{number}",
            occurred_at=BEGUN + number * DAY,
            programme=PROGRAMME.model_copy(update={"version": number}),
        )
        for number in (2, 3)
    )
    assert [one.subject for one in due(of_academy(second), OLD, NEW)] == [OLD.subject, NEW.subject]
    late = second.model_copy(update={"event_id": "again", "occurred_at": BEGUN + 4 * DAY})
    told = account(academy.REDUCER, (OPENED, second, third, late))
    assert told.void["again"].code == "not_newer"
    assert [programme.version for programme in told.life.programmes] == [3]


def test_what_an_academy_passes_on_of_its_programme_is_no_news_to_who_has_it() -> None:
    """Nor to who follows a later version; said by hand, an earlier one may be adopted again."""
    lived = agreed()
    third = PROGRAMME.model_copy(update={"version": 3})
    lived.tell(ProgrammeAdopted, programme=third)
    lived.now += DAY
    cause = Cause(subject="sheffield", event_id="v2")
    second = PROGRAMME.model_copy(update={"version": 2})
    assert so_already(lived.refused(ProgrammeAdopted, programme=second, caused_by=cause).code)
    other = PROGRAMME.model_copy(update={"name": "other", "version": 9})
    assert so_already(lived.refused(ProgrammeAdopted, programme=other, caused_by=cause).code)
    lived.tell(ProgrammeAdopted, programme=second)
    assert lived.life.programme.version == 2


def test_an_engagement_that_begins_later_counts_by_its_cohorts_table_of_that_day() -> None:
    """Not by the one that the cohort began with; who began before keeps theirs, and hears of the new one by itself."""
    lived = cohorts.fresh(cohorts.P1, calendar="uk-2025-12")
    lived.go("2026-08-01")
    lived.tell(CalendarRevised, calendar=LATEST_HOLIDAY_TABLE)
    lived.go("2026-08-02")
    lived.accept(cohorts.P2, team=cohorts.team(2))
    tables = {key: [found.table for found in one.teams] for key, one in lived.life.enrolments.items()}
    assert tables == {cohorts.P1: ["uk-2025-12"], cohorts.P2: [LATEST_HOLIDAY_TABLE]}


def test_what_is_taken_back_is_withdrawn_wherever_it_stands() -> None:
    """Once; and what a peer took back by itself stays so, whether or not its cause still holds."""
    back = Correction(event_id="back", occurred_at=BEGUN + 3 * DAY, corrects="closed")
    (told,) = due(of_academy(CLOSED), OLD)
    (withdrawn,) = due(of_academy(CLOSED, back), OLD, NEW, held=(known(told),))
    assert isinstance(withdrawn.fact, Correction)
    assert (withdrawn.subject, withdrawn.fact.corrects) == (OLD.subject, told.fact.event_id)
    for facts in ((CLOSED,), (CLOSED, back)):
        assert due(of_academy(*facts), OLD, held=(known(told, own=True),)) == []


def test_what_is_put_right_is_withdrawn_and_told_anew() -> None:
    """Other days are another fact: the old ones go, the new ones come."""
    other = CLOSED.model_copy(update={"event_id": "other", "last_day": date(2027, 1, 8)})
    right = Correction(event_id="right", occurred_at=BEGUN + 3 * DAY, corrects="closed", replacement=other)
    (told,) = due(of_academy(CLOSED), OLD)
    withdrawn, anew = due(of_academy(CLOSED, right), OLD, held=(known(told),))
    assert isinstance(withdrawn.fact, Correction)
    assert isinstance(anew.fact, AcademyClosed)
    assert (anew.fact.last_day, anew.fact.caused_by) == (other.last_day, Cause(subject="sheffield", event_id="right"))


def test_somebodys_own_word_is_theirs_in_every_part() -> None:
    """A leave they told themselves is told by the coach where they coach, and by the delegate where they booked."""
    opened = PersonKnown(event_id="known", occurred_at=BEGUN, person="per_1")
    shares = person.shares(person.assess(account(person.REDUCER, (opened, AWAY)), BEGUN + 9 * DAY, {}))
    parts = (
        Peer("sheffield.2026-autumn.P01", "engagement", BEGUN, Role.COACH),
        Peer("sheffield.intro-2026-10", "intro_course", BEGUN, Role.DELEGATE),
    )
    tellers = [one.fact.told_by for one in due(shares, *parts)]
    assert tellers == [Teller(role=Role.COACH, person="per_1"), Teller(role=Role.DELEGATE, person="per_1")]


def test_nobody_is_told_of_another_persons_leave() -> None:
    """A person's ledger takes their own leave alone."""
    opened = PersonKnown(event_id="known", occurred_at=BEGUN, person="per_2")
    assert account(person.REDUCER, (opened, AWAY)).void["away"].code == "another_person"
