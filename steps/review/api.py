"""Argilla's REST API: who answers there, as whom we are known, and what goes wrong, told for the user.

The SDK is not asked: it loses discarded responses, and a response with a null value ends its reading.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, TypeVar

import aiohttp
from yarl import URL

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.secrets import expand

T = TypeVar("T")
URL_NAME, KEY_NAME = "ARGILLA_API_URL", "ARGILLA_API_KEY"
_TRIES = 4  # of a request that may be repeated
_PAUSE = 0.5  # seconds before the second of them, and twice as many before each further one
_TIMEOUT = aiohttp.ClientTimeout(total=300, sock_connect=10)
_SHOWN = 300  # characters of what a server says


class NotThere(Exception):
    """What was asked for is not on the server."""


class Argilla:
    """A server, asked with the user's key; to be entered before it is used.

    Args:
        url: its address; without it ARGILLA_API_URL has it. The key is in ARGILLA_API_KEY alone.

    Raises:
        MissingError: address or key are not set.
    """

    def __init__(self, url: str | None = None) -> None:
        for name, why in ((URL_NAME, "the address of the Argilla server"), (KEY_NAME, "your API key")):
            if not (os.environ.get(name) or "").strip() and not (name == URL_NAME and url):
                raise MissingError(
                    f"the environment variable {name} is not set: export it with {why}, which Argilla shows "
                    "under `My settings`"
                )
        self._url = URL(url or os.environ[URL_NAME].strip())
        if self._url.scheme not in ("http", "https") or not self._url.host:
            raise UsageError(f"{URL_NAME} is no address: expected http:// or https:// and a host")
        self.shown = str(self._url.with_user(None).with_query(None))
        self._key = expand(f"${{env:{KEY_NAME}}}").strip()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Argilla:
        headers = {"X-Argilla-Api-Key": self._key}
        token = os.environ.get("HF_TOKEN", "").strip()
        if token and (self._url.host or "").endswith(".hf.space"):  # a Space that is private
            expand("${env:HF_TOKEN}")
            headers["Authorization"] = f"Bearer {token}"
        self._session = aiohttp.ClientSession(headers=headers, timeout=_TIMEOUT)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str, **params: str | int) -> Any:
        """What stands at `path`, below `/api/v1`.

        Raises:
            NotThere: there is nothing.
            MissingError: nobody answers, or the key does not do.
        """
        return await self._repeated("GET", path, params=params)

    async def post(self, path: str, told: Mapping[str, Any] | None = None) -> Any:
        """Make something. It is not repeated: whoever asked looks first what is there.

        Raises:
            NotThere, MissingError: as above.
        """
        return await self._once("POST", path, told, {})

    async def put(self, path: str, told: Mapping[str, Any] | None = None) -> Any:
        """Put something there, which may be repeated.

        Raises:
            NotThere, MissingError: as above.
        """
        return await self._repeated("PUT", path, told)

    async def _repeated(
        self, method: str, path: str, told: Mapping[str, Any] | None = None, params: Any = None
    ) -> Any:
        for attempt in range(_TRIES - 1):
            try:
                return await self._once(method, path, told, params)
            except _Passing:
                await asyncio.sleep(_PAUSE * 2**attempt)
        return await self._once(method, path, told, params)

    async def _once(self, method: str, path: str, told: Mapping[str, Any] | None, params: Any) -> Any:
        if self._session is None:
            raise RuntimeError("an Argilla server is to be entered before it is asked")
        address = self._url.joinpath("api/v1", *path.strip("/").split("/")).with_query(params or None)
        try:
            async with self._session.request(method, address, json=told, allow_redirects=False) as answer:
                if answer.status == 204:
                    return None
                if 200 <= answer.status < 300:
                    return await answer.json()
                self._refuse(answer.status, await answer.text(errors="replace"), f"{method} {path}")
        except aiohttp.ClientConnectorError as broken:
            why = broken.os_error.strerror or _line(broken)
            raise _Passing(
                f"no Argilla answers at {self.shown}: {why}. Start it, or mend {URL_NAME}. "
                "Nothing is lost: the same command goes on, and sends nothing twice"
            ) from None
        except aiohttp.ContentTypeError:
            raise MissingError(
                f"{self.shown} answers, but is no Argilla: it gives no JSON. Mend {URL_NAME}"
            ) from None
        except (aiohttp.ClientError, TimeoutError, ValueError) as broken:
            raise _Passing(
                f"Argilla at {self.shown} stopped answering: {_line(broken)}. "
                "Nothing is lost: the same command goes on, and sends nothing twice"
            ) from None

    def _refuse(self, status: int, said: str, what: str) -> None:
        """Raise what a status means."""
        if status == 401:
            raise MissingError(f"Argilla at {self.shown} does not take the key in {KEY_NAME}: mend it")
        if status == 403:
            raise MissingError(
                f"the key in {KEY_NAME} has not the rights for this at {self.shown} ({what}): use the key of "
                "an owner, or of an admin of the workspace"
            )
        if status == 404:
            raise NotThere(what)
        if status in (408, 429) or status >= 500:
            raise _Passing(f"Argilla at {self.shown} answers {status} to {what}: try again: {said[:_SHOWN]}")
        if 300 <= status < 400:
            raise MissingError(
                f"{self.shown} leads elsewhere ({status}): set {URL_NAME} to where Argilla itself is"
            )
        raise MissingError(f"Argilla at {self.shown} refused {what} ({status}): {said[:_SHOWN]}")


class _Passing(MissingError):
    """Trouble that may pass."""


async def all_of(ask: Callable[[T], Awaitable[Any]], things: Iterable[T], at_once: int) -> None:
    """Ask for all of these, so many at once. The first that fails ends all, and its error is raised."""
    gate = asyncio.Semaphore(at_once)

    async def one(thing: T) -> None:
        async with gate:
            await ask(thing)

    try:
        async with asyncio.TaskGroup() as group:
            for thing in things:
                group.create_task(one(thing))
    except BaseExceptionGroup as broken:
        raise broken.exceptions[0] from None


def _line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0] or type(error).__name__
