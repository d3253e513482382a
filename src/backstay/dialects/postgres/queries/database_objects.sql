-- Objects of the database that are in no schema. Those with oids below 16384 came with the server.
SELECT e.tableoid, e.oid, 'extension' AS kind, e.extname::text AS name FROM pg_extension e WHERE e.oid >= 16384
UNION ALL
SELECT e.tableoid, e.oid, 'event_trigger', e.evtname FROM pg_event_trigger e
UNION ALL
SELECT p.tableoid, p.oid, 'publication', p.pubname FROM pg_publication p
UNION ALL
SELECT f.tableoid, f.oid, 'foreign data wrapper', f.fdwname FROM pg_foreign_data_wrapper f
UNION ALL
SELECT s.tableoid, s.oid, 'server', s.srvname FROM pg_foreign_server s
UNION ALL
SELECT l.tableoid, l.oid, 'language', l.lanname FROM pg_language l WHERE l.oid >= 16384
UNION ALL
SELECT a.tableoid, a.oid, 'access method', a.amname FROM pg_am a WHERE a.oid >= 16384
UNION ALL
SELECT c.tableoid, c.oid, 'cast', format_type(c.castsource, NULL) || ' AS ' || format_type(c.casttarget, NULL)
FROM pg_cast c WHERE c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend d  -- the cast of a range type to its multirange
                  WHERE d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'i')
UNION ALL
SELECT t.tableoid, t.oid, 'transform', format_type(t.trftype, NULL) FROM pg_transform t WHERE t.oid >= 16384
