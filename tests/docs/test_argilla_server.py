"""The page on the server says what is so; that its commands work is tests/heavy's matter."""

from __future__ import annotations

import inspect
import re
import struct
from pathlib import Path

from winnow.pipelines.cli.serve import serve
from winnow.steps.review.safe import MOST
from winnow.steps.review.server.environment import pins
from winnow.steps.review.server.inside import keys

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "argilla-server.md").read_text()


def test_versions_places_and_limits() -> None:
    (version,) = re.findall(r"^argilla-server==(\S+)$", pins().read_text(), re.MULTILINE)
    defaults = {name: one.default for name, one in inspect.signature(serve).parameters.items()}
    assert f"`argilla-server` {version}" in PAGE
    assert f"http://127.0.0.1:{defaults['port']}," in PAGE
    assert f"`{defaults['home']}/`" in PAGE
    assert f". {defaults['home']}/{keys.OWNER_ENV}\n" in PAGE
    assert f"`{keys.FILE}`" in PAGE
    assert f"{MOST:,} characters" in PAGE


def test_the_pictures_are_small_and_of_one_size() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\((images/\S+)\)", PAGE)
    assert len(pictures) == 2
    for picture in pictures:
        data = (DOCS / picture).read_bytes()
        assert struct.unpack(">II", data[16:24]) == (1280, 800)
        assert len(data) < 200_000
