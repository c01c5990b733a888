"""What a code says: scans, symbologies, tickets. Pure: no I/O, no clock, nothing of ours imported."""
