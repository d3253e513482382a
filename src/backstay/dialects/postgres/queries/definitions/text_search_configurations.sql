SELECT c.tableoid, c.oid, 'text_search_configuration', n.nspname,
       json_build_object(
           'name', c.cfgname,
           'parser', CASE WHEN pg_ts_parser_is_visible(p.oid) THEN quote_ident(p.prsname)
                          ELSE p.prsnamespace::regnamespace || '.' || quote_ident(p.prsname) END,
           'mappings', coalesce((
               SELECT json_agg(json_build_object('token', token.alias, 'dictionaries', m.dictionaries)
                               ORDER BY token.tokid)
               FROM (SELECT maptokentype, array_agg(mapdict::regdictionary::text ORDER BY mapseqno) dictionaries
                     FROM pg_ts_config_map WHERE mapcfg = c.oid GROUP BY maptokentype) m
               JOIN ts_token_type(c.cfgparser) token ON token.tokid = m.maptokentype), '[]')
       )::text
FROM pg_ts_config c
JOIN pg_namespace n ON n.oid = c.cfgnamespace
JOIN pg_ts_parser p ON p.oid = c.cfgparser
WHERE c.oid >= 16384
  AND {scope}
