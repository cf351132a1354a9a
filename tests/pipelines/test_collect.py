"""What is never garbage."""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from support.recipes import write_sums
from support.store import reached

from winnow.pipelines import collect
from winnow.pipelines.begin import run_recipe
from winnow.pipelines.cli.options import existing_run
from winnow.pipelines.folder import RunFolder
from winnow.pipelines.publish import publish_build
from winnow.pipelines.recipe import load_recipe
from winnow.pipelines.versions import Versions
from winnow.steps.build.reading import find_built
from winnow.steps.errors import Exit
from winnow.steps.publish.config import PublishConfig


def test_what_somebody_needs_or_put_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that the manifest names, whatever the links say (those of a store's run are of one machine); a
    file of the user's; and nothing goes while a run may begin."""
    folder, removed = RunFolder(tmp_path / "sums"), list[Path]()
    for kind in ("sft", "preference"):
        assert run_recipe(load_recipe(write_sums(tmp_path, build={kind: {}})), tmp_path) is Exit.DONE
    first, last = Versions.of(folder).found
    folder.update({"build": {"id": first.build}})
    for link in ("datasets", "previous"):
        (folder.path / link).unlink()
    for name in (".my.notes", ".manifest.json.999999999"):
        (folder.path / name).touch()
        os.utime(folder.path / name, (0, 0))

    def remove(paths: list[Path]) -> None:
        assert folder.is_held()
        removed.extend(paths)

    monkeypatch.setattr(collect, "_remove", remove)
    collect.collect_garbage([folder], 1, 7, delete=True)
    assert {path.name for path in removed} == {last.build, ".manifest.json.999999999"}
    assert Versions.of(folder).found == [first, last]


@pytest.mark.parametrize("where", ["disk", "store"])
def test_a_publication_beside_a_build_is_known(
    tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Versions are written down by the run and by whoever publishes, maybe elsewhere: neither forgets
    what the other said."""
    recipe = load_recipe(write_sums(tmp_path, build={"sft": {}}))
    with reached() if where == "store" else nullcontext(str(tmp_path)) as runs:

        def there(machine: str) -> RunFolder:
            (tmp_path / machine).mkdir(exist_ok=True)
            monkeypatch.chdir(tmp_path / machine)
            return RunFolder(existing_run(f"{runs}/sums", built=True))

        monkeypatch.chdir(tmp_path)
        assert run_recipe(recipe, runs) is Exit.DONE
        known, here = Versions.of(there("one")), Path.cwd()  # as a run reads them when it begins to build
        other = there("two")
        built = find_built(str(other.path))
        publish_build(built, {}, PublishConfig(to=str(tmp_path / "there")))
        monkeypatch.chdir(here)
        known.add(recipe, replace(built.build, lineage={**known.found[0].lineage, "version": 2}))
        assert [bool(one.published) for one in Versions.of(there("three")).found] == [True, False]
