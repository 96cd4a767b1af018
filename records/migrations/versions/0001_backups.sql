-- When the job that backs this database up said that it had succeeded.
CREATE TABLE backups (
    finished_at timestamptz PRIMARY KEY
);
