-- Everybody the engine knows, by an opaque id. The only place of names and addresses.
CREATE TABLE people (
    person       text PRIMARY KEY,
    academy      text        NOT NULL,
    name         text,
    address      text,
    organisation text,
    discipline   text,
    admitted_at  timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL,
    erased_at    timestamptz,
    -- Somebody who does not want the weekly mail finds what it would have said on their own page.
    weekly_mail  boolean     NOT NULL DEFAULT true,
    -- Whether they want their sessions, course days and reviews as invitations by mail. Delegates of an Introduction
    -- course have theirs whether or not they chose so.
    invitations  boolean     NOT NULL DEFAULT false,
    -- Two records that were one person: this one is read as the other. What it said is kept, to be split again.
    merged_into  text        REFERENCES people,
    -- A link works in the epoch it was made in. Raised, it outdates every link of theirs: see 0001_links.sql.
    links_epoch  integer     NOT NULL DEFAULT 0,
    -- A person has a name and an address until erased; then a stub stays, with nothing personal in it.
    CONSTRAINT people_named_or_erased CHECK (
        CASE WHEN erased_at IS NULL
            THEN name <> '' AND address <> '' AND num_nulls(name, address) = 0
            ELSE num_nonnulls(name, address, organisation, discipline) = 0
        END
    )
);
-- People may share a mailbox: an address is looked up, however it is capitalised, and proves no person.
CREATE INDEX people_address ON people (academy, lower(address));
CREATE INDEX people_merged ON people (merged_into) WHERE merged_into IS NOT NULL;

-- What other systems call somebody: an employee number, an object id of a directory.
CREATE TABLE outside_ids (
    academy text NOT NULL,
    kind    text NOT NULL,
    value   text NOT NULL,
    person  text NOT NULL REFERENCES people,
    CONSTRAINT outside_ids_once PRIMARY KEY (academy, kind, value),
    CONSTRAINT outside_ids_kind CHECK (kind ~ '^[a-z][a-z0-9_]{0,39}$'),
    CONSTRAINT outside_ids_said CHECK (value <> '')
);
CREATE INDEX outside_ids_person ON outside_ids (person);

-- The teams. They persist across engagements.
CREATE TABLE microsystems (
    microsystem text PRIMARY KEY,
    academy     text        NOT NULL,
    name        text        NOT NULL,
    admitted_at timestamptz NOT NULL,
    CONSTRAINT microsystems_named CHECK (name <> '')
);
-- A team's name is one team of an academy, however it is capitalised.
CREATE UNIQUE INDEX microsystems_name ON microsystems (academy, lower(name));

-- How somebody wants to be reached beside mail. The address is a telephone number, or a chat service's with its token.
CREATE TABLE person_channels (
    person    text PRIMARY KEY REFERENCES people,
    channel   text        NOT NULL,
    address   text        NOT NULL,
    chosen_at timestamptz NOT NULL,
    CONSTRAINT person_channels_channel CHECK (channel IN ('text', 'chat')),
    CONSTRAINT person_channels_addressed CHECK (address <> '')
);

-- Who was erased, when, by whom and why: the log entry that stays beside the stub. It holds nothing personal.
CREATE TABLE erasures (
    person    text PRIMARY KEY REFERENCES people,
    erased_at timestamptz NOT NULL,
    erased_by text        NOT NULL,
    reason    text        NOT NULL
);

-- For how many months an academy keeps a kind of record after its last use. What has no row is kept.
CREATE TABLE retention_periods (
    academy text        NOT NULL,
    kind    text        NOT NULL,
    months  integer     NOT NULL,
    set_at  timestamptz NOT NULL,
    set_by  text        NOT NULL,
    PRIMARY KEY (academy, kind),
    CONSTRAINT retention_periods_months CHECK (months BETWEEN 1 AND 1200)
);

-- What went because an academy's period was over, by night and kind of record; and how many it failed for.
CREATE TABLE retention_runs (
    academy text        NOT NULL,
    kind    text        NOT NULL,
    ran_at  timestamptz NOT NULL,
    gone    integer     NOT NULL,
    failed  integer     NOT NULL,
    PRIMARY KEY (academy, kind, ran_at)
);

-- Who leaves, and on which day. Their roles are vacated once it is over.
CREATE TABLE leavers (
    person     text PRIMARY KEY REFERENCES people,
    academy    text        NOT NULL,
    last_day   date        NOT NULL,
    told_at    timestamptz NOT NULL,
    vacated_at timestamptz
);
