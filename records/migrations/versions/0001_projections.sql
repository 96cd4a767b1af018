-- The present, as the rules derive it from the facts. Every row can be made again from the ledger.
-- `key` is how the rules name a row of a subject; `changed_at` is the workflow's clock.

-- Equality of text beside the overlap of ranges, in one exclusion constraint.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE academy_people (
    academy    text        NOT NULL,
    key        text        NOT NULL,
    part       text        NOT NULL,
    person     text        NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (academy, key),
    CONSTRAINT academy_people_part CHECK (part IN ('member', 'deputy'))
);
-- One deputy at a time.
CREATE UNIQUE INDEX academy_people_deputy ON academy_people (academy) WHERE part = 'deputy';
-- Whose office somebody works in.
CREATE INDEX academy_people_person ON academy_people (person);

CREATE TABLE cohorts (
    cohort       text PRIMARY KEY,
    academy      text        NOT NULL,
    stage        text        NOT NULL,
    course_start date        NOT NULL,
    programme    text        NOT NULL,
    calendar     text        NOT NULL,
    zone         text        NOT NULL,
    language     text        NOT NULL DEFAULT 'en-GB',
    office       text        NOT NULL,
    turn         text,
    next_due     timestamptz,
    next_matter  text,
    changed_at   timestamptz NOT NULL,
    CONSTRAINT cohorts_stage CHECK (
        stage IN ('planned', 'confirmed', 'in_teaching', 'teaching_complete', 'closed', 'cancelled')
    ),
    -- What is due next has a date, a matter and somebody whose turn it is.
    CONSTRAINT cohorts_next_is_whole CHECK (num_nulls(turn, next_due, next_matter) IN (0, 3))
);

CREATE TABLE enrolments (
    cohort      text        NOT NULL REFERENCES cohorts,
    key         text        NOT NULL,
    enrolment   text        NOT NULL,
    person      text        NOT NULL,
    state       text        NOT NULL,
    -- Who supervises them, while they are here.
    faculty     text,
    attended    integer     NOT NULL,
    deferred_to text,
    -- What came of the last offer to coach again.
    offer_answer text,
    offered_at  timestamptz,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (cohort, key),
    CONSTRAINT enrolments_offers CHECK (offer_answer IN ('team', 'refresher', 'later', 'no')),
    CONSTRAINT enrolments_offers_at_a_time CHECK (num_nulls(offer_answer, offered_at) IN (0, 2)),
    -- An enrolment is in one cohort; who defers gets a new one.
    CONSTRAINT enrolments_in_one_cohort UNIQUE (enrolment),
    CONSTRAINT enrolments_state CHECK (
        state IN ('microsystem_pending', 'ready', 'conditional_start', 'in_training', 'training_complete', 'practising',
                  'on_leave', 'lapsed', 'refreshing', 'alumnus', 'deferred', 'withdrawn', 'not_completed')
    )
);
-- Which courses somebody is, or was, on.
CREATE INDEX enrolments_person ON enrolments (person);
CREATE INDEX enrolments_faculty ON enrolments (faculty);

CREATE TABLE learning_sessions (
    cohort     text        NOT NULL REFERENCES cohorts,
    key        text        NOT NULL,
    number     integer     NOT NULL,
    starts_at  timestamptz NOT NULL,
    held       boolean     NOT NULL,
    attended   integer     NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (cohort, key)
);

