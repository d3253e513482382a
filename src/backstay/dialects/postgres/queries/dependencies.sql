-- Which object of a user's cannot be without which other (pg_depend), beside what names in the model tell.
-- A view stands for its rewrite rule, a table for its row type, a type for its arrays.
SELECT CASE WHEN view.oid IS NULL THEN d.classid ELSE 'pg_class'::regclass END,
       coalesce(view.ev_class, d.objid),
       d.objsubid,
       CASE WHEN element.typrelid <> 0 OR type.typrelid <> 0 THEN 'pg_class'::regclass ELSE d.refclassid END,
       CASE WHEN element.typrelid <> 0 THEN element.typrelid
            WHEN element.oid IS NOT NULL THEN element.oid
            WHEN type.typrelid <> 0 THEN type.typrelid
            ELSE d.refobjid
       END,
       d.refobjsubid
FROM pg_depend d
LEFT JOIN pg_rewrite view
       ON d.classid = 'pg_rewrite'::regclass AND view.oid = d.objid AND view.rulename = '_RETURN'
LEFT JOIN pg_type type ON d.refclassid = 'pg_type'::regclass AND type.oid = d.refobjid
LEFT JOIN pg_type element ON type.typcategory = 'A' AND element.oid = type.typelem
LEFT JOIN pg_constraint con ON d.classid = 'pg_constraint'::regclass AND con.oid = d.objid
LEFT JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
LEFT JOIN pg_attrdef ad ON d.classid = 'pg_attrdef'::regclass AND ad.oid = d.objid
WHERE d.objid >= 16384
  AND d.refobjid >= 16384
  AND d.deptype IN ('n', 'a')
  AND d.refclassid NOT IN ('pg_namespace'::regclass, 'pg_constraint'::regclass)
  AND (con.oid IS NULL OR con.contype IN ('c', 'x') OR con.contypid <> 0)
  AND (ad.oid IS NULL OR d.refobjid <> ad.adrelid OR d.refobjsubid <> ad.adnum)
  AND (i.indexrelid IS NULL OR i.indexprs IS NOT NULL OR i.indpred IS NOT NULL OR d.refobjid <> i.indrelid)
  AND NOT (d.deptype = 'a' AND d.classid = 'pg_class'::regclass AND i.indexrelid IS NULL
           AND d.refclassid = 'pg_class'::regclass)  -- sequences of columns, partitions
