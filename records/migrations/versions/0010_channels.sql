-- How somebody wants to be reached beside mail. The address is a telephone number, or a chat service's with its token.
CREATE TABLE person_channels (
    person    text PRIMARY KEY REFERENCES people,
    channel   text        NOT NULL,
    address   text        NOT NULL,
    chosen_at timestamptz NOT NULL,
    CONSTRAINT person_channels_channel CHECK (channel IN ('text', 'chat')),
    CONSTRAINT person_channels_addressed CHECK (address <> '')
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
    CONSTRAINT channel_messages_settled_at_a_time CHECK ((status = 'begun') = (settled_at IS NULL)),
    -- Who failed says why.
    CONSTRAINT channel_messages_accounted_for CHECK ((status = 'failed') = (failure IS NOT NULL))
);
CREATE INDEX channel_messages_person ON channel_messages (person);

-- Mail that came back after it was sent has failed when that was told; `sent_at` keeps when it had been sent.
ALTER TABLE notices
    ADD COLUMN sent_at timestamptz,
    ADD CONSTRAINT notices_came_back_failed CHECK (sent_at IS NULL OR status = 'failed');
ALTER TABLE digests
    ADD COLUMN sent_at timestamptz,
    ADD CONSTRAINT digests_came_back_failed CHECK (sent_at IS NULL OR status = 'failed');
-- A mail that comes back names itself by its Message-ID.
CREATE INDEX notices_message ON notices (message_id) WHERE message_id IS NOT NULL;
