-- What reports read from the database itself, as Power BI does: ids, codes, dates and numbers, under plain names that stay.
-- Who reads them needs the rights of mca_reader, and no others; names and addresses are in none of them.
CREATE SCHEMA IF NOT EXISTS reporting;

CREATE VIEW reporting.teams WITH (security_invoker = true) AS
SELECT engagement AS team, academy, cohort, enrolment AS participant, microsystem, stage, phase, ramp_step, health, concern,
       concern_since, misses AS sessions_missed_in_a_row, paused, coach_vacant, no_progress, turn, next_due, next_matter,
       course_start, agreed_at, hand_off_planned, limit_on, handed_off_at, ended_at, end_reason, changed_at
FROM engagements;

CREATE VIEW reporting.roles WITH (security_invoker = true) AS
SELECT engagement AS team, role, person, changed_at FROM engagement_people;

CREATE VIEW reporting.sessions WITH (security_invoker = true) AS
SELECT engagement AS team, session, week, day, starts_at, outcome, counted, reason AS not_held_because, chaired_by,
       evaluation, attendance, changed_at
FROM sessions;

CREATE VIEW reporting.progress_scores WITH (security_invoker = true) AS
SELECT engagement AS team, scorer, score, scored_at, changed_at FROM scores;

CREATE VIEW reporting.pauses WITH (security_invoker = true) AS
SELECT engagement AS team, since, until, reason, changed_at FROM pauses;

CREATE VIEW reporting.cohorts WITH (security_invoker = true) AS
SELECT cohort, academy, stage, course_start, programme, turn, next_due, next_matter, changed_at FROM cohorts;

CREATE VIEW reporting.participants WITH (security_invoker = true) AS
SELECT enrolment AS participant, cohort, person, state, faculty, attended AS learning_sessions_attended, deferred_to,
       changed_at
FROM enrolments;

CREATE VIEW reporting.introduction_courses WITH (security_invoker = true) AS
SELECT course, academy, stage, day_1_starts_at, day_2_starts_at, places, confirmed, waiting, turn, next_due, next_matter,
       changed_at
FROM intro_courses;

CREATE VIEW reporting.asks WITH (security_invoker = true) AS
SELECT subject, academy, matter, "window", step, turn, person, since, owed_by, closes_at, about, changed_at
FROM open_questions;

CREATE VIEW reporting.events WITH (security_invoker = true) AS
SELECT sequence, id, type, subject, occurred_at, recorded_at, data FROM events WHERE type <> 'test';
