"""Argilla's real server in a process that can be killed, and people who answer there as the UI does."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from support.argilla import environment as argilla_environment
from support.command import WINNOW


class Server:
    """`winnow review serve` with its data in `home`; it may be killed and started again at the same place."""

    def __init__(self, home: Path, environment: Path | None = None) -> None:
        self.home, self._environment = home, environment or argilla_environment()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [*WINNOW, "review", "serve", "--home", str(self.home), "--port", str(self.port)]
        command += ["--env", str(self._environment)]
        log = self.home.with_suffix(".log").open("a")
        self._process = subprocess.Popen(command, stdout=log, stderr=log, text=True, start_new_session=True)
        log.close()
        for _ in range(6000):
            assert self._process.poll() is None, self.home.with_suffix(".log").read_text()
            try:
                self.ask("me", key=self.users()["owner"]["api_key"])
                return
            except (OSError, KeyError, ValueError):
                time.sleep(0.1)
        raise AssertionError("Argilla does not start")

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)

    def users(self) -> dict[str, dict[str, Any]]:
        told = json.loads((self.home / "users.json").read_text())
        listed = told if isinstance(told, list) else told.get("users", told)
        if isinstance(listed, dict):
            return listed
        return {one["username"]: one for one in listed}

    def env(self) -> dict[str, str]:
        return {"ARGILLA_API_URL": self.url, "ARGILLA_API_KEY": self.users()["owner"]["api_key"]}

    def count(self, table: str) -> int:
        """The rows of a table of its database, also while it works."""
        try:
            with sqlite3.connect(f"file:{self.home / 'argilla.db'}?mode=ro", uri=True) as database:
                return int(database.execute(f"select count(*) from {table}").fetchone()[0])
        except sqlite3.OperationalError:
            return 0

    def ask(self, path: str, told: Any = None, *, key: str, method: str | None = None) -> Any:
        data = None if told is None else json.dumps(told).encode()
        headers = {"X-Argilla-Api-Key": key, "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            raise ValueError(f"{path}: {refused.code}: {refused.read()[:500]!r}") from None

    def annotator(self, name: str) -> str:
        """The API key of a new user who reviews in the default workspace."""
        owner = self.users()["owner"]["api_key"]
        user = {"first_name": name, "username": name, "password": "12345678", "role": "annotator"}
        made = self.ask("users", user, key=owner)
        (workspace,) = (
            one["id"] for one in self.ask("me/workspaces", key=owner)["items"] if one["name"] == "default"
        )
        self.ask(f"workspaces/{workspace}/users", {"user_id": made["id"]}, key=owner)
        return str(self.ask(f"users/{made['id']}", key=owner).get("api_key") or self._key(name))

    def _key(self, name: str) -> str:
        data = f"username={name}&password=12345678".encode()
        with urllib.request.urlopen(f"{self.url}/api/v1/token", data, timeout=60) as answer:
            token = json.loads(answer.read())["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        with urllib.request.urlopen(
            urllib.request.Request(f"{self.url}/api/v1/me", headers=headers), timeout=60
        ) as answer:
            return str(json.loads(answer.read())["api_key"])

    def records(self, dataset: str) -> dict[str, dict[str, Any]]:
        """The records of a dataset by external id, those that are there twice told apart."""
        owner = self.users()["owner"]["api_key"]
        (found,) = (one for one in self.ask("me/datasets", key=owner)["items"] if one["name"] == dataset)
        path = f"datasets/{found['id']}/records?limit=1000&include=responses"
        told = self.ask(path, key=owner)["items"]
        assert len({one["external_id"] for one in told}) == len(told)
        return {one["external_id"]: one for one in told}

    def pending(self, key: str, dataset: str) -> list[dict[str, Any]]:
        """What the UI gives somebody to review."""
        (found,) = (one for one in self.ask("me/datasets", key=key)["items"] if one["name"] == dataset)
        path = f"me/datasets/{found['id']}/records/search?include=responses&include=suggestions&limit=50"
        return [one["record"] for one in self.ask(path, {}, key=key)["items"]]

    def respond(self, key: str, record: str, status: str, values: Any) -> None:
        self.ask(
            "me/responses/bulk",
            {"items": [{"record_id": record, "status": status, "values": values}]},
            key=key,
        )


def answers(**said: Any) -> dict[str, Any]:
    """Values as the UI sends them."""
    return {name: {"value": value} for name, value in said.items()}
