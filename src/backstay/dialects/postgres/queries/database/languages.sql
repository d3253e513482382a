SELECT l.tableoid, l.oid, 'language', '',
       json_build_object(
           'name', l.lanname,
           'handler', {function:l.lanplcallfoid},
           'inline', coalesce({function:l.laninline}, ''),
           'validator', coalesce({function:l.lanvalidator}, ''),
           'trusted', l.lanpltrusted
       )::text
FROM pg_language l
WHERE l.lanispl AND l.oid >= 16384
