-- Indexes of tables, those of constraints too. Only expressions are worded by the server.
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
       c.reltablespace <> 0,
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
WHERE t.relkind = 'r'
  AND {scope}
ORDER BY i.indrelid, c.relname
