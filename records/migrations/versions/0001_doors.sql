-- What other services handed in, kept until it is recorded. `received` is what came, word for word.
CREATE TABLE arrivals (
    event_id   text PRIMARY KEY,
    source     text        NOT NULL,
    source_id  text        NOT NULL,
    type       text        NOT NULL,
    subject    text,
    fact       jsonb,
    received   jsonb       NOT NULL,
    -- By what its caller might do when it arrived, it is told.
    caller     text        NOT NULL,
    grants     text[]      NOT NULL,
    arrived_at timestamptz NOT NULL,
    status     text        NOT NULL DEFAULT 'waiting',
    attempts   integer     NOT NULL DEFAULT 0,
    next_at    timestamptz NOT NULL,
    -- How many facts its subject had when it was tried last: with another one it may be possible.
    seen       integer,
    settled_at timestamptz,
    -- Why it waits, or was set aside: for programs and for people.
    code       text,
    reason     text,
    academy    text        GENERATED ALWAYS AS (split_part(subject, '.', 1)) STORED,
    -- A source numbers its events: one is taken in once. Two callers that name one source never meet.
    CONSTRAINT arrivals_once UNIQUE (caller, source, source_id),
    CONSTRAINT arrivals_status CHECK (status IN ('waiting', 'recorded', 'set_aside')),
    -- An arrival waits until it is settled, and is settled at a time.
    CONSTRAINT arrivals_settled_at_a_time CHECK ((status = 'waiting') = (settled_at IS NULL)),
    -- Nothing is set aside without a reason.
    CONSTRAINT arrivals_set_aside_for_a_reason CHECK (status <> 'set_aside' OR num_nulls(code, reason) = 0),
    -- What is to be told is a fact of a subject.
    CONSTRAINT arrivals_can_be_told CHECK (status = 'set_aside' OR num_nulls(subject, fact) = 0)
);
-- What to try next.
CREATE INDEX arrivals_waiting ON arrivals (next_at) WHERE status = 'waiting';
-- What an operator has to look at, the oldest first.
CREATE INDEX arrivals_set_aside ON arrivals (arrived_at) WHERE status = 'set_aside';

-- The keys of small services. A key itself is shown once and never stored.
CREATE TABLE api_keys (
    key          text PRIMARY KEY,
    name         text        NOT NULL,
    hash         bytea       NOT NULL,
    grants       text[]      NOT NULL,
    created_at   timestamptz NOT NULL,
    ends         timestamptz NOT NULL,
    -- The secret before the last rotation works for a while longer.
    former_hash  bytea,
    former_ends  timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    -- The id of whoever made it, as in the audit; and why it was revoked, in somebody's words.
    made_by      text,
    revoked_why  text,
    CONSTRAINT api_keys_named CHECK (name <> ''),
    -- A key ends; each secret does within a year and a day.
    CONSTRAINT api_keys_end CHECK (ends > created_at),
    CONSTRAINT api_keys_revoked CHECK (revoked_why IS NULL OR revoked_at IS NOT NULL),
    CONSTRAINT api_keys_former CHECK ((former_hash IS NULL) = (former_ends IS NULL)),
    -- A key opens the door for one caller.
    CONSTRAINT api_keys_hash_once UNIQUE (hash)
);

-- Who asked for what through which door. What became of a fact stands in the ledger, or here when it was refused.
CREATE TABLE audit (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL,
    caller   text        NOT NULL,
    door     text        NOT NULL,
    action   text        NOT NULL,
    subject  text,
    event_id text,
    refused  text
);
-- Who asked for what about a subject, and who told a fact.
CREATE INDEX audit_subject ON audit (subject, at);
CREATE INDEX audit_event ON audit (event_id);
