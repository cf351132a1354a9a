"""Code that nobody vouches for, run where it can reach nothing."""
