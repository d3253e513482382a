SELECT w.tableoid, w.oid, 'foreign_data_wrapper', '',
       json_build_object(
           'name', w.fdwname,
           'handler', CASE WHEN w.fdwhandler <> 0 THEN w.fdwhandler::regproc::text ELSE '' END,
           'validator', CASE WHEN w.fdwvalidator <> 0 THEN w.fdwvalidator::regproc::text ELSE '' END,
           'options', coalesce((SELECT json_object_agg(o.option_name, o.option_value)
                                FROM pg_options_to_table(w.fdwoptions) o), '{{}}')
       )::text
FROM pg_foreign_data_wrapper w
