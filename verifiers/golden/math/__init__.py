"""`math`: mathematical answers, from plain numbers to intervals and matrices.

`extraction` finds the answer in a completion, `normalisation` makes one notation of many, `structure` and
`expression` read it, `exact` proves, `numeric` refutes, `comparison` puts them together as the fast path;
`symbolic` is the slow path, and `verifier` registers the check.
"""
