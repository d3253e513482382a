-- Objects of schemas that the model has no place for. Aggregates and functions come with their arguments.
SELECT p.tableoid, p.oid,
       CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS kind,
       n.nspname::text,
       p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name,
       '' AS child
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {scope}
  AND NOT EXISTS (SELECT FROM pg_depend d  -- the constructors of a range type
                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
UNION ALL
SELECT tg.tableoid, tg.oid, 'trigger', n.nspname, c.relname, tg.tgname
FROM pg_trigger tg JOIN pg_class c ON c.oid = tg.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT tg.tgisinternal AND {scope}
UNION ALL
SELECT r.tableoid, r.oid, 'rule', n.nspname, c.relname, r.rulename
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND {scope}
UNION ALL
SELECT p.tableoid, p.oid, 'policy', n.nspname, c.relname, p.polname
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {scope}
UNION ALL
SELECT s.tableoid, s.oid, 'statistics', n.nspname, s.stxname, ''
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE {scope}
UNION ALL
SELECT o.tableoid, o.oid, 'operator', n.nspname,
       o.oprname || '(' || format_type(o.oprleft, NULL) || ', ' || format_type(o.oprright, NULL) || ')', ''
FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE {scope}
UNION ALL
SELECT o.tableoid, o.oid, 'operator class', n.nspname, o.opcname, ''
FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace
WHERE {scope}
UNION ALL
SELECT o.tableoid, o.oid, 'operator family', n.nspname, o.opfname, ''
FROM pg_opfamily o JOIN pg_namespace n ON n.oid = o.opfnamespace
WHERE {scope}
UNION ALL
SELECT co.tableoid, co.oid, 'collation', n.nspname, co.collname, ''
FROM pg_collation co JOIN pg_namespace n ON n.oid = co.collnamespace
WHERE {scope}
UNION ALL
SELECT co.tableoid, co.oid, 'conversion', n.nspname, co.conname, ''
FROM pg_conversion co JOIN pg_namespace n ON n.oid = co.connamespace
WHERE {scope}
UNION ALL
SELECT t.tableoid, t.oid, 'text search configuration', n.nspname, t.cfgname, ''
FROM pg_ts_config t JOIN pg_namespace n ON n.oid = t.cfgnamespace
WHERE {scope}
UNION ALL
SELECT t.tableoid, t.oid, 'text search dictionary', n.nspname, t.dictname, ''
FROM pg_ts_dict t JOIN pg_namespace n ON n.oid = t.dictnamespace
WHERE {scope}
UNION ALL
SELECT t.tableoid, t.oid, 'text search parser', n.nspname, t.prsname, ''
FROM pg_ts_parser t JOIN pg_namespace n ON n.oid = t.prsnamespace
WHERE {scope}
UNION ALL
SELECT t.tableoid, t.oid, 'text search template', n.nspname, t.tmplname, ''
FROM pg_ts_template t JOIN pg_namespace n ON n.oid = t.tmplnamespace
WHERE {scope}
