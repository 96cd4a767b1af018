-- Somebody has put a line of the worklist off, and says why. The reason is a sentence: it is read here and nowhere else.
CREATE TABLE snoozes (
    academy  text        NOT NULL,
    item     text        NOT NULL,
    -- How far the matter had come: the snooze ends when it comes further.
    seen     text        NOT NULL,
    until    date        NOT NULL,
    reason   text        NOT NULL,
    by       text        NOT NULL,
    at       timestamptz NOT NULL,
    -- A line is put off once at a time; putting it off anew replaces the former.
    CONSTRAINT snoozes_once PRIMARY KEY (academy, item),
    -- Nothing is put off without a reason.
    CONSTRAINT snoozes_for_a_reason CHECK (reason <> '')
);
