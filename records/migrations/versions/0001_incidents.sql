-- What the engine found wrong with itself: kept for ever, open for as long as it is found.
CREATE TABLE incidents (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind      text        NOT NULL,
    -- A subject, an academy, a schedule, or 'engine' for the whole installation.
    subject   text        NOT NULL,
    key       text        NOT NULL,
    academy   text        GENERATED ALWAYS AS (
        CASE WHEN subject <> 'engine' THEN split_part(regexp_replace(subject, '^.*:', ''), '.', 1) END
    ) STORED,
    -- Ids, codes, numbers and moments.
    facts     jsonb       NOT NULL,
    -- What the engine did about it.
    done      text,
    since     timestamptz NOT NULL,
    seen_at   timestamptz NOT NULL,
    closed_at timestamptz,
    -- When the operator heard of it.
    told_at   timestamptz,
    -- When the deputy of the academy's office heard of it, if that is theirs to hear.
    deputy_told_at timestamptz,
    -- When the operator heard that it is over.
    over_told_at timestamptz,
    CONSTRAINT incidents_last_seen_later CHECK (seen_at >= since)
);
-- One incident is open once, however often it is seen.
CREATE UNIQUE INDEX incidents_open_once ON incidents (kind, subject, key) WHERE closed_at IS NULL;
-- What the operator has still to hear.
CREATE INDEX incidents_untold ON incidents (since) WHERE told_at IS NULL;
CREATE INDEX incidents_over ON incidents (closed_at) WHERE closed_at IS NOT NULL AND over_told_at IS NULL;

-- When the records were last compared with the running workflows. Temporal remembers it too: where it remembers a later
-- time, these records are older.
CREATE TABLE reconciliations (
    ran_at   timestamptz PRIMARY KEY,
    findings integer     NOT NULL
);
