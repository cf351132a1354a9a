"""Builds on a Hub: by one commit, found again, and never mixed with another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.hub.faults import Fault
from support.hub.people import READER, STRANGER, WRITER
from support.hub.repo import Blob, Repo
from support.hub.server import HubServer

from winnow.steps.build.reading import Built
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.publish.collect import collect
from winnow.steps.publish.config import CardConfig, HubConfig
from winnow.steps.publish.hub.promote import promote
from winnow.steps.publish.hub.publish import Published, publish_to_hub
from winnow.steps.publish.hub.trouble import explained
from winnow.steps.publish.publication import Publication

from .conftest import REPO, remote, small

OURS = HubConfig(repo=REPO)


def publication(built: Built, **card: object) -> Publication:
    return collect(built, {}, CardConfig.model_validate(card), REPO)


def publish(hub: HubServer, built: Built, config: HubConfig = OURS, **more: object) -> Published:
    return publish_to_hub(publication(built), config, remote(hub, config.repo), **more)  # type: ignore[arg-type]


def repo(hub: HubServer) -> Repo:
    return hub.store.repos[REPO]


def build_at(there: Repo, revision: str = "main") -> str:
    return str(json.loads(there.at(revision).tree["manifest.json"].content)["build"])


def test_the_first_publication(hub: HubServer, tmp_path: Path) -> None:
    built = small(tmp_path / "sums")
    done = publish(hub, built)
    there = repo(hub)
    assert there.private
    assert [one.title for one in there.history("main")] == [
        f"winnow build {built.build.id}",
        "initial commit",
    ]
    assert there.tags == {f"v{built.build.id}": there.at("main").oid}
    assert (done.oid, done.tag) == (there.at("main").oid, f"v{built.build.id}")
    for file in built.build.files:
        blob = there.at("main").tree[file.path]
        assert blob.large
        assert blob.sha256 == file.sha256
    assert {"README.md", "manifest.json"} <= set(there.at("main").tree)


def test_the_same_build_again_changes_nothing(hub: HubServer, tmp_path: Path) -> None:
    built = small(tmp_path / "sums")
    first = publish(hub, built)
    hub.traffic.reset()
    again = publish(hub, built)
    assert again.plan.is_empty
    assert (again.oid, again.tag) == (first.oid, first.tag)
    assert len(repo(hub).commits) == 2
    assert not [line for line in hub.traffic.seen if line.startswith(("POST", "PUT"))]


def test_a_second_build_leaves_nothing_of_the_first(hub: HubServer, tmp_path: Path) -> None:
    publish(hub, small(tmp_path / "sums", shards=3))
    second = small(tmp_path / "sums", first=9, shards=2)
    done = publish(hub, second)
    shards = {path for path in repo(hub).at("main").tree if path.endswith(".parquet")}
    assert shards == {file.path for file in second.build.files}
    assert set(done.plan.deleted) == {f"sft/train-0000{at}-of-00003.parquet" for at in range(3)}
    assert done.plan.rows == {"sft": (6, 4), "preference": (1, 1)}
    assert sorted(repo(hub).tags.values()) == sorted(one.oid for one in repo(hub).history("main")[:2])


def test_what_people_wrote_and_added_stays(hub: HubServer, tmp_path: Path) -> None:
    publish(hub, small(tmp_path / "sums"))
    there = repo(hub)
    tree = dict(there.at("main").tree)
    text = tree["README.md"].content.decode().replace("license: unknown", "license: cc-by-4.0\nviewer: true")
    tree["README.md"] = Blob((text + "\n## Ours\nRead this first.\n").encode(), False)
    tree["notes.txt"] = Blob(b"mine", False)
    there.heads["main"] = there.add(there.at("main").oid, "by hand", "", "me", tree).oid
    second = small(tmp_path / "sums", first=9)
    publish(hub, second)
    after = there.at("main").tree
    card = after["README.md"].content.decode()
    assert card.endswith("## Ours\nRead this first.\n")
    assert second.build.id in card
    assert "license: cc-by-4.0\n" in card
    assert "viewer: true\n" in card
    assert card.count("winnow:begin") == 1
    assert after["notes.txt"].content == b"mine"
    assert publish(hub, second).plan.is_empty


def test_a_dry_run_tells_and_does_nothing(hub: HubServer, tmp_path: Path) -> None:
    first = small(tmp_path / "sums", shards=3)
    told = publish(hub, first, dry_run=True)
    assert "sft/train-00002-of-00003.parquet" in told.plan.added
    assert not hub.store.repos
    publish(hub, first)
    hub.traffic.reset()
    told = publish(hub, small(tmp_path / "sums", first=9), dry_run=True)
    assert len(told.plan.deleted) == 3
    assert "README.md" in told.plan.replaced
    assert len(repo(hub).commits) == 2
    assert not [line for line in hub.traffic.seen if not line.startswith("GET")]


def test_a_hundred_and_twenty_shards_are_one_commit(hub: HubServer, tmp_path: Path) -> None:
    built = small(tmp_path / "sums", shards=120)
    publish(hub, built)
    assert len(repo(hub).commits) == 2
    assert len([path for path in repo(hub).at("main").tree if path.startswith("sft/")]) == 120


@pytest.mark.parametrize("kind", ["lost", "412"])
def test_a_rival_right_after_a_commit(hub: HubServer, tmp_path: Path, kind: str) -> None:
    """One whose answer was lost is found below the rival's, and not made again; one that came too late is."""
    ours, theirs = small(tmp_path / "ours"), small(tmp_path / "theirs", first=9)
    client = remote(hub)
    publish_to_hub(publication(theirs), OURS, client)
    there, tree = repo(hub), dict(repo(hub).at("main").tree)

    def rival() -> None:
        there.heads["main"] = there.add(there.at("main").oid, "a rival's", "", "rival", tree).oid

    hub.traffic.reset()
    publish_to_hub(publication(small(tmp_path / "other", first=5)), OURS, client)
    at = next(at for at, line in enumerate(hub.traffic.seen) if "/commit/" in line)
    hub.traffic.reset(Fault(at, kind, rival))
    done = publish_to_hub(publication(ours), OURS, client)
    made = [one.title for one in there.history("main")[:2]]
    mine = f"winnow build {ours.build.id}"
    assert made == (["a rival's", mine] if kind == "lost" else [mine, "a rival's"])
    assert build_at(there, str(done.tag)) == ours.build.id
    assert there.commits[there.tags[str(done.tag)]].title == mine


