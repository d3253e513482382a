SELECT d.tableoid, d.oid, 'text_search_dictionary', n.nspname,
       json_build_object(
           'name', d.dictname,
           'template', CASE WHEN pg_ts_template_is_visible(t.oid) THEN quote_ident(t.tmplname)
                            ELSE t.tmplnamespace::regnamespace || '.' || quote_ident(t.tmplname) END,
           'options', coalesce((
               SELECT json_object_agg(option[1], option[2])
               FROM regexp_matches(
                   d.dictinitoption,
                   '("(?:[^"]|"")+"|[^\s",=]+) = (E''(?:[^''\\]|''''|\\.)*''|''(?:[^'']|'''')*''|[^,]+)',
                   'g') option), '{{}}')
       )::text
FROM pg_ts_dict d
JOIN pg_namespace n ON n.oid = d.dictnamespace
JOIN pg_ts_template t ON t.oid = d.dicttemplate
WHERE d.oid >= 16384
  AND {scope}
