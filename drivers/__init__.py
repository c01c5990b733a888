"""How to talk: one module per wire. A driver yields batches and scans; it never retries and never publishes."""
