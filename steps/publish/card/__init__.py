"""The dataset's card: what it is, how it was made, what is known of it, and how it is used."""
