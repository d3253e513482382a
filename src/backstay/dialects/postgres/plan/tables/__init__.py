"""Tables: created, changed and dropped with all their parts."""
