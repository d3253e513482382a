-- All operator classes: what an index does not name is the default of its method and type.
SELECT o.oid, am.amname, n.nspname, o.opcname, o.opcintype, o.opcdefault
FROM pg_opclass o
JOIN pg_namespace n ON n.oid = o.opcnamespace
JOIN pg_am am ON am.oid = o.opcmethod
