-- Schemas of the scope, also those that belong to an extension.
SELECT n.oid, n.nspname
FROM pg_namespace n
WHERE {scope}
ORDER BY n.nspname
