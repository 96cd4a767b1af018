-- What is published: every accepted fact, and every change of phase, health or step. Ids, codes and dates only.
CREATE TABLE events (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          text        NOT NULL,
    type        text        NOT NULL,
    subject     text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    data        jsonb       NOT NULL,
    -- Its place in the one order of all, given once it is committed: see order_events.
    sequence    bigint,
    -- An event is published once.
    CONSTRAINT events_once UNIQUE (id)
);
-- A replay begins at a moment; a list shows a subject's events in order.
CREATE INDEX events_recorded_at ON events (recorded_at);
CREATE INDEX events_subject ON events (subject, number);

-- The feed is read in this order, and what has no place yet is given one.
CREATE UNIQUE INDEX events_sequence ON events (sequence);
CREATE INDEX events_unordered ON events (number) WHERE sequence IS NULL;
CREATE SEQUENCE events_in_order;

-- Gives committed events their places, and answers the last one given. Transactions commit out of the order of their
-- numbers; places are given by one at a time, to what is committed, so nobody who has read up to a place ever finds
-- something new before it. Events of one subject keep the order of their numbers: see one_publishes_at_a_time.
CREATE FUNCTION order_events() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    -- Most reads find nothing new, and wait for nobody.
    IF EXISTS (SELECT FROM events WHERE sequence IS NULL AND type <> 'test') THEN
        PERFORM pg_advisory_xact_lock(720576);
        WITH unordered AS MATERIALIZED (
            SELECT number FROM events WHERE sequence IS NULL AND type <> 'test' ORDER BY number LIMIT 5000
        ), placed AS MATERIALIZED (
            SELECT number, nextval('events_in_order') AS place FROM unordered
        )
        UPDATE events SET sequence = place FROM placed WHERE events.number = placed.number;
    END IF;
    RETURN (SELECT last_value FROM events_in_order);
END
$$;

-- Who is sent events. `within` limits them to an academy or a cohort; no types means all.
CREATE TABLE subscriptions (
    subscription    text PRIMARY KEY,
    url             text        NOT NULL,
    types           text[]      NOT NULL,
    within          text,
    secret          text        NOT NULL,
    previous_secret text,
    -- Until then messages are signed with both secrets.
    previous_until  timestamptz,
    created_at      timestamptz NOT NULL,
    created_by      text        NOT NULL,
    ended_at        timestamptz,
    -- A former secret is accepted until a moment, never for ever.
    CONSTRAINT subscriptions_previous_is_whole CHECK (num_nulls(previous_secret, previous_until) IN (0, 2))
);

-- One event on its way to one subscriber.
CREATE TABLE deliveries (
    subscription  text        NOT NULL REFERENCES subscriptions,
    event         bigint      NOT NULL REFERENCES events,
    subject       text        NOT NULL,
    status        text        NOT NULL DEFAULT 'waiting',
    attempts      integer     NOT NULL DEFAULT 0,
    -- The wall clock of whoever delivers: a subscriber lives in our time, whatever clock a workflow has.
    next_at       timestamptz NOT NULL DEFAULT '-infinity',
    -- Since when it, or one before it, could not be delivered: it is given up some days after that.
    failing_since timestamptz,
    settled_at    timestamptz,
    failure       text,
    academy       text        NOT NULL GENERATED ALWAYS AS (split_part(subject, '.', 1)) STORED,
    PRIMARY KEY (subscription, event),
    CONSTRAINT deliveries_status CHECK (status IN ('waiting', 'delivered', 'set_aside')),
    -- A delivery waits until it is settled, and is settled at a time.
    CONSTRAINT deliveries_settled_at_a_time CHECK ((status = 'waiting') = (settled_at IS NULL)),
    -- Nothing is set aside without a reason.
    CONSTRAINT deliveries_set_aside_for_a_reason CHECK (status <> 'set_aside' OR failure IS NOT NULL)
);
-- What to deliver next: for each subject in order.
CREATE INDEX deliveries_waiting ON deliveries (subscription, subject, event) WHERE status = 'waiting';
-- What an operator has to look at.
CREATE INDEX deliveries_set_aside ON deliveries (subscription, event) WHERE status = 'set_aside';

