"""Who may log in, and what the server signs with: made once, kept in the home folder for its owner's eyes."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "users.json"
OWNER_ENV = "owner.env"
WORKSPACE = "default"


@dataclass(frozen=True)
class Login:
    """One user of the server: `role` is `owner` or `annotator`."""

    username: str
    role: str
    password: str
    api_key: str


@dataclass(frozen=True)
class Keys:
    """`secret` signs what a browser holds after a log-in."""

    secret: str
    users: list[Login]

    @property
    def owner(self) -> Login:
        return self.users[0]


def keys_of(home: Path) -> Keys:
    """The keys of a home folder; made, random, where it has none."""
    path = home / FILE
    if path.exists():
        told = json.loads(path.read_text(encoding="utf-8"))
        return Keys(told["secret"], [Login(**user) for user in told["users"]])
    keys = Keys(secrets.token_hex(32), [_login("owner", "owner"), _login("reviewer", "annotator")])
    _write(path, json.dumps(asdict(keys), indent=2) + "\n")
    return keys


def write_owner_env(home: Path, url: str, keys: Keys) -> Path:
    """The owner's address and key as a shell and Argilla's SDK read them."""
    path = home / OWNER_ENV
    _write(path, f"export ARGILLA_API_URL={url}\nexport ARGILLA_API_KEY={keys.owner.api_key}\n")
    return path


def _login(username: str, role: str) -> Login:
    return Login(username, role, secrets.token_urlsafe(12), secrets.token_urlsafe(32))


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and never for a moment readable by others."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)
