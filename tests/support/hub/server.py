"""The Hub of ours over HTTP, on a thread of its own.

    with HubServer() as hub:
        hub.env(home)  # for a process; hub.store, hub.traffic

Paths are matched as they were sent, since revisions arrive as `refs%2Fpr%2F1`; nothing is awaited between the
check of a commit's parent and the turn of the ref.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from aiohttp import web
from support.hub.api import Api, entry
from support.hub.faults import Traffic
from support.hub.people import WRITER, check_may_write, person_of
from support.hub.repo import Refused, Repo, Store

_REPO = re.compile(r"/api/datasets/([^/]+/[^/]+)(?:/([\w-]+)(?:/([^/]+)(?:/(.+))?)?)?")
_RESOLVE = re.compile(r"/datasets/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")
_BATCH = re.compile(r"/datasets/([^/]+/[^/]+)\.git/info/lfs/objects/batch")
_SAID = {
    "500": "Internal Error - We're working hard to fix this as soon as possible!",
    "412": "A commit has happened since. Please refresh and try again.",
}
_OBJECT = re.compile(r"/objects/([0-9a-f]{64})")


class HubServer:
    """Serves from entering to leaving; `store` holds everything, `traffic` what was asked."""

    def __init__(self, page: int = 50) -> None:
        self.store, self.traffic = Store(), Traffic()
        self._page = page
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self.url = ""

    def env(self, home: Path, token: str | None = WRITER) -> dict[str, str]:
        """What a client's process needs in its environment."""
        told = {"HF_ENDPOINT": self.url, "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(home)}
        return {**told, "HF_TOKEN": token or "", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        assert self._ready.wait(60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._main())

    async def _main(self) -> None:
        app = web.Application(client_max_size=2**30)
        app.router.add_route("*", "/{anything:.*}", self._meet)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self.api = Api(self.store, self.url, self._page)
        self._ready.set()
        await self._end.wait()
        await runner.cleanup()

    async def _meet(self, request: web.Request) -> web.StreamResponse:
        fault = self.traffic.meets(f"{request.method} {request.rel_url.raw_path}")
        body = await request.read()
        while "/commit/" in request.path and self.traffic.commits < self.traffic.meet:
            await asyncio.sleep(0.01)
        while fault == "stall" and request.transport is not None and not request.transport.is_closing():
            await asyncio.sleep(0.02)
        if fault in _SAID:
            answer = _told({"error": _SAID[fault]}, int(fault))
        else:
            answer = _told(None) if fault in ("cut", "stall") else self._tried(request, body)
        if fault and self.traffic.fault:
            self.traffic.fault.then()
        if fault in ("cut", "stall", "lost") and request.transport is not None:
            request.transport.abort()
        return answer

    def _tried(self, request: web.Request, body: bytes) -> web.Response:
        try:
            return self._answer(request, body)
        except Refused as refused:
            told = {"X-Error-Message": refused.message}
            if refused.code:
                told["X-Error-Code"] = refused.code
            return _told({"error": refused.message, **refused.more}, refused.status, told)

    def _answer(self, request: web.Request, body: bytes) -> web.Response:
        """What is done, without an await in it."""
        api, path = self.api, request.rel_url.raw_path
        if at := _OBJECT.fullmatch(path):
            if hashlib.sha256(body).hexdigest() != at[1]:
                raise Refused(400, "what was put has another hash")
            self.store.objects[at[1]] = body
            return _told(None)
        person = person_of(request.headers.get("Authorization"))
        if at := _BATCH.fullmatch(path):
            check_may_write(api.repo(at[1], person).name, person)
            return _told(api.batch(json.loads(body)))
        if at := _RESOLVE.fullmatch(path):
            return _file(request, api.repo(at[1], person), unquote(at[2]), unquote(at[3]))
        if path == "/objects/verify":
            asked = json.loads(body)
            if len(self.store.objects.get(asked["oid"], b"")) != asked["size"]:
                raise Refused(404, "no such object")
            return _told({})
        if path == "/api/validate-yaml":
            told = api.validate(json.loads(body))
            return _told(told, 400 if told["errors"] else 200)
        if path == "/api/whoami-v2":
            if person is None:
                raise Refused(401, "Invalid username or password.")
            role = {"role": "write" if person.writes else "read"}
            orgs = [{"name": org} for org in person.orgs]
            return _told({"type": "user", "name": person.name, "orgs": orgs, "auth": {"accessToken": role}})
        if path == "/api/repos/create":
            return _told(api.create(json.loads(body), person))
        if at := _REPO.fullmatch(path):
            repo = api.repo(at[1], person)
            rest = [unquote(part) if part else "" for part in (at[2], at[3], at[4])]
            return self._of_repo(request, repo, rest, body)
        raise Refused(404, f"no such path: {path}")

    def _of_repo(self, request: web.Request, repo: Repo, rest: list[str], body: bytes) -> web.Response:
        api, method, query = self.api, request.method, request.query
        what, revision, below = rest
        if what in ("", "revision"):
            return _told(api.info(repo, revision or "main"))
        if what == "tree":
            recursive = query.get("recursive", "").lower() == "true"
            return self._paged(request, api.tree(repo, revision, below, recursive))
        if what == "commits":
            return self._paged(request, api.commits(repo, revision))
        if what == "refs":
            return _told(api.refs(repo, "include_prs" in query))
        if what == "paths-info":
            asked = json.loads(body) if body.startswith(b"{") else None
            paths = asked["paths"] if asked else _form(body).get("paths", [])
            tree = repo.at(revision).tree
            return _told([entry(path, tree[path]) for path in paths if path in tree])
        if what == "discussions" and method == "GET":
            return _told(api.discussions(repo, query.get("status")))
        as_pull = query.get("create_pr") == "1"
        person = check_may_write(repo.name, person_of(request.headers.get("Authorization")))
        if what == "preupload":
            return _told(api.preupload(repo, revision, json.loads(body)))
        if what == "commit":
            return _told(api.commit(repo, revision, body, person, as_pull))
        if what == "tag" and method == "POST":
            return _told(api.tag(repo, revision, json.loads(body)["tag"]))
        if what == "branch" and method == "POST":
            return _told(api.branch(repo, revision, json.loads(body).get("startingPoint") or "main"))
        if what == "branch" and method == "DELETE":
            repo.heads.pop(revision, None)
            return _told({})
        if what == "discussions" and below == "merge":
            repo.merge(int(revision), person.name)
            return _told({})
        raise Refused(404, f"no such path: {request.rel_url.raw_path}")

    def _paged(self, request: web.Request, entries: list[Any]) -> web.Response:
        start = int(request.query.get("cursor", "0"))
        end = start + self.api.page
        links = {}
        if end < len(entries):
            following = request.rel_url.update_query(cursor=str(end))
            links["Link"] = f'<{self.url}{following}>; rel="next"'
        return _told(entries[start:end], headers=links)


def _told(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(data, status=status, headers=headers)


def _form(body: bytes) -> dict[str, list[str]]:
    from urllib.parse import parse_qs

    return parse_qs(body.decode())


def _file(request: web.Request, repo: Repo, revision: str, path: str) -> web.Response:
    at = repo.at(revision)
    blob = at.tree.get(path)
    if blob is None:
        raise Refused(404, "Entry not found", "EntryNotFound")
    headers = {"X-Repo-Commit": at.oid, "ETag": f'"{blob.etag}"', "Accept-Ranges": "bytes"}
    if blob.large:
        headers |= {"X-Linked-Etag": f'"{blob.sha256}"', "X-Linked-Size": str(len(blob.content))}
    content, status = blob.content, 200
    if asked := re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", "")):
        size = len(content)
        start = int(asked[1]) if asked[1] else size - int(asked[2])
        end = min(int(asked[2]), size - 1) if asked[1] and asked[2] else size - 1
        content, status = content[start : end + 1], 206
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return web.Response(body=content, status=status, headers=headers)
