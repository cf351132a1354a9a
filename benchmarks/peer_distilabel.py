"""The peer of bookkeeping.py: replay and judge the same candidates in a stock distilabel Pipeline.

python benchmarks/peer_distilabel.py FOLDER PROBLEMS OUT
"""

# no `from __future__ import annotations`: distilabel finds a step's input by its annotation, as an object
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from distilabel.pipeline import Pipeline
from distilabel.steps import GeneratorStep, Step, StepInput

from winnow.verifiers import load


class Replay(GeneratorStep):  # type: ignore[misc]
    """Problems with their candidates, from the files that bookkeeping.py wrote.

    Batches of 250 rows: the pipeline rewrites its cache after each, so smaller ones would be slower.
    """

    folder: str
    problems: int

    @property
    def outputs(self) -> list[str]:
        return ["id", "answer", "generations"]

    def process(self, offset: int = 0) -> Iterator[tuple[list[dict[str, Any]], bool]]:
        batch: list[dict[str, Any]] = []
        folder = Path(self.folder)
        with (
            (folder / "problems.jsonl").open("rb") as told,
            (folder / "candidates.jsonl").open("rb") as sampled,
        ):
            pairs = islice(zip(told, sampled, strict=True), self.problems)
            for at, (problem, candidates) in enumerate(pairs, 1):
                row, texts = orjson.loads(problem), orjson.loads(candidates)["completions"]
                batch.append({"id": row["id"], "answer": row["answer"], "generations": texts})
                if len(batch) == self.batch_size or at == self.problems:
                    yield batch, at == self.problems
                    batch = []


class Judge(Step):  # type: ignore[misc]
    """The same verifier, in the step's own process."""

    @property
    def inputs(self) -> list[str]:
        return ["answer", "generations"]

    @property
    def outputs(self) -> list[str]:
        return ["statuses"]

    def process(self, inputs: StepInput) -> Iterator[list[dict[str, Any]]]:
        verifier = load({"type": "number"})
        for row in inputs:
            reference = {"answer": row["answer"]}
            row["statuses"] = [verifier(reference, text).status.value for text in row["generations"]]
        yield inputs


def main() -> None:
    folder, problems, out = sys.argv[1:4]
    with Pipeline(name="peer") as pipeline:
        replay = Replay(name="replay", folder=folder, problems=int(problems), batch_size=250)
        judge = Judge(name="judge", input_batch_size=250)
        replay >> judge
    distiset = pipeline.run(use_cache=False)
    distiset.save_to_disk(out)
    rows = distiset["default"]["train"].num_rows
    if rows != int(problems):
        sys.exit(f"the pipeline gave {rows} rows for {problems} problems")


if __name__ == "__main__":
    main()
