-- The six-digit code that was mailed to whoever wants to sign in. Of browser and code only digests are kept: a code counts
-- in the browser that asked for it, once, for a short while.
CREATE TABLE sign_in_codes (
    browser  bytea PRIMARY KEY,
    address  text        NOT NULL,
    code     bytea       NOT NULL,
    sent_at  timestamptz NOT NULL,
    failures integer     NOT NULL DEFAULT 0,
    used_at  timestamptz,
    CONSTRAINT sign_in_codes_counted CHECK (failures >= 0)
);
CREATE INDEX sign_in_codes_sent ON sign_in_codes (sent_at);

-- Who is signed in, in which browser. `people` are all who the proved address belongs to, `person` whom it is of them.
-- `proved_at` is when they themselves, and not their browser alone, last showed who they are; null where a provider does
-- not say. Who runs the installation need be nobody in it: `operator_as` has digests of the names in its settings that they
-- signed in by, and counts only while one of them stands there.
CREATE TABLE sign_ins (
    sign_in   text PRIMARY KEY,
    cookie    bytea       NOT NULL,
    way       text        NOT NULL,
    browser   text        NOT NULL,
    people    text[]      NOT NULL,
    person    text REFERENCES people,
    operator_as bytea[]   NOT NULL,
    began_at  timestamptz NOT NULL,
    seen_at   timestamptz NOT NULL,
    proved_at timestamptz,
    ended_at  timestamptz,
    CONSTRAINT sign_ins_cookie UNIQUE (cookie),
    CONSTRAINT sign_ins_way CHECK (way IN ('code', 'openid')),
    CONSTRAINT sign_ins_chosen CHECK (person IS NULL OR person = ANY (people))
);
CREATE INDEX sign_ins_person ON sign_ins (person) WHERE ended_at IS NULL;

-- Whom an identity provider means, once its account was matched to somebody we know.
CREATE TABLE identities (
    issuer     text        NOT NULL,
    subject    text        NOT NULL,
    person     text        NOT NULL REFERENCES people,
    matched_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject, person)
);

-- What somebody sent when their session was over, until they have signed in again: sealed, and for them alone. `person` is
-- who, or `operator:` and a digest for one who runs the installation and is nobody in it.
CREATE TABLE sign_in_drafts (
    draft   bytea PRIMARY KEY,
    person  text        NOT NULL,
    sealed  text        NOT NULL,
    kept_at timestamptz NOT NULL
);
CREATE INDEX sign_in_drafts_kept ON sign_in_drafts (kept_at);
