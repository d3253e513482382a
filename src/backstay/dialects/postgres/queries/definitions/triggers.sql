-- Triggers, without the server's own, those on tables of extensions, and the copies on partitions: these
-- follow the one they are made from.
SELECT t.tableoid, t.oid, 'trigger', n.nspname,
       json_build_object(
           'name', t.tgname,
           'table', c.relname,
           'timing', CASE WHEN t.tgtype & 2 <> 0 THEN 'BEFORE' WHEN t.tgtype & 64 <> 0 THEN 'INSTEAD OF'
                          ELSE 'AFTER' END,
           'events', array_remove(ARRAY[CASE WHEN t.tgtype & 4 <> 0 THEN 'INSERT' END,
                                        CASE WHEN t.tgtype & 8 <> 0 THEN 'DELETE' END,
                                        CASE WHEN t.tgtype & 16 <> 0 THEN 'UPDATE' END,
                                        CASE WHEN t.tgtype & 32 <> 0 THEN 'TRUNCATE' END], NULL),
           'update_of', ARRAY(SELECT a.attname::text
                              FROM unnest(t.tgattr) WITH ORDINALITY k (number, place)
                              JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = k.number
                              ORDER BY k.place),
           'level', CASE WHEN t.tgtype & 1 <> 0 THEN 'ROW' ELSE 'STATEMENT' END,
           -- The condition speaks of two rows, which pg_get_expr refuses; so it is cut out of the whole.
           'when', CASE WHEN t.tgqual IS NULL THEN '' ELSE
                   substring(regexp_replace(pg_get_triggerdef(t.oid),
                                            '^(?:[^"]|"[^"]*")*? FOR EACH (?:ROW|STATEMENT) WHEN \(', ''),
                             '^(.*)\) EXECUTE FUNCTION (?:"[^"]*"|[^"''(])+\((?:(?:, )?E?''(?:[^'']|'''')*'')*\)$')
                   END,
           'function', {function:t.tgfoid},
           'arguments', ARRAY(SELECT convert_from(decode(byte, 'hex'), getdatabaseencoding())
                              FROM unnest((string_to_array(regexp_replace(encode(t.tgargs, 'hex'), '..', '\& ', 'g'),
                                                           '00 '))[:t.tgnargs])
                                   WITH ORDINALITY k (byte, place)
                              ORDER BY k.place),
           'constraint', t.tgconstraint <> 0,
           'deferrable', CASE WHEN t.tgconstraint = 0 OR NOT t.tgdeferrable THEN ''
                              WHEN t.tginitdeferred THEN 'INITIALLY DEFERRED' ELSE 'INITIALLY IMMEDIATE' END,
           'from_table', CASE WHEN t.tgconstrrelid = 0 THEN '' ELSE t.tgconstrrelid::regclass::text END,
           'old_table', coalesce(t.tgoldtable, ''),
           'new_table', coalesce(t.tgnewtable, ''),
           'enabled', {enabled:t.tgenabled},
           'copies', coalesce(copies.list, '[]')
       )::text
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN (WITH RECURSIVE copy (original, original_enabled, oid, relation, enabled) AS (
               SELECT k.oid, k.tgenabled, k.oid, k.tgrelid, k.tgenabled
               FROM pg_trigger k
               WHERE k.tgparentid = 0 AND NOT k.tgisinternal
               UNION ALL
               SELECT copy.original, copy.original_enabled, k.oid, k.tgrelid, k.tgenabled
               FROM copy JOIN pg_trigger k ON k.tgparentid = copy.oid)
           SELECT original,
                  json_agg(json_build_object('table', relation::regclass::text, 'enabled', {enabled:enabled})
                           ORDER BY relation::regclass::text) AS list
           FROM copy
           WHERE enabled <> original_enabled
           GROUP BY original) copies ON copies.original = t.oid
WHERE NOT t.tgisinternal
  AND t.tgparentid = 0
  AND {scope}
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
