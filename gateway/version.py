"""The one place that names the version."""

VERSION = "0.1.0"
BUILT = "2026-11-01"  # UTC; no clock of a machine that runs this can be right and earlier
