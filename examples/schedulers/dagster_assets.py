"""Each stage of a run as an asset of Dagster: the ledger, the datasets made from it, a report, an export.

`dagster dev -f examples/schedulers/dagster_assets.py` shows and schedules them. Dagster stays in an
environment of its own: the stages are winnow's commands, and what is known of them afterwards is read from
the run's manifests. WINNOW names the command, WINNOW_HOME the folder with the recipe and `runs/`.
"""

# No `from __future__ import annotations`: Dagster looks at the type of `context` itself.
import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import dagster as dg

RECIPE = "nightly"
HOME = Path(os.environ.get("WINNOW_HOME", "."))
WINNOW = shlex.split(os.environ.get("WINNOW", "winnow"))
RUN = HOME / "runs" / RECIPE
HELD = 75  # another run holds the folder
MISSED = 1  # done, but a target of the recipe was missed


def winnow(context: dg.AssetExecutionContext, *arguments: str) -> int:
    """Run a command of winnow, pass on what it says, and fail as it fails."""
    done = subprocess.run([*WINNOW, *arguments], cwd=HOME, capture_output=True, text=True, check=False)
    context.log.info(done.stdout + done.stderr)
    if done.returncode == HELD:
        raise dg.RetryRequested(max_retries=5, seconds_to_wait=600)
    if done.returncode not in (0, MISSED):
        raise dg.Failure(f"winnow {' '.join(arguments)}: exit code {done.returncode}", allow_retries=False)
    return done.returncode


def manifest(path: str) -> dict[str, Any]:
    return dict(json.loads((RUN / path).read_text(encoding="utf-8")))


@dg.asset(group_name=RECIPE, kinds={"deltalake"})
def ledger(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Everything sampled and judged. Asks only for what is missing; killed, it goes on where it stopped."""
    code = winnow(context, "run", f"{RECIPE}.yaml", "--log-format", "json")
    counts = manifest("manifest.json")["counts"]
    return dg.MaterializeResult(metadata={**counts, "target_missed": code == MISSED})


@dg.asset(deps=[ledger], group_name=RECIPE, kinds={"parquet"})
def datasets(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """The rows to train on. The same rows have the same version: what is made of them stays fresh."""
    winnow(context, "build", RECIPE, "--recipe", f"{RECIPE}.yaml")
    told = manifest("datasets/manifest.json")
    rows = {f"{name}_rows": figures["rows"] for name, figures in told["figures"].items()}
    build = RUN.joinpath("datasets").resolve().name  # a hash of its files
    return dg.MaterializeResult(metadata=rows, data_version=dg.DataVersion(build))


@dg.asset(deps=[datasets], group_name=RECIPE)
def report(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """pass@k with intervals, as a page and as JSON."""
    winnow(context, "report", RECIPE)
    return dg.MaterializeResult(metadata={"page": dg.MetadataValue.path(str(RUN / "report/report.html"))})


@dg.asset(deps=[datasets], group_name=RECIPE)
def export(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Files and configurations for TRL."""
    winnow(context, "export", RECIPE, "--for", "trl")
    return dg.MaterializeResult(metadata={"folder": dg.MetadataValue.path(str(RUN / "exports/trl"))})


nightly = dg.define_asset_job("nightly", selection="*")
defs = dg.Definitions(
    assets=[ledger, datasets, report, export],
    schedules=[dg.ScheduleDefinition(job=nightly, cron_schedule="30 2 * * *")],
)
