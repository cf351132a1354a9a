"""Argilla's real server for tests, as `winnow review serve` starts it, and people who can log in there."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from support.command import WINNOW
from support.environments import argilla as environment


@dataclass(frozen=True)
class Person:
    """Somebody who may log in."""

    username: str
    password: str
    api_key: str


class ArgillaServer:
    """A server on a free port with its data in `home`; started, and ended by `stop`. One that was killed may
    be started again where it was."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, 0
        self.log = home.with_suffix(".log").open("a+", encoding="utf-8")
        self.start()
        users = json.loads((home / "users.json").read_text(encoding="utf-8"))["users"]
        people = [Person(one["username"], one["password"], one["api_key"]) for one in users]
        self.owner, self.reviewer = people

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        command = [*WINNOW, "review", "serve", "--port", str(self.port), "--home", str(self.home)]
        command += ["--env", str(environment())]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.said = self._until_ready()
        self.url = self.said.split()[3].rstrip(",")
        self.port = int(self.url.rpartition(":")[2])

    def _until_ready(self) -> str:
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if "Nothing else differs" in line:
                return said
        raise AssertionError(f"the server ended with {self.process.wait()}: {said}{self.logged()}")

    @property
    def env(self) -> dict[str, str]:
        """What says to winnow and to the SDK where the server is, and who asks."""
        return {"ARGILLA_API_URL": self.url, "ARGILLA_API_KEY": self.owner.api_key}

    def logged(self) -> str:
        """What it wrote to standard error."""
        return Path(self.log.name).read_text(encoding="utf-8")

    def ask(
        self, path: str, told: Any = None, method: str | None = None, person: Person | None = None
    ) -> Any:
        """What the API says at a path; by default as its owner."""
        body = None if told is None else json.dumps(told).encode()
        headers = {"X-Argilla-Api-Key": (person or self.owner).api_key, "Content-Type": "application/json"}
        request = Request(f"{self.url}/api/v1/{path}", data=body, headers=headers, method=method)
        with urlopen(request, timeout=60) as answer:
            said = answer.read()
        return json.loads(said) if said else None

    def dataset(self, name: str) -> str:
        """The id of a dataset."""
        return next(one["id"] for one in self.ask("me/datasets")["items"] if one["name"] == name)

    def records(self, name: str) -> list[dict[str, Any]]:
        """The records of a dataset, with their responses."""
        told = self.ask(f"datasets/{self.dataset(name)}/records?include=responses&limit=1000")
        return list(told["items"])

    def pending(self, person: Person, name: str) -> list[dict[str, Any]]:
        """What the pages give somebody to review."""
        path = f"me/datasets/{self.dataset(name)}/records/search"
        asked = "include=responses&include=suggestions&limit=50"
        return [one["record"] for one in self.ask(f"{path}?{asked}", {}, person=person)["items"]]

    def respond(self, person: Person, record: str, status: str, values: Any) -> None:
        """Say something of a record, as the pages do."""
        told = {"record_id": record, "status": status, "values": values}
        self.ask("me/responses/bulk", {"items": [told]}, person=person)

    def count(self, table: str) -> int:
        """The rows of a table of its database, also while it works."""
        try:
            with sqlite3.connect(f"file:{self.home / 'argilla.db'}?mode=ro", uri=True) as database:
                return int(database.execute(f"select count(*) from {table}").fetchone()[0])
        except sqlite3.OperationalError:
            return 0

    def annotator(self, username: str, workspace: str = "default") -> Person:
        """A new user who sees a workspace."""
        password = f"{username}-{os.urandom(8).hex()}"
        told = {"username": username, "first_name": username, "password": password, "role": "annotator"}
        made = self.ask("users", told)
        place = next(one["id"] for one in self.ask("me/workspaces")["items"] if one["name"] == workspace)
        self.ask(f"workspaces/{place}/users", {"user_id": made["id"]})
        return Person(username, password, made["api_key"])

    def kill(self) -> None:
        """End it without a warning."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(120)
        finally:
            self.process.kill()
            self.log.close()
            if self.process.stdout is not None:
                self.process.stdout.close()
        return code


def answers(**said: Any) -> dict[str, Any]:
    """Values as the pages send them."""
    return {name: {"value": value} for name, value in said.items()}
