-- Comments on objects of users; those with oids below 16384 came with the server, except on `public`. That of an
-- extension counts where it is another one than the extension brings along.
SELECT d.classoid, d.objoid, d.objsubid, d.description
FROM pg_description d
WHERE (d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass)
  AND (d.classoid <> 'pg_extension'::regclass
       OR (d.objoid, d.description) NOT IN (SELECT e.oid, a.comment
                                            FROM pg_extension e JOIN pg_available_extensions() a ON a.name = e.extname
                                            WHERE a.comment IS NOT NULL))
