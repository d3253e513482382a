SELECT p.tableoid, p.oid, 'policy', n.nspname,
       json_build_object(
           'name', p.polname,
           'table', c.relname,
           'permissive', p.polpermissive,
           'command', CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                                    WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
           'roles', ARRAY(SELECT r.rolname FROM pg_roles r WHERE r.oid = ANY (p.polroles) ORDER BY 1),
           'using', coalesce(pg_get_expr(p.polqual, p.polrelid), ''),
           'check', coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
       )::text
FROM pg_policy p
JOIN pg_class c ON c.oid = p.polrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {scope}
