-- Who wants their sessions, course days and reviews as invitations by mail. Delegates of an Introduction course have
-- theirs whether or not they chose so.
ALTER TABLE people ADD COLUMN invitations boolean NOT NULL DEFAULT false;

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
CREATE INDEX invitations_subject ON invitations (subject);
