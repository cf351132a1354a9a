"""SQL: a query is right where it gives the rows that it should, on every database that is tried."""
