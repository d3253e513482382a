SELECT t.tableoid, t.oid, 'composite', n.nspname,
       json_build_object(
           'name', t.typname,
           'fields', coalesce((
               SELECT json_agg(json_build_object(
                          'name', a.attname,
                          'type', format_type(a.atttypid, a.atttypmod),
                          'collation', {collation:co},
                          'comment', coalesce(col_description(a.attrelid, a.attnum), '')) ORDER BY a.attnum)
               FROM pg_attribute a
               JOIN pg_type ft ON ft.oid = a.atttypid
               LEFT JOIN pg_collation co ON co.oid = a.attcollation AND a.attcollation <> ft.typcollation
               WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '[]')
       )::text
FROM pg_class c
JOIN pg_type t ON t.oid = c.reltype
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE c.relkind = 'c'
  AND {scope}
