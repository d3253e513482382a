-- Tables, and all that is listed with them: views, partitions, foreign tables, composite types.
SELECT c.oid,
       n.nspname,
       c.relname,
       c.relkind,
       c.relpersistence,
       c.reloptions,
       toast.reloptions,
       c.relispartition,
       c.reloftype <> 0,
       c.relrowsecurity OR c.relforcerowsecurity,
       c.relreplident,
       c.reltablespace <> 0,
       am.amname,
       EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid OR i.inhparent = c.oid)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
LEFT JOIN pg_am am ON am.oid = c.relam
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
  AND {scope}
ORDER BY n.nspname, c.relname
