"""Recorded readings once more through the engine: to try a rule before it is live."""
