"""The reference's pages: one a folder of the package, filled from docstrings when the site is built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docsite.places import ROOT

TOPS = ("pipelines", "steps", "verifiers")
# Programs of their own, that run where our package is not.
APART = ("verifiers/code/sandbox/inside", "steps/review/server/inside")


def reference(root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Each page's path in the site, and its text.

    >>> dict(reference())["reference/steps.select.md"].splitlines()[0]
    '# steps.select'
    """
    yield "reference/report.md", _page("winnow.report", title="report")
    for top in TOPS:
        for folder in (root / top, *sorted(path for path in (root / top).rglob("*/") if path.is_dir())):
            path = folder.relative_to(root).as_posix()
            if any(path == one or path.startswith(f"{one}/") for one in APART):
                continue
            modules = sorted(one.stem for one in folder.glob("*.py") if not one.stem.startswith("__"))
            if modules and (folder / "__init__.py").exists():
                name = path.replace("/", ".")
                yield f"reference/{name}.md", _page(*(f"winnow.{name}.{one}" for one in modules), title=name)


def _page(*modules: str, title: str) -> str:
    return "\n".join([f"# {title}", "", *(f"::: {module}\n" for module in modules)])
