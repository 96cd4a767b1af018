-- The append-only ledger. A body holds codes, dates and numbers only; sentences are notes, names are people.
CREATE TABLE facts (
    subject        text        NOT NULL,
    seq            integer     NOT NULL,
    event_id       text        NOT NULL,
    kind           text        NOT NULL,
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    told_by_role   text        NOT NULL,
    told_by_person text,
    body           jsonb       NOT NULL,
    answer         jsonb       NOT NULL,
    -- The first part of every subject's id.
    academy        text        NOT NULL GENERATED ALWAYS AS (split_part(subject, '.', 1)) STORED,
    -- Whose fact it follows from, and which: what a subject causes elsewhere is found again by these alone.
    caused_by      text        GENERATED ALWAYS AS (body -> 'caused_by' ->> 'subject') STORED,
    cause          text        GENERATED ALWAYS AS (body -> 'caused_by' ->> 'event_id') STORED,
    -- Facts of a subject are numbered as they are recorded, so two writers that know the same facts cannot both go on.
    CONSTRAINT facts_numbered PRIMARY KEY (subject, seq),
    CONSTRAINT facts_numbered_from_one CHECK (seq >= 1),
    -- A fact is recorded once, whoever tells it again.
    CONSTRAINT facts_told_once UNIQUE (event_id),
    -- Nothing is told before it has occurred.
    CONSTRAINT facts_not_of_the_future CHECK (occurred_at <= recorded_at)
);

-- What was told anywhere in an academy, by kind.
CREATE INDEX facts_academy ON facts (academy, kind);
-- What somebody told last.
CREATE INDEX facts_told_by ON facts (told_by_person, recorded_at) WHERE told_by_person IS NOT NULL;

-- What followed from a subject's facts, wherever it was told.
CREATE INDEX facts_caused ON facts (caused_by) WHERE caused_by IS NOT NULL;

-- With what each subject began, and when.
CREATE INDEX facts_openings ON facts (subject) INCLUDE (kind, occurred_at) WHERE seq = 1;

-- What was later said of a fact.
CREATE INDEX facts_corrections ON facts (subject, (body ->> 'corrects')) WHERE kind = 'correction';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: correct a fact by another one'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'facts_append_only', TABLE = 'facts';
END
$$;

-- What was recorded stays recorded.
CREATE TRIGGER facts_append_only BEFORE UPDATE OR DELETE ON facts
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER facts_never_emptied BEFORE TRUNCATE ON facts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What the engine did by itself. Recorded, never folded into a state.
-- How often what is recorded of a subject was written, and the clock of its workflow at the last time. Every writer
-- says how often it was written before: two that know the same cannot both go on, and nobody writes what is outdated.
CREATE TABLE subjects (
    subject text        NOT NULL,
    writes  integer     NOT NULL,
    as_of   timestamptz NOT NULL,
    CONSTRAINT subjects_once PRIMARY KEY (subject)
);

CREATE TABLE done_items (
    subject   text        NOT NULL,
    key       text        NOT NULL,
    act       text        NOT NULL,
    matter    text        NOT NULL,
    turn      text        NOT NULL,
    rule      text        NOT NULL,
    parameter text        NOT NULL,
    since     timestamptz NOT NULL,
    due_at    timestamptz NOT NULL,
    about     date,
    answer_by timestamptz,
    facts     text[]      NOT NULL,
    done_at   timestamptz NOT NULL,
    -- The same matter, window and step is carried out once.
    CONSTRAINT done_items_once PRIMARY KEY (subject, key)
);
-- What was carried out on a day. Rows come in the order of time, so that a small index finds them.
CREATE INDEX done_items_done_at ON done_items USING brin (done_at);

-- The words beside a fact, kept before it is told. Times are those of whoever keeps, not of a workflow.
CREATE TABLE notes (
    event_id   text PRIMARY KEY,
    subject    text        NOT NULL,
    text       text        NOT NULL,
    kept_at    timestamptz NOT NULL,
    claimed_at timestamptz,
    CONSTRAINT notes_say_something CHECK (text <> '')
);
-- Notes whose fact never came are deleted after some days.
CREATE INDEX notes_unclaimed ON notes (kept_at) WHERE claimed_at IS NULL;
