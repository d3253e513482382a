SELECT t.tableoid, t.oid, 'range', n.nspname,
       json_build_object(
           'name', t.typname,
           'subtype', format_type(r.rngsubtype, NULL),
           'ops', CASE WHEN opc.opcdefault THEN ''
                       WHEN pg_opclass_is_visible(opc.oid) THEN quote_ident(opc.opcname)
                       ELSE opc.opcnamespace::regnamespace || '.' || quote_ident(opc.opcname) END,
           'collation', {collation:co},
           'subtype_diff', coalesce({function:r.rngsubdiff}, ''),
           'multirange', CASE WHEN m.typnamespace <> t.typnamespace
                              THEN m.typnamespace::regnamespace || '.' || quote_ident(m.typname)
                              WHEN m.typname <> CASE WHEN t.typname ~ 'range'
                                                     THEN regexp_replace(t.typname, 'range', 'multirange')
                                                     ELSE t.typname || '_multirange' END
                              THEN quote_ident(m.typname)
                              ELSE '' END
       )::text
FROM pg_range r
JOIN pg_type t ON t.oid = r.rngtypid
JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_type sub ON sub.oid = r.rngsubtype
JOIN pg_type m ON m.oid = r.rngmultitypid
JOIN pg_opclass opc ON opc.oid = r.rngsubopc
LEFT JOIN pg_collation co ON co.oid = r.rngcollation AND r.rngcollation <> sub.typcollation
WHERE r.rngcanonical::oid = 0
  AND {scope}
