"""The peer of overhead.py: the same problems through a stock distilabel Pipeline with the same server.

    python benchmarks/peer_llm.py JOB.json

It needs `openai` (pip install openai). JOB has `address`, `key`, `model`, `at_once`, `n`, `parameters` and
`prompts`; the texts are written as JSON to a file beside it.
"""

import json
import sys
import tempfile
from pathlib import Path

from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import ChatGeneration


def main(job: dict[str, object]) -> list[str]:
    rows = [{"messages": prompt} for prompt in job["prompts"]]  # type: ignore[attr-defined]
    with Pipeline(name="peer", cache_dir=tempfile.mkdtemp()) as pipeline:
        load = LoadDataFromDicts(data=rows, batch_size=len(rows))
        task = ChatGeneration(
            llm=OpenAILLM(
                model=job["model"],
                base_url=f"{job['address']}/v1",
                api_key=job["key"],
                generation_kwargs=job["parameters"],
            ),
            num_generations=job["n"],
            # as many problems in a batch as fill the server: a batch ends with its slowest completion
            input_batch_size=max(1, int(job["at_once"]) // int(job["n"])),  # type: ignore[call-overload]
            group_generations=True,
        )
        load >> task
    found = pipeline.run(use_cache=False)["default"]["train"]
    return [text for texts in found["generation"] for text in texts if text]


if __name__ == "__main__":
    told = main(json.loads(Path(sys.argv[1]).read_text()))
    Path(sys.argv[1]).with_suffix(".out").write_text(json.dumps(told))
