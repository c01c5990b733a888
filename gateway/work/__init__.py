"""The work ledger: badge, ticket and command scans drive a small state machine per station."""
