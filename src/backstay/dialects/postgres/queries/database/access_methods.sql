SELECT a.tableoid, a.oid, 'access_method', '',
       json_build_object(
           'name', a.amname,
           'type', CASE a.amtype WHEN 't' THEN 'TABLE' ELSE 'INDEX' END,
           'handler', {function:a.amhandler}
       )::text
FROM pg_am a
WHERE a.oid >= 16384
