-- What the plans said should have happened in the 24 hours before eleven in the morning (UTC) of a day, and what did, by
-- kind of subject; `notice` is what should have gone at once. Each day is accounted for once, and again while something
-- is missing.
CREATE TABLE accounts (
    day      date        NOT NULL,
    kind     text        NOT NULL,
    expected integer     NOT NULL,
    done     integer     NOT NULL,
    overdue  integer     NOT NULL,
    made_at  timestamptz NOT NULL,
    CONSTRAINT accounts_once_a_day PRIMARY KEY (day, kind),
    -- What did not happen is overdue: nothing is left out.
    CONSTRAINT accounts_add_up CHECK (expected = done + overdue)
);
