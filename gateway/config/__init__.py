"""The configuration: its models, and the loader that names every error by file and line."""