CREATE TABLE engagements (
    engagement       text PRIMARY KEY,
    cohort           text        NOT NULL,
    enrolment        text        NOT NULL,
    microsystem      text        NOT NULL,
    stage            text        NOT NULL,
    phase            text        NOT NULL,
    ramp_step        text,
    health           text        NOT NULL,
    paused           boolean     NOT NULL,
    coach_vacant     boolean     NOT NULL,
    no_progress      boolean     NOT NULL,
    -- What is most wrong now, since when, and how many sessions in a row were missed.
    concern          text,
    concern_since    timestamptz,
    misses           integer     NOT NULL,
    turn             text,
    next_due         timestamptz,
    next_matter      text,
    -- What is then done, by which rule, to whom, about which day, and whether they read it in the weekly mail.
    next_act         text,
    next_to          text[]      NOT NULL DEFAULT '{}',
    next_about       date,
    next_rule        text,
    next_weekly      boolean     NOT NULL DEFAULT false,
    programme        text        NOT NULL,
    calendar         text        NOT NULL,
    zone             text        NOT NULL,
    language         text        NOT NULL DEFAULT 'en-GB',
    course_start     date        NOT NULL,
    agreed_at        timestamptz,
    hand_off_planned date,
    limit_on         date,
    handed_off_at    timestamptz,
    ended_at         timestamptz,
    end_reason       text,
    follows          text,
    changed_at       timestamptz NOT NULL,
    academy          text        NOT NULL GENERATED ALWAYS AS (split_part(engagement, '.', 1)) STORED,
    CONSTRAINT engagements_stage CHECK (
        stage IN ('proposed', 'agreed', 'action', 'transition', 'readiness_review', 'aftercare', 'relapsed',
                  'sustained', 'ended_early')
    ),
    CONSTRAINT engagements_phase CHECK (phase IN ('pre_phase', 'action', 'transition', 'aftercare')),
    CONSTRAINT engagements_health CHECK (health IN ('on_track', 'at_risk', 'stalled', 'on_leave', 'paused')),
    CONSTRAINT engagements_concern CHECK (
        concern IN ('stalled', 'no_coach', 'at_risk', 'no_progress', 'on_leave', 'paused')
    ),
    CONSTRAINT engagements_concern_has_a_start CHECK (num_nulls(concern, concern_since) IN (0, 2)),
    -- Every end has a reason.
    CONSTRAINT engagements_end_has_reason CHECK (num_nulls(ended_at, end_reason) IN (0, 2)),
    -- No engagement dies silently: until it has ended it has a next date, a matter and somebody whose turn it is.
    CONSTRAINT engagements_never_silent CHECK (
        ended_at IS NOT NULL OR num_nulls(turn, next_due, next_matter, next_act, next_rule) = 0
    )
);
-- The engagements of an academy, of a cohort, and of an enrolment.
CREATE INDEX engagements_academy ON engagements (academy);
CREATE INDEX engagements_cohort ON engagements (cohort);
CREATE INDEX engagements_enrolment ON engagements (enrolment);
-- How many are open, by phase and health.
CREATE INDEX engagements_open ON engagements (phase, health) WHERE ended_at IS NULL;

CREATE TABLE engagement_people (
    engagement text        NOT NULL REFERENCES engagements,
    key        text        NOT NULL,
    role       text        NOT NULL,
    person     text        NOT NULL,
    changed_at timestamptz NOT NULL,
    -- One person in one role.
    PRIMARY KEY (engagement, key)
);
-- Whose engagements these are.
CREATE INDEX engagement_people_person ON engagement_people (person);

CREATE TABLE sessions (
    engagement text        NOT NULL REFERENCES engagements,
    key        text        NOT NULL,
    session    text        NOT NULL,
    week       date        NOT NULL,
    day        date        NOT NULL,
    starts_at  timestamptz NOT NULL,
    outcome    text        NOT NULL,
    counted    boolean     NOT NULL,
    reason     text,
    chaired_by text,
    evaluation integer,
    attendance integer,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (engagement, key),
    CONSTRAINT sessions_outcome CHECK (outcome IN ('expected', 'held', 'not_held', 'unknown', 'excused')),
    -- "Not told" is not "not held": a session is not held only for a reason.
    CONSTRAINT sessions_not_held_for_a_reason CHECK (outcome <> 'not_held' OR reason IS NOT NULL)
);

