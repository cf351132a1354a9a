"""A scripted provider of OpenAI's batch API: files, batches, and whatever goes wrong with them.

    with BatchServer(BatchScript(took=0.2, endings=("expired",))) as server:
        ...  # server.url, server.batches, server.files, server.paid

A line is answered as `OpenAIServer` answers a request. `paid` counts, by `custom_id`, how often each was
answered: that is what a provider takes money for, whether anybody fetches it or not.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.answers import fraction
from support.openai_server import OpenAIServer, Script, _send, as_chat, as_plain

FAULTS = ("busy", "error", "cut_before", "cut_after")
BAD_LINES = ("429", "500", "missing", "garbage", "twice", "stranger", "null")
_FOREVER = 3600.0


@dataclass
class BatchScript(Script):
    """How the provider behaves, beside how a line is answered.

    `took` is how many seconds a batch takes. `endings` says how the first ones end, as they were made:
    `completed`, `expired` and `cancelled` (with `done` of their lines answered), `failed:CODE` or `line:CODE`
    (as failed, over its first line). `broken` is the share of lines with one of `bad_lines`; a line that is
    asked again draws anew. `steps` has faults for the first requests of each step (`upload`, `create`,
    `look`, `list`, `output`, `delete`), of `FAULTS` or: `hold` (done, and never answered), `late` (done a
    second later), `half` (cut in the middle), `short` (the last line is missing), `404`, `junk`. `cuts` is
    the share of all other requests that meet one of `FAULTS`. At most `queue` lines may be under way at once,
    `most_requests` in a file, `page` batches on a page of their list.
    """

    took: float = 0.0
    endings: tuple[str, ...] = ()
    done: float = 0.5
    broken: float = 0.0
    bad_lines: tuple[str, ...] = BAD_LINES
    steps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cuts: float = 0.0
    queue: int = 0
    most_requests: int = 50_000
    page: int = 2
    deletes: bool = True


class BatchServer(OpenAIServer):
    """The provider. `asked` has every line of every batch that was made, as its body, by `custom_id`."""

    script: BatchScript

    def __init__(self, script: BatchScript | None = None) -> None:
        super().__init__(script or BatchScript())
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.paid: Counter[str] = Counter()
        self.steps: Counter[str] = Counter()
        self._tries: Counter[str] = Counter()
        self._dice = random.Random(self.script.seed)

    @property
    def out(self) -> int:
        """Batches that are not done yet."""
        return sum(self._status(one) == "in_progress" for one in self.batches.values())

    def forget(self) -> None:
        """Begin anew: another account."""
        for kept in (self.files, self.batches, self.asked, self.paid, self._tries):
            kept.clear()  # type: ignore[attr-defined]

    async def _reply(self, method: str, path: str, headers: dict[str, str], body: bytes, writer: Any) -> bool:
        self.paths.append(f"{method} {path}")
        if self.script.api_key and headers.get("authorization") != f"Bearer {self.script.api_key}":
            return await _send(writer, 401, {"error": {"message": "wrong key"}})
        step = _step(method, urlsplit(path).path)
        faults = self.script.steps.get(step, ())
        fault = faults[self.steps[step]] if self.steps[step] < len(faults) else self._luck_of()
        self.steps[step] += 1
        early = {"busy": 429, "error": 500, "404": 404}
        if fault in early:
            return await _send(writer, early[fault], {"error": {"message": "not now"}})
        if fault == "cut_before":
            return False
        if fault == "late":
            await asyncio.sleep(1.0)
        status, told = self._do(step, path, headers, body)
        if fault == "junk":
            return await _send(writer, 200, b"<html>busy</html>")
        if fault == "hold":
            await asyncio.sleep(_FOREVER)
        if fault == "cut_after":
            return False
        if fault == "short" and isinstance(told, bytes):
            told = b"".join(told.splitlines(keepends=True)[:-1])
        if fault == "half" and isinstance(told, bytes):
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(told) + told[: len(told) // 2]
            )
            await writer.drain()
            return False
        return await _send(writer, status, told)

    def _luck_of(self) -> str:
        return self._dice.choice(FAULTS) if self._dice.random() < self.script.cuts else ""

    def _do(self, step: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        parts, query = urlsplit(path).path.split("/")[2:], parse_qs(urlsplit(path).query)
        missing = (404, {"error": {"message": "no such thing"}})
        match step:
            case "upload":
                fields = _form(headers["content-type"], body)
                assert fields["purpose"] == b"batch"
                return 200, {"id": self._keep(fields["file"]), "object": "file", "bytes": len(body)}
            case "create":
                return self._create(json.loads(body))
            case "list":
                return 200, self._page(query)
            case "look":
                found = self.batches.get(parts[1])
                return (200, self._told(found)) if found else missing
            case "output":
                return (200, self.files[parts[1]]) if parts[1] in self.files else missing
            case "delete" if self.script.deletes:
                return (200, {"deleted": True}) if self.files.pop(parts[1], None) is not None else missing
        return missing

    def _keep(self, content: bytes) -> str:
        name = f"file-{random.randbytes(8).hex()}"
        self.files[name] = content
        return name

    def _create(self, asked: dict[str, Any]) -> tuple[int, Any]:
        content = self.files.get(asked["input_file_id"])
        if content is None:
            return 400, {"error": {"message": "no such file"}}
        lines = content.splitlines()
        assert {json.loads(line)["url"] for line in lines} == {asked["endpoint"]}
        at = len(self.batches)
        ending = self.script.endings[at] if at < len(self.script.endings) else "completed"
        batch = {
            "id": f"batch_{at}",
            "object": "batch",
            "made": time.monotonic(),
            "input_file_id": asked["input_file_id"],
            "metadata": asked.get("metadata"),
            "completion_window": asked["completion_window"],
            "total": len(lines),
            "end": ending.partition(":")[0],
            "errors": None,
        }
        refused = self._refused(ending, lines)
        self.batches[batch["id"]] = batch
        if refused:
            batch["end"], batch["errors"] = "failed", {"object": "list", "data": [refused]}
        else:
            self._answer(batch, lines)
        return 200, self._told(batch)

    def _refused(self, ending: str, lines: list[bytes]) -> dict[str, Any] | None:
        kind, _, code = ending.partition(":")
        under_way = sum(one["total"] for one in self.batches.values() if self._status(one) == "in_progress")
        names = Counter(json.loads(line)["custom_id"] for line in lines)
        if kind in ("failed", "line"):
            return {"code": code, "message": f"it is {code}", "line": 1 if kind == "line" else None}
        if self.script.queue and under_way + len(lines) > self.script.queue:
            return {"code": "token_limit_exceeded", "message": "Enqueued token limit reached", "line": None}
        if len(lines) > self.script.most_requests:
            return {"code": "too_many_tasks", "message": "too many requests", "line": None}
        if max(names.values()) > 1:
            return {"code": "duplicate_custom_id", "message": "twice the same custom_id", "line": 2}
        return None

    def _answer(self, batch: dict[str, Any], lines: list[bytes]) -> None:
        output, errors = [], []
        asked = [json.loads(line) for line in lines]
        self.asked += [(one["custom_id"], one["body"]) for one in asked]
        some = len(asked) if batch["end"] == "completed" else int(self.script.done * len(asked))
        self._dice.shuffle(asked)
        for at, one in enumerate(asked):
            name = one["custom_id"]
            if at >= some:
                if at % 2:  # some are told of, others just missing
                    errors.append(_line(name, None, {"code": "batch_expired", "message": "too late"}))
                continue
            kind = self._bad(name)
            plain = one["url"] == "/v1/completions"
            body = as_chat(one["body"]) if plain else one["body"]
            refusal = self._refusal(body)
            if refusal:
                errors.append(_line(name, (refusal[0], {"error": {"message": refusal[1]}}), None))
            elif kind in ("429", "500"):
                errors.append(_line(name, (int(kind), {"error": {"message": "slow down"}}), None))
            elif kind == "null":
                output.append(_line(name, (200, {"choices": []}), None))
            elif kind == "garbage":
                output.append(b'{"id": "batch_req", "custom_id": "' + name.encode())
            elif kind == "stranger":
                output.append(_line("somebody-else", (200, self._completion(body)), None))
            elif kind != "missing":
                self.paid[name] += 1
                said = self._completion(body)
                answer = _line(name, (200, as_plain(said) if plain else said), None)
                output += [answer, answer] if kind == "twice" else [answer]
        batch["answered"] = len(output)
        batch["output_file_id"] = self._keep(b"\n".join(output) + b"\n") if output else None
        batch["error_file_id"] = self._keep(b"\n".join(errors) + b"\n") if errors else ""

    def _bad(self, name: str) -> str:
        self._tries[name] += 1
        if fraction(name, self._tries[name], "broken") >= self.script.broken:
            return ""
        kinds = self.script.bad_lines
        return kinds[int(fraction(name, self._tries[name], "kind") * len(kinds))]

    def _status(self, batch: dict[str, Any]) -> str:
        done = time.monotonic() - batch["made"] >= self.script.took
        return str(batch["end"]) if done or batch["end"] == "failed" else "in_progress"

    def _told(self, batch: dict[str, Any]) -> dict[str, Any]:
        status = self._status(batch)
        hidden = ("made", "end", "total", "answered")
        told = {key: value for key, value in batch.items() if key not in hidden} | {"status": status}
        answered = batch.get("answered", 0) if status != "in_progress" else 0
        if status == "in_progress":
            told |= {"output_file_id": None, "error_file_id": None}
        return told | {"request_counts": {"total": batch["total"], "completed": answered, "failed": 0}}

    def _page(self, query: Mapping[str, list[str]]) -> dict[str, Any]:
        newest = list(self.batches.values())[::-1]
        ids = [one["id"] for one in newest]
        first = ids.index(query["after"][0]) + 1 if "after" in query else 0
        size = min(self.script.page, int(query["limit"][0]))
        rows = [self._told(one) for one in newest[first : first + size]]
        return {"object": "list", "data": rows, "has_more": first + size < len(newest)}


def _line(name: str, response: tuple[int, Any] | None, error: Any) -> bytes:
    told = response and {"status_code": response[0], "request_id": "r", "body": response[1]}
    return json.dumps({"id": f"req-{name}", "custom_id": name, "response": told, "error": error}).encode()


def _step(method: str, path: str) -> str:
    kinds = {
        "upload": r"POST /v1/files",
        "create": r"POST /v1/batches",
        "list": r"GET /v1/batches",
        "look": r"GET /v1/batches/[^/]+",
        "output": r"GET /v1/files/[^/]+/content",
        "delete": r"DELETE /v1/files/[^/]+",
    }
    return next((one for one, like in kinds.items() if re.fullmatch(like, f"{method} {path}")), "none")


def _form(kind: str, body: bytes) -> dict[str, bytes]:
    """The fields of a multipart form (RFC 7578)."""
    boundary = b"--" + kind.partition("boundary=")[2].strip('"').encode()
    found = {}
    for part in body.split(boundary)[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]+)"', head)
        assert name
        found[name[1].decode()] = content.removesuffix(b"\r\n")
    return found
