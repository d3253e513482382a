-- Owners and privileges of objects (DDL, privileges): what is not as a new object of the current role would be.
-- Columns have no owner. Default privileges come with the kind of object and the schema they are for.
SELECT c.tableoid, c.oid, 0, r.rolname, c.relacl::text[], '', ''
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_roles r ON r.oid = c.relowner
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND (r.rolname <> current_user OR c.relacl IS NOT NULL) AND {scope}
UNION ALL
SELECT 'pg_class'::regclass, a.attrelid, a.attnum, '', a.attacl::text[], a.attname::text, ''
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND {scope}
UNION ALL
SELECT p.tableoid, p.oid, 0, r.rolname, p.proacl::text[], '', ''
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_roles r ON r.oid = p.proowner
WHERE (r.rolname <> current_user OR p.proacl IS NOT NULL) AND {scope}
UNION ALL
SELECT t.tableoid, t.oid, 0, r.rolname, t.typacl::text[], '', ''
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_roles r ON r.oid = t.typowner
WHERE t.typelem = 0 AND (r.rolname <> current_user OR t.typacl IS NOT NULL) AND {scope}
UNION ALL
SELECT n.tableoid, n.oid, 0, r.rolname, n.nspacl::text[], '', ''
FROM pg_namespace n
JOIN pg_roles r ON r.oid = n.nspowner
WHERE (r.rolname <> current_user OR n.nspacl IS NOT NULL) AND {scope}
UNION ALL
SELECT found.catalogue, found.oid, 0, r.rolname, NULL, '', ''
FROM (SELECT tableoid AS catalogue, oid, collnamespace AS namespace, collowner AS owner FROM pg_collation
      UNION ALL SELECT tableoid, oid, connamespace, conowner FROM pg_conversion
      UNION ALL SELECT tableoid, oid, oprnamespace, oprowner FROM pg_operator
      UNION ALL SELECT tableoid, oid, opcnamespace, opcowner FROM pg_opclass
      UNION ALL SELECT tableoid, oid, opfnamespace, opfowner FROM pg_opfamily
      UNION ALL SELECT tableoid, oid, stxnamespace, stxowner FROM pg_statistic_ext
      UNION ALL SELECT tableoid, oid, dictnamespace, dictowner FROM pg_ts_dict
      UNION ALL SELECT tableoid, oid, cfgnamespace, cfgowner FROM pg_ts_config) found
JOIN pg_namespace n ON n.oid = found.namespace
JOIN pg_roles r ON r.oid = found.owner
WHERE found.oid >= 16384 AND r.rolname <> current_user AND {scope}
UNION ALL
SELECT found.catalogue, found.oid, 0, r.rolname, found.acl::text[], '', ''
FROM (SELECT tableoid AS catalogue, oid, lanowner AS owner, lanacl AS acl FROM pg_language
      UNION ALL SELECT tableoid, oid, fdwowner, fdwacl FROM pg_foreign_data_wrapper
      UNION ALL SELECT tableoid, oid, srvowner, srvacl FROM pg_foreign_server
      UNION ALL SELECT tableoid, oid, pubowner, NULL FROM pg_publication
      UNION ALL SELECT tableoid, oid, evtowner, NULL FROM pg_event_trigger) found
JOIN pg_roles r ON r.oid = found.owner
WHERE found.oid >= 16384 AND (r.rolname <> current_user OR found.acl IS NOT NULL)
UNION ALL
SELECT d.tableoid, d.oid, 0, r.rolname, d.defaclacl::text[], d.defaclobjtype::text, coalesce(n.nspname, '')
FROM pg_default_acl d
JOIN pg_roles r ON r.oid = d.defaclrole
LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
UNION ALL
SELECT 'pg_authid'::regclass, r.oid, 0, r.rolname, NULL, '', ''
FROM pg_roles r
WHERE r.rolname = current_user
