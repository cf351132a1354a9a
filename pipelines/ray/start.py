"""What makes the runner of `winnow run --ray`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from winnow.pipelines.ray.cluster import ray_at
from winnow.pipelines.ray.resources import check_shared, need_of
from winnow.pipelines.ray.runner import RayRunner
from winnow.pipelines.recipe import Recipe


def on_ray(recipe: Recipe, address: str, workers: int | None = None) -> Callable[..., RayRunner]:
    """A maker of runners on the cluster at `auto` or an address, with so many workers.

    Raises:
        UsageError: the recipe cannot be run by several workers.
    """
    check_shared(recipe)
    need = need_of(recipe)
    return partial(RayRunner, join=partial(ray_at, address, need, workers), cpus=need.cpus)
