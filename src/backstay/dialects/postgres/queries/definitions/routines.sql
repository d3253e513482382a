-- Functions and procedures; the server itself makes the constructors of range types.
SELECT p.tableoid, p.oid, CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, n.nspname,
       json_build_object(
           'name', p.proname,
           'arguments', {arguments:p},
           'returns', CASE WHEN p.prokind = 'p' OR 't' = ANY (p.proargmodes) THEN ''
                           ELSE format_type(p.prorettype, NULL) END,
           'returns_set', p.proretset AND coalesce('t' <> ALL (p.proargmodes), true),
           'language', l.lanname,
           'body', CASE WHEN p.prosqlbody IS NOT NULL THEN pg_get_function_sqlbody(p.oid)
                        WHEN p.probin IS NULL THEN p.prosrc ELSE '' END,
           'atomic', p.prosqlbody IS NOT NULL,
           'library', coalesce(p.probin, ''),
           'symbol', CASE WHEN p.probin IS NULL THEN '' ELSE p.prosrc END,
           'window', p.prokind = 'w',
           'volatility', CASE p.provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END,
           'parallel', {parallel:p.proparallel},
           'leakproof', p.proleakproof,
           'strict', p.proisstrict,
           'security_definer', p.prosecdef,
           'cost', nullif(p.procost, CASE WHEN l.lanname IN ('internal', 'c') THEN 1 ELSE 100 END),
           'rows', nullif(p.prorows, CASE WHEN p.proretset THEN 1000 ELSE 0 END),
           'support', coalesce({function:p.prosupport}, ''),
           'settings', ARRAY(SELECT ARRAY[split_part(c, '=', 1), substr(c, strpos(c, '=') + 1)]
                             FROM unnest(p.proconfig) c),
           'transforms', ARRAY(SELECT format_type(t, NULL) FROM unnest(p.protrftypes) t)
       )::text
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE p.prokind <> 'a'
  AND {scope}
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
