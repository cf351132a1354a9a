"""Two steps of the exported stepwise.py, and what its trainer was given; run by test_train_trl.py."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import trl
from trl.experimental import prm

base = prm.PRMTrainer
found: dict[str, Any] = {"version": trl.__version__}


class Watched(base):  # type: ignore[misc, valid-type]
    def compute_loss(self, model: Any, inputs: Any, *rest: Any, **more: Any) -> Any:
        found.setdefault(
            "batch", [self.told(*row) for row in zip(inputs["input_ids"], inputs["labels"], strict=True)]
        )
        found["log"] = self.state.log_history
        return super().compute_loss(model, inputs, *rest, **more)

    def told(self, ids: Any, labels: Any) -> list[tuple[str, int]]:
        """The text up to each place that has a label, and the label."""
        decode = self.processing_class.decode
        return [(decode(ids[: at + 1]), int(one)) for at, one in enumerate(labels) if one >= 0]


told = json.loads(Path("stepwise.json").read_text())
told["args"] |= {"max_steps": 2, "use_cpu": True, "bf16": False, "per_device_train_batch_size": 2}
told["args"] |= {"save_strategy": "no", "logging_steps": 1}
Path("quick").mkdir(exist_ok=True)
script = Path("quick/stepwise.py")
script.write_text(Path("stepwise.py").read_text().replace('"stepwise.json"', '"quick/stepwise.json"'))
Path("quick/stepwise.json").write_text(json.dumps(told))
prm.PRMTrainer = Watched
runpy.run_path(str(script))
print(json.dumps(found))
