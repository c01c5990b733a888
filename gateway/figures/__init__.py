"""Figures of a workshop: pure formulas over columns and spans of time, each with its source. No clock, no file."""
