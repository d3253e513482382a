-- Constraints of tables, without those that a table has from a parent: they belong to that. Of those that forbid NULL
-- only what is not as NOT NULL makes it, and what partitions compare: they are the most by far.
-- Referenced columns come by name only where their table may be out of scope.
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
       CASE WHEN con.contype = 'x'
            THEN ARRAY(SELECT CASE WHEN pg_operator_is_visible(o.oid) THEN o.oprname
                                   ELSE format('OPERATOR(%I.%s)', os.nspname, o.oprname) END
                       FROM unnest(con.conexclop) WITH ORDINALITY x (operator, position)
                       JOIN pg_operator o ON o.oid = x.operator
                       JOIN pg_namespace os ON os.oid = o.oprnamespace
                       ORDER BY x.position)
       END,
       CASE WHEN con.contype = 'c' THEN pg_get_expr(con.conbin, con.conrelid) END
FROM pg_constraint con
JOIN pg_class c ON c.oid = con.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class ref ON ref.oid = con.confrelid
LEFT JOIN pg_namespace ref_schema ON ref_schema.oid = ref.relnamespace
WHERE c.relkind IN ('r', 'p', 'f')
  AND con.contype <> 't'
  AND (con.contype IN ('p', 'u', 'x') OR con.conislocal AND con.conparentid = 0
       OR con.contype = 'n' AND c.relispartition)
  AND (con.contype <> 'n' OR c.relispartition OR c.relkind = 'p' OR con.connoinherit OR NOT con.convalidated
       OR con.conname <> c.relname || '_' || (SELECT a.attname
                                              FROM pg_attribute a
                                              WHERE a.attrelid = con.conrelid AND a.attnum = con.conkey[1]) || '_not_null'
       OR con.oid IN (SELECT o.objoid FROM pg_description o WHERE o.classoid = 'pg_constraint'::regclass))
  AND {scope}
ORDER BY con.conrelid, con.conname
