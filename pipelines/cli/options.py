"""Arguments that several verbs take."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from winnow.steps.errors import UsageError
from winnow.steps.storage.url import HOME, home_of, is_url, place_of, work_folder

RecipeArgument = Annotated[str, typer.Argument(metavar="RECIPE", help="The recipe's YAML file.")]
RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's folder, its name below ./runs, or its URL.")
]
BuiltArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="A run or a mix, its folder, its name below ./runs, or its URL.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY.KEY=VALUE", help="Override a key of the recipe; may be given often."),
]
ParamOption = Annotated[
    list[str] | None,
    typer.Option("--param", "-p", metavar="KEY=VALUE", help="A parameter; YAML or text."),
]
RunsDirOption = Annotated[
    str,
    typer.Option("--runs-dir", metavar="DIR|URL", help="Where runs lie: a folder, or s3://BUCKET/PREFIX."),
]


def existing_run(run: str, *, built: bool = False) -> Path:
    """The folder of a run that is there; of one in a store the folder that works for it, with what the store
    tells of it now, and if `built` with its datasets.

    Raises:
        UsageError: it is not; tells which runs are.
    """
    if is_url(run):
        return _fetched(place_of(run), built)
    with suppress(OSError):  # of a name that is too long, say
        for path in (Path(run), Path("runs") / run):
            if (path / "manifest.json").is_file():
                if _is_mix(path / "manifest.json"):
                    raise UsageError(f"{path} is a mix of runs, and has no ledger: name one of the runs")
                return path if (home := home_of(path)) is None else _fetched(home, built)
    there = sorted(found.parent.name for found in Path("runs").glob("*/manifest.json"))[:10]
    told = f"./runs has: {', '.join(there)}" if there else "there are none in ./runs"
    raise UsageError(f"no run at {run}: expected a folder with a manifest.json; {told}")


def with_build(run: str) -> str:
    """A run or a mix as it was named; of a run in a store the folder that works for it, with its datasets.

    Raises:
        UsageError: there is no such run in the store.
        MissingError: the store cannot be reached.
    """
    url = (
        place_of(run)
        if is_url(run)
        else next(filter(None, map(home_of, (Path(run), Path("runs") / run))), None)
    )
    if url is None:
        return run
    return str(_fetched(url, built=True))


def _fetched(url: str, built: bool) -> Path:
    from winnow.pipelines.hold import owner_of
    from winnow.pipelines.home import Home

    path = work_folder(url)
    home = Home(url, path)
    if owner_of(path) is not None:  # it is at work here, and knows better
        return path
    home.settle_in()
    if not home.fetch():
        with suppress(OSError):  # where anything else lies in it, it stays
            (path / HOME).unlink()
            path.rmdir()
        raise UsageError(f"no run at {url}: expected a manifest.json there")
    home.fetch_progress()
    if built:
        home.fetch_build()
    return path


def _is_mix(manifest: Path) -> bool:
    try:
        return "mix" in json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False


def spec_of(name: str, params: list[str]) -> dict[str, Any]:
    """The spec of a verifier that the command line names.

    Raises:
        UsageError: a parameter is no KEY=VALUE.
    """
    from winnow.verifiers.parameters import fits
    from winnow.verifiers.registry import SpecError, entry_of, type_key

    try:
        entry = entry_of(name)
    except SpecError as broken:
        raise UsageError(str(broken)) from None
    known = entry.parameters if entry else {}
    spec: dict[str, Any] = {type_key: name}
    for param in params:
        key, equals, told = param.partition("=")
        if not equals or not key.strip() or key.strip() == type_key:
            raise UsageError(f"--param {param!r}: expected KEY=VALUE, as in --param max=15")
        key = key.strip()
        value = _yaml(told)
        if key in known and not fits(known[key].hint, value) and fits(known[key].hint, told):
            value = told  # 42 is a number to YAML, and may well be the text that was meant
        spec[key] = value
    return spec


def _yaml(told: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(told)
    except yaml.YAMLError:
        return told