CREATE TABLE coach_assignments (
    engagement text        NOT NULL REFERENCES engagements,
    key        text        NOT NULL,
    person     text        NOT NULL,
    part       text        NOT NULL,
    since      timestamptz NOT NULL,
    until      timestamptz,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (engagement, key),
    CONSTRAINT coach_assignments_part CHECK (part IN ('main', 'co', 'interim')),
    -- Nobody stops coaching before they began.
    CONSTRAINT coach_assignments_in_order CHECK (until >= since),
    -- At most one main coach at a time. Deferred: a change of coach closes one row and opens another.
    CONSTRAINT coach_assignments_one_main EXCLUDE USING gist (engagement WITH =, tstzrange(since, until) WITH &&)
        WHERE (part = 'main') DEFERRABLE INITIALLY DEFERRED
);
-- Whom somebody coaches.
CREATE INDEX coach_assignments_person ON coach_assignments (person);

CREATE TABLE scores (
    engagement text         NOT NULL REFERENCES engagements,
    key        text         NOT NULL,
    event_id   text         NOT NULL,
    scorer     text         NOT NULL,
    score      numeric(2,1) NOT NULL,
    scored_at  timestamptz  NOT NULL,
    changed_at timestamptz  NOT NULL,
    PRIMARY KEY (engagement, key),
    -- The IHI scale: 0.5 to 5.0 in halves.
    CONSTRAINT scores_on_the_scale CHECK (score BETWEEN 0.5 AND 5.0 AND score * 2 = trunc(score * 2))
);

CREATE TABLE reviews (
    engagement text        NOT NULL REFERENCES engagements,
    key        text        NOT NULL,
    month      integer     NOT NULL,
    held_at    timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (engagement, key)
);

CREATE TABLE pauses (
    engagement text        NOT NULL REFERENCES engagements,
    key        text        NOT NULL,
    since      timestamptz NOT NULL,
    until      timestamptz,
    reason     text        NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (engagement, key),
    -- No pause ends before it began.
    CONSTRAINT pauses_in_order CHECK (until >= since),
    -- Pauses never overlap. Deferred: a correction may move one before another is closed.
    CONSTRAINT pauses_never_overlap EXCLUDE USING gist (engagement WITH =, tstzrange(since, until) WITH &&)
        DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE sign_offs (
    engagement text        NOT NULL REFERENCES engagements,
    key        text        NOT NULL,
    document   text        NOT NULL,
    role       text        NOT NULL,
    signed_at  timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (engagement, key),
    -- The agreement: coach, sponsor, team lead. Readiness: whoever the programme names.
    CONSTRAINT sign_offs_by_those_who_may CHECK (
        document = 'readiness' OR (document = 'agreement' AND role IN ('coach', 'sponsor', 'team_lead'))
    )
);

-- The next thing the engine will do, one a matter, of engagements and of cohorts.
CREATE TABLE due_items (
    subject    text        NOT NULL,
    key        text        NOT NULL,
    matter     text        NOT NULL,
    item       text        NOT NULL,
    act        text        NOT NULL,
    due_at     timestamptz NOT NULL,
    turn       text        NOT NULL,
    rule       text        NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (subject, key)
);
-- What falls due, in order of time.
CREATE INDEX due_items_due_at ON due_items (due_at);

-- The mail of the coming weeks, one row for each who would hear of an item.
CREATE TABLE upcoming_mails (
    subject    text        NOT NULL,
    key        text        NOT NULL,
    academy    text        NOT NULL GENERATED ALWAYS AS (split_part(subject, '.', 1)) STORED,
    item       text        NOT NULL,
    matter     text        NOT NULL,
    step       integer     NOT NULL,
    act        text        NOT NULL,
    person     text        NOT NULL,
    role       text        NOT NULL,
    rule       text        NOT NULL,
    due_at     timestamptz NOT NULL,
    goes_at    timestamptz NOT NULL,
    gathered   boolean     NOT NULL,
    about      date,
    answer_by  timestamptz,
    due_on     date        NOT NULL,
    latest     date        NOT NULL,
    held_by    text,
    held_until date,
    skipped_by text,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (subject, key)
);
-- What goes out of an academy, in order of time.
CREATE INDEX upcoming_mails_goes_at ON upcoming_mails (academy, goes_at);
