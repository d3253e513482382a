SELECT t.tableoid, t.oid, 'enum', n.nspname,
       json_build_object(
           'name', t.typname,
           'values', ARRAY(SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)
       )::text
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'e'
  AND {scope}
