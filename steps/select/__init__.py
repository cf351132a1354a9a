"""Select: which candidates become rows. Pure functions of the ledger's tables."""
