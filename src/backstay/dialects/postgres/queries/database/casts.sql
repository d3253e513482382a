SELECT c.tableoid, c.oid, 'cast', '',
       json_build_object(
           'source', format_type(c.castsource, NULL),
           'target', format_type(c.casttarget, NULL),
           'function', coalesce(nullif(c.castfunc, 0)::regprocedure::text, ''),
           'method', CASE c.castmethod WHEN 'i' THEN 'INOUT' WHEN 'b' THEN 'BINARY' ELSE 'FUNCTION' END,
           'context', CASE c.castcontext WHEN 'i' THEN 'IMPLICIT' WHEN 'a' THEN 'ASSIGNMENT' ELSE 'EXPLICIT' END
       )::text
FROM pg_cast c
WHERE c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_range r WHERE r.rngtypid = c.castsource AND r.rngmultitypid = c.casttarget)
