-- Notices that wait for their reader's weekly mail, and why one was withdrawn or withheld.
ALTER TABLE notices
    ADD COLUMN gathered boolean NOT NULL DEFAULT false,
    ADD COLUMN because text,
    DROP CONSTRAINT notices_status,
    ADD CONSTRAINT notices_status CHECK (status IN ('waiting', 'sent', 'failed', 'withdrawn', 'withheld')),
    -- Nothing is withheld without a reason that can be read.
    ADD CONSTRAINT notices_withheld_for_a_reason CHECK (status <> 'withheld' OR because IS NOT NULL);
CREATE INDEX notices_gathered ON notices (issued_at) WHERE gathered AND status = 'waiting';

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
    -- The attention budget: at most one a person a week, whatever is retried.
    CONSTRAINT digests_once_a_week PRIMARY KEY (person, week),
    CONSTRAINT digests_status CHECK (status IN ('waiting', 'sent', 'failed')),
    CONSTRAINT digests_settled_at_a_time CHECK ((status = 'waiting') = (settled_at IS NULL)),
    CONSTRAINT digests_accounted_for CHECK (
        (status <> 'sent' OR message_id IS NOT NULL) AND (status <> 'failed' OR failure IS NOT NULL)
    )
);
