SELECT t.tableoid, t.oid, 'transform', '',
       json_build_object(
           'type', format_type(t.trftype, NULL),
           'language', l.lanname,
           'from_sql', coalesce(nullif(t.trffromsql::oid, 0)::regprocedure::text, ''),
           'to_sql', coalesce(nullif(t.trftosql::oid, 0)::regprocedure::text, '')
       )::text
FROM pg_transform t
JOIN pg_language l ON l.oid = t.trflang
WHERE t.oid >= 16384
