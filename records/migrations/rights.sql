-- The second wall: what each process may do in the database, whatever its program asks for. Repeating it is harmless.
-- Whoever owns the tables is the owner of the installation: it migrates, and `mca` acts as it.
DO $roles$
DECLARE wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['mca_worker', 'mca_gateway', 'mca_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                -- Nobody comes in as one of them before it has a password, or a way of its own in pg_hba.conf.
                EXECUTE format('CREATE ROLE %I LOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- Another database of this server was a moment before.
            END;
        END IF;
    END LOOP;
END
$roles$;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, mca_worker, mca_gateway, mca_reader;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO mca_worker, mca_gateway, mca_reader;

-- The engine keeps the records. What happened and what was carried out is added, and never changed or taken away.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO mca_worker;
REVOKE UPDATE, DELETE ON facts, done_items, events FROM mca_worker;
REVOKE UPDATE, DELETE ON audit FROM mca_worker;
-- Keys are made by command, which acts as the owner.
REVOKE INSERT, UPDATE, DELETE ON
    alembic_version, api_keys, erasures, schema_made, sign_in_codes, sign_ins
    FROM mca_worker;

-- The gateway keeps what people and services hand in. Facts, and what follows from them, it has the engine write.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO mca_gateway;
REVOKE INSERT, UPDATE, DELETE ON
    academy_people, accounts, alembic_version, backups, bookings, coach_assignments, cohorts, done_items, due_items,
    engagement_people, engagements, enrolments, erasures, facts, intro_courses, learning_sessions, open_questions,
    pauses, reconciliations, retention_runs, reviews, schema_made, scores, sessions, sign_offs, subjects,
    upcoming_mails
    FROM mca_gateway;
REVOKE UPDATE, DELETE ON events, audit FROM mca_gateway;
-- The operator makes, renews and revokes keys on a page, each for one academy. None is widened, and each stays listed.
REVOKE INSERT, UPDATE, DELETE ON api_keys FROM mca_gateway;
GRANT INSERT, UPDATE (hash, ends, former_hash, former_ends, revoked_at, revoked_why, last_used_at)
    ON api_keys TO mca_gateway;
-- Mail is sent by the engine; that it came back is noted here.
REVOKE INSERT, DELETE ON notices, digests FROM mca_gateway;

-- Somebody is erased: noted by both for good, looked for in what keys are called, and signed in nowhere.
GRANT INSERT, UPDATE (erased_at, erased_by, reason) ON erasures TO mca_worker, mca_gateway;
GRANT UPDATE (name, revoked_why) ON api_keys TO mca_worker, mca_gateway;
GRANT DELETE ON sign_ins TO mca_worker;
GRANT DELETE, UPDATE (address) ON sign_in_codes TO mca_worker;

-- A key for every academy, or for all there is to do, is made and given a new secret by command, which acts as the
-- owner; and what was revoked works no more.
CREATE OR REPLACE FUNCTION guard_keys() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    IF pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
        RAISE insufficient_privilege USING MESSAGE = 'a revoked key stays revoked';
    END IF;
    IF (TG_OP = 'INSERT' OR (OLD.hash, OLD.ends, OLD.former_hash, OLD.former_ends)
            IS DISTINCT FROM (NEW.hash, NEW.ends, NEW.former_hash, NEW.former_ends))
        AND EXISTS (SELECT FROM unnest(NEW.grants) AS held WHERE held LIKE 'admin:%' OR split_part(held, ':', 2) = '*')
    THEN
        RAISE insufficient_privilege USING MESSAGE = 'keys this wide are made by command alone';
    END IF;
    RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER guard_keys BEFORE INSERT OR UPDATE ON api_keys FOR EACH ROW EXECUTE FUNCTION guard_keys();

-- What was asked for is noted by both, and stays. Whether it was refused is known afterwards.
GRANT INSERT ON audit TO mca_worker, mca_gateway;
GRANT UPDATE (refused) ON audit TO mca_worker, mca_gateway;

-- Dashboards read codes, dates and numbers: no names, no words, no secrets.
GRANT SELECT ON
    academy_people, accounts, bookings, coach_assignments, cohorts, done_items, due_items, engagement_people, engagements,
    enrolments, events, facts, intro_courses, learning_sessions, open_questions, pauses, reconciliations, reviews, scores,
    sessions, sign_offs, upcoming_mails
    TO mca_reader;

-- Reports read views, whose names stay.
GRANT USAGE ON SCHEMA reporting TO mca_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO mca_reader;

GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO mca_worker, mca_gateway;

-- Events stay as they are; only their place in the feed is given, by whoever reads it.
REVOKE ALL ON FUNCTION order_events() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION order_events() TO mca_gateway;

-- The academies that the gateway serves at this moment; '*' is all of them, and unsaid is none.
CREATE OR REPLACE FUNCTION served_academies() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT string_to_array(current_setting('mca.academies', true), ',') $$;
GRANT EXECUTE ON FUNCTION served_academies() TO mca_gateway;

-- Rows of an academy are seen and written while it is served. What was handed in and names no academy stands open.
DO $rows$
DECLARE
    found record;
    theirs text;
    or_nobodys text;
BEGIN
    FOR found IN
        SELECT relname AS name, array_agg(attname::text) AS columns
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
          -- Whoever signs in is looked for everywhere; these others are the installation's own.
          AND relname NOT IN ('identities', 'sign_ins', 'sign_in_codes', 'sign_in_drafts',
                              'audit', 'erasures', 'incidents', 'api_keys', 'subscriptions')
        GROUP BY relname
    LOOP
        theirs := CASE
            WHEN 'academy' = ANY (found.columns) THEN 'academy'
            WHEN 'subject' = ANY (found.columns) THEN 'split_part(subject, ''.'', 1)'
            WHEN 'course' = ANY (found.columns) THEN 'split_part(course, ''.'', 1)'
            WHEN 'cohort' = ANY (found.columns) THEN 'split_part(cohort, ''.'', 1)'
            WHEN 'engagement' = ANY (found.columns) THEN 'split_part(engagement, ''.'', 1)'
        END;
        IF theirs IS NULL AND 'person' = ANY (found.columns) THEN
            theirs := format('(SELECT people.academy FROM people WHERE people.person = %I.person)', found.name);
        END IF;
        CONTINUE WHEN theirs IS NULL;
        or_nobodys := CASE WHEN found.name = 'arrivals' THEN ' OR academy IS NULL' ELSE '' END;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', found.name);
        EXECUTE format('DROP POLICY IF EXISTS of_served_academies ON %I', found.name);
        EXECUTE format('DROP POLICY IF EXISTS of_every_academy ON %I', found.name);
        -- The academies are looked up once a statement, not once a row.
        EXECUTE format(
            'CREATE POLICY of_served_academies ON %1$I TO mca_gateway USING (
                (SELECT ''*'' = ANY (served_academies())) OR %2$s = ANY ((SELECT served_academies())::text[])%3$s)',
            found.name, theirs, or_nobodys
        );
        EXECUTE format('CREATE POLICY of_every_academy ON %I TO mca_worker, mca_reader USING (true)', found.name);
    END LOOP;
END
$rows$;
