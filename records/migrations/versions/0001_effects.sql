-- What a subject means for others and they do not hold yet, because they refused it or did not answer. It goes when it
-- is held, or no longer meant.
CREATE TABLE effects_unsettled (
    source   text        NOT NULL,
    event_id text        NOT NULL,
    peer     text        NOT NULL,
    kind     text        NOT NULL,
    -- Why it was refused; null while the peer does not answer.
    refusal  text,
    since    timestamptz NOT NULL,
    CONSTRAINT effects_unsettled_once PRIMARY KEY (source, event_id)
);