def test_an_older_build_comes_back(hub: HubServer, tmp_path: Path) -> None:
    first = small(tmp_path / "one")
    publish(hub, first)
    publish(hub, small(tmp_path / "two", first=9))
    tags = dict(repo(hub).tags)
    publish(hub, first)
    assert build_at(repo(hub)) == first.build.id
    assert repo(hub).tags == tags


def test_a_tag_that_was_not_set_is_set_later(hub: HubServer, tmp_path: Path) -> None:
    built = small(tmp_path / "sums")
    made = publish(hub, built).oid
    there = repo(hub)
    there.tags.clear()
    there.heads["main"] = there.add(made, "by hand", "", "me", there.at("main").tree).oid
    assert publish(hub, built).plan.is_empty
    assert there.tags == {f"v{built.build.id}": made}


def test_a_tag_of_another(hub: HubServer, tmp_path: Path) -> None:
    built = small(tmp_path / "sums")
    publish(hub, small(tmp_path / "other", first=9))
    repo(hub).tags[f"v{built.build.id}"] = repo(hub).at("main").oid
    with pytest.raises(UsageError, match="names something else"):
        publish(hub, built)


@pytest.mark.parametrize("private", [True, False])
def test_a_public_repo_is_no_place_for_what_is_private(hub: HubServer, tmp_path: Path, private: bool) -> None:
    hub.store.repos[REPO] = Repo(REPO, private=False)
    config = HubConfig(repo=REPO, private=private)
    if private:
        with pytest.raises(UsageError, match="is public, and this publication is private"):
            publish(hub, small(tmp_path / "sums"), config)
        assert len(repo(hub).commits) == 1
    else:
        publish(hub, small(tmp_path / "sums"), config)
        assert len(repo(hub).commits) == 2


