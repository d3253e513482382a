SELECT c.tableoid, c.oid, 'view', n.nspname,
       json_strip_nulls(json_build_object(
           'name', c.relname,
           'definition', btrim(pg_get_viewdef(c.oid), '; '),
           'options', (SELECT json_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1))
                       FROM unnest(c.reloptions) o),
           'columns', (SELECT json_agg(json_build_object(
                                  'name', a.attname,
                                  'type', format_type(a.atttypid, a.atttypmod),
                                  'null', true,
                                  'collation', CASE WHEN a.attcollation <> t.typcollation
                                                    THEN a.attcollation::regcollation::text END,
                                  'default', pg_get_expr(d.adbin, d.adrelid),
                                  'comment', o.description) ORDER BY a.attnum)
                       FROM pg_attribute a
                       JOIN pg_type t ON t.oid = a.atttypid
                       LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                       LEFT JOIN pg_description o
                              ON o.classoid = c.tableoid AND o.objoid = a.attrelid AND o.objsubid = a.attnum
                       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
       ))::text
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'v'
  AND {scope}
