"""Score: rewards for candidates, by models, judges, functions and baselines."""
