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
    -- It waits for its reader's weekly mail.
    gathered   boolean     NOT NULL DEFAULT false,
    -- Why it was withdrawn or withheld.
    because    text,
    -- Mail that came back after it was sent has failed when that was told; this keeps when it had been sent.
    sent_at    timestamptz,
    academy    text        NOT NULL GENERATED ALWAYS AS (split_part(subject, '.', 1)) STORED,
    -- None twice for the same person, matter, window and step, whatever is retried.
    CONSTRAINT notices_once UNIQUE (subject, matter, "window", step, person),
    CONSTRAINT notices_status CHECK (status IN ('waiting', 'sent', 'failed', 'withdrawn', 'withheld')),
    -- A notice waits until it is settled, and is settled at a time.
    CONSTRAINT notices_settled_at_a_time CHECK ((status = 'waiting') = (settled_at IS NULL)),
    -- Who sent says which message; who failed says why.
    CONSTRAINT notices_accounted_for CHECK (
        (status <> 'sent' OR message_id IS NOT NULL) AND (status <> 'failed' OR failure IS NOT NULL)
    ),
    -- Nothing is withheld without a reason that can be read.
    CONSTRAINT notices_withheld_for_a_reason CHECK (status <> 'withheld' OR because IS NOT NULL),
    -- Only what failed in the end can have come back.
    CONSTRAINT notices_came_back_failed CHECK (sent_at IS NULL OR status = 'failed')
);
-- What a subject still has to send.
CREATE INDEX notices_waiting ON notices (subject) WHERE status = 'waiting';
-- What was sent of all that runs in an academy, in its order.
CREATE INDEX notices_academy ON notices (academy, issued_at, notice);
-- What somebody was told.
CREATE INDEX notices_person ON notices (person);
-- What waits for a weekly mail.
CREATE INDEX notices_gathered ON notices (issued_at) WHERE gathered AND status = 'waiting';
-- What became of notices lately.
CREATE INDEX notices_settled ON notices (settled_at, status) WHERE settled_at IS NOT NULL;
-- What could not be delivered.
CREATE INDEX notices_failed ON notices (settled_at) WHERE status = 'failed';
-- A mail that comes back names itself by its Message-ID.
CREATE INDEX notices_message ON notices (message_id text_pattern_ops) WHERE message_id IS NOT NULL;

-- One person's mail of one week. `week` is the day it was for.
CREATE TABLE digests (
    person     text        NOT NULL,
    week       date        NOT NULL,
    academy    text        NOT NULL,
    made_at    timestamptz NOT NULL,
    status     text        NOT NULL DEFAULT 'waiting',
    settled_at timestamptz,
    message_id text,
    failure    text,
    lines      integer     NOT NULL DEFAULT 0,
    withheld   integer     NOT NULL DEFAULT 0,
    -- When it had been sent, if it came back.
    sent_at    timestamptz,
    -- The attention budget: at most one a person a week, whatever is retried.
    CONSTRAINT digests_once_a_week PRIMARY KEY (person, week),
    CONSTRAINT digests_status CHECK (status IN ('waiting', 'sent', 'failed')),
    -- A mail waits until it is settled, and is settled at a time.
    CONSTRAINT digests_settled_at_a_time CHECK ((status = 'waiting') = (settled_at IS NULL)),
    -- Who sent says which message; who failed says why.
    CONSTRAINT digests_accounted_for CHECK (
        (status <> 'sent' OR message_id IS NOT NULL) AND (status <> 'failed' OR failure IS NOT NULL)
    ),
    -- Only what failed in the end can have come back.
    CONSTRAINT digests_came_back_failed CHECK (sent_at IS NULL OR status = 'failed')
);

-- What became of the short message beside a mail. Noted before it is tried: one that was begun is not tried again.
CREATE TABLE channel_messages (
    -- None twice for the same notice, whatever is retried.
    notice     text PRIMARY KEY REFERENCES notices ON DELETE CASCADE,
    person     text        NOT NULL,
    channel    text        NOT NULL,
    begun_at   timestamptz NOT NULL,
    status     text        NOT NULL DEFAULT 'begun',
    settled_at timestamptz,
    failure    text,
    CONSTRAINT channel_messages_status CHECK (status IN ('begun', 'sent', 'failed')),
    -- What was begun is open until it is settled, and is settled at a time.
    CONSTRAINT channel_messages_settled_at_a_time CHECK ((status = 'begun') = (settled_at IS NULL)),
    -- Who failed says why.
    CONSTRAINT channel_messages_accounted_for CHECK ((status = 'failed') = (failure IS NOT NULL))
);
-- What somebody was sent.
CREATE INDEX channel_messages_person ON channel_messages (person);

-- What a calendar was last told of an entry. `said` is its day and hours; names are looked up when a mail is written.
CREATE TABLE invitations (
    person    text        NOT NULL,
    uid       text        NOT NULL,
    subject   text        NOT NULL,
    sequence  integer     NOT NULL,
    said      text        NOT NULL,
    day       date        NOT NULL,
    starts_at timestamptz,
    ends_at   timestamptz,
    what      text        NOT NULL,
    number    integer,
    status    text        NOT NULL,
    sent_at   timestamptz NOT NULL,
    -- An entry has one place in somebody's calendar, whatever becomes of it.
    CONSTRAINT invitations_once PRIMARY KEY (person, uid),
    CONSTRAINT invitations_status CHECK (status IN ('requested', 'cancelled', 'undeliverable'))
);
-- Every entry that a subject has in somebody's calendar.
CREATE INDEX invitations_subject ON invitations (subject);
