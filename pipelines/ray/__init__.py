"""The runner for more than one machine: the chain of stages in actors of a Ray cluster, all else as ever.

The driver reads the source and the ledger, gives groups to workers, commits the rows that they give back, and
tells how the run stands. A worker has an engine, verifiers and scorers of its own, and no ledger.
"""