-- An event goes on its way to all who want it in the transaction that publishes it. A test goes to one only.
CREATE FUNCTION send_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO deliveries (subscription, event, subject)
    SELECT subscription, NEW.number, NEW.subject FROM subscriptions
    WHERE ended_at IS NULL AND NEW.type <> 'test'
      AND (types = '{}' OR NEW.type = ANY (types))
      AND (within IS NULL OR NEW.subject = within OR starts_with(NEW.subject, within || '.'));
    RETURN NULL;
END
$$;
CREATE TRIGGER events_are_sent AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION send_event();

-- Events of a subject are numbered in the order they are committed: whoever delivers them never sees an earlier one
-- appear behind a later one.
CREATE FUNCTION one_publishes_at_a_time(subject text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(720575, hashtext(subject))
$$;

-- A recorded fact is published in its own transaction, whoever records it.
CREATE FUNCTION publish_fact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM one_publishes_at_a_time(NEW.subject);
    INSERT INTO events (id, type, subject, occurred_at, recorded_at, data)
    VALUES (NEW.event_id, 'fact.' || NEW.kind, NEW.subject, NEW.occurred_at, NEW.recorded_at, NEW.body);
    RETURN NULL;
END
$$;
CREATE TRIGGER facts_are_published AFTER INSERT ON facts FOR EACH ROW EXECUTE FUNCTION publish_fact();

-- A change of phase, health or ramp step is published in the transaction that writes it.
CREATE FUNCTION publish_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM one_publishes_at_a_time(NEW.engagement);
    INSERT INTO events (id, type, subject, occurred_at, recorded_at, data)
    -- No fact can have such an id, so none that is told can stand in its way.
    SELECT 'changed/' || gen_random_uuid(), 'changed.' || what, NEW.engagement, NEW.changed_at, NEW.changed_at,
           jsonb_build_object('from', was, 'to', is_now)
    FROM (VALUES ('phase', OLD.phase, NEW.phase),
                 ('health', OLD.health, NEW.health),
                 ('ramp_step', OLD.ramp_step, NEW.ramp_step)) AS changed (what, was, is_now)
    WHERE was IS DISTINCT FROM is_now;
    RETURN NULL;
END
$$;
CREATE TRIGGER engagement_changes_are_published AFTER UPDATE OF phase, health, ramp_step ON engagements
    FOR EACH ROW
    WHEN ((OLD.phase, OLD.health, OLD.ramp_step) IS DISTINCT FROM (NEW.phase, NEW.health, NEW.ramp_step))
    EXECUTE FUNCTION publish_changes();

-- So is a change of a cohort's stage, and of an Introduction course's. What a person or an academy is told is a fact.
CREATE FUNCTION publish_stage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed text := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
    PERFORM one_publishes_at_a_time(changed);
    INSERT INTO events (id, type, subject, occurred_at, recorded_at, data)
    VALUES ('changed/' || gen_random_uuid(), 'changed.' || TG_ARGV[1], changed, NEW.changed_at, NEW.changed_at,
            jsonb_build_object('from', OLD.stage, 'to', NEW.stage));
    RETURN NULL;
END
$$;
CREATE TRIGGER cohort_stages_are_published AFTER UPDATE OF stage ON cohorts
    FOR EACH ROW WHEN (OLD.stage IS DISTINCT FROM NEW.stage) EXECUTE FUNCTION publish_stage('cohort', 'cohort_stage');
CREATE TRIGGER course_stages_are_published AFTER UPDATE OF stage ON intro_courses
    FOR EACH ROW WHEN (OLD.stage IS DISTINCT FROM NEW.stage) EXECUTE FUNCTION publish_stage('course', 'course_stage');
