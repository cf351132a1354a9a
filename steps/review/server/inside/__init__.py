"""What runs in the environment of Argilla's server: a package of its own there, without winnow."""
