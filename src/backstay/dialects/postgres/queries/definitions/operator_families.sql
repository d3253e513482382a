SELECT owner.tableoid, owner.oid, 'operator_family', n.nspname,
       json_build_object('name', owner.opfname, 'method', am.amname, 'items', {operator_items:owner})::text
FROM pg_opfamily owner
JOIN pg_namespace n ON n.oid = owner.opfnamespace
JOIN pg_am am ON am.oid = owner.opfmethod
WHERE owner.oid >= 16384
  AND {scope}
