"""Databases: one package per dialect, each with the same rooms, behind one protocol.

connect   URL -> session: scope, version, statements, transactions, locks, throw-away workspaces
inspect   session -> normalised realm, in a constant number of queries
types     the table of types: HCL name, arguments, SQL text
hcl       model <-> HCL document
ddl       the SQL text of one object
diff      what the dialect considers equal although the texts differ
plan      changes -> planned statements, in an order that works
"""
