-- What belongs to an extension comes and goes with it; what was made to depend on one (x) goes with it.
SELECT d.classid, d.objid, e.extname, d.deptype = 'e'
FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype IN ('e', 'x')
