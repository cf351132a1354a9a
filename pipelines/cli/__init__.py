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
    compare,
    build,
    report,
    verify,
    check,
    audit,
    compact,
    export,
    mix,
    diff,
):
    app.command()(verb)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a user's mistake is a message and an exit code, never a traceback."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends like SIGINT, whenever it comes
    try:
        app(args=arguments)
    except WinnowError as error:
        from winnow.pipelines.terminal import printable

        print(f"winnow: {printable(redact(str(error)), 20_000)}", file=sys.stderr)  # noqa: T201
        sys.exit(error.code)
    except KeyboardInterrupt:
        print("winnow: interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(Exit.INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(Exit.DONE)
    except Exception:  # noqa: BLE001 - the last place that can keep a secret out of a traceback
        import traceback

        print(redact(traceback.format_exc()), file=sys.stderr)  # noqa: T201
        print("winnow: this is a bug of winnow: please report what stands above", file=sys.stderr)  # noqa: T201
        sys.exit(Exit.BUG)
