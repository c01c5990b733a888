"""The expression language: text to a small checked tree. Nothing from a file ever reaches eval."""
