-- What the model has no place for. Base types and shells of them, and ranges with a canonical function, which takes a shell.
SELECT t.tableoid, t.oid, n.nspname,
       CASE t.typtype WHEN 'r' THEN 'range type with a canonical function'
                      WHEN 'b' THEN 'base type' ELSE 'shell type' END,
       t.typname::text
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_range r ON r.rngtypid = t.oid
WHERE t.oid >= 16384
  AND (t.typtype = 'p'
       OR t.typtype = 'r' AND r.rngcanonical::oid <> 0
       OR t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_type element WHERE element.typarray = t.oid))
  AND {scope}
UNION ALL
-- Where a subscription gets its data from is said with a password.
SELECT 'pg_subscription'::regclass, s.oid, '', 'subscription', s.subname::text
FROM pg_subscription s
WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL
-- A label can be set only where its provider is loaded.
SELECT l.classoid, l.objoid, coalesce(o.schema, ''), 'security label of ' || o.type,
       coalesce(c.relname::text, p.proname::text, o.name, o.identity)
FROM pg_seclabel l
CROSS JOIN pg_identify_object(l.classoid, l.objoid, l.objsubid) o
LEFT JOIN pg_class c ON l.classoid = 'pg_class'::regclass AND c.oid = l.objoid
LEFT JOIN pg_proc p ON l.classoid = 'pg_proc'::regclass AND p.oid = l.objoid
WHERE l.objoid >= 16384
