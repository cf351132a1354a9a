"""The endpoints of repositories, refs, commits and pull requests: plain data in, plain data out."""

from __future__ import annotations

import base64
import json
from typing import Any

import yaml
from support.hub.cards import problems_of
from support.hub.people import Person, check_may_read, check_may_write
from support.hub.repo import Blob, PullRequest, Refused, Repo, Store

LARGE = (".parquet", ".png")  # as a dataset's .gitattributes has them


class Api:
    """What is asked of a store, by whom; `page` is how many entries a list has at most."""

    def __init__(self, store: Store, url: str, page: int = 50) -> None:
        self.store, self.url, self.page = store, url, page

    def repo(self, name: str, person: Person | None) -> Repo:
        return check_may_read(self.store.repos.get(name), person)

    def create(self, asked: dict[str, Any], person: Person | None) -> dict[str, Any]:
        if person is None:
            raise Refused(401, "Invalid username or password.")
        name = f"{asked.get('organization') or person.name}/{asked['name']}"
        if name in self.store.repos:
            place = f"{self.url}/datasets/{name}"
            raise Refused(409, "You already created this dataset repo", url=place)
        check_may_write(name, person)
        private = asked.get("visibility") == "private" or asked.get("private") is True
        self.store.repos[name] = Repo(name, private)
        return {"url": f"{self.url}/datasets/{name}", "name": name, "id": name}

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        errors, warnings = problems_of(asked["content"])
        told: dict[str, Any] = {"errors": [{"message": one} for one in errors]}
        told["warnings"] = [{"message": one} for one in warnings]
        return told

    def info(self, repo: Repo, revision: str) -> dict[str, Any]:
        at = repo.at(revision)
        readme = at.tree.get("README.md", Blob(b"", False)).content.decode()
        card = yaml.safe_load(readme.split("---\n")[1]) if readme.startswith("---\n") else None
        return {
            "_id": "0",
            "id": repo.name,
            "author": repo.name.partition("/")[0],
            "sha": at.oid,
            "lastModified": at.date,
            "createdAt": at.date,
            "private": repo.private,
            "gated": False,
            "disabled": False,
            "downloads": 0,
            "likes": 0,
            "tags": [],
            "cardData": card,
            "siblings": [{"rfilename": path} for path in sorted(at.tree)],
        }

    def tree(self, repo: Repo, revision: str, below: str, recursive: bool) -> list[dict[str, Any]]:
        tree = repo.at(revision).tree
        inside = f"{below}/" if below else ""
        named = {path: blob for path, blob in tree.items() if path.startswith(inside)}
        if below and not named:
            raise Refused(404, f"{below} does not exist on {revision}", "EntryNotFound")
        files = [entry(path, blob) for path, blob in named.items()]
        folders = {
            "/".join(path.split("/")[:depth])
            for path in named
            for depth in range(below.count("/") + 1 + bool(below), path.count("/") + 1)
        }
        listed = files + [{"type": "directory", "path": path, "oid": "0" * 40} for path in folders]
        if not recursive:
            listed = [one for one in listed if "/" not in one["path"].removeprefix(inside)]
        return sorted(listed, key=lambda one: str(one["path"]))

    def commits(self, repo: Repo, revision: str) -> list[dict[str, Any]]:
        return [
            {
                "id": one.oid,
                "title": one.title,
                "message": one.message,
                "date": one.date,
                "authors": [{"user": one.author}],
            }
            for one in repo.history(revision)
        ]

    def refs(self, repo: Repo, pulls: bool) -> dict[str, Any]:
        heads = {name: oid for name, oid in repo.heads.items() if not name.startswith("refs/pr/")}
        told = {"branches": _refs("refs/heads/", heads), "converts": []}
        told["tags"] = _refs("refs/tags/", repo.tags)
        if pulls:
            named = {str(one.number): repo.heads[one.ref] for one in repo.pulls}
            told["pullRequests"] = _refs("refs/pr/", named)
        return told

    def preupload(self, repo: Repo, revision: str, asked: dict[str, Any]) -> dict[str, Any]:
        tree = repo.at(revision).tree
        files = []
        for one in asked["files"]:
            there = tree.get(one["path"])
            mode = "lfs" if one["path"].endswith(LARGE) else "regular"
            told = {"path": one["path"], "uploadMode": mode, "shouldIgnore": False}
            files.append({**told, "oid": there.etag if there else None})
        return {"files": files}

    def commit(self, repo: Repo, revision: str, body: bytes, person: Person, pull: bool) -> dict[str, Any]:
        header: dict[str, Any] = {}
        writes: dict[str, Blob] = {}
        deletes: list[str] = []
        for line in body.splitlines():
            told = json.loads(line)
            key, value = told["key"], told["value"]
            if key == "header":
                header = value
            elif key == "file":
                writes[value["path"]] = Blob(base64.b64decode(value["content"]), False)
            elif key == "lfsFile":
                if value["oid"] not in self.store.objects:
                    raise Refused(400, f"LFS pointer pointed to a file that does not exist: {value['path']}")
                writes[value["path"]] = Blob(self.store.objects[value["oid"]], True)
            else:
                deletes.append(value["path"])
        done, opened = repo.commit(revision, person.name, header, writes, deletes, as_pull=pull)
        place = f"{self.url}/datasets/{repo.name}"
        answer = {"success": True, "commitOid": done.oid, "commitUrl": f"{place}/commit/{done.oid}"}
        return answer if opened is None else {**answer, "pullRequestUrl": self.page_of(repo, opened)}

    def tag(self, repo: Repo, revision: str, name: str) -> None:
        if name in repo.tags:
            raise Refused(409, f"Tag {name} already exists")
        repo.tags[name] = repo.at(revision).oid

    def branch(self, repo: Repo, name: str, start: str) -> None:
        if name in repo.heads:
            raise Refused(409, f"Branch {name} already exists")
        repo.heads[name] = repo.at(start).oid

    def discussions(self, repo: Repo, status: str | None) -> dict[str, Any]:
        found = [self.discussion(repo, one) for one in reversed(repo.pulls) if status in (None, one.status)]
        return {"count": len(found), "start": 0, "discussions": found}

    def discussion(self, repo: Repo, pull: PullRequest) -> dict[str, Any]:
        return {
            "title": pull.title,
            "num": pull.number,
            "author": {"name": pull.author},
            "createdAt": repo.commits[pull.base].date,
            "status": pull.status,
            "repo": {"name": repo.name, "type": "dataset"},
            "isPullRequest": True,
        }

    def page_of(self, repo: Repo, pull: PullRequest) -> str:
        return f"{self.url}/datasets/{repo.name}/discussions/{pull.number}"

    def batch(self, asked: dict[str, Any]) -> dict[str, Any]:
        objects = []
        for one in asked["objects"]:
            told = {"oid": one["oid"], "size": one["size"]}
            if one["oid"] not in self.store.objects:
                put, check = f"{self.url}/objects/{one['oid']}", f"{self.url}/objects/verify"
                told["actions"] = {"upload": {"href": put}, "verify": {"href": check}}
            objects.append(told)
        return {"transfer": "basic", "objects": objects}


def entry(path: str, blob: Blob) -> dict[str, Any]:
    """A file of a tree, as the Hub lists it."""
    told: dict[str, Any] = {"type": "file", "path": path, "oid": blob.git_oid, "size": len(blob.content)}
    if blob.large:
        size = len(blob.content)
        told["lfs"] = {"oid": blob.sha256, "size": size, "pointerSize": len(blob.pointer)}
    return told


def _refs(kind: str, named: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "ref": kind + name, "targetCommit": oid} for name, oid in named.items()]
