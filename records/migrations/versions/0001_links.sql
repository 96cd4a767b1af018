-- A person's links carry the epoch they were made in. Another address outdates them all, and so does erasure, whoever asks.
CREATE FUNCTION people_links_outdated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF lower(NEW.address) IS DISTINCT FROM lower(OLD.address) THEN
        NEW.links_epoch := OLD.links_epoch + 1;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER people_links_outdated BEFORE UPDATE OF address ON people
    FOR EACH ROW EXECUTE FUNCTION people_links_outdated();

-- Where somebody typed a code that was mailed to them: what opens in this browser alone opens here, in that epoch and for
-- a while. Of the cookie only a digest is kept.
CREATE TABLE known_browsers (
    cookie bytea,
    person text        REFERENCES people,
    epoch  integer     NOT NULL,
    since  timestamptz NOT NULL,
    PRIMARY KEY (cookie, person)
);
CREATE INDEX known_browsers_person ON known_browsers (person);
CREATE INDEX known_browsers_since ON known_browsers (since);

-- That somebody has another address, which the old one can undo for a while. Neither address stands here.
CREATE TABLE address_changes (
    change     text PRIMARY KEY,
    person     text        NOT NULL REFERENCES people,
    changed_at timestamptz NOT NULL,
    undone_at  timestamptz
);
CREATE INDEX address_changes_person ON address_changes (person);

-- Under which address a calendar program reads somebody's diary: one a person. Only a digest is kept.
CREATE TABLE calendar_feeds (
    person  text PRIMARY KEY REFERENCES people,
    token   bytea       NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT calendar_feeds_token UNIQUE (token)
);
