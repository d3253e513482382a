SELECT p.tableoid, p.oid, 'text_search_parser', n.nspname,
       json_build_object(
           'name', p.prsname,
           'start', {function:p.prsstart},
           'gettoken', {function:p.prstoken},
           'end', {function:p.prsend},
           'lextypes', {function:p.prslextype},
           'headline', coalesce({function:p.prsheadline}, '')
       )::text
FROM pg_ts_parser p
JOIN pg_namespace n ON n.oid = p.prsnamespace
WHERE p.oid >= 16384
  AND {scope}
