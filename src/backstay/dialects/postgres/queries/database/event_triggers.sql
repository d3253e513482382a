SELECT e.tableoid, e.oid, 'event_trigger', '',
       json_build_object(
           'name', e.evtname,
           'event', e.evtevent,
           'tags', coalesce(e.evttags, '{{}}'),
           'function', {function:e.evtfoid},
           'enabled', {enabled:e.evtenabled}
       )::text
FROM pg_event_trigger e
