"""The page itself: styles, scripts and data in one file that asks nobody for anything.

Its policy lets no script run but ours, by its hash, and files beside the page; nothing else may be loaded or
connected to. So even a text that slipped through the escaping would run nothing and fetch nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from winnow.steps.report.page.chunks import as_json

SCRIPTS = (
    "dom.js",
    "data.js",
    "axis.js",
    "lines.js",
    "bars.js",
    "tables.js",
    "groups.js",
    "group.js",
    "main.js",
)
"""In this order they are one script."""


def page_of(report: Mapping[str, Any], inside: Mapping[str, bytes]) -> bytes:
    """The page for a report as data, with further data by their names."""
    style = _asset("page.css")
    script = '"use strict";\n(() => {\n' + "\n".join(map(_asset, SCRIPTS)) + "\n})();\n"
    policy = (
        f"default-src 'none'; script-src 'self' {_hash(script)}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'"
    )
    data = {"report": as_json(report), **inside}
    islands = b"\n".join(
        b'<script type="application/json" data-name="' + name.encode() + b'">' + told + b"</script>"
        for name, told in data.items()
    )
    top, bottom = _asset("page.html").split("<!-- data -->")
    told = top.replace("{policy}", policy).replace("{style}", style)
    return told.encode() + islands + bottom.replace("{script}", script).encode()


def _asset(name: str) -> str:
    return (files("winnow.steps.report.page") / "assets" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
