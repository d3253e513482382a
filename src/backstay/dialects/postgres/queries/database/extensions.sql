SELECT e.tableoid, e.oid, 'extension', '',
       json_build_object('name', e.extname, 'schema', n.nspname, 'version', e.extversion)::text
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.oid >= 16384
  AND e.extname <> 'plpgsql'
