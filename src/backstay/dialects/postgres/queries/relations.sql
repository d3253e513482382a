-- Tables, partitioned and foreign ones too; and materialized views, which have much in common with them.
-- The parents of a table are those it inherits from, or the one it is a partition of.
SELECT c.oid,
       n.nspname,
       c.relname,
       c.relkind,
       c.relpersistence,
       c.reloptions,
       toast.reloptions,
       parents.oids,
       parents.schemas,
       parents.names,
       CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END,
       p.partstrat,
       p.partattrs::text,
       p.partclass::text,
       p.partcollation::text,
       pg_get_expr(p.partexprs, p.partrelid),
       CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
       c.relrowsecurity,
       c.relforcerowsecurity,
       c.relreplident,
       CASE WHEN c.relreplident = 'i'
            THEN (SELECT ic.relname FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
                  WHERE i.indrelid = c.oid AND i.indisreplident)
       END,
       ts.spcname,
       am.amname,
       s.srvname,
       f.ftoptions,
       CASE WHEN c.relkind = 'm' THEN btrim(pg_get_viewdef(c.oid), '; ') END,
       c.relispopulated
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN pg_partitioned_table p ON p.partrelid = c.oid
LEFT JOIN (pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver) ON f.ftrelid = c.oid
LEFT JOIN (SELECT i.inhrelid,
                  array_agg(i.inhparent::int8 ORDER BY i.inhseqno) AS oids,
                  array_agg(pn.nspname::text ORDER BY i.inhseqno) AS schemas,
                  array_agg(pc.relname::text ORDER BY i.inhseqno) AS names
           FROM pg_inherits i
           JOIN pg_class pc ON pc.oid = i.inhparent AND pc.relkind IN ('r', 'p', 'f')
           JOIN pg_namespace pn ON pn.oid = pc.relnamespace
           GROUP BY i.inhrelid) parents ON parents.inhrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'm', 'f')
  AND {scope}
ORDER BY n.nspname, c.relname
