-- Certificates that were looked at: a code each. Whether one is valid now follows from the facts; the name it is drawn
-- with is looked up at that moment. `subject` is a cohort or an Introduction course, `about` an enrolment or a booking.
CREATE TABLE certificates (
    code            text PRIMARY KEY,
    subject         text        NOT NULL,
    about           text        NOT NULL,
    person          text        NOT NULL,
    issued_at       timestamptz NOT NULL,
    revoked_at      timestamptz,
    revoked_because text,
    -- It is issued once.
    CONSTRAINT certificates_once UNIQUE (subject, about),
    -- Twelve characters, none of which is taken for another: no I, L, O or U.
    CONSTRAINT certificates_code CHECK (code ~ '^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$'),
    -- None is revoked without a reason.
    CONSTRAINT certificates_revoked_for_a_reason CHECK (num_nulls(revoked_at, revoked_because) IN (0, 2)),
    CONSTRAINT certificates_because CHECK (revoked_because IN ('issued_in_error', 'requested', 'other'))
);
