"""What a worker takes of a node, by its recipe; and what cannot run on a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from winnow.pipelines.recipe import Recipe
from winnow.steps.engine.llamacpp import LlamacppConfig
from winnow.steps.engine.vllm import VllmConfig, VllmServe
from winnow.steps.errors import UsageError
from winnow.steps.score.models import TransformersConfig


@dataclass(frozen=True, slots=True)
class Need:
    """CPUs and GPUs of one worker: its engine, verifiers and scorers together.

    >>> Need(2, 1).fits({"CPU": 8.0, "GPU": 2.0}), Need(2, 0).fits({"CPU": 1.0}), str(Need(2, 1))
    (2, 0, '2 CPUs and 1 GPU')
    """

    cpus: int
    gpus: int

    def fits(self, node: Mapping[str, float]) -> int:
        """How many of them fit onto a node with so much of each."""
        room = int(node.get("CPU", 0.0) // self.cpus)
        return min(room, int(node.get("GPU", 0.0) // self.gpus)) if self.gpus else room

    def __str__(self) -> str:
        told = [f"{self.cpus} CPU{'s' * (self.cpus > 1)}", f"{self.gpus} GPU{'s' * (self.gpus > 1)}"]
        return " and ".join(told if self.gpus else told[:1])


def need_of(recipe: Recipe) -> Need:
    """What a worker takes: a CPU for itself and its verifiers, the threads of its llama.cpp, the accelerators
    of its vLLM with a CPU each, and one for each reward model that wants one."""
    engine, cpus, gpus = recipe.sample.engine, 1, 0
    if isinstance(engine, LlamacppConfig):
        cpus = engine.threads or 1
    if isinstance(engine, VllmConfig):
        gpus = engine.tensor_parallel * engine.data_parallel
        cpus += gpus
    for scorer in recipe.score.members if recipe.score else ():
        model = getattr(scorer, "engine", None)
        gpus += isinstance(model, TransformersConfig) and model.device.startswith("cuda")
        if isinstance(model, VllmServe):
            gpus += model.tensor_parallel * model.data_parallel
    return Need(cpus, gpus)


def fitted(recipe: Recipe, cpus: int) -> Recipe:
    """The recipe for a worker of so many CPUs: a llama.cpp would take all that it sees."""
    engine = recipe.sample.engine
    if not isinstance(engine, LlamacppConfig) or engine.threads:
        return recipe
    sample = recipe.sample.model_copy(update={"engine": engine.model_copy(update={"threads": cpus})})
    return recipe.model_copy(update={"sample": sample})


def check_shared(recipe: Recipe) -> None:
    """See that several workers can share the recipe's work.

    Raises:
        UsageError: they cannot.
    """
    if recipe.sample.engine.type == "batch":
        raise UsageError(
            "--ray: an engine of type batch is asked by one process, which remembers its batches: run this "
            "recipe without --ray"
        )