def test_a_repo_of_something_else_is_left_alone(hub: HubServer, tmp_path: Path) -> None:
    there = hub.store.repos[REPO] = Repo(REPO, private=True)
    tree = {**there.at("main").tree, "data/train.csv": Blob(b"a,b", False)}
    there.heads["main"] = there.add(there.at("main").oid, "data", "", "me", tree).oid
    with pytest.raises(UsageError, match=r"no build of winnow's made, as data/train\.csv"):
        publish(hub, small(tmp_path / "sums"))


@pytest.mark.parametrize(
    "manifest",
    [
        b'{"build": "theirs"}',
        b'{"build": "%032d", "paths": 5}' % 0,
        b'{"build": "%032d", "files": [{}]}' % 0,
        b"[]",
    ],
)
def test_a_manifest_of_something_else(hub: HubServer, tmp_path: Path, manifest: bytes) -> None:
    there = hub.store.repos[REPO] = Repo(REPO, private=True)
    tree = {**there.at("main").tree, "manifest.json": Blob(manifest, False)}
    there.heads["main"] = there.add(there.at("main").oid, "data", "", "me", tree).oid
    with pytest.raises(UsageError, match=r"no build of winnow's made, as manifest\.json"):
        publish(hub, small(tmp_path / "sums"))
    assert repo(hub).at("main").tree["manifest.json"].content == manifest


@pytest.mark.parametrize(
    ("token", "there", "told"),
    [
        ("hf_wrong", False, "does not know who publishes my-org/sums: Invalid credentials"),
        (READER, False, "may not write to my-org/sums on .* role `write`"),
        (READER, True, "may not write to my-org/sums on .* role `write`"),
        (STRANGER, False, "may not write to my-org/sums"),
        (STRANGER, True, "is there, and this token may not read it"),
    ],
)
def test_tokens_without_a_right(hub: HubServer, tmp_path: Path, token: str, there: bool, told: str) -> None:
    if there:
        publish(hub, small(tmp_path / "other", first=9))
    with pytest.raises(MissingError, match=told):
        publish_to_hub(publication(small(tmp_path / "sums")), OURS, remote(hub, token=token))


@pytest.mark.parametrize("token", ["hf_sec\nret", "hf_sec\x01ret", "hf_s\xe9cret"])
def test_a_token_that_no_header_can_hold_is_not_told(hub: HubServer, tmp_path: Path, token: str) -> None:
    """The libraries below would quote it, escaped, so that nobody could find it to hide it."""
    with pytest.raises(MissingError, match="holds characters that none has") as told:
        publish_to_hub(publication(small(tmp_path / "sums")), OURS, remote(hub, token=token))
    assert "cret" not in str(told.value)


def test_what_says_the_token_again_does_not_reach_the_user(hub: HubServer) -> None:
    client = remote(hub)
    said = str(explained(RuntimeError(f"no such Bearer {WRITER}"), client.shown, REPO))
    assert said.endswith("no such Bearer ${env:HF_TOKEN}")


def test_an_address_with_a_password(tmp_path: Path, hub: HubServer) -> None:
    away = remote(hub)
    nowhere = type(away)(REPO, away.patience, "http://me:hunter2@127.0.0.1:9", away.token)
    with pytest.raises(MissingError, match=r"http://127\.0\.0\.1:9 cannot be reached") as told:
        publish_to_hub(publication(small(tmp_path / "sums")), OURS, nowhere)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("name", ["a/b..c", "a/b--c", "a/b.git"])
def test_a_name_that_the_hub_does_not_take(hub: HubServer, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"publish\.hub\.repo: the Hub takes no such name"):
        publish(hub, small(tmp_path / "sums"), HubConfig(repo=name))


def test_nobody_there(tmp_path: Path, hub: HubServer) -> None:
    away = remote(hub)
    nowhere = type(away)(REPO, away.patience, "http://127.0.0.1:9", away.token)
    with pytest.raises(MissingError, match=r"cannot be reached.* built and kept"):
        publish_to_hub(publication(small(tmp_path / "sums")), OURS, nowhere)


