"""A DAG for Airflow 3: run, then report and export, every night. Put it into the folder of your DAGs.

Airflow stays in an environment of its own; each task is one of winnow's commands, in the folder HOME, which
has the recipe `nightly.yaml` and `.venv`. A task that Airflow kills or tries again goes on where it stopped.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

HOME = "/srv/winnow"
WINNOW = ".venv/bin/winnow"

with DAG(
    dag_id="winnow_nightly",
    schedule="30 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,  # a night that was missed is made good by the next one
    max_active_runs=1,
    default_args={"cwd": HOME, "append_env": True, "retries": 2, "retry_delay": timedelta(minutes=10)},
) as dag:
    run = BashOperator(
        task_id="run",
        bash_command=f"{WINNOW} run nightly.yaml --log-format json",
        skip_on_exit_code=75,  # another run holds the folder
        execution_timeout=timedelta(hours=8),
    )
    report = BashOperator(task_id="report", bash_command=f"{WINNOW} report nightly")
    export = BashOperator(task_id="export", bash_command=f"{WINNOW} export nightly --for trl")
    run >> [report, export]
