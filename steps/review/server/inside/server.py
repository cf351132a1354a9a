"""Argilla's server as it is, on a socket that is handed over, with its database in a home folder."""

from __future__ import annotations

import asyncio
import fcntl
import io
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

from inside.jobs import do_jobs, give_redis
from inside.keys import WORKSPACE, Keys, keys_of, write_owner_env
from inside.quick import parse_once, write_ahead

LOCKED = 75
_PAGES = ".argilla-pages-"  # nobody else's folder is ever removed from the home


def main(home: str, listening: int) -> None:
    """Serve until SIGTERM or SIGINT; `listening` is the number of a bound socket's file."""
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again when it has ended
        signal.signal(number, lambda *_: sys.exit(0))
    folder, bound = Path(home), socket.socket(fileno=listening)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"winnow: another server has {folder}", file=sys.stderr)
            sys.exit(LOCKED)
        keys = keys_of(folder)
        for left in folder.glob(f"{_PAGES}*"):  # by a server that was killed
            shutil.rmtree(left, ignore_errors=True)
        temporary = tempfile.mkdtemp(prefix=_PAGES, dir=folder)
        tempfile.tempdir = temporary  # Argilla copies its pages there at each start
        try:
            _settle(folder, keys)
            _serve(folder, keys, bound)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _settle(home: Path, keys: Keys) -> None:
    """What Argilla reads when it is imported."""
    os.environ |= {
        "ARGILLA_HOME_PATH": str(home),
        "ARGILLA_DATABASE_URL": f"sqlite+aiosqlite:///{home / 'argilla.db'}?check_same_thread=False",
        "ARGILLA_SEARCH_ENGINE": "db",
        "ARGILLA_AUTH_SECRET_KEY": keys.secret,
        "ARGILLA_AUTH_OAUTH_CFG": str(home / ".oauth.yaml"),
        "ARGILLA_CORS_ORIGINS": "[]",  # no page but its own may ask it
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    give_redis()


def _serve(home: Path, keys: Keys, bound: socket.socket) -> None:
    import inside.search  # noqa: F401 - registers itself
    import uvicorn
    from argilla_server.cli.database.migrate import migrate_db

    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    parse_once()
    write_ahead()
    logging.disable(logging.INFO)  # alembic would tell of thirty migrations
    with redirect_stdout(io.StringIO()):
        migrate_db(revision="head")

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await _create_users(keys)
            await super().startup(sockets)
            self.jobs = asyncio.create_task(do_jobs())
            if self.started:
                _tell(url, home, write_owner_env(home, url, keys))

    config = uvicorn.Config("argilla_server._app:app", access_log=False, log_level="warning")
    Server(config).run(sockets=[bound])


async def _create_users(keys: Keys) -> None:
    from argilla_server.contexts import accounts
    from argilla_server.database import AsyncSessionLocal
    from argilla_server.models import User, Workspace

    async with AsyncSessionLocal() as db:
        workspace = await Workspace.get_by(db, name=WORKSPACE) or await Workspace.create(db, name=WORKSPACE)
        for login in keys.users:
            if await User.get_by(db, username=login.username) is None:
                await User.create(
                    db,
                    first_name=login.username,
                    username=login.username,
                    role=login.role,
                    password_hash=accounts.hash_password(login.password),
                    api_key=login.api_key,
                    workspaces=[workspace],
                )


def _tell(url: str, home: Path, env: Path) -> None:
    print(
        f"""Argilla listens on {url}, for this machine alone; Ctrl-C ends it.
  log in as owner or reviewer: the passwords are in {home / "users.json"}
  for winnow and the SDK:      . {env}
It is for trying things out: in production run Argilla's own deployment (docker, or a Space), and set
ARGILLA_API_URL and ARGILLA_API_KEY to its address and your key there. Nothing else differs.""",
        flush=True,
    )