def test_a_card_that_the_hub_refuses(hub: HubServer, tmp_path: Path) -> None:
    wrong = publication(small(tmp_path / "sums"), license="gpl-17")
    with pytest.raises(UsageError, match=r"refused the card: .*license.*gpl-17.*publish\.card"):
        publish_to_hub(wrong, OURS, remote(hub))


@pytest.mark.parametrize("gate", [{"branch": "review"}, {"pull_request": True}])
def test_a_build_waits_for_a_review(hub: HubServer, tmp_path: Path, gate: dict[str, object]) -> None:
    first, second = small(tmp_path / "sums", shards=3), small(tmp_path / "new", first=9)
    publish(hub, first)
    there, config = repo(hub), HubConfig.model_validate({"repo": REPO, **gate})
    waiting = publish(hub, second, config)
    assert waiting.tag is None
    assert build_at(there) == first.build.id
    assert build_at(there, waiting.revision) == second.build.id
    commits = len(there.commits)
    assert publish(hub, second, config).plan.is_empty
    assert len(there.commits) == commits
    tree = dict(there.at(waiting.revision).tree)
    tree["README.md"] = Blob(tree["README.md"].content + b"\nLooked at by me.\n", False)
    there.heads[waiting.revision] = there.add(waiting.oid, "by hand", "", "me", tree).oid
    done = promote(publication(second), config, remote(hub))
    assert build_at(there) == second.build.id
    assert there.tags[f"v{second.build.id}"] == done.oid == there.at("main").oid
    assert b"Looked at by me." in there.at("main").tree["README.md"].content
    assert not [path for path in there.at("main").tree if path.endswith("of-00003.parquet")]
    assert promote(publication(second), config, remote(hub)).plan.is_empty
    assert publish(hub, second, config).revision == "main"


def edit(there: Repo, branch: str, more: str) -> None:
    """Somebody writes below the card of a branch."""
    tree = dict(there.at(branch).tree)
    tree["README.md"] = Blob(tree["README.md"].content + more.encode(), False)
    there.heads[branch] = there.add(there.at(branch).oid, "by hand", "", "me", tree).oid


@pytest.mark.parametrize("reviewers", [False, True])
@pytest.mark.parametrize("later", [False, True])
def test_what_was_written_on_main_since_a_branch_was_made_stays(
    hub: HubServer, tmp_path: Path, later: bool, reviewers: bool
) -> None:
    """The branch of a review stays for the next; what stands on main is not undone by what it says."""
    config = HubConfig(repo=REPO, branch="review")
    first, second = small(tmp_path / "one"), small(tmp_path / "two", first=9)
    publish(hub, first, config)
    there = repo(hub)
    edit(there, "review", "\nOf the reviewers.\n")
    promote(publication(first), config, remote(hub))
    if not later:
        edit(there, "main", "\nOf main.\n")
    publish(hub, second, config)
    if later:
        edit(there, "main", "\nOf main.\n")
    if reviewers:
        edit(there, "review", "\nAgain.\n")
    if reviewers and later:  # both wrote: neither is thrown away
        with pytest.raises(UsageError, match="on main and on the branch review"):
            promote(publication(second), config, remote(hub))
        assert build_at(there) == first.build.id
        return
    promote(publication(second), config, remote(hub))
    card = there.at("main").tree["README.md"].content.decode()
    assert build_at(there) == second.build.id
    assert card.count("Of the reviewers.") == card.count("Of main.") == 1
    assert card.count("Again.") == reviewers


@pytest.mark.parametrize("gate", [{"branch": "review"}, {"pull_request": True}, {}])
def test_what_was_not_reviewed_is_not_promoted(
    hub: HubServer, tmp_path: Path, gate: dict[str, object]
) -> None:
    config = HubConfig.model_validate({"repo": REPO, **gate})
    first = small(tmp_path / "sums")
    publish(hub, first)
    publish(hub, small(tmp_path / "reviewed", first=5), config)
    with pytest.raises(UsageError, match=r"holds build|no open pull request|nothing waits"):
        promote(publication(small(tmp_path / "new", first=9)), config, remote(hub))
