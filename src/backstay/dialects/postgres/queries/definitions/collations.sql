SELECT co.tableoid, co.oid, 'collation', n.nspname,
       json_build_object(
           'name', co.collname,
           'provider', CASE co.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'd' THEN 'default'
                                            ELSE 'libc' END,
           'locale', coalesce(more ->> 'colllocale', more ->> 'colliculocale',
                              CASE WHEN co.collprovider = 'i' THEN co.collcollate::text END, ''),
           'lc_collate', CASE WHEN co.collprovider = 'c' THEN co.collcollate::text ELSE '' END,
           'lc_ctype', CASE WHEN co.collprovider = 'c' THEN co.collctype::text ELSE '' END,
           'deterministic', co.collisdeterministic,
           'rules', coalesce(more ->> 'collicurules', '')
       )::text
FROM pg_collation co
JOIN pg_namespace n ON n.oid = co.collnamespace
CROSS JOIN LATERAL to_jsonb(co) more
WHERE co.oid >= 16384
  AND {scope}
