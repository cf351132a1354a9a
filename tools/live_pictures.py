"""The pictures of docs/live.md, of a run that goes on: what it shows on a terminal, and `winnow watch`.

python tools/live_pictures.py runs/sums docs/images
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
from pathlib import Path

from rich.console import Console

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.live.dashboard import Dashboard
from winnow.pipelines.live.screen import drawn
from winnow.pipelines.live.snapshot import read_snapshot

_COLUMNS = 100


async def panels(run: RunFolder) -> str:
    """The dashboard, once it has drawn."""
    app = Dashboard(run)
    async with app.run_test(size=(_COLUMNS, 30)) as pilot:
        await pilot.pause(2.0)
        return app.export_screenshot(title="winnow watch")


def progress(run: RunFolder) -> str:
    """The lines that change."""
    seen = read_snapshot(run.progress)
    if seen is None:
        sys.exit(f"{run.progress} holds no snapshot")
    console = Console(record=True, width=_COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(drawn(seen, _COLUMNS))
    return console.export_svg(title="winnow run")


def main() -> None:
    run, pictures = RunFolder(Path(sys.argv[1])), Path(sys.argv[2])
    for name, drawing in (("progress", progress(run)), ("watch", asyncio.run(panels(run)))):
        plain = re.sub(r"@font-face \{.*?\}\s*", "", drawing, flags=re.DOTALL)  # any monospaced one will do
        plain = "\n".join(line.strip() for line in plain.splitlines())
        (pictures / f"{name}.svg").write_text(plain + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
