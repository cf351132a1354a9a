"""What a worker takes, and what no cluster can do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.recipes import write_sums

from winnow.pipelines.ray.cluster import joined
from winnow.pipelines.ray.resources import Need, fitted, need_of
from winnow.pipelines.ray.start import on_ray
from winnow.pipelines.recipe import Recipe, load_recipe
from winnow.steps.errors import UsageError


@pytest.mark.parametrize(
    ("engine", "need"),
    [
        ({"type": "endpoint", "base_url": "http://127.0.0.1:9/v1", "model": "m"}, Need(1, 0)),
        ({"type": "llamacpp"}, Need(1, 0)),
        ({"type": "llamacpp", "threads": 4}, Need(4, 0)),
        ({"type": "vllm", "model": "m", "tensor_parallel": 2, "data_parallel": 2}, Need(5, 4)),
    ],
)
def test_what_a_worker_takes(tmp_path: Path, engine: dict[str, Any], need: Need) -> None:
    recipe = load_recipe(write_sums(tmp_path, sample={"engine": engine, "n": 1}))
    assert need_of(recipe) == need
    assert threads(fitted(recipe, need.cpus)) == (need.cpus if engine["type"] == "llamacpp" else None)


def threads(recipe: Recipe) -> int | None:
    return getattr(recipe.sample.engine, "threads", None)


def test_a_reward_model_on_a_gpu_takes_one(tmp_path: Path) -> None:
    model = {"type": "transformers", "model": "m", "device": "cuda"}
    assert need_of(load_recipe(write_sums(tmp_path, score={"type": "orm", "engine": model}))) == Need(1, 1)


def test_batches_are_one_processs(tmp_path: Path) -> None:
    engine = {"type": "batch", "base_url": "http://127.0.0.1:9/v1", "model": "m"}
    recipe = load_recipe(write_sums(tmp_path, sample={"engine": engine, "n": 1}))
    with pytest.raises(UsageError, match="an engine of type batch is asked by one process"):
        on_ray(recipe, "auto")


def test_a_client_is_no_node() -> None:
    with pytest.raises(UsageError, match="run winnow on a node"), joined("ray://127.0.0.1:10001"):
        pass
