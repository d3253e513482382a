"""`atlas.hcl`: variables, locals, data and env selection, to one typed `Env`."""
