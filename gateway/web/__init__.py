"""The web server: API, server-sent events, roles, and the built screens."""
