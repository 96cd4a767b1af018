-- Of what the schema consists: columns with their types, keys and rules, triggers that act, functions. Each reads the same
-- in every version of Postgres; plain indexes are left out, since nothing goes wrong without them.
CREATE TABLE schema_made (
    migrations text   NOT NULL,
    parts      text[] NOT NULL
);
-- There is one schema.
CREATE UNIQUE INDEX schema_made_once ON schema_made ((true));

CREATE VIEW schema_parts AS
WITH tables AS (
    SELECT oid, relname FROM pg_class
    WHERE relkind IN ('r', 'p')
      AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'schema_made'::regclass)
)
SELECT format('%s.%s %s', relname, attname, format_type(atttypid, atttypmod)) AS part
FROM pg_attribute JOIN tables ON tables.oid = attrelid WHERE attnum > 0 AND NOT attisdropped
UNION ALL
SELECT format('%s constraint %s', relname, conname)
FROM pg_constraint JOIN tables ON tables.oid = conrelid WHERE contype IN ('p', 'u', 'f', 'c', 'x')
UNION ALL
SELECT format('%s unique index %s', tables.relname, made.relname)
FROM pg_index JOIN tables ON tables.oid = indrelid JOIN pg_class AS made ON made.oid = indexrelid WHERE indisunique
UNION ALL
SELECT format('%s trigger %s', relname, tgname)
FROM pg_trigger JOIN tables ON tables.oid = tgrelid WHERE NOT tgisinternal AND tgenabled <> 'D'
UNION ALL
SELECT format('function %s(%s)', proname, pg_get_function_identity_arguments(oid))
FROM pg_proc
WHERE pronamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'schema_made'::regclass)
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e');
