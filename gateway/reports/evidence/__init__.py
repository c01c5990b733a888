"""Evidence for subsidy programmes: four weeks before against now, with formulas, raw log and hashes, in one file."""
