"""`winnow validate`: is this a recipe?"""

from __future__ import annotations

from winnow.pipelines.cli.options import RecipeArgument, SetOption


def validate(recipe: RecipeArgument, set_: SetOption = None) -> None:
    """Check a recipe without running it; errors name file, line and key."""
    from winnow.pipelines.recipe import load_recipe
    from winnow.pipelines.terminal import out

    loaded = load_recipe(recipe, set_ or [])
    out.print(f"{recipe}: a valid recipe, {loaded.name!r}, fingerprint {loaded.fingerprint}", soft_wrap=True)
