"""Argilla's real server: what our search finds, what is kept and who may read it, and that it ends."""

from __future__ import annotations

import json
import signal
import sqlite3
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.argilla import ArgillaServer, Person, environment
from support.command import winnow

from winnow.steps.review.server import inside
from winnow.steps.review.server.environment import python

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]
TEXTS = ["A red apple", "a green APPLE, tart", "blue sky", "näive résumé", "100% of it"]


@pytest.fixture(scope="module")
def fruit(argilla: ArgillaServer) -> Iterator[str]:
    """A dataset with five records, of which the owner has answered two and discarded one."""
    place = argilla.ask("me/workspaces")["items"][0]["id"]
    made = argilla.ask("datasets", {"name": "fruit", "workspace_id": place, "guidelines": "x"})["id"]
    options = [{"value": value, "text": value} for value in "ab"]
    rating = [{"value": value} for value in range(1, 6)]
    for path, told in (
        ("fields", {"name": "text", "title": "t", "required": True, "settings": {"type": "text"}}),
        ("fields", {"name": "chat", "title": "t", "required": False, "settings": {"type": "chat"}}),
        ("questions", question("side", {"type": "label_selection", "options": options})),
        ("questions", question("stars", {"type": "rating", "options": rating})),
        ("metadata-properties", {"name": "kind", "title": "k", "settings": {"type": "terms"}}),
        ("metadata-properties", {"name": "reward", "title": "r", "settings": {"type": "float"}}),
        ("metadata-properties", {"name": "length", "title": "l", "settings": {"type": "integer"}}),
        ("vectors-settings", {"name": "place", "title": "p", "dimensions": 2}),
    ):
        argilla.ask(f"datasets/{made}/{path}", told)
    argilla.ask(f"datasets/{made}/publish", method="PUT")
    vectors = [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [-1.0, 0.0], [0.5, 0.5]]
    records: list[dict[str, Any]] = [
        {
            "external_id": str(at),
            "fields": {"text": text, "chat": [{"role": "user", "content": f"turn {at}x"}]},
            "metadata": {"kind": ["odd", "any"] if at % 2 else "even", "reward": at / 2, "length": len(text)},
            "vectors": {"place": vectors[at]},
        }
        for at, text in enumerate(TEXTS)
    ]
    asked = {one["name"]: one["id"] for one in argilla.ask(f"datasets/{made}/questions")["items"]}
    suggestion = {"question_id": asked["side"], "value": "a", "score": 0.5, "agent": "m"}
    records[4]["suggestions"] = [suggestion]
    argilla.ask(f"datasets/{made}/records/bulk", {"items": records}, "PUT")
    ids = {one["external_id"]: one["id"] for one in argilla.records("fruit")}
    for at, side in (("0", "a"), ("1", "b")):
        values = {"side": {"value": side}, "stars": {"value": int(at) + 2}}
        argilla.ask(f"records/{ids[at]}/responses", {"values": values, "status": "submitted"})
    argilla.ask(f"records/{ids['2']}/responses", {"values": {}, "status": "discarded"})
    yield str(made)


def question(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "title": name, "required": name == "side", "settings": settings}


def found(
    server: ArgillaServer, dataset: str, person: Person | None = None, limit: int = 50, **query: Any
) -> list[str]:
    path = f"me/datasets/{dataset}/records/search?limit={limit}"
    items = server.ask(path, query, person=person)["items"]
    return [one["record"]["external_id"] for one in items]


def terms(scope: dict[str, Any], *values: str) -> dict[str, Any]:
    return {"and": [{"type": "terms", "scope": scope, "values": list(values)}]}


KIND = {"entity": "metadata", "metadata_property": "kind"}
REWARD = {"entity": "metadata", "metadata_property": "reward"}


def test_a_search_finds_words_in_any_case_and_in_chats(argilla: ArgillaServer, fruit: str) -> None:
    def says(text: str, **more: str) -> list[str]:
        return sorted(found(argilla, fruit, query={"text": {"q": text, **more}}))

    assert says("apple") == ["0", "1"]
    assert says("apple tart") == ["1"]
    assert says("résumé") == ["3"]
    assert says("100%") == ["4"]
    assert says("%") == ["4"]
    assert says("turn") == list("01234")
    assert says("3x", field="chat") == ["3"]
    assert says("3x", field="text") == []


def test_filters_and_orders_are_those_of_metadata_and_responses(argilla: ArgillaServer, fruit: str) -> None:
    def fit(filters: dict[str, Any], **more: Any) -> list[str]:
        return sorted(found(argilla, fruit, filters=filters, **more))

    def ordered(scope: dict[str, Any], order: str) -> list[str]:
        return found(argilla, fruit, sort=[{"scope": scope, "order": order}])

    status = {"entity": "response", "property": "status"}
    side, stars = ({"entity": "response", "question": name} for name in ("side", "stars"))
    assert fit(terms(KIND, "odd")) == ["1", "3"]
    assert fit(terms(KIND, "any", "even")) == list("01234")
    assert fit({"and": [{"type": "range", "scope": REWARD, "ge": 0.5, "le": 1.5}]}) == ["1", "2", "3"]
    assert fit(terms(status, "submitted")) == ["0", "1"]
    assert fit(terms(status, "pending")) == ["3", "4"]
    assert fit(terms(status, "pending", "discarded")) == ["2", "3", "4"]
    assert fit(terms(status, "pending"), person=argilla.reviewer) == list("01234")
    assert fit(terms(side, "b")) == ["1"]
    assert fit({"and": [{"type": "range", "scope": stars, "ge": 3}]}) == ["1"]
    assert fit(terms({"entity": "record", "property": "status"}, "completed")) == ["0", "1"]
    suggested = {"entity": "suggestion", "question": "side"}
    assert fit(terms({**suggested, "property": "value"}, "a")) == ["4"]
    assert fit({"and": [{"type": "range", "scope": {**suggested, "property": "score"}, "ge": 0.4}]}) == ["4"]
    both = {"and": terms(KIND, "even")["and"] + terms(status, "pending")["and"]}
    assert fit(both) == ["4"]
    assert ordered(REWARD, "desc") == list("43210")
    assert ordered({"entity": "record", "property": "external_id"}, "asc") == list("01234")


