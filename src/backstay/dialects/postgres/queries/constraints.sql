-- Constraints of tables. Referenced columns come by name only where their table may be out of scope.
SELECT con.oid,
       con.conrelid,
       con.conname,
       con.contype,
       con.conkey,
       con.conindid,
       con.confrelid,
       ref_schema.nspname,
       ref.relname,
       con.confkey,
       CASE WHEN ref.relnamespace <> c.relnamespace
            THEN ARRAY(SELECT a.attname::text
                       FROM unnest(con.confkey) WITH ORDINALITY k (attnum, position)
                       JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.attnum
                       ORDER BY k.position)
       END,
       con.confupdtype,
       con.confdeltype,
       con.confmatchtype,
       con.condeferrable,
       con.condeferred,
       con.convalidated,
       con.connoinherit,
       {enforced},
       {period},
       {delete_columns},
       CASE WHEN con.contype = 'c' THEN pg_get_expr(con.conbin, con.conrelid) END
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class ref ON ref.oid = con.confrelid
LEFT JOIN pg_namespace ref_schema ON ref_schema.oid = ref.relnamespace
WHERE c.relkind = 'r'
  AND con.contype <> 't'
  AND {scope}
ORDER BY con.conrelid, con.conname
