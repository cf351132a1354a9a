"""Telling somebody how a run ended: a command of theirs, or a URL, gets one JSON object."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from winnow.pipelines.folder import RunFolder
from winnow.steps.errors import Exit, MissingError, WinnowError
from winnow.steps.files import write_json
from winnow.steps.secrets import expand, redact

LAST = "last.json"
"""In a run's `logs`: what was told last, whether anybody asked for it or not."""
_SECONDS = 20.0  # that a command or a server may take
_LONGEST = 4000  # characters of a message

Event = Literal["done", "missed", "failed"]
_EVENTS: dict[Exit, Event] = {
    Exit.DONE: "done",
    Exit.TARGET_MISSED: "missed",
    Exit.BUDGET: "missed",
    Exit.DEADLINE: "missed",
    Exit.USAGE: "failed",
    Exit.MISSING: "failed",
    Exit.BUG: "failed",
}


class NotifyConfig(BaseModel):
    """`{command: [notify-send, winnow]}` or `{webhook: "${env:HOOK}", when: [failed]}`.

    A `command` is run as it stands here, by no shell, with the JSON on its standard input; a `webhook` gets
    it by POST. `when` is of `done` (exit 0, and something was done), `missed` (1, 4, 124: less than what was
    asked for) and `failed` (2, 3, 70).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    command: list[Annotated[str, StringConstraints(min_length=1)]] | None = Field(default=None, min_length=1)
    webhook: str | None = Field(default=None, pattern=r"^(https?://|\$\{env:)")
    when: list[Event] = Field(default=["missed", "failed"], min_length=1)

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.command is None and self.webhook is None:
            raise ValueError("give `command`, a list of words, or `webhook`, a URL")
        return self


def tell(config: NotifyConfig | None, name: str, folder: RunFolder, code: Exit, why: str = "") -> None:
    """Write down how a run ended, and tell whoever asked for it. What goes wrong here is said, no more."""
    from winnow.pipelines.terminal import err, printable

    event = _EVENTS.get(code)
    if event is None:
        return
    told = _told(event, name, folder, code, why)
    try:
        if folder.manifest.exists():  # else nothing was begun, and nothing stays
            write_json(folder.logs / LAST, told)
    except MissingError as broken:  # a disk that is full: whoever is told may make room
        err.print(str(broken), soft_wrap=True)
    if config is None or event not in config.when:
        return
    text = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
    ways: list[Callable[[], None]] = []
    if config.command is not None:
        ways.append(partial(_run, config.command, text))
    if config.webhook is not None:
        ways.append(partial(_post, config.webhook, text))
    for send in ways:
        try:
            send()
        except (OSError, ValueError, WinnowError, subprocess.SubprocessError) as broken:
            err.print(printable(redact(f"nobody was notified: {broken}"), 500), soft_wrap=True)


def _told(event: Event, name: str, folder: RunFolder, code: Exit, why: str) -> dict[str, Any]:
    """The payload: nothing that a model wrote, and no secret."""
    try:
        build = (folder.read_manifest() or {}).get("build") or {}
    except WinnowError:
        build = {}
    rows: dict[str, int] = {}
    for file in build.get("files", []):
        kind = str(file["path"]).partition("/")[0]
        rows[kind] = rows.get(kind, 0) + int(file["rows"])
    return {
        "event": event,
        "name": name,
        "folder": str(folder.path.absolute()),
        "exit": int(code),
        "why": redact(why)[:_LONGEST],
        "at": time.time(),
        "build": build.get("id"),
        "version": build.get("lineage", {}).get("version"),
        "rows": rows,
    }


def _run(command: list[str], told: bytes) -> None:
    words = [expand(word) for word in command]
    done = subprocess.run(
        words, input=told, timeout=_SECONDS, capture_output=True, check=False, env=os.environ
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[-200:]
        raise OSError(f"{Path(words[0]).name} ended with {done.returncode}: {said}")


def _post(url: str, told: bytes) -> None:
    from http.client import HTTPException, InvalidURL
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    try:
        headers = {"Content-Type": "application/json", "User-Agent": "winnow"}
        with urlopen(Request(expand(url).strip(), told, headers), timeout=_SECONDS):
            pass
    except HTTPError as refused:
        raise OSError(f"the webhook answered {refused.code}") from None
    except URLError as broken:
        raise OSError(f"the webhook cannot be reached: {broken.reason}") from None
    except (InvalidURL, ValueError):  # which would tell a part of it
        raise OSError(f"the webhook {url} is no URL") from None
    except HTTPException as broken:
        raise OSError(f"the webhook gave no answer of HTTP: {type(broken).__name__}") from None
