"""The README's picture: what a run prints at its end, as an SVG.

    python tools/picture.py runs/demo docs/images/demo.svg

The fonts that rich would have a viewer fetch from elsewhere are left out: any monospaced one will do.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from winnow.pipelines import terminal
from winnow.pipelines.folder import RunFolder
from winnow.pipelines.recipe import Recipe
from winnow.pipelines.run import build_run
from winnow.pipelines.summary import show_summary


def main() -> None:
    run, picture = Path(sys.argv[1]), Path(sys.argv[2])
    folder = RunFolder(run)
    recipe = Recipe.model_validate((folder.read_manifest() or {})["recipe"])
    terminal.out.record = True
    terminal.out.width = 84
    show_summary(recipe, folder, build_run(recipe, folder))
    picture.parent.mkdir(parents=True, exist_ok=True)
    drawn = terminal.out.export_svg(title="make demo")
    picture.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
