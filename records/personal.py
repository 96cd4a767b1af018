"""What each table holds of people. What is shown to somebody of themselves, and what is erased, follow from this alone.

In a condition ``t`` is the table, and ``who`` has the ``person``, their ``address`` and the moment ``at``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

_OWN: Final = "t.person = who.person"
_NAMED: Final = "strpos(t.body::text, '\"' || who.person || '\"') > 0"
_IN_NOTE: Final = """
    EXISTS (SELECT FROM facts WHERE facts.event_id = t.event_id
            AND strpos(facts.body::text, '"' || who.person || '"') > 0)
    OR EXISTS (SELECT FROM audit WHERE audit.event_id = t.event_id AND audit.caller = 'person:' || who.person)
    """
_ON_WORKLIST: Final = """
    t.by = 'person:' || who.person OR strpos(t.item, who.person) > 0
    OR EXISTS (SELECT FROM notices AS asked WHERE asked.person = who.person
               AND t.item = asked.subject || '/' || asked.matter || '/' || asked."window")
    """
_HANDED_IN: Final = """
    strpos(concat(t.fact, t.received), '"' || who.person || '"') > 0
    OR strpos(lower(t.received::text), lower(who.address)) > 0
    """
_IN_AUDIT: Final = """
    t.caller = 'person:' || who.person OR t.action LIKE '% ' || who.person OR t.subject LIKE '%.' || who.person
    """
_SIGNED_IN: Final = "t.person = who.person OR (t.person IS NULL AND who.person = ANY (t.people))"
_ERASED: Final = "'[erased]'"


@dataclass(frozen=True, slots=True)
class Table:
    """A table. ``codes`` are its columns with ids, codes, numbers and dates alone; ``words`` are the others.

    ``of`` is the condition that finds a person's rows: without one it is about nobody. Of these rows ``words`` become
    what stands beside them, or the rows go. In all others of the academy a name and an address in ``words`` is blotted
    out. ``at`` is the column of the moment of what happened; without it a row is a state. ``hidden`` columns are shown
    to nobody.
    """

    name: str
    title: str = ""
    codes: str = ""
    words: dict[str, str] = field(default_factory=dict)
    of: str = ""
    at: str | None = None
    erased: Literal["deleted", "changed", "kept"] = "kept"
    hidden: str = ""
    stub: dict[str, str] = field(default_factory=dict)
    """What an erased row holds besides."""

    blotted: bool = True
    """Whether a name in a row of others is the erased person's."""

    @property
    def columns(self) -> frozenset[str]:
        """Every column."""
        return frozenset([*self.codes.split(), *self.words, *self.hidden.split()])

    @property
    def academy(self) -> str:
        """The condition that a row is of the academy ``who.academy``, or of no academy that could be told."""
        if "academy" in self.columns:
            return "coalesce(t.academy, who.academy) = who.academy"
        owner = next((name for name in ("subject", "course", "cohort", "engagement") if name in self.columns), None)
        if owner is None or self.name == "identities":
            return "true"
        return f"coalesce(split_part(t.{owner}, '.', 1), who.academy) = who.academy"


