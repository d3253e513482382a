-- Keys of indexes with operator class parameters, or with a statistics target.
SELECT a.attrelid,
       a.attnum,
       a.attoptions,
       nullif(a.attstattarget, -1)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('i', 'I')
  AND (a.attoptions IS NOT NULL OR coalesce(a.attstattarget, -1) <> -1)
  AND {scope}
