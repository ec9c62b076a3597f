"""A PostgreSQL of the program's own: found, initialised, started, stopped."""