TABLES: Final = (
    Table(
        "people", "Name and address", "person academy admitted_at changed_at erased_at weekly_mail invitations "
        "merged_into links_epoch",
        {"name": "NULL", "address": "NULL", "organisation": "NULL", "discipline": "NULL"}, _OWN, erased="changed",
        stub={"erased_at": "who.at", "changed_at": "who.at"}, blotted=False,
    ),
    Table("leavers", "Last day", "person academy last_day told_at vacated_at", of=_OWN, erased="deleted"),
    Table("outside_ids", "Ids in other systems", "academy kind person", {"value": _ERASED}, _OWN, erased="deleted"),
    Table(
        "person_channels", "Texts and chat", "person channel chosen_at", {"address": _ERASED}, _OWN, erased="deleted",
    ),
    Table("academy_people", "Roles in an office", "academy key part person changed_at", of=_OWN),
    Table("engagement_people", "Roles in teams", "engagement key role person changed_at", of=_OWN),
    Table("coach_assignments", "Coaching", "engagement key person part since until changed_at", of=_OWN),
    Table(
        "enrolments", "Places on coaching courses", "cohort key enrolment person state faculty attended deferred_to "
        "offer_answer offered_at changed_at", of=_OWN,
    ),
    Table(
        "bookings", "Bookings of Introduction courses", "course key booking person delegate state days place "
        "attended_1 attended_2 feedback wishes_coaching handed_on_to changed_at", of=_OWN,
    ),
    Table(
        "access_needs", "Access needs", "booking course person told_at", {"needs": _ERASED}, _OWN,
        "told_at", "deleted",
    ),
    Table(
        "feedback", "Feedback on Introduction courses", "booking course useful confident recommends given_at",
        {"comment": "NULL"},
        "EXISTS (SELECT FROM bookings WHERE bookings.booking = t.booking AND bookings.person = who.person)", "given_at",
        "changed",
    ),
    Table("certificates", "Certificates",
          "code subject about person issued_at revoked_at revoked_because", of=_OWN, at="issued_at"),
    Table(
        "open_questions", "Open questions", "subject key academy matter window step turn person loss since owed_by "
        "closes_at rule parameter about facts evidence changed_at", of=_OWN,
    ),
    Table(
        "facts", "Records that mention them", "subject seq event_id kind occurred_at recorded_at told_by_role "
        "told_by_person body answer academy caused_by cause", of=_NAMED, at="recorded_at",
    ),
    Table("notes", "Notes by or about the person", "event_id subject kept_at claimed_at", {"text": _ERASED}, _IN_NOTE,
          "kept_at", "deleted"),
    Table("in_hand", "Tasks in hand", "academy item person taken_at until", of=_OWN, at="taken_at", erased="deleted"),
    Table("snoozes", "Reasons why a task was put off", "academy item seen until by at", {"reason": _ERASED},
          _ON_WORKLIST, "at", "changed"),
    Table(
        "arrivals", "What other services handed in", "event_id type subject fact caller arrived_at status attempts "
        "next_at seen settled_at code academy grants",
        {"received": "'{}'", "source": "t.source", "source_id": "t.source_id", "reason": "t.reason"}, _HANDED_IN,
        "arrived_at", "changed",
    ),
    Table(
        "notices", "Emails about tasks", "notice subject person role act matter window step turn reason about "
        "starts_at answer_by number detail issued_at status settled_at message_id failure gathered because sent_at "
        "academy", of=_OWN, at="issued_at",
    ),
    Table(
        "digests", "Weekly emails", "person week academy made_at status settled_at message_id failure lines withheld "
        "sent_at", of=_OWN, at="made_at",
    ),
    Table("channel_messages", "Texts and chat messages", "notice person channel begun_at status settled_at failure",
          of=_OWN, at="begun_at"),
    Table(
        "invitations", "Calendar invitations", "person uid subject sequence said day starts_at ends_at what number "
        "status sent_at", of=_OWN, at="sent_at",
    ),
    Table("identities", "Accounts to sign in with", "issuer person matched_at", {"subject": _ERASED}, _OWN,
          "matched_at", "deleted"),
    Table("sign_in_codes", "Sign-in codes", "sent_at failures used_at", {"address": _ERASED},
          "lower(t.address) = lower(who.address)", "sent_at", "deleted", "browser code"),
    Table("sign_in_drafts", "Answers kept while signed out", "person kept_at", {"sealed": _ERASED}, _OWN,
          "kept_at", "deleted", "draft"),
    Table("sign_ins", "Sign-ins", "sign_in way browser people person began_at seen_at proved_at ended_at",
          of=_SIGNED_IN, at="began_at", erased="deleted", hidden="cookie operator_as"),
    Table(
        "held_bookings", "Bookings that wait for the office", "held course academy delegate over asked_at",
        {"name": _ERASED, "address": _ERASED, "organisation": _ERASED},
        "t.academy = who.academy AND lower(t.address) = lower(who.address)", "asked_at", "deleted", "mailbox client",
    ),
    Table("known_browsers", "Known browsers", "person epoch since", of=_OWN, at="since",
          erased="deleted", hidden="cookie"),
    Table("address_changes", "Address changes", "change person changed_at undone_at", of=_OWN,
          at="changed_at", erased="deleted"),
    Table("calendar_feeds", "Calendar feeds", "person made_at", of=_OWN, erased="deleted",
          hidden="token"),
    Table("audit", "Log of what they opened or sent",
          "number at caller door action subject event_id refused", of=_IN_AUDIT, at="at"),
    Table("incidents", "What went wrong", "id kind subject key academy facts done since seen_at closed_at told_at "
          "deputy_told_at over_told_at", of="t.key = who.person", at="since"),
    Table("erasures", "Erasures", "person erased_at erased_by reason", of=_OWN, at="erased_at"),
    Table("microsystems", "Names of teams", codes="microsystem academy admitted_at", words={"name": ""}),
    Table("intro_course_texts", "Where courses are", codes="course changed_at", words={"venue": "", "joining": ""}),
    Table("api_keys", codes="key grants created_at ends former_ends revoked_at last_used_at made_by",
          words={"name": "", "revoked_why": ""}, hidden="hash former_hash"),
    Table("form_mails", codes="sent_at", hidden="mail mailbox client"),
    Table("counted", codes="counted_at", hidden="whose"),
    Table("intro_calendars", codes="academy given since"),
    Table("accounts", codes="day kind expected done overdue made_at"),
    Table("alembic_version", codes="version_num"),
    Table("backups", codes="finished_at"),
    Table("cohorts", codes="cohort academy stage course_start programme calendar zone language office turn next_due "
          "next_matter changed_at"),
    Table("deliveries", codes="subscription event subject status attempts next_at failing_since settled_at failure "
          "academy"),
    Table("done_items", codes="subject key act matter turn rule parameter since due_at about answer_by facts done_at"),
    Table("due_items", codes="subject key matter item act due_at turn rule changed_at"),
    Table("upcoming_mails", codes="subject key academy item matter step act person role rule due_at goes_at gathered "
          "about answer_by due_on latest held_by held_until skipped_by changed_at"),
    Table("effects_unsettled", codes="source event_id peer kind refusal since"),
    Table("engagements", codes="engagement cohort enrolment microsystem stage phase ramp_step health paused "
          "coach_vacant no_progress concern concern_since misses turn next_due next_matter next_act next_to next_about "
          "next_rule next_weekly programme calendar zone language course_start agreed_at hand_off_planned limit_on "
          "handed_off_at ended_at end_reason follows changed_at academy"),
    Table("events", codes="number id type subject occurred_at recorded_at data sequence"),
    Table("intro_courses", codes="course academy stage day_1_starts_at day_1_ends_at day_2_starts_at day_2_ends_at "
          "opens_at places taken_1 taken_2 confirmed waiting programme calendar zone language office turn next_due "
          "next_matter changed_at"),
    Table("learning_sessions", codes="cohort key number starts_at held attended changed_at"),
    Table("pauses", codes="engagement key since until reason changed_at"),
    Table("reconciliations", codes="ran_at findings"),
    Table("reviews", codes="engagement key month held_at changed_at"),
    Table("schema_made", codes="migrations parts"),
    Table("retention_periods", codes="academy kind months set_at set_by"),
    Table("retention_runs", codes="academy kind ran_at gone failed"),
    Table("scores", codes="engagement key event_id scorer score scored_at changed_at"),
    Table("sessions", codes="engagement key session week day starts_at outcome counted reason chaired_by evaluation "
          "attendance changed_at"),
    Table("sign_offs", codes="engagement key document role signed_at changed_at"),
    Table("subjects", codes="subject writes as_of"),
    Table("subscriptions", codes="subscription url types within previous_until created_at created_by ended_at",
          hidden="secret previous_secret"),
)  # fmt: skip
"""Every table there is; a new column is named here, or a test fails."""

TITLES: Final = {table.name: table.title or table.name.replace("_", " ").capitalize() for table in TABLES}
"""What people call each."""
