"""A scripted OpenAI-compatible server: it answers, misbehaves as told, and keeps count.

In a test, on a thread of its own:

    with OpenAIServer(Script(pass_rate=0.5)) as server:
        ...  # server.url, server.answered, server.seen

In a process of its own, which outlives whoever asks it:

    python tests/support/openai_server.py --port 0 --log requests.jsonl --faults 0.2 --seed 3

Its first line of output is its URL. A completion is a function of the messages and of the seed plus the
choice's index, so that two runs that ask the same get the same. The log has a line a request that was
answered in full (probes too: `max_tokens` is 1), written before the answer is sent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from support.answers import answer, chain, fraction, shown, step

FAULTS = ("busy", "error", "cut_before", "cut_headers", "cut_body", "garbage")
GARBAGE = (
    b"",
    b"<html><body>502</body></html>",
    b'{"choices": [',
    b'{"choices": []}',
    b'{"choices": [{"index": 0, "message": {"content": 7}}]}',
    b'{"error": {"message": "upstream is gone"}}',
    b"[1, 2]",
    b"\xff\xfe\x00",
)


@dataclass
class Script:
    """How the server behaves; every field is also an option of the command line.

    `faults` is the share of chat requests that meet one of `kinds`; `first` names faults for the first
    requests, in order. `latency` is in seconds: fixed, or the median of a log-normal with `spread`.
    `n` is `honour`, `ignore` (one choice whatever was asked), `refuse` (400), `fewer` (one too
    few) or `more` (two too many).
    `usage` is `all`, `one` (one choice's tokens only, like llama.cpp), `none` or `wrong`.
    `text` is `sums`, `large`, `escapes`, `surrogates`, `broken_utf8`, `null`, `empty`, `reasoning`,
    `chain` (see `chain`) or `steps`: a further step of an answer that was begun, with vLLM's `stop_reason`.
    Whether these two go on with an answer that was begun: `goes_on` is `asked`, `always` or `never`.
    `logprobs` is `never`, `always` (asked or not), `asked`, `seeded` (asked, of any size) or `refuse` (400);
    `only` the one path below /v1 that there is, where not both are.
    `pass_rate` is the share of right answers to "What is A + B?".
    """

    latency: float = 0.0
    spread: float = 0.0
    faults: float = 0.0
    kinds: tuple[str, ...] = FAULTS
    first: tuple[str, ...] = ()
    seed: int = 0
    retry_after: str = "0"
    n: str = "honour"
    seeds: str = "honour"
    usage: str = "all"
    text: str = "sums"
    goes_on: str = "asked"
    api_key: str = ""
    models: tuple[str, ...] = ()
    list_models: bool = True
    tokenize: bool = False
    max_prompt: int = 0
    limit_name: str = "max_tokens"
    truncate: float = 0.0
    pass_rate: float = 0.5
    logprobs: str = "never"
    only: str = ""
    every: Mapping[str, Any] = field(default_factory=dict)  # status and body of every chat answer, if given


class OpenAIServer:
    """The server; `url` is its base URL, `answered` the log, `seen` every chat body in order of arrival.

    After `most` answers to requests that are no probes, all others wait until `most` is more: a test looks
    at a run in its middle for as long as it likes.
    """

    def __init__(self, script: Script | None = None, *, port: int = 0, log: Path | None = None) -> None:
        self.script = script or Script()
        self.most = math.inf
        self.answered: list[dict[str, Any]] = []
        self.seen: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self._luck = random.Random(self.script.seed)
        self._port = port
        self._log = log.open("a", encoding="utf-8") if log else None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def sampled(self) -> list[dict[str, Any]]:
        """The answered requests that were no probes."""
        return [row for row in self.answered if row["max_tokens"] != 1]

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, limit=2**26)
        self._port = self._server.sockets[0].getsockname()[1]

    def __enter__(self) -> Self:
        ready = threading.Event()

        async def main() -> None:
            await self.open()
            ready.set()
            self._done = asyncio.Event()
            await self._done.wait()
            await self._shut()

        self._thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
        self._thread.start()
        if not ready.wait(60):
            raise RuntimeError("the scripted server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Cut every connection and listen no more; once is enough."""
        if self._thread and self._loop and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._done.set)
            self._thread.join(10)
        self._thread = None

    async def _shut(self) -> None:
        if self._server:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                request, *lines = head.decode("latin-1").split("\r\n")
                method, address, _ = request.split(" ", 2)
                pairs = (line.split(":", 1) for line in lines if ":" in line)
                headers = {key.strip().lower(): value.strip() for key, value in pairs}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                if not await self._reply(method, address, headers, body, writer):
                    writer.transport.abort()
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _reply(
        self, method: str, address: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; False cuts the connection."""
        script = self.script
        path = address.partition("?")[0]
        self.paths.append(f"{method} {path}")
        self.headers.append(headers)
        if path == "/health":
            return await _send(writer, 200, {})
        if script.api_key and headers.get("authorization") != f"Bearer {script.api_key}":
            said = f"wrong key: {headers.get('authorization', 'none')}"
            return await _send(writer, 401, {"error": {"message": said}})
        if path == "/v1/models" and script.list_models:
            return await _send(writer, 200, {"data": [{"id": name} for name in script.models]})
        if path == "/tokenize" and script.tokenize:
            return await _send(writer, 200, {"tokens": json.loads(body)["content"].split()})
        paths = (script.only,) if script.only else ("chat/completions", "completions")
        if path.removeprefix("/v1/") not in paths:
            return await _send(writer, 404, {"error": {"message": "no such path"}})
        asked = json.loads(body)
        self.seen.append(asked)
        plain = path == "/v1/completions"
        await self._work(asked)
        fault = self._fault()
        if fault:
            return await self._misbehave(fault, writer)
        if script.every:
            return await _send(writer, script.every["status"], script.every["body"])
        asked = as_chat(asked) if plain else asked
        refusal = self._refusal(asked)
        if refusal:
            return await _send(writer, refusal[0], {"error": {"message": refusal[1]}})
        row = {key: asked.get(key) for key in ("messages", "seed", "n", "max_tokens", "temperature")}
        self._note({**row, "status": 200})
        text = self._completion(asked)
        raw = json.dumps(as_plain(text) if plain else text).encode()
        if script.text == "broken_utf8":
            raw = raw.replace(b"BROKEN", b"\xff\xfe \xe2\x82")
        return await _send(writer, 200, raw)

    async def _work(self, asked: dict[str, Any]) -> None:
        """Take the time that an answer takes."""
        if self.script.latency:
            await asyncio.sleep(self.script.latency * math.exp(self._luck.gauss(0.0, self.script.spread)))
        while asked.get("max_tokens") != 1 and len(self.sampled) >= self.most:
            await asyncio.sleep(0.02)

    def _fault(self) -> str | None:
        asked = len(self.seen) - 1
        if asked < len(self.script.first):
            return self.script.first[asked] or None
        return self._luck.choice(self.script.kinds) if self._luck.random() < self.script.faults else None

    async def _misbehave(self, fault: str, writer: asyncio.StreamWriter) -> bool:
        if fault == "busy":
            wish = {"Retry-After": self.script.retry_after} if self.script.retry_after else {}
            return await _send(writer, 429, {"error": {"message": "slow down"}}, wish)
        if fault == "garbage":
            return await _send(writer, 200, self._luck.choice(GARBAGE))
        if fault == "cut_headers":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n")
        if fault == "cut_body":
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"choices": [{"index": 0, "mess')
        if fault == "hang":
            await asyncio.sleep(3600)
        if fault.startswith("cut_"):
            await writer.drain()
            await asyncio.sleep(0.01)
            return False
        return await _send(writer, int(fault) if fault.isdigit() else 500, {"error": {"message": "oh dear"}})

    def _refusal(self, asked: dict[str, Any]) -> tuple[int, str] | None:
        script = self.script
        length = sum(len(str(message.get("content"))) for message in asked["messages"])
        checks = (
            (script.models and asked["model"] not in script.models, 404, "no such model"),
            (script.n == "refuse" and asked.get("n", 1) > 1, 400, "only one choice is supported"),
            (script.seeds == "refuse" and "seed" in asked, 422, "extra fields not permitted: seed"),
            (script.logprobs == "refuse" and "logprobs" in asked, 400, "logprobs are not supported"),
            (script.limit_name not in asked, 400, f"unsupported: use '{script.limit_name}' instead"),
            (0 < script.max_prompt < length, 400, "the prompt is too long for the context\x1b[31m"),
        )
        return next(((status, why) for wrong, status, why in checks if wrong), None)

    def _completion(self, asked: dict[str, Any]) -> dict[str, Any]:
        script = self.script
        n = int(asked.get("n") or 1)
        n = {"ignore": 1, "fewer": n if n < 3 else n - 1, "more": n + 2}.get(script.n, n)
        seed = int(asked.get("seed") or 0) if asked.get("temperature", 1) else 0
        messages, prompt = asked["messages"], 11
        if script.text in ("steps", "chain"):
            messages, prompt = shown(messages, asked, script.goes_on)
        choices = [self._choice(messages, seed + index, index) for index in range(n)]
        if script.logprobs == "always" or (script.logprobs in ("asked", "seeded") and asked.get("logprobs")):
            seeded = script.logprobs == "seeded"
            for at, choice in enumerate(choices):
                last = -fraction(seed + at, "logprob") if seeded else -1.0
                told = [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": last}]
                choice["logprobs"] = {"content": told}
        counts = [len(str(choice["message"]["content"] or "").split()) or 1 for choice in choices]
        if asked.get(script.limit_name) == 1:
            counts = [1] * n
        total = {"all": sum(counts), "one": counts[0], "wrong": -3}.get(script.usage)
        usage = {"prompt_tokens": prompt, "completion_tokens": total}
        return {
            "object": "chat.completion",
            "choices": choices,
            **({} if total is None else {"usage": usage}),
        }

    def _choice(self, messages: list[Any], seed: int, index: int) -> dict[str, Any]:
        script = self.script
        text: str | None = answer(messages, seed, script.pass_rate)
        if script.text == "chain":
            text = chain(messages, seed, script.pass_rate)
        special = {
            "large": "word " * 200_000,
            "escapes": "\x1b]0;owned\x07\x1b[2J4",
            "surrogates": "half \ud83d of it",
            "broken_utf8": "BROKEN",
            "empty": "",
        }
        text = None if script.text == "null" else special.get(script.text, text)
        cut = fraction(messages, seed, "truncate") < script.truncate
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if script.text == "steps":
            message["content"], stopped = step(messages, seed, script.pass_rate)
            return {"index": index, "message": message, "finish_reason": "stop", "stop_reason": stopped}
        if script.text == "reasoning":
            message["reasoning_content"] = "let me think"
        return {"index": index, "message": message, "finish_reason": "length" if cut else "stop"}

    def _note(self, row: dict[str, Any]) -> None:
        self.answered.append(row)
        if self._log:
            self._log.write(json.dumps(row) + "\n")
            self._log.flush()


def as_chat(asked: dict[str, Any]) -> dict[str, Any]:
    """A request on the older path as one for a chat."""
    return {**asked, "messages": [{"role": "user", "content": asked["prompt"]}]}


def as_plain(answer: dict[str, Any]) -> dict[str, Any]:
    """A chat's answer as the older path spells it."""
    return {**answer, "choices": [_continued(choice) for choice in answer["choices"]]}


def _continued(choice: dict[str, Any]) -> dict[str, Any]:
    """The choice as the older path spells it."""
    told = choice.get("logprobs")
    tokens = [one["logprob"] for one in told["content"]] if told else None
    return {
        **{key: value for key, value in choice.items() if key != "message"},
        "text": choice["message"]["content"],
        "logprobs": {"tokens": ["a", "b"], "token_logprobs": tokens} if tokens else None,
    }


async def _send(
    writer: asyncio.StreamWriter, status: int, body: object, headers: Mapping[str, str] | None = None
) -> bool:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    extra = "".join(f"{key}: {value}\r\n" for key, value in (headers or {}).items())
    kind = "text/html" if raw.startswith(b"<") else "application/json"
    head = f"HTTP/1.1 {status} Scripted\r\nContent-Type: {kind}\r\nContent-Length: {len(raw)}\r\n{extra}\r\n"
    writer.write(head.encode() + raw)
    await writer.drain()
    return True


def main() -> None:
    """Serve until killed; see the module's docstring."""
    parser = argparse.ArgumentParser(description="A scripted OpenAI-compatible server.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path)
    for option in fields(Script):
        if option.name == "every":
            continue
        name = "--" + option.name.replace("_", "-")
        if isinstance(option.default, tuple):
            parser.add_argument(name, type=lambda text: tuple(text.split(",")), default=option.default)
        elif isinstance(option.default, bool):
            parser.add_argument(name, action=argparse.BooleanOptionalAction, default=option.default)
        else:
            parser.add_argument(name, type=type(option.default), default=option.default)
    given = vars(parser.parse_args())
    server = OpenAIServer(port=given.pop("port"), log=given.pop("log"))
    server.script = Script(**given)
    server._luck = random.Random(server.script.seed)

    async def serve() -> None:
        await server.open()
        print(server.url, flush=True)
        await asyncio.Event().wait()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
