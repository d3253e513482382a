-- Comments on objects of users; those with oids below 16384 came with the server, except on `public`.
SELECT d.classoid, d.objoid, d.objsubid, d.description
FROM pg_description d
WHERE d.objoid >= 16384
   OR d.classoid = 'pg_namespace'::regclass
