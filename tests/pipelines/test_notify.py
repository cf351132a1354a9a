"""Who is told how a run ended, and that nothing depends on them."""

from __future__ import annotations

import json
import sys
import threading
from collections import namedtuple
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from support.recipes import replayed, write_jsonl, write_sums

from winnow.pipelines.begin import run_recipe
from winnow.pipelines.folder import RunFolder
from winnow.pipelines.logs import rotate
from winnow.pipelines.notify import NotifyConfig, tell
from winnow.pipelines.recipe import load_recipe
from winnow.steps.errors import Exit, MissingError, UsageError

SECRET = "a-secret-of-the-hook"


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append((self.path, json.loads(body)))  # type: ignore[attr-defined]
        if "babble" in self.path:
            self.wfile.write(b"what?\r\n\r\n")
            return
        self.send_response(500 if "broken" in self.path else 204)
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def hook() -> Iterator[Any]:
    server = HTTPServer(("127.0.0.1", 0), _Hook)
    server.told = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_command_and_a_webhook_get_one_object(
    tmp_path: Path, hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word is no shell's; the secret is in no file."""
    monkeypatch.setenv("HOOK", f"http://127.0.0.1:{hook.server_port}/{SECRET}")
    keep = f"import sys; open({str(tmp_path / 'told')!r}, 'wb').write(sys.stdin.buffer.read())"
    when = ["done", "missed", "failed"]
    notify = {"command": [sys.executable, "-c", keep, "; touch x"], "webhook": "${env:HOOK}", "when": when}
    recipe = load_recipe(write_sums(tmp_path, notify=notify))
    assert run_recipe(recipe, tmp_path) is Exit.DONE
    ((path, told),) = hook.told
    assert path == f"/{SECRET}"
    assert json.loads((tmp_path / "told").read_text()) == told
    assert told == json.loads((tmp_path / "sums/logs/last.json").read_text())
    assert told | {"at": 0, "build": "", "folder": ""} == {
        "event": "done",
        "name": "sums",
        "folder": "",
        "exit": 0,
        "why": "",
        "at": 0,
        "build": "",
        "version": 1,
        "rows": {"sft": 16, "preference": 16},
    }
    assert run_recipe(recipe, tmp_path) is Exit.DONE
    assert len(hook.told) == 1  # nothing was done
    write_jsonl(tmp_path / "candidates.jsonl", replayed(8, 9))
    with pytest.raises(UsageError):
        run_recipe(recipe, tmp_path)
    assert hook.told[1][1]["event"] == "failed"
    assert "another model" in hook.told[1][1]["why"]
    held = b"".join(file.read_bytes() for file in (tmp_path / "sums").rglob("*") if file.is_file())
    assert SECRET.encode() not in held


@pytest.mark.parametrize("way", ["webhook", "babble", "no URL", "nobody listens", "command", "none"])
def test_whoever_cannot_be_told_fails_nothing(
    tmp_path: Path, hook: Any, way: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # A secret may end with a line's end.
    paths = {"babble": f"/babble/{SECRET}\n", "no URL": f"/a b/{SECRET}"}
    monkeypatch.setenv("HOOK", f"http://127.0.0.1:{hook.server_port}{paths.get(way, f'/broken/{SECRET}')}")
    told: dict[str, dict[str, Any]] = {
        "webhook": {"webhook": "${env:HOOK}"},
        "babble": {"webhook": "${env:HOOK}"},
        "no URL": {"webhook": "${env:HOOK}"},
        "nobody listens": {"webhook": "http://127.0.0.1:9/"},
        "command": {"command": ["sh", "-c", "echo it broke >&2; exit 3"]},
        "none": {"command": ["no-such-command-anywhere"]},
    }
    folder = RunFolder(tmp_path)
    folder.make()
    tell(NotifyConfig(**told[way]), "sums", folder, Exit.MISSING, "the engine is gone")
    said = capsys.readouterr().err
    assert "nobody was notified" in said
    assert SECRET not in said
    tell(NotifyConfig(**told[way]), "sums", folder, Exit.DONE)
    tell(NotifyConfig(**told[way]), "sums", folder, Exit.INTERRUPTED)
    assert capsys.readouterr().err == ""


def test_a_disk_that_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is begun; what is under way stops while there is room to end in."""
    usage = namedtuple("usage", "total used free")
    recipe = load_recipe(write_sums(tmp_path))
    with monkeypatch.context() as full:
        full.setattr("shutil.disk_usage", lambda path: usage(10**12, 0, 10**6))
        with pytest.raises(MissingError, match="1 MB left: make room"):
            run_recipe(recipe, tmp_path)
    assert not (tmp_path / "sums").exists()
    assert run_recipe(recipe, tmp_path) is Exit.DONE


def test_large_logs_are_put_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("winnow.pipelines.logs._LARGE", 3)
    for said in ("one!", "two!", "three!", "few"):
        (tmp_path / "vllm.log").write_text(said)
        rotate(tmp_path)
    found = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert found == {"vllm.log": "few", "vllm.log.1": "three!", "vllm.log.2": "two!"}
