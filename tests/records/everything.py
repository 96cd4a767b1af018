"""Somebody of whom every table that can hold something does: words among them that are found again anywhere."""

from __future__ import annotations

import re
from typing import Final

from records.database import Pool
from tests.records.telling import at

PERSON: Final = "per_0123456789ab"
NAME: Final = "Zebedee Quillfeather"
ADDRESS: Final = "zq.canary@example.org"
WORDS: Final = "Xylophonic whisperings"
OTHERS: Final = f"We met {NAME} ({ADDRESS})"

_ROWS: Final = f"""
people: '{PERSON}', 'sheffield', '{NAME}', '{ADDRESS}', '{WORDS}', '{WORDS}', $1, $1
person_channels: '{PERSON}', 'text', '{WORDS}', $1
academy_people: 'sheffield', 'k', 'member', '{PERSON}', $1
engagement_people: 'sheffield.c.P1', 'k', 'coach', '{PERSON}', $1
coach_assignments: 'sheffield.c.P1', 'k', '{PERSON}', 'main', $1, NULL, $1
enrolments: 'sheffield.c', 'k', 'sheffield.c.P1', '{PERSON}', 'ready', 0, NULL, $1
bookings: 'sheffield.i', 'k', 'sheffield.i.B1', '{PERSON}', 'internal', 'confirmed', '{{1,2}}', NULL, true, true, true,
 false, NULL, $1
access_needs: 'sheffield.i.B1', 'sheffield.i', '{PERSON}', '{WORDS}', $1
feedback: 'sheffield.i.B1', 'sheffield.i', 5, 5, 5, '{WORDS}', $1
outside_ids: 'sheffield', 'employee_number', '{WORDS}', '{PERSON}'
held_bookings (held, course, delegate, over, asked_at, name, address, organisation, mailbox, client): 'h',
 'sheffield.i', 'internal', 'mailbox', $1, '{NAME}', '{ADDRESS}', '{WORDS}', 'digest', 'digest'
leavers: '{PERSON}', 'sheffield', '2026-12-01', $1
known_browsers: 'cookie', '{PERSON}', 1, $1
address_changes: 'change', '{PERSON}', $1
calendar_feeds: '{PERSON}', 'token', $1
certificates: '7KQ2-9XWB-M4TR', 'sheffield.i', 'sheffield.i.B1', '{PERSON}', $1, NULL, NULL
facts: 'sheffield.c.P1', 1, 'told', 'coach_assigned', $1, $1, 'office', NULL, '{{"person": "{PERSON}"}}', '{{}}'
notes: 'told', 'sheffield.c.P1', '{WORDS}', $1, $1
notes: 'other', 'sheffield.c.P2', '{OTHERS}', $1, $1
in_hand: 'sheffield', 'item', '{PERSON}', $1, '2027-01-01'
snoozes: 'sheffield', 'item', 'seen', '2027-01-01', '{WORDS}', 'person:{PERSON}', $1
notices: 'ntc_1', 'sheffield.c.P1', '{PERSON}', 'coach', 'ask', 'session', 'w', 1, 'coach', 'asked', NULL, NULL, NULL,
 NULL, NULL, $1
digests: '{PERSON}', '2026-11-02', 'sheffield', $1
channel_messages: 'ntc_1', '{PERSON}', 'text', $1
invitations: '{PERSON}', 'uid', 'sheffield.c.P1', 1, 'said', '2026-11-02', NULL, NULL, 'session', NULL, 'requested', $1
identities: 'https://issuer.example.org', '{WORDS}', '{PERSON}', $1
sign_in_codes: 'browser', '{ADDRESS}', 'code', $1
sign_ins (sign_in, cookie, way, browser, people, person, operator_as, began_at, seen_at): 'sig_1', 'cookie', 'code',
 '{WORDS}', '{{{PERSON}}}', '{PERSON}', '{{}}', $1, $1
sign_in_drafts: 'draft', '{PERSON}', '{WORDS}', $1
incidents (kind, subject, key, facts, since, seen_at): 'effect_refused', 'sheffield', '{PERSON}', '{{}}', $1, $1
audit (at, caller, door, action): $1, 'person:{PERSON}', 'page', 'leave'
microsystems: 'ms_0123456789ab', 'sheffield', 'Team of {NAME}', $1
intro_course_texts: 'sheffield.i', 'Room 3', '{OTHERS}', $1
api_keys (key, name, hash, grants, created_at, ends, revoked_at, made_by, revoked_why): 'key_1', '{OTHERS}', 'hash',
 '{{}}', $1, $1::timestamptz + interval '1 day', $1, 'person:{PERSON}', '{OTHERS}'
arrivals (event_id, source, source_id, type, received, caller, arrived_at, status, settled_at, next_at, code, reason,
 grants):
 'e', '{ADDRESS}', '1', 't', '{{"from": "{ADDRESS}", "said": "{WORDS}"}}', 'key_1', $1, 'set_aside', $1, $1, 'invalid',
 '{OTHERS}', '{{}}'
open_questions (subject, key, matter, "window", step, turn, person, loss, since, rule, parameter, facts, evidence,
 changed_at): 'sheffield.c.P1', 'k', 'session', 'w', 1, 'coach', '{PERSON}', 1, $1, 'r', 'p', '{{}}', '{{}}', $1
"""


_NOT_NULL: Final = """
SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables
    USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_nullable = 'NO' AND is_generated = 'NEVER'
  AND is_identity = 'NO' AND (table_name, column_name) NOT IN (
    SELECT table_name, column_name FROM information_schema.key_column_usage WHERE table_schema = 'public')
"""


async def fill(pool: Pool) -> None:
    """Put a row in every table that can hold something of them, or words of others that name them."""
    async with pool.acquire() as conn, conn.transaction():
        # Neither what refers to what, nor columns that others add and fill, are part of this.
        for column in await conn.fetch(_NOT_NULL):
            await conn.execute(f'ALTER TABLE {column["table_name"]} ALTER "{column["column_name"]}" DROP NOT NULL')
        await conn.execute("SET LOCAL session_replication_role = replica")
        for line in re.sub(r"\n ", " ", _ROWS).strip().splitlines():
            table, _, row = line.partition(": ")
            await conn.execute(f"INSERT INTO {table} SELECT {row} FROM (SELECT $1::timestamptz) AS moment", at(1))  # noqa: S608 - a test's own rows
