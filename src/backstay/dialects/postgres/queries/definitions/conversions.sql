SELECT c.tableoid, c.oid, 'conversion', n.nspname,
       json_build_object(
           'name', c.conname,
           'source', pg_encoding_to_char(c.conforencoding),
           'target', pg_encoding_to_char(c.contoencoding),
           'function', {function:c.conproc},
           'default', c.condefault
       )::text
FROM pg_conversion c
JOIN pg_namespace n ON n.oid = c.connamespace
WHERE c.oid >= 16384
  AND {scope}
