"""The only way out: append-only rows in SQLite, one connection, one writer thread."""
