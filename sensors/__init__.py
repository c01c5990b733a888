"""What a reading means: quantities, profiles, decoding, Batch. Pure: no I/O, no clock, nothing of ours imported."""
