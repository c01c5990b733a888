"""The daemon: configuration, supervisor, engine, work ledger, journal, publishers, web server, commands."""
