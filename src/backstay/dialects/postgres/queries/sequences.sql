-- Sequences, with the column that owns them (deptype a) or is an identity column by them (i).
SELECT c.oid,
       n.nspname,
       c.relname,
       c.relpersistence,
       format_type(s.seqtypid, NULL),
       s.seqstart,
       s.seqincrement,
       s.seqmin,
       s.seqmax,
       s.seqcache,
       s.seqcycle,
       d.refobjid,
       d.refobjsubid,
       d.deptype,
       c.oid::regclass::text
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend d
  ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
 AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
WHERE {scope}
ORDER BY n.nspname, c.relname
