"""Pay: what the ledger's lines are worth, the hours they took, and the periods that are closed."""
