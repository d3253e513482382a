-- Types that are not of a table, an array or a range: enums with their values, domains, ranges, base types.
SELECT t.oid,
       n.nspname,
       t.typname,
       t.typtype,
       CASE WHEN t.typtype = 'e'
            THEN ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)
       END
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE (t.typtype IN ('e', 'd', 'r', 'p')
       OR t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_type element WHERE element.typarray = t.oid))
  AND {scope}
ORDER BY n.nspname, t.typname
