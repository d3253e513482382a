SELECT p.tableoid, p.oid, 'publication', '',
       json_build_object(
           'name', p.pubname,
           'all_tables', p.puballtables,
           'tables', coalesce((SELECT json_agg(json_build_object(
                                       'schema', tn.nspname,
                                       'table', t.relname,
                                       'columns', ARRAY({publication_columns}),
                                       'where', coalesce({publication_where}, ''))
                                   ORDER BY tn.nspname, t.relname)
                               FROM pg_publication_rel m
                               JOIN pg_class t ON t.oid = m.prrelid
                               JOIN pg_namespace tn ON tn.oid = t.relnamespace
                               WHERE m.prpubid = p.oid), '[]'),
           'schemas', ARRAY({publication_schemas}),
           'operations', array_remove(ARRAY[CASE WHEN p.pubinsert THEN 'insert' END,
                                            CASE WHEN p.pubupdate THEN 'update' END,
                                            CASE WHEN p.pubdelete THEN 'delete' END,
                                            CASE WHEN p.pubtruncate THEN 'truncate' END], NULL),
           'via_root', p.pubviaroot,
           'generated_columns', {publication_generated}
       )::text
FROM pg_publication p
