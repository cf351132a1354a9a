"""A Ray cluster of several nodes on this machine, each with processes of its own, bound to 127.0.0.1.

`python ray_cluster.py NODES` starts it, in an environment that has Ray, and ends it with standard input. Its
line of output is JSON: the address, and of each node its number, its raylet's process and its object store.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

HOST = "127.0.0.2"  # Ray takes 127.0.0.1 for the address that others see
_STORE = 80 * 2**20  # bytes; Ray takes no less than 75 MiB
# A node that is killed is known to be dead within two seconds, not half a minute: nobody answers for it. One
# that lives may wait for a processor.
_CONFIG = {
    "health_check_initial_delay_ms": 1000,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 20_000,
    "health_check_failure_threshold": 3,
    "enable_worker_prestart": False,
}


def main(count: int) -> None:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    common: dict[str, Any] = {
        "num_cpus": 1,
        "node_ip_address": HOST,
        "object_store_memory": _STORE,
        "include_log_monitor": False,
    }
    cluster = Cluster(
        initialize_head=True,
        head_node_args={**common, "include_dashboard": False, "_system_config": _CONFIG},
    )
    nodes = [cluster.head_node, *(cluster.add_node(wait=False, **common) for _ in range(count - 1))]
    cluster.wait_for_nodes(timeout=120)
    raylets = [node.all_processes["raylet"][0].process.pid for node in nodes]
    logs = cluster.head_node.get_logs_dir_path()
    told = {"address": cluster.address, "raylets": raylets, "logs": logs}
    print(json.dumps(told), flush=True)
    sys.stdin.read()
    cluster.shutdown()


if __name__ == "__main__":
    main(int(sys.argv[1]))
