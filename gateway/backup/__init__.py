"""Copies of the journal off the card: made, read back, thinned, and restored from."""
