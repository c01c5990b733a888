"""Readings in, events and windows out: state is arrays over the point table, time comes from the data."""
