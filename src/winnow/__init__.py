"""winnow: sample many candidates cheaply, keep what is proven."""

__version__ = "0.1.0"
