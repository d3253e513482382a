-- The server keeps columns in the order of the table, which says nothing: here they are sorted.
SELECT s.tableoid, s.oid, 'statistics', n.nspname,
       json_strip_nulls(json_build_object(
           'name', s.stxname,
           'of', json_build_object('name', c.relname, 'schema', nullif(t.nspname, n.nspname)),
           'columns', ARRAY(SELECT a.attname
                            FROM pg_attribute a
                            WHERE a.attrelid = s.stxrelid AND a.attnum = ANY (s.stxkeys)
                            ORDER BY 1),
           'exprs', pg_get_statisticsobjdef_expressions(s.oid),
           'kinds', CASE WHEN NOT s.stxkind @> '{{d,f,m}}'
                         THEN ARRAY(SELECT CASE kind WHEN 'd' THEN 'NDISTINCT' WHEN 'f' THEN 'DEPENDENCIES' ELSE 'MCV' END
                                    FROM unnest(s.stxkind) kind
                                    WHERE kind <> 'e'
                                    ORDER BY kind)
                    END,
           'target', nullif(s.stxstattarget, -1)
       ))::text
FROM pg_statistic_ext s
JOIN pg_namespace n ON n.oid = s.stxnamespace
JOIN pg_class c ON c.oid = s.stxrelid
JOIN pg_namespace t ON t.oid = c.relnamespace
WHERE {scope}