def test_each_person_has_an_order_of_their_own_and_pages_have_each_record_once(
    argilla: ArgillaServer, fruit: str
) -> None:
    people = [argilla.owner, argilla.reviewer, *(argilla.annotator(f"order-{at}") for at in range(3))]
    orders = [found(argilla, fruit, person=person) for person in people]
    assert [sorted(order) for order in orders] == [list("01234")] * 5
    assert len({tuple(order) for order in orders}) > 1
    assert orders[0] == found(argilla, fruit)
    assert found(argilla, fruit, limit=2) == orders[0][:2]


def test_progress_metrics_and_neighbours_are_counted(argilla: ArgillaServer, fruit: str) -> None:
    told = argilla.ask(f"datasets/{fruit}/progress")
    assert (told["total"], told["completed"], told["pending"]) == (5, 2, 3)
    mine = argilla.ask(f"me/datasets/{fruit}/metrics")["responses"]
    assert mine == {"total": 5, "submitted": 2, "discarded": 1, "draft": 0, "pending": 2}
    properties = argilla.ask(f"me/datasets/{fruit}/metadata-properties")["items"]
    metrics = {one["name"]: argilla.ask(f"metadata-properties/{one['id']}/metrics") for one in properties}
    counts = {one["term"]: one["count"] for one in metrics["kind"]["values"]}
    assert counts == {"even": 3, "odd": 2, "any": 2}
    assert (metrics["reward"]["min"], metrics["reward"]["max"]) == (0.0, 2.0)
    assert (metrics["length"]["min"], metrics["length"]["max"]) == (8, 19)
    vector = {"name": "place", "value": [1.0, 0.0]}
    assert found(argilla, fruit, query={"vector": vector}, limit=3) == ["0", "1", "4"]
    away = {**vector, "order": "least_similar"}
    assert found(argilla, fruit, query={"vector": away}, limit=1) == ["3"]


def test_its_jobs_are_done(argilla: ArgillaServer, fruit: str) -> None:
    """A dataset that now wants two answers a record has its records counted anew, by a job."""
    told = {"distribution": {"strategy": "overlap", "min_submitted": 2}}
    argilla.ask(f"datasets/{fruit}", told, "PATCH")
    end = time.monotonic() + 120
    while argilla.ask(f"datasets/{fruit}/progress")["completed"] and time.monotonic() < end:
        time.sleep(0.2)
    assert argilla.ask(f"datasets/{fruit}/progress")["completed"] == 0


def test_parsers_are_made_once_and_the_log_is_written_ahead(argilla: ArgillaServer, tmp_path: Path) -> None:
    with sqlite3.connect(f"file:{argilla.home / 'argilla.db'}?mode=ro", uri=True) as database:
        assert database.execute("pragma journal_mode").fetchone() == ("wal",)
    told = subprocess.run(
        [python(environment()), "-I", "-c", PARSED, str(Path(inside.__path__[0]).parent)],
        env={"ARGILLA_HOME_PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout == "integer 8, integer 2, terms yes\nmade 1\n", told.stderr


PARSED = """
import sys
sys.path.append(sys.argv[1])
from inside.quick import parse_once
parse_once()
from argilla_server.models import MetadataProperty, database
several = ({"type": "integer", "max": 8}, {"type": "integer", "max": 2}, {"type": "terms", "values": ["yes"]})
parsed = [MetadataProperty(settings=one).parsed_settings for one in several]
print(", ".join(f"{one.type.value} {getattr(one, 'max', None) or one.values[0]}" for one in parsed))
print("made", database.TypeAdapter.cache_info().misses)
"""


def test_it_ends_when_it_is_told_to_and_finds_its_data_again(tmp_path: Path) -> None:
    mine = tmp_path / "home/tmp/mine"  # a home that was somebody's before
    mine.parent.mkdir(parents=True)
    (tmp_path / "home").chmod(0o700)
    mine.touch()
    first = ArgillaServer(tmp_path / "home")
    try:
        files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in first.home.iterdir()}
        assert (files["users.json"], files["owner.env"]) == (0o600, 0o600)
        assert stat.S_IMODE(first.home.stat().st_mode) == 0o700
        first.ask("workspaces", {"name": "kept"})
        twice = winnow(
            "review", "serve", "--port", "0", "--home", "home", "--env", environment(), cwd=tmp_path
        )
        assert twice.returncode == 75
        assert "another server has" in twice.stderr
        pid, started = first.process.pid, children(first.process.pid)
        assert first.stop() == 0
        assert not started
        assert not Path(f"/proc/{pid}").exists()
        assert mine.exists()
        assert not list(first.home.glob(".argilla*"))
        said = first.said + Path(first.log.name).read_text()
        users = json.loads((first.home / "users.json").read_text())
        for secret in (
            users["secret"],
            *(one[key] for one in users["users"] for key in ("password", "api_key")),
        ):
            assert secret not in said
    finally:
        first.process.kill()
    second = ArgillaServer(tmp_path / "home")
    try:
        assert second.owner == first.owner
        assert {one["name"] for one in second.ask("me/workspaces")["items"]} == {"default", "kept"}
        assert second.stop(signal.SIGINT) == 0
    finally:
        second.process.kill()


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
