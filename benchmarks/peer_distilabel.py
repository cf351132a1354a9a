"""The peer of bookkeeping.py: the same work in a stock distilabel Pipeline.

Problems are read, their candidates replayed and judged by the same verifier, each in a step of its own as
distilabel has it; the result is saved to disk. As `default` and `rows`, a candidate is a row, which is what
its tasks give unless told otherwise, and what a ledger holds: in batches of its default size, 50, or of the
best size found. As `groups` (`group_generations=True`, also at its best), a problem is a row with lists in
it, and the best and the worst are chosen in a step of their own.

    python benchmarks/peer_distilabel.py FOLDER PROBLEMS OUT default|rows|groups
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

# Rows in a batch of problems, and in one of what is judged. The cache is rewritten after each batch, so the
# default is slow; batches much larger than these were no faster.
SIZES = {"default": (50, 50), "rows": (250, 1000), "groups": (250, 250)}
Rows = list[dict[str, Any]]


class Problems(GeneratorStep):  # type: ignore[misc]
    """The problems that bookkeeping.py wrote."""

    path: str
    problems: int

    @property
    def outputs(self) -> list[str]:
        return ["id", "question", "answer"]

    def process(self, offset: int = 0) -> Iterator[tuple[Rows, bool]]:
        with Path(self.path).open("rb") as file:
            rows = [orjson.loads(line) for line in islice(file, self.problems)]
        for start in range(0, len(rows), self.batch_size):
            yield rows[start : start + self.batch_size], start + self.batch_size >= len(rows)


class Replay(Step):  # type: ignore[misc]
    """Their candidates, in the place of a task with an LLM."""

    path: str

    @property
    def inputs(self) -> list[str]:
        return ["id"]

    @property
    def outputs(self) -> list[str]:
        return ["generations"]

    def process(self, inputs: StepInput) -> Iterator[Rows]:
        wanted = {row["id"]: row for row in inputs}
        with Path(self.path).open("rb") as file:
            for line in islice(file, int(min(wanted, key=int)), int(max(wanted, key=int)) + 1):
                told = orjson.loads(line)
                wanted[told["id"]]["generations"] = told["completions"]
        yield inputs


class ReplayRows(Replay):
    """Their candidates, each as a row of its own."""

    def process(self, inputs: StepInput) -> Iterator[Rows]:
        for rows in super().process(inputs):
            yield [
                {"id": row["id"], "question": row["question"], "answer": row["answer"], "generations": [text]}
                for row in rows
                for text in row["generations"]
            ]


class Judge(Step):  # type: ignore[misc]
    """The same verifier, in the step's own process."""

    @property
    def inputs(self) -> list[str]:
        return ["answer", "generations"]

    @property
    def outputs(self) -> list[str]:
        return ["statuses", "scores", "reasons", "extracted"]

    def process(self, inputs: StepInput) -> Iterator[Rows]:
        verifier = load({"type": "number"})
        for row in inputs:
            verdicts = [verifier({"answer": row["answer"]}, text) for text in row["generations"]]
            row["statuses"] = [verdict.status.value for verdict in verdicts]
            row["scores"] = [verdict.score for verdict in verdicts]
            row["reasons"] = [verdict.reason for verdict in verdicts]
            row["extracted"] = [verdict.extracted for verdict in verdicts]
        yield inputs


class Choose(Step):  # type: ignore[misc]
    """The two shortest right ones, and the two longest wrong ones."""

    @property
    def inputs(self) -> list[str]:
        return ["generations", "statuses"]

    @property
    def outputs(self) -> list[str]:
        return ["chosen", "rejected"]

    def process(self, inputs: StepInput) -> Iterator[Rows]:
        for row in inputs:
            pairs = list(dict.fromkeys(zip(row["generations"], row["statuses"], strict=True)))
            row["chosen"] = sorted((text for text, status in pairs if status == "pass"), key=len)[:2]
            row["rejected"] = sorted((text for text, status in pairs if status == "fail"), key=len)[-2:]
        yield inputs


def main() -> None:
    folder, problems, out, form = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    few, many = SIZES[form]
    replay = Replay if form == "groups" else ReplayRows
    with Pipeline(name=f"peer-{form}") as pipeline:
        source = Problems(
            name="problems", path=str(folder / "problems.jsonl"), problems=problems, batch_size=few
        )
        sample = replay(name="replay", path=str(folder / "candidates.jsonl"), input_batch_size=few)
        judge = Judge(name="judge", input_batch_size=many)
        source >> sample >> judge
        if form == "groups":
            judge >> Choose(name="choose", input_batch_size=many)
    distiset = pipeline.run(use_cache=False)
    distiset.save_to_disk(out)
    rows = distiset["default"]["train"]
    judged = sum(len(statuses) for statuses in rows["statuses"])
    if judged % problems or len(set(rows["id"])) != problems:
        sys.exit(f"the pipeline judged {judged} candidates of {len(set(rows['id']))} problems")


if __name__ == "__main__":
    main()
