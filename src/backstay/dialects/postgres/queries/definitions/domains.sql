SELECT t.tableoid, t.oid, 'domain', n.nspname,
       json_strip_nulls(json_build_object(
           'name', t.typname,
           'type', format_type(t.typbasetype, t.typtypmod),
           'null', NOT t.typnotnull,
           'not_null', (
               SELECT json_build_object('name', nullif(con.conname, t.typname || '_not_null'), 'comment', o.description)
               FROM pg_constraint con
               LEFT JOIN pg_description o ON o.classoid = con.tableoid AND o.objoid = con.oid
               WHERE con.contypid = t.oid AND con.contype = 'n'
                 AND (con.conname <> t.typname || '_not_null' OR o.description IS NOT NULL)),
           'default', coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)),
           'collation', {collation:co},
           'checks', coalesce((
               SELECT json_agg(json_build_object(
                          'name', con.conname,
                          'expr', pg_get_expr(con.conbin, 0),
                          'validated', con.convalidated,
                          'comment', coalesce(obj_description(con.oid, 'pg_constraint'), '')) ORDER BY con.conname)
               FROM pg_constraint con WHERE con.contypid = t.oid AND con.contype = 'c'), '[]')
       ))::text
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_type base ON base.oid = t.typbasetype
LEFT JOIN pg_collation co ON co.oid = t.typcollation AND t.typcollation <> base.typcollation
WHERE t.typtype = 'd'
  AND {scope}
