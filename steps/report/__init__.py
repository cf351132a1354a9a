"""Report: what a ledger says of the sampling."""
