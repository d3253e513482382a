-- Roles of the cluster, without those of the server and those of our workspaces.
SELECT 'pg_authid'::regclass::oid, r.oid, 'role', '',
       json_build_object(
           'name', r.rolname,
           'superuser', r.rolsuper,
           'create_db', r.rolcreatedb,
           'create_role', r.rolcreaterole,
           'inherit', r.rolinherit,
           'login', r.rolcanlogin,
           'replication', r.rolreplication,
           'bypass_rls', r.rolbypassrls,
           'connection_limit', r.rolconnlimit,
           'valid_until', CASE WHEN r.rolvaliduntil = 'infinity' THEN ''
                               ELSE coalesce(to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '')
                          END,
           'member_of', coalesce((SELECT json_agg(found ORDER BY found.role)
                                  FROM (SELECT g.rolname AS role,
                                               bool_or(m.admin_option) AS admin,
                                               {membership_inherit} AS inherit,
                                               {membership_set} AS set
                                        FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                                        WHERE m.member = r.oid
                                        GROUP BY g.rolname) found), '[]'),
           'settings', coalesce((SELECT json_object_agg(split_part(setting, '=', 1),
                                                        substr(setting, strpos(setting, '=') + 1))
                                 FROM unnest(r.rolconfig) AS setting), '{{}}'),
           'comment', coalesce(shobj_description(r.oid, 'pg_authid'), '')
       )::text
FROM pg_roles r
WHERE r.oid >= 16384 AND r.rolname !~ '^pg_' AND r.rolname !~ '^backstay_[0-9a-f]{{16}}$'
