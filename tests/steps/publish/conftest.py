"""One Hub for the tests of a module, and the real client that talks to it, with its waits cut short."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.builds import pair_row, sft_row, write_build
from support.hub.people import WRITER
from support.hub.server import HubServer

from winnow.steps.build.reading import Built
from winnow.steps.publish.hub.remote import Remote
from winnow.steps.publish.hub.trouble import Patience

REPO = "my-org/sums"
QUICK = Patience(timeout=60.0, tries=4, wait=0.001)
HASTY = replace(QUICK, timeout=0.25)
"""For a Hub that stalls: on a busy machine one that does not may take as long, and is asked twice."""


@pytest.fixture(scope="session")
def server() -> Iterator[HubServer]:
    with HubServer(page=50) as running:
        yield running


@pytest.fixture
def hub(server: HubServer, monkeypatch: pytest.MonkeyPatch) -> HubServer:
    """An empty Hub; the client's own pauses between tries last a thousandth."""
    from huggingface_hub import constants
    from huggingface_hub.utils import _http, disable_progress_bars

    disable_progress_bars()
    server.store.repos.clear()
    server.store.objects.clear()
    server.traffic.reset()
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(_http, "time", SimpleNamespace(sleep=lambda wait: time.sleep(wait / 1000)))
    return server


def remote(hub: HubServer, repo: str = REPO, token: str = WRITER, *, patience: Patience = QUICK) -> Remote:
    return Remote(repo, patience, hub.url, token)


def small(folder: Path, first: int = 0, shards: int = 2, **told: object) -> Built:
    """A build with shards of two rows each, and pairs."""
    rows = [[sft_row(first + 2 * at), sft_row(first + 2 * at + 1)] for at in range(shards)]
    pairs = {"train": [[pair_row(first)]]}
    return write_build(folder, {"sft": {"train": rows}, "preference": pairs}, **told)
