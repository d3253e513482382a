-- Indexes of tables and materialized views, those of constraints too. Only expressions are worded by the server.
-- A partitioned index is valid when every partition has one that is attached to it.
SELECT i.indexrelid,
       i.indrelid,
       c.relname,
       am.amname,
       i.indisunique,
       i.indisvalid AND i.indisready,
       i.indisclustered,
       i.indnkeyatts,
       i.indkey::text,
       i.indclass::text,
       i.indcollation::text,
       i.indoption::text,
       {nulls_not_distinct},
       c.reloptions,
       ts.spcname,
       parent_schema.nspname,
       parent.relname,
       CASE WHEN i.indexprs IS NOT NULL
            THEN ARRAY(SELECT CASE WHEN i.indkey[k - 1] = 0 THEN pg_get_indexdef(i.indexrelid, k, false) END
                       FROM generate_series(1, i.indnkeyatts::int) k
                       ORDER BY k)
       END,
       CASE WHEN i.indpred IS NOT NULL THEN pg_get_expr(i.indpred, i.indrelid) END
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN pg_inherits attached ON attached.inhrelid = i.indexrelid
LEFT JOIN pg_class parent ON parent.oid = attached.inhparent
LEFT JOIN pg_namespace parent_schema ON parent_schema.oid = parent.relnamespace
WHERE t.relkind IN ('r', 'p', 'm')
  AND {scope}
ORDER BY i.indrelid, c.relname
