"""Tables: created, changed and dropped, with all their parts.

create, alter, drop       changes -> steps
alteration                one table that changes; `footprint`, `identities`, `indexing` are chapters of it
clause                    ALTER TABLE, from clauses; `attributes`, `columns` and `constraints` make them
detached, foreign_keys    parts that are dropped early and made late
indexes, links            statements of their own: indexes; parents and partitions
inherited                 what CREATE TABLE has to say of a table with parents
comments, names           what parts are called and what is said of them
casts, costs, probes      what happens to the rows: how they are converted, what it costs, if they refuse
parts, uses               what kind of change each part really is; the resources it makes and uses
"""
