SELECT s.tableoid, s.oid, 'server', '',
       json_build_object(
           'name', s.srvname,
           'wrapper', w.fdwname,
           'type', coalesce(s.srvtype, ''),
           'version', coalesce(s.srvversion, ''),
           'options', coalesce((SELECT json_object_agg(o.option_name, o.option_value)
                                FROM pg_options_to_table(s.srvoptions) o), '{{}}')
       )::text
FROM pg_foreign_server s
JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
