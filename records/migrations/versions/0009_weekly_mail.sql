-- Somebody who does not want the weekly mail finds what it would have said on their own page.
ALTER TABLE people ADD COLUMN weekly_mail boolean NOT NULL DEFAULT true;
