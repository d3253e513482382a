-- Which object of a user's cannot be without which other (pg_depend), beside what names in the model tell.
-- A view stands for its rewrite rule and the defaults of its columns, a table for its row type, a type for its arrays, its fields and its
-- constraints, a range for its multirange, an operator class or family and a publication for
-- their members.
WITH d AS MATERIALIZED (
    -- What names tell is left out first: of keys and indexes there is much more than of all the rest.
    SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, con.contypid, ad.adrelid
    FROM pg_depend d
    LEFT JOIN pg_constraint con ON d.classid = 'pg_constraint'::regclass AND con.oid = d.objid
    LEFT JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
    LEFT JOIN pg_attrdef ad ON d.classid = 'pg_attrdef'::regclass AND ad.oid = d.objid
    WHERE d.objid >= 16384
      AND d.refobjid >= 16384
      AND d.deptype IN ('n', 'a')
      AND d.refclassid <> 'pg_namespace'::regclass
      AND (con.oid IS NULL OR con.contype IN ('c', 'x') OR con.contypid <> 0)
      AND (ad.oid IS NULL OR d.refobjid <> ad.adrelid OR d.refobjsubid <> ad.adnum)
      AND (i.indexrelid IS NULL OR i.indexprs IS NOT NULL OR i.indpred IS NOT NULL OR d.refobjid <> i.indrelid)
      AND NOT (d.deptype = 'a' AND d.classid = 'pg_class'::regclass AND i.indexrelid IS NULL
               AND d.refclassid = 'pg_class'::regclass)  -- sequences of columns, partitions
)
SELECT CASE WHEN view.oid IS NOT NULL OR of_view.oid IS NOT NULL THEN 'pg_class'::regclass
            WHEN d.contypid <> 0 OR composite.oid IS NOT NULL THEN 'pg_type'::regclass
            ELSE coalesce(owner.refclassid, d.classid)
       END,
       coalesce(view.ev_class, of_view.oid, nullif(d.contypid, 0), composite.reltype, owner.refobjid, d.objid),
       d.objsubid,
       CASE WHEN rowtype.oid IS NOT NULL THEN 'pg_class'::regclass
            WHEN fields.oid IS NOT NULL THEN 'pg_type'::regclass
            ELSE d.refclassid
       END,
       coalesce(rowtype.oid, multi.rngtypid, element.oid, fields.reltype, d.refobjid),
       d.refobjsubid
FROM d
LEFT JOIN pg_rewrite view
       ON d.classid = 'pg_rewrite'::regclass AND view.oid = d.objid AND view.rulename = '_RETURN'
LEFT JOIN pg_type type ON d.refclassid = 'pg_type'::regclass AND type.oid = d.refobjid
LEFT JOIN pg_type element ON element.oid = type.typelem AND element.typarray = type.oid
LEFT JOIN pg_range multi ON multi.rngmultitypid = coalesce(element.oid, type.oid)
LEFT JOIN pg_class rowtype ON rowtype.oid = coalesce(element.typrelid, type.typrelid) AND rowtype.relkind <> 'c'
LEFT JOIN pg_class fields
       ON d.refclassid = 'pg_class'::regclass AND fields.oid = d.refobjid AND fields.relkind = 'c'
LEFT JOIN pg_class composite
       ON d.classid = 'pg_class'::regclass AND composite.oid = d.objid AND composite.relkind = 'c'
LEFT JOIN pg_depend owner
       ON d.classid IN ('pg_amop'::regclass, 'pg_amproc'::regclass, 'pg_publication_rel'::regclass)
      AND owner.classid = d.classid AND owner.objid = d.objid
      AND owner.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass, 'pg_publication'::regclass)
LEFT JOIN pg_class of_view ON of_view.oid = d.adrelid AND of_view.relkind = 'v'
