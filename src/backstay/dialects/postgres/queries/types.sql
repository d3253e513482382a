-- Types that cannot be carried: base types, shells of them, ranges with a canonical function (which takes a shell).
SELECT t.oid, n.nspname, t.typname, t.typtype
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_range r ON r.rngtypid = t.oid
WHERE t.oid >= 16384
  AND (t.typtype = 'p'
       OR t.typtype = 'r' AND r.rngcanonical::oid <> 0
       OR t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_type element WHERE element.typarray = t.oid))
  AND {scope}
ORDER BY n.nspname, t.typname
