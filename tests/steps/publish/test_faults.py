"""One fault at each request of a publication in turn: nobody ever sees half of one, and a rerun is right."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.hub.faults import KINDS, Fault
from support.hub.repo import Repo, Tree
from support.hub.server import HubServer

from winnow.steps.build.reading import Built
from winnow.steps.errors import WinnowError
from winnow.steps.publish.collect import collect
from winnow.steps.publish.config import CardConfig, HubConfig
from winnow.steps.publish.hub.promote import promote
from winnow.steps.publish.hub.publish import publish_to_hub

from .conftest import HASTY, QUICK, REPO, remote, small

ALL = (*KINDS, "dead")
WRITES = ("lost", "dead")  # what is left to try where one scenario met everything
Publish = Callable[[Built], None]


def whole(tree: Tree, builds: dict[str, Built]) -> str | None:
    """The one build that a commit holds, all of it and nothing of another; None where it holds none."""
    shards = {path: blob.sha256 for path, blob in tree.items() if path.endswith(".parquet")}
    if "manifest.json" not in tree:
        assert not shards
        return None
    named = str(json.loads(tree["manifest.json"].content)["build"])
    assert shards == {file.path: file.sha256 for file in builds[named].build.files}
    assert named in tree["README.md"].content.decode()
    return named


def check(there: Repo | None, builds: dict[str, Built]) -> None:
    """Every commit that any name leads to is whole, and each tag names its build."""
    if there is None:
        return
    for commit in there.commits.values():
        whole(commit.tree, builds)
    for tag, oid in there.tags.items():
        assert tag == f"v{whole(there.commits[oid].tree, builds)}"


@pytest.mark.parametrize("what", ["first", "second", "branch", "pull", "promote", "merge"])
def test_one_fault_at_each_request(hub: HubServer, tmp_path: Path, what: str) -> None:
    old, new = small(tmp_path / "old", shards=2), small(tmp_path / "new", first=9, shards=1)
    builds = {one.build.id: one for one in (old, new)}
    told = {one: collect(builds[one], {}, CardConfig(), REPO) for one in builds}
    gate = {"branch": "review"} if what in ("branch", "promote") else {}
    gate = {"pull_request": True} if what in ("pull", "merge") else gate  # type: ignore[dict-item]
    config = HubConfig.model_validate({"repo": REPO, **gate})

    client = remote(hub)

    def act() -> None:
        if what in ("promote", "merge"):
            promote(told[new.build.id], config, client)
        else:
            publish_to_hub(told[new.build.id], config, client)

    if what != "first":
        publish_to_hub(told[old.build.id], HubConfig(repo=REPO), client)
    if what in ("promote", "merge"):
        publish_to_hub(told[new.build.id], config, client)
    before = copy.deepcopy(hub.store)
    hub.traffic.reset()
    act()
    requests = list(hub.traffic.seen)
    assert len(requests) >= 8
    outcomes = set()
    for kind in ALL if what == "second" else WRITES:
        client = remote(hub, patience=HASTY if kind == "stall" else QUICK)
        for at, line in enumerate(requests):
            if what != "second" and line.startswith("GET"):
                continue
            hub.store.repos, hub.store.objects = copy.deepcopy(before.repos), dict(before.objects)
            hub.traffic.reset(Fault(at, kind))
            try:
                act()
                outcomes.add((kind, "done"))
            except WinnowError as error:
                assert "Traceback" not in str(error)
                outcomes.add((kind, "told"))
            assert len(hub.traffic.seen) > at
            check(hub.store.repos.get(REPO), builds)
            hub.traffic.reset()
            act()
            there = hub.store.repos[REPO]
            check(there, builds)
            where = {"branch": "review", "pull": "refs/pr/1"}.get(what, "main")
            assert whole(there.at(where).tree, builds) == new.build.id
            assert (f"v{new.build.id}" in there.tags) == (where == "main")
            titles = [one.title for one in there.commits.values() if new.build.id in one.title]
            assert len(titles) == (2 if what in ("promote", "merge") else 1), (at, kind)
            assert len(there.pulls) == (what in ("pull", "merge"))
    assert ("lost", "done") in outcomes
    assert ("dead", "told") in outcomes
    assert {kind for kind, how in outcomes if how == "told"} <= {"dead", "412"}
