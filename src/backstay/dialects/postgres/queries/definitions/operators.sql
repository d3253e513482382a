SELECT o.tableoid, o.oid, 'operator', n.nspname,
       json_build_object(
           'name', o.oprname,
           'left', CASE WHEN o.oprleft = 0 THEN '' ELSE format_type(o.oprleft, NULL) END,
           'right', format_type(o.oprright, NULL),
           'function', {function:o.oprcode},
           'commutator', coalesce({operator:o.oprcom}, ''),
           'negator', coalesce({operator:o.oprnegate}, ''),
           'restrict', coalesce({function:o.oprrest}, ''),
           'join', coalesce({function:o.oprjoin}, ''),
           'hashes', o.oprcanhash,
           'merges', o.oprcanmerge
       )::text
FROM pg_operator o
JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE o.oid >= 16384
  AND o.oprcode::oid <> 0
  AND {scope}
