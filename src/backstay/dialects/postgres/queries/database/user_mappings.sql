-- Options are shown to superusers, and to those who may use the server as this user (pg_user_mappings).
SELECT 'pg_user_mapping'::regclass::oid, m.umid, 'user_mapping', '',
       json_build_object(
           'server', m.srvname,
           'user', CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE m.usename END,
           'options', coalesce((SELECT json_object_agg(o.option_name, o.option_value)
                                FROM pg_options_to_table(m.umoptions) o), '{{}}'),
           'hidden', NOT ((SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
                          OR m.umuser = 0 AND pg_has_role(s.srvowner, 'USAGE')
                          OR m.umuser <> 0 AND m.usename = current_user
                             AND (pg_has_role(s.srvowner, 'USAGE') OR has_server_privilege(s.oid, 'USAGE')))
       )::text
FROM pg_user_mappings m
JOIN pg_foreign_server s ON s.oid = m.srvid
