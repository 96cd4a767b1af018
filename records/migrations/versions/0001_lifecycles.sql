-- What engagements, cohorts and courses have in common, for whatever is asked of any of them. ``over_at`` is null while one
-- is open, or open again; one that hears is told what happens to its academy and its people.
CREATE VIEW lifecycles WITH (security_invoker = true) AS
SELECT engagement AS subject, 'engagements' AS kept, academy, course_start AS begins, zone, language, programme,
       coalesce(
           (SELECT person FROM engagement_people AS asking
            WHERE asking.engagement = engagements.engagement AND asking.role = 'office'),
           (SELECT cohorts.office FROM cohorts WHERE cohorts.cohort = engagements.cohort)
       ) AS office,
       next_due, ended_at AS over_at, ended_at IS NULL AS hears
FROM engagements
UNION ALL
SELECT cohort, 'cohorts', academy, course_start, zone, language, programme, office,
       next_due, CASE WHEN stage IN ('closed', 'cancelled') THEN changed_at END, stage <> 'cancelled'
FROM cohorts
UNION ALL
SELECT course, 'intro_courses', academy, day_1_starts_at::date, zone, language, programme, office,
       next_due, CASE WHEN stage IN ('closed', 'cancelled') THEN changed_at END, next_due IS NOT NULL
FROM intro_courses;

-- The zone of one of them; of anything else, that of the last course of its academy, if it has any.
CREATE FUNCTION zone_of(subject text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT zone FROM lifecycles WHERE lifecycles.subject = $1),
        (SELECT zone FROM lifecycles WHERE academy = split_part($1, '.', 1) AND kept <> 'engagements'
         ORDER BY begins DESC, lifecycles.subject LIMIT 1)
    )
$$;

-- What its mails are written in; of anything else, by the last course likewise.
CREATE FUNCTION language_of(subject text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT language FROM lifecycles WHERE lifecycles.subject = $1),
        (SELECT language FROM lifecycles WHERE academy = split_part($1, '.', 1) AND kept <> 'engagements'
         ORDER BY begins DESC, lifecycles.subject LIMIT 1)
    )
$$;
