-- The mails that open forms sent within a day, so that their number has a limit whichever gateway sends them. Of
-- addresses, mailboxes and clients only digests.
CREATE TABLE form_mails (
    -- The same form sent twice is one mail.
    mail    text PRIMARY KEY,
    mailbox text        NOT NULL,
    client  text        NOT NULL,
    sent_at timestamptz NOT NULL
);
CREATE INDEX form_mails_mailbox ON form_mails (mailbox, sent_at);
CREATE INDEX form_mails_client ON form_mails (client, sent_at);

-- What was asked for lately and has a limit an hour, as mails with codes: once more a row, whichever gateway was asked.
CREATE TABLE counted (
    -- A digest of what is counted, and of whose it is.
    whose      text        NOT NULL,
    counted_at timestamptz NOT NULL
);
CREATE INDEX counted_whose ON counted (whose, counted_at);
CREATE INDEX counted_at ON counted (counted_at);

-- Bookings that an open form asked for beyond the limits: the office releases or refuses them. Nobody's address is proved.
CREATE TABLE held_bookings (
    held         text        NOT NULL,
    course       text        NOT NULL,
    academy      text        NOT NULL GENERATED ALWAYS AS (split_part(course, '.', 1)) STORED,
    name         text        NOT NULL,
    address      text        NOT NULL,
    organisation text        NOT NULL,
    delegate     text        NOT NULL,
    -- Whose limit it was.
    over         text        NOT NULL,
    asked_at     timestamptz NOT NULL,
    -- Digests, so that nobody fills the list alone.
    mailbox      text        NOT NULL,
    client       text        NOT NULL,
    CONSTRAINT held_bookings_once PRIMARY KEY (held),
    CONSTRAINT held_bookings_over CHECK (over IN ('mailbox', 'client')),
    CONSTRAINT held_bookings_delegate CHECK (delegate IN ('internal', 'external'))
);
-- One address waits once for a course.
CREATE UNIQUE INDEX held_bookings_once_a_course ON held_bookings (course, lower(address));
CREATE INDEX held_bookings_academy ON held_bookings (academy, asked_at);
