-- Objects of the database, in no schema, that the model has no place for.
SELECT 'pg_subscription'::regclass, s.oid, 'subscription', s.subname FROM pg_subscription s
WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
