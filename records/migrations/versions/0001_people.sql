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
    -- A person has a name and an address until erased; then a stub stays, with nothing personal in it.
    CONSTRAINT people_named_or_erased CHECK (
        CASE WHEN erased_at IS NULL
            THEN name <> '' AND address <> '' AND num_nulls(name, address) = 0
            ELSE num_nonnulls(name, address, organisation, discipline) = 0
        END
    )
);
-- An address belongs to one person of an academy, however it is capitalised.
CREATE UNIQUE INDEX people_address ON people (academy, lower(address));

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

-- Who was erased, when and by whom: the log entry that stays beside the stub. It holds nothing personal.
CREATE TABLE erasures (
    person    text PRIMARY KEY REFERENCES people,
    erased_at timestamptz NOT NULL,
    erased_by text        NOT NULL
);
