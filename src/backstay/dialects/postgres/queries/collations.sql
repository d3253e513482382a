-- Names of all collations.
SELECT co.oid, n.nspname, co.collname
FROM pg_collation co
JOIN pg_namespace n ON n.oid = co.collnamespace
