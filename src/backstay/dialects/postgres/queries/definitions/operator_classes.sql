SELECT owner.tableoid, owner.oid, 'operator_class', n.nspname,
       json_build_object(
           'name', owner.opcname,
           'method', am.amname,
           'type', format_type(owner.opcintype, NULL),
           'default', owner.opcdefault,
           'family', CASE WHEN pg_opfamily_is_visible(f.oid) THEN quote_ident(f.opfname)
                          ELSE f.opfnamespace::regnamespace || '.' || quote_ident(f.opfname) END,
           'storage', CASE WHEN owner.opckeytype = 0 THEN '' ELSE format_type(owner.opckeytype, NULL) END,
           'items', {operator_items:owner}
       )::text
FROM pg_opclass owner
JOIN pg_namespace n ON n.oid = owner.opcnamespace
JOIN pg_am am ON am.oid = owner.opcmethod
JOIN pg_opfamily f ON f.oid = owner.opcfamily
WHERE owner.oid >= 16384
  AND {scope}
