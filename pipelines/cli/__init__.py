"""The command `winnow`: one file a verb. Heavy imports wait until a verb needs them."""

from __future__ import annotations

import re
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
from winnow.pipelines.cli.gc import gc
from winnow.pipelines.cli.mix import mix
from winnow.pipelines.cli.publish import publish
from winnow.pipelines.cli.report import report
from winnow.pipelines.cli.review import review
from winnow.pipelines.cli.run import run
from winnow.pipelines.cli.show import show
from winnow.pipelines.cli.status import status
from winnow.pipelines.cli.tune import tune
from winnow.pipelines.cli.validate import validate
from winnow.pipelines.cli.verify import verify
from winnow.pipelines.cli.watch import watch
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
    tune,
    validate,
    status,
    watch,
    show,
    report,
    compare,
    build,
    verify,
    check,
    audit,
    compact,
    gc,
    export,
    mix,
    diff,
    publish,
):
    app.command()(verb)
app.add_typer(review, name="review")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a user's mistake is a message and an exit code, never a traceback."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends like SIGINT, whenever it comes
    try:
        app(args=arguments)
    except WinnowError as error:
        _end(redact(str(error)), error.code)
    except KeyboardInterrupt:
        _end("interrupted", Exit.INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(Exit.DONE)
    except OSError as broken:
        if "object-store error" not in str(broken):  # polars', of a ledger that is read as it is asked
            _bug()
        from winnow.steps.storage.patience import unreachable

        url = re.search(r"s3://[^\s)]+", str(broken))
        _end(redact(str(unreachable(url[0] if url else "the object store", broken))), Exit.MISSING)
    except Exception:  # noqa: BLE001 - the last place that can keep a secret out of a traceback
        _bug()


def _bug() -> None:
    import traceback

    told = redact(traceback.format_exc())
    _end(f"{told}winnow: this is a bug of winnow: please report what stands above", Exit.BUG, "")


def _end(text: str, code: Exit, who: str = "winnow: ") -> None:
    """Say why the command ends, in the form that stderr has, and end it."""
    from winnow.pipelines.terminal import err, printable

    if err.as_json:
        err.tell("error", {"text": text, "code": int(code)})
    else:
        print(f"{who}{printable(text, 20_000)}", file=sys.stderr)  # noqa: T201
    sys.exit(code)
