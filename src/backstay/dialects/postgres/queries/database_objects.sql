-- Objects of the database, in no schema, that the model has no place for.
SELECT a.tableoid, a.oid, 'access method', a.amname::text FROM pg_am a WHERE a.oid >= 16384
UNION ALL
SELECT t.tableoid, t.oid, 'transform', format_type(t.trftype, NULL) FROM pg_transform t WHERE t.oid >= 16384
UNION ALL
SELECT 'pg_subscription'::regclass, s.oid, 'subscription', s.subname FROM pg_subscription s
WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
