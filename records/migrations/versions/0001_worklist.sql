-- What somebody was asked and owes still: a projection, written with the facts and items it follows from. Whether it is
-- overdue is judged when it is read; its notices stand in their own table.
CREATE TABLE open_questions (
    subject    text        NOT NULL,
    key        text        NOT NULL,
    academy    text        NOT NULL GENERATED ALWAYS AS (split_part(subject, '.', 1)) STORED,
    matter     text        NOT NULL,
    "window"   text        NOT NULL,
    -- The last step that was told of it.
    step       integer     NOT NULL,
    turn       text        NOT NULL,
    person     text,
    -- What is lost by waiting, the worst first.
    loss       integer     NOT NULL,
    since      timestamptz NOT NULL,
    owed_by    timestamptz,
    -- From then on nobody owes it any more, though nothing was told.
    closes_at  timestamptz,
    rule       text        NOT NULL,
    parameter  text        NOT NULL,
    about      date,
    facts      text[]      NOT NULL,
    -- Codes, dates and numbers.
    evidence   jsonb       NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT open_questions_once PRIMARY KEY (subject, key)
);
CREATE INDEX open_questions_academy ON open_questions (academy);

-- What happens to an ask is published in the transaction that writes it. It goes when it is answered, or not needed any
-- more; where it closed by itself before that, it has lapsed.
CREATE FUNCTION publish_ask() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked open_questions := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    at    timestamptz := asked.changed_at;
    what  text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        at := greatest(at, (SELECT as_of FROM subjects WHERE subjects.subject = asked.subject));
        what := CASE WHEN asked.closes_at <= at THEN 'lapsed' ELSE 'answered' END;
    ELSIF TG_OP = 'INSERT' THEN
        what := 'due';
    ELSIF NEW.step > OLD.step THEN
        what := CASE WHEN NEW.turn = OLD.turn THEN 'chased' ELSE 'escalated' END;
    ELSIF (NEW.turn, NEW.person) IS DISTINCT FROM (OLD.turn, OLD.person) THEN
        what := 'turn_changed';
    ELSE
        RETURN NULL;
    END IF;
    PERFORM one_publishes_at_a_time(asked.subject);
    INSERT INTO events (id, type, subject, occurred_at, recorded_at, data)
    VALUES ('ask/' || gen_random_uuid(), 'ask.' || what, asked.subject, at, at,
            jsonb_build_object('matter', asked.matter, 'window', asked."window", 'step', asked.step, 'turn', asked.turn,
                               'person', asked.person, 'since', asked.since, 'owed_by', asked.owed_by,
                               'about', asked.about));
    RETURN NULL;
END
$$;
CREATE TRIGGER asks_are_published AFTER INSERT OR UPDATE OR DELETE ON open_questions
    FOR EACH ROW EXECUTE FUNCTION publish_ask();
CREATE INDEX open_questions_person ON open_questions (person);

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

-- Somebody of the office has a line of the worklist in hand, so that nobody else begins it too. No fact: it says nothing
-- of the team, and is over on a day.
CREATE TABLE in_hand (
    academy  text        NOT NULL,
    item     text        NOT NULL,
    person   text        NOT NULL,
    taken_at timestamptz NOT NULL,
    until    date        NOT NULL,
    CONSTRAINT in_hand_once PRIMARY KEY (academy, item)
);
