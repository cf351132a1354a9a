"""What runs inside the sandbox: the standard library alone, and nothing of the rest of winnow.

The folder is shown to the sandbox as a package of its own, so these modules name each other relatively.
"""
