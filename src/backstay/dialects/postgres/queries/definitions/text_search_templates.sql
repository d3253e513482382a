SELECT t.tableoid, t.oid, 'text_search_template', n.nspname,
       json_build_object(
           'name', t.tmplname,
           'lexize', {function:t.tmpllexize},
           'init', coalesce({function:t.tmplinit}, '')
       )::text
FROM pg_ts_template t
JOIN pg_namespace n ON n.oid = t.tmplnamespace
WHERE t.oid >= 16384
  AND {scope}
