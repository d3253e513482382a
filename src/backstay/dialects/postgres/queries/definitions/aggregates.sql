-- Aggregate functions; what a kind of aggregate does with its state by default is left out.
SELECT p.tableoid, p.oid, 'aggregate', n.nspname,
       json_build_object(
           'name', p.proname,
           'arguments', {arguments:p},
           'direct', CASE WHEN a.aggkind <> 'n' THEN a.aggnumdirectargs END,
           'hypothetical', a.aggkind = 'h',
           'state_type', format_type(a.aggtranstype, NULL),
           'state_func', {function:a.aggtransfn},
           'state_size', a.aggtransspace,
           'final_func', coalesce({function:a.aggfinalfn}, ''),
           'final_extra', a.aggfinalextra,
           'final_modify', {modify:a.aggfinalmodify},
           'combine_func', coalesce({function:a.aggcombinefn}, ''),
           'serial_func', coalesce({function:a.aggserialfn}, ''),
           'deserial_func', coalesce({function:a.aggdeserialfn}, ''),
           'initial_value', a.agginitval,
           'moving_state_type', CASE WHEN a.aggmtranstype = 0 THEN '' ELSE format_type(a.aggmtranstype, NULL) END,
           'moving_state_func', coalesce({function:a.aggmtransfn}, ''),
           'moving_inverse_func', coalesce({function:a.aggminvtransfn}, ''),
           'moving_state_size', a.aggmtransspace,
           'moving_final_func', coalesce({function:a.aggmfinalfn}, ''),
           'moving_final_extra', a.aggmfinalextra,
           'moving_final_modify', {modify:a.aggmfinalmodify},
           'moving_initial_value', a.aggminitval,
           'sort_operator', coalesce((SELECT CASE WHEN pg_operator_is_visible(o.oid) THEN o.oprname
                                                  ELSE format('OPERATOR(%I.%s)', s.nspname, o.oprname) END
                                      FROM pg_operator o JOIN pg_namespace s ON s.oid = o.oprnamespace
                                      WHERE o.oid = a.aggsortop), ''),
           'parallel', {parallel:p.proparallel}
       )::text
FROM pg_aggregate a
JOIN pg_proc p ON p.oid = a.aggfnoid
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {scope}
