-- Messages to one person in one role. Issued in the transaction that notes the due item as done, sent afterwards.
CREATE TABLE notices (
    notice     text PRIMARY KEY,
    subject    text        NOT NULL,
    person     text        NOT NULL,
    role       text        NOT NULL,
    act        text        NOT NULL,
    matter     text        NOT NULL,
    "window"   text        NOT NULL,
    step       integer     NOT NULL,
    turn       text        NOT NULL,
    reason     text        NOT NULL,
    about      date,
    starts_at  timestamptz,
    answer_by  timestamptz,
    number     integer,
    detail     text,
    issued_at  timestamptz NOT NULL,
    status     text        NOT NULL DEFAULT 'waiting',
    settled_at timestamptz,
    message_id text,
    failure    text,
    -- None twice for the same person, matter, window and step, whatever is retried.
    CONSTRAINT notices_once UNIQUE (subject, person, matter, "window", step),
    CONSTRAINT notices_status CHECK (status IN ('waiting', 'sent', 'failed', 'withdrawn')),
    -- A notice waits until it is settled, and is settled at a time.
    CONSTRAINT notices_settled_at_a_time CHECK ((status = 'waiting') = (settled_at IS NULL)),
    -- Who sent says which message; who failed says why.
    CONSTRAINT notices_accounted_for CHECK (
        (status <> 'sent' OR message_id IS NOT NULL) AND (status <> 'failed' OR failure IS NOT NULL)
    )
);
CREATE INDEX notices_waiting ON notices (subject) WHERE status = 'waiting';
CREATE INDEX notices_person ON notices (person);
