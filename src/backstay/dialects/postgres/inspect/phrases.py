"""Pieces of SQL that several queries need: `{function:t.tgfoid}` in one is the phrase about that column."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template


class Phrase:
    """SQL with a place (`$it`) for what it is about; formatting it fills the place."""

    def __init__(self, sql: str) -> None:
        self._template = Template(sql)

    def __format__(self, it: str) -> str:
        return self._template.substitute(it=it)


PHRASES: Mapping[str, Phrase] = {
    # A function's name as SQL must spell it here. `regproc` would qualify one that is overloaded, too.
    "function": Phrase(
        "(SELECT CASE WHEN pg_function_is_visible(f.oid) THEN '' ELSE quote_ident(fn.nspname) || '.' END"
        " || quote_ident(f.proname)"
        " FROM pg_proc f JOIN pg_namespace fn ON fn.oid = f.pronamespace WHERE f.oid = $it)"
    ),
    # An operator, in the same way.
    "operator": Phrase(
        "(SELECT CASE WHEN pg_operator_is_visible(named.oid) THEN named.oprname"
        " ELSE 'OPERATOR(' || quote_ident(within.nspname) || '.' || named.oprname || ')' END"
        " FROM pg_operator named JOIN pg_namespace within ON within.oid = named.oprnamespace"
        " WHERE named.oid = $it)"
    ),
    # A collation as the model names it: one of the system's by its name, another in quotes; empty for none.
    "collation": Phrase(
        "CASE WHEN $it.oid IS NULL THEN ''"
        " WHEN $it.collnamespace = 'pg_catalog'::regnamespace THEN $it.collname::text"
        " ELSE CASE WHEN pg_collation_is_visible($it.oid) THEN ''"
        " ELSE (SELECT '\"' || replace(within.nspname, '\"', '\"\"') || '\".'"
        " FROM pg_namespace within WHERE within.oid = $it.collnamespace) END"
        """ || '"' || replace($it.collname, '"', '""') || '"' END"""
    ),
    # The operators and functions that came with an operator class or were added to a family.
    "operator_items": Phrase(
        """ARRAY(SELECT item FROM (
            SELECT 1, o.amopstrategy, 'OPERATOR ' || o.amopstrategy || ' ' || o.amopopr::regoperator
                || CASE WHEN o.amopsortfamily = 0 THEN ''
                        WHEN pg_opfamily_is_visible(s.oid) THEN ' FOR ORDER BY ' || quote_ident(s.opfname)
                        ELSE ' FOR ORDER BY ' || s.opfnamespace::regnamespace || '.' || quote_ident(s.opfname)
                   END
            FROM pg_depend d
            JOIN pg_amop o ON d.classid = o.tableoid AND d.objid = o.oid
            LEFT JOIN pg_opfamily s ON s.oid = o.amopsortfamily
            WHERE d.refclassid = $it.tableoid AND d.refobjid = $it.oid
            UNION ALL
            SELECT 2, p.amprocnum, 'FUNCTION ' || p.amprocnum || ' (' || format_type(p.amproclefttype, NULL)
                || ', ' || format_type(p.amprocrighttype, NULL) || ') ' || p.amproc::oid::regprocedure
            FROM pg_depend d
            JOIN pg_amproc p ON d.classid = p.tableoid AND d.objid = p.oid
            WHERE d.refclassid = $it.tableoid AND d.refobjid = $it.oid
        ) found (kind, number, item) ORDER BY kind, number, item)"""
    ),
    # When a trigger or rule fires (pg_trigger.tgenabled and its like).
    "enabled": Phrase(
        "CASE $it WHEN 'D' THEN 'DISABLED' WHEN 'R' THEN 'REPLICA' WHEN 'A' THEN 'ALWAYS' ELSE 'ORIGIN' END"
    ),
    # The arguments of a routine, an empty list where it has none. Sets in a list of columns cost half of
    # those in FROM, and defaults are asked for only where there may be one: their texts cost most.
    "arguments": Phrase(
        """coalesce((SELECT json_agg(json_build_object(
               'type', format_type(x.type, NULL),
               'name', coalesce(x.name, ''),
               'mode', CASE x.mode WHEN 'o' THEN 'OUT' WHEN 'b' THEN 'INOUT' WHEN 'v' THEN 'VARIADIC'
                                   WHEN 't' THEN 'TABLE' ELSE 'IN' END,
               'default', CASE WHEN x.place > $it.pronargs - $it.pronargdefaults
                                    AND coalesce(x.mode NOT IN ('o', 't'), true)
                               THEN pg_get_function_arg_default($it.oid, x.place) END)
               ORDER BY x.place)
           FROM (SELECT unnest(coalesce($it.proallargtypes, $it.proargtypes::oid[])) AS type,
                        unnest($it.proargmodes) AS mode,
                        unnest($it.proargnames) AS name,
                        generate_series(1, coalesce(cardinality($it.proallargtypes), $it.pronargs)) AS place
                ) x), '[]')"""
    ),
    # Whether parallel workers may run a routine.
    "parallel": Phrase("CASE $it WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' ELSE 'UNSAFE' END"),
    # What a final function does to the state of an aggregate, where it is not usual for its kind.
    "modify": Phrase(
        "CASE $it WHEN CASE a.aggkind WHEN 'n' THEN 'r'::\"char\" ELSE 'w' END THEN ''"
        " WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END"
    ),
}
