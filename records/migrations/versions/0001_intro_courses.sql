-- The Introduction course as the rules derive it from the facts.
CREATE TABLE intro_courses (
    course          text PRIMARY KEY,
    academy         text        NOT NULL,
    stage           text        NOT NULL,
    day_1_starts_at timestamptz NOT NULL,
    day_1_ends_at   timestamptz NOT NULL,
    day_2_starts_at timestamptz NOT NULL,
    day_2_ends_at   timestamptz NOT NULL,
    opens_at        timestamptz NOT NULL,
    places          integer     NOT NULL,
    -- Places of each day that are taken or on offer: somebody may make up one day alone.
    taken_1         integer     NOT NULL,
    taken_2         integer     NOT NULL,
    confirmed       integer     NOT NULL,
    waiting         integer     NOT NULL,
    programme       text        NOT NULL,
    calendar        text        NOT NULL,
    zone            text        NOT NULL,
    language        text        NOT NULL DEFAULT 'en-GB',
    office          text        NOT NULL,
    turn            text,
    next_due        timestamptz,
    next_matter     text,
    changed_at      timestamptz NOT NULL,
    CONSTRAINT intro_courses_stage CHECK (
        stage IN ('scheduled', 'open', 'full', 'joining', 'day_1', 'day_2', 'closed', 'cancelled')
    ),
    -- What is due next has a date, a matter and somebody whose turn it is.
    CONSTRAINT intro_courses_next_is_whole CHECK (num_nulls(turn, next_due, next_matter) IN (0, 3)),
    -- No course dies silently: until it has ended something is due.
    CONSTRAINT intro_courses_never_silent CHECK (stage IN ('closed', 'cancelled') OR next_due IS NOT NULL)
);
-- The courses of an academy, by day.
CREATE INDEX intro_courses_academy ON intro_courses (academy, day_1_starts_at);

CREATE TABLE bookings (
    course          text        NOT NULL REFERENCES intro_courses,
    key             text        NOT NULL,
    booking         text        NOT NULL,
    person          text        NOT NULL,
    delegate        text        NOT NULL,
    state           text        NOT NULL,
    days            integer[]   NOT NULL,
    -- The place on the waiting list, from 1.
    place           integer,
    attended_1      boolean,
    attended_2      boolean,
    feedback        boolean     NOT NULL,
    wishes_coaching boolean     NOT NULL,
    handed_on_to    text,
    changed_at      timestamptz NOT NULL,
    PRIMARY KEY (course, key),
    -- A booking is of one course.
    CONSTRAINT bookings_of_one_course UNIQUE (booking),
    CONSTRAINT bookings_delegate CHECK (delegate IN ('internal', 'external')),
    CONSTRAINT bookings_state CHECK (
        state IN ('confirmed', 'waiting', 'offered', 'offer_lapsed', 'cancelled', 'attended', 'part_attended', 'no_show')
    ),
    -- Only who waits has a place in the line.
    CONSTRAINT bookings_in_line CHECK (place IS NULL OR state = 'waiting')
);
-- What somebody has booked.
CREATE INDEX bookings_person ON bookings (person);

-- Where a course is, and what its delegates should know before: sentences, which no fact holds.
CREATE TABLE intro_course_texts (
    course     text PRIMARY KEY,
    venue      text        NOT NULL,
    joining    text        NOT NULL,
    changed_at timestamptz NOT NULL
);

-- What a delegate needs to take part. Read by the office that prepares the room, and by the delegate; erased with them.
CREATE TABLE access_needs (
    booking text PRIMARY KEY,
    course  text        NOT NULL,
    person  text        NOT NULL,
    needs   text        NOT NULL,
    told_at timestamptz NOT NULL,
    CONSTRAINT access_needs_say_something CHECK (needs <> '')
);
-- Read by the office for a course; deleted with a person.
CREATE INDEX access_needs_course ON access_needs (course);
CREATE INDEX access_needs_person ON access_needs (person);

-- What delegates said after day 2. It hangs on the booking, and is only ever shown summed over many.
CREATE TABLE feedback (
    booking    text PRIMARY KEY,
    course     text        NOT NULL,
    useful     integer     NOT NULL,
    confident  integer     NOT NULL,
    recommends integer     NOT NULL,
    comment    text,
    given_at   timestamptz NOT NULL,
    CONSTRAINT feedback_on_the_scale CHECK (
        useful BETWEEN 1 AND 5 AND confident BETWEEN 1 AND 5 AND recommends BETWEEN 1 AND 5
    )
);
CREATE INDEX feedback_course ON feedback (course);

-- What the schedule is made from that opens an academy's courses: with this alone it is made again.
CREATE TABLE intro_calendars (
    academy text        NOT NULL,
    given   jsonb       NOT NULL,
    since   timestamptz NOT NULL,
    CONSTRAINT intro_calendars_once PRIMARY KEY (academy)
);
