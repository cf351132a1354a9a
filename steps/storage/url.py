"""Which URLs are places of an object store, and how they are reached: by the environment alone."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.secrets import hide

_PLACE = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9!_.*'()=-]+)+")
_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID")
HOME = "home"
"""A file of a work folder: the URL of its run."""
_REGION = "us-east-1"  # as every S3-compatible server takes it that asks for none


def is_url(told: str | Path) -> bool:
    """Whether this is a URL, and no path.

    >>> is_url("s3://bucket/runs"), is_url("runs/sums")
    (True, False)
    """
    return isinstance(told, str) and "://" in told


def place_of(told: str) -> str:
    """The URL of a place in a bucket, without a slash at its end.

    >>> place_of("s3://bucket/runs/")
    's3://bucket/runs'

    Raises:
        UsageError: it is none; a login in it is not repeated.
    """
    url = told.rstrip("/")
    if not _PLACE.fullmatch(url) or any(part in (".", "..") for part in url.split("/")):
        shown = re.sub(r"//[^/]*@", "//...@", told).partition("?")[0]
        raise UsageError(
            f"{shown!r} is no place in an object store: expected s3://BUCKET/PREFIX, of letters, digits and "
            "!_.*'()=-. The endpoint is AWS_ENDPOINT_URL, credentials are AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, in the environment"
        )
    return url


def split(url: str) -> tuple[str, str]:
    """Bucket and prefix.

    >>> split("s3://bucket/runs/sums")
    ('bucket', 'runs/sums')
    """
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    return bucket, prefix


def options_of(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """How a store is reached, as deltalake, polars and obstore take it beside what they read from the
    environment themselves. It holds no secret; those of the environment are redacted from now on.

    >>> options_of({"AWS_ENDPOINT_URL": "http://127.0.0.1:9000", "AWS_ACCESS_KEY_ID": "some"})
    {'aws_region': 'us-east-1', 'aws_endpoint_url': 'http://127.0.0.1:9000', 'aws_allow_http': 'true'}

    Raises:
        MissingError: an endpoint is named, and nobody to log in as.
    """
    for name in _SECRETS:
        hide(environment.get(name, "").strip(), name)
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or _REGION
    options = {"aws_region": region}
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    if endpoint:
        if not environment.get("AWS_ACCESS_KEY_ID"):  # a library would look for Amazon's own machines
            raise MissingError(
                f"{_host(endpoint)} needs credentials: export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        options["aws_endpoint_url"] = endpoint
        # Only where somebody wrote it out: what is sent there can be read on the way.
        options["aws_allow_http"] = "true" if endpoint.startswith("http://") else "false"
    return options


def _host(endpoint: str) -> str:
    return endpoint.rpartition("@")[2]


def work_folder(url: str) -> Path:
    """The folder on this machine that works for a run in a store, below where one stands.

    >>> str(work_folder("s3://bucket/runs/sums"))
    'runs/s3/bucket/runs/sums'
    """
    bucket, prefix = split(url)
    return Path("runs", "s3", bucket, *prefix.split("/"))


def home_of(run: Path) -> str | None:
    """The URL of the run that a folder works for; None where the run lies in the folder itself.

    Raises:
        UsageError: what the folder says is no place in a store.
    """
    try:
        told = (run / HOME).read_text(encoding="utf-8")
    except OSError:
        return None
    except UnicodeDecodeError:
        raise UsageError(f"{run / HOME} is no URL of a run's place in a store: move it away") from None
    return place_of(told.strip())


def ledger_of(run: Path) -> str | Path:
    """Where the ledger of a run lies, by its folder."""
    home = home_of(run)
    return run / "ledger" if home is None else f"{home}/ledger"


def has_ledger(run: Path) -> bool:
    """Whether a folder is a run's, and not a mix's or a build's own."""
    ledger = ledger_of(run)
    return isinstance(ledger, str) or ledger.is_dir()
