"""Materialises a file's assets by Dagster: `python materialize.py FILE`, run by test_schedulers.py.

Prints what is known of each asset afterwards, which failed, when the schedules tick, and which stages fail
where there is no recipe.
"""

from __future__ import annotations

import importlib.util
import json
import sys

import dagster as dg


def main(path: str) -> None:
    spec = importlib.util.spec_from_file_location("assets", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    dg.Definitions.validate_loadable(module.defs)
    assets = list(module.defs.assets)
    result = dg.materialize(assets, raise_on_error=False)
    known = {
        event.asset_key.to_user_string(): {
            name: value.value for name, value in event.materialization.metadata.items()
        }
        for event in result.get_asset_materialization_events()
    }
    module.RECIPE = "nowhere"
    second = dg.materialize(assets, raise_on_error=False)
    failed, without = (
        [event.step_key for event in one.all_events if event.is_step_failure] for one in (result, second)
    )
    cron = [schedule.cron_schedule for schedule in module.defs.schedules]
    print(json.dumps({"assets": known, "failed": failed, "without_recipe": without, "cron": cron}))


if __name__ == "__main__":
    main(sys.argv[1])
