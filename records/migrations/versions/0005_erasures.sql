-- Who was erased, and when: the log entry that stays beside the stub. It holds nothing personal.
CREATE TABLE erasures (
    person    text PRIMARY KEY REFERENCES people,
    erased_at timestamptz NOT NULL
);
