"""Figures of a workshop: pure formulas over columns and spans of time. No clock, no file."""
