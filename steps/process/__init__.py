"""Process supervision: which reasoning step of an answer is its first bad one, and how that is found."""
