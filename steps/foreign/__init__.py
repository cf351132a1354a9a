"""Foreign steps: anybody's distilabel Step, standing in a recipe."""
