-- Columns of tables; a collation, a storage and the like only where it is not the usual one.
SELECT a.attrelid,
       a.attnum,
       a.attname,
       format_type(a.atttypid, a.atttypmod),
       a.atttypid,
       a.attnotnull,
       CASE WHEN a.attnotnull AND a.attislocal AND a.attinhcount > 0 AND NOT c.relispartition
            THEN {given_not_null} ELSE false
       END,
       d.oid,
       pg_get_expr(d.adbin, d.adrelid),
       a.attidentity,
       a.attgenerated,
       a.attcollation,
       a.attcollation <> t.typcollation,
       a.attstorage,
       a.attstorage <> t.typstorage,
       a.attcompression,
       nullif(a.attstattarget, -1),
       a.attoptions,
       a.attfdwoptions,
       a.attislocal,
       a.attinhcount > 0
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'm', 'f')
  AND a.attnum > 0
  AND NOT a.attisdropped
  AND {scope}
ORDER BY a.attrelid, a.attnum
