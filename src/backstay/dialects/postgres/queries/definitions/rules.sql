-- `pg_get_ruledef` names the table with its schema, whatever the search path: what follows it is kept.
SELECT r.tableoid, r.oid, 'rule', n.nspname,
       json_build_object(
           'name', r.rulename,
           'table', c.relname,
           'event', event.name,
           'definition', btrim(substr(pg_get_ruledef(r.oid),
                                      length('CREATE RULE ' || quote_ident(r.rulename)
                                             || E' AS\n    ON ' || event.name || ' TO '
                                             || quote_ident(n.nspname) || '.' || quote_ident(c.relname)) + 1),
                               E'; \n'),
           'enabled', CASE r.ev_enabled WHEN 'D' THEN 'DISABLED' WHEN 'R' THEN 'REPLICA' WHEN 'A' THEN 'ALWAYS'
                                        ELSE 'ORIGIN' END
       )::text
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN (VALUES ('2', 'UPDATE'), ('3', 'INSERT'), ('4', 'DELETE')) event (type, name) ON event.type = r.ev_type
WHERE {scope}
