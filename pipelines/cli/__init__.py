"""The command `winnow`: one file a verb. Heavy imports wait until a verb needs them."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

import typer

from winnow.pipelines.cli.audit import audit
from winnow.pipelines.cli.build import build
from winnow.pipelines.cli.check import check
from winnow.pipelines.cli.compact import compact
from winnow.pipelines.cli.compare import compare
from winnow.pipelines.cli.diff import diff
from winnow.pipelines.cli.estimate import estimate
from winnow.pipelines.cli.export import export
from winnow.pipelines.cli.mix import mix
from winnow.pipelines.cli.report import report
from winnow.pipelines.cli.run import run
from winnow.pipelines.cli.show import show
from winnow.pipelines.cli.status import status
from winnow.pipelines.cli.validate import validate
from winnow.pipelines.cli.verify import verify
from winnow.steps.errors import Exit, WinnowError
from winnow.steps.secrets import redact

app = typer.Typer(
    help="Sample many candidates cheaply, keep what is proven.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for verb in (
    run,
    estimate,
    validate,
    status,
    show,
    report,
    compare,
    build,
